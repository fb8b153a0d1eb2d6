"""A type that unpacks the archives that are uploaded to it."""

from artifacts.model import Artifact, Blob, Invalid, KiB, MiB, Readable, Slot, field


class Packed(Artifact):
    """A package, and beside it what is in it."""

    type_name = "packed"

    package: Blob | None = field("The archive.", max_size=100_000, mutable=True)
    big: Blob | None = field("A larger archive.", max_size=100 * MiB, mutable=True)
    files: dict[str, Blob] | None = field(
        "What is in it.", max_size=200 * KiB, max_total=300 * KiB, max_items=100, mutable=True
    )
    many: dict[str, Blob] | None = field("More of it.", max_size=2**40, max_items=10**6)
    plain: Blob | None = field("Bytes that are not looked at.", mutable=True)

    def before_upload(self, slot: Slot, stream: Readable) -> Readable:
        if slot.field not in ("package", "big"):
            return stream
        archive = self.handle.spool(stream)
        self.handle.unpack(archive, "files")
        if self.description == "refuses":
            raise Invalid("package: refused behind its files")
        return archive
