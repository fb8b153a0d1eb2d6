"""Images: disks that a hypervisor can boot, with the kernels and ramdisks that some need."""

from typing import Literal

from artifacts.model import UUID, Artifact, Blob, GiB, field

ContainerFormat = Literal["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]
DiskFormat = Literal[
    "ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop", "gpt"
]

MOST = 1000 * GiB


class Image(Artifact):
    """A disk that a hypervisor can boot."""

    type_name = "images"

    container_format: ContainerFormat = field("Format of what wraps the disk.")
    disk_format: DiskFormat = field("Format of the disk.")
    min_ram: int | None = field("RAM needed to boot, in MiB.", minimum=0)
    min_disk: int | None = field("Disk needed to boot, in GiB.", minimum=0)
    image: Blob | None = field("The disk itself.", max_size=MOST)
    mirrors: dict[str, Blob] | None = field(
        "The disk elsewhere, by region or priority.", max_size=MOST, max_total=255 * MOST
    )
    kernel_id: str | None = field("Kernel image to boot an AMI with.", pattern=UUID)
    ramdisk_id: str | None = field("Ramdisk image to boot an AMI with.", pattern=UUID)
    instance_uuid: str | None = field("Server that the image was made of.")
    architecture: str | None = field("Processor architecture that the disk is for.")
    os_distro: str | None = field("Short name of the operating system's distribution.")
    os_version: str | None = field("Version of the operating system, as its distributor says it.")
    properties: dict[str, str] | None = field(
        "What a hypervisor or scheduler wants to know: hw_*, os_* and others.",
        mutable=True,
        default={},
    )
