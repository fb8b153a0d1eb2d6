"""The types that come with the service (contract 4.3), field by field."""

import pytest

from artifact_types.heat_environments import HeatEnvironment
from artifact_types.heat_templates import HeatTemplate
from artifact_types.images import Image
from artifact_types.murano_packages import MuranoPackage
from artifact_types.secrets import Secret
from artifact_types.tosca_templates import ToscaTemplate
from artifacts.model import MiB
from artifacts.model.every_type import EveryType
from artifacts.testing import TypeContract

TEXT = ("eq", "neq", "in")
ORDER = ("eq", "neq", "in", "gt", "gte", "lt", "lte")
LINKS = ("eq", "neq")
IMAGE = 1_073_741_824_000

# kind in Glare, flags (m mutable, s sortable, r required on activate), default, operators
FIELDS = {
    Image: {
        "container_format": ("String", "r", None, TEXT),
        "disk_format": ("String", "r", None, TEXT),
        "min_ram": ("Integer", "", None, ORDER),
        "min_disk": ("Integer", "", None, ORDER),
        "image": ("Blob", "", None, ()),
        "mirrors": ("BlobDict", "", None, ()),
        "kernel_id": ("String", "", None, TEXT),
        "ramdisk_id": ("String", "", None, TEXT),
        "instance_uuid": ("String", "", None, TEXT),
        "architecture": ("String", "", None, TEXT),
        "os_distro": ("String", "", None, TEXT),
        "os_version": ("String", "", None, TEXT),
        "properties": ("StringDict", "m", {}, TEXT),
    },
    HeatTemplate: {
        "environments": ("LinkDict", "mr", {}, LINKS),
        "template": ("Blob", "r", None, ()),
        "nested_templates": ("BlobDict", "r", None, ()),
        "default_envs": ("StringDict", "mr", {}, TEXT),
    },
    HeatEnvironment: {"environment": ("Blob", "r", None, ())},
    MuranoPackage: {
        "package": ("Blob", "", None, ()),
        "type": ("String", "r", "Application", TEXT),
        "display_name": ("String", "mr", None, TEXT),
        "categories": ("StringList", "mr", [], TEXT),
        "class_definitions": ("StringList", "r", [], TEXT),
        "inherits": ("StringDict", "r", {}, TEXT),
        "keywords": ("StringList", "mr", [], TEXT),
        "dependencies": ("LinkList", "", [], LINKS),
    },
    ToscaTemplate: {
        "template": ("Blob", "r", None, ()),
        "template_format": ("String", "r", None, TEXT),
    },
    Secret: {
        "payload": ("Blob", "r", None, ()),
        "payload_content_encoding": ("String", "", "base64", ()),
        "secret_type": ("String", "s", "opaque", ("eq",)),
        "algorithm": ("String", "", None, ("eq",)),
        "mode": ("String", "", None, ("eq",)),
        "bit_length": ("Integer", "s", None, ORDER),
    },
}


@pytest.mark.parametrize("artifact_type", [*FIELDS, EveryType])
class TestEveryBuiltInType(TypeContract):
    pass


@pytest.mark.parametrize(
    ("artifact_type", "name", "display_name"),
    [
        (Image, "images", "Images"),
        (HeatTemplate, "heat_templates", "Heat Templates"),
        (HeatEnvironment, "heat_environments", "Heat Environments"),
        (MuranoPackage, "murano_packages", "Murano packages"),
        (ToscaTemplate, "tosca_templates", "TOSCA Templates"),
        (Secret, "secrets", "Secrets"),
        (EveryType, "all", "All Artifacts"),
    ],
)
def test_a_type_has_its_names(artifact_type, name, display_name):
    assert artifact_type.type_name == name
    assert artifact_type.type_display_name == display_name
    assert artifact_type.type_version == "1.0"


@pytest.mark.parametrize("artifact_type", FIELDS)
def test_a_type_has_its_fields(artifact_type):
    declared = {
        name: (
            field.kind.glare_type,
            "m" * field.mutable + "s" * field.sortable + "r" * field.required,
            field.default,
            field.filters,
        )
        for name, field in artifact_type.own_fields.items()
    }

    assert declared == FIELDS[artifact_type]
    assert all(field.nullable for field in artifact_type.own_fields.values())
    assert not any(field.system for field in artifact_type.own_fields.values())


@pytest.mark.parametrize(
    ("artifact_type", "field", "choices"),
    [
        (Image, "container_format", "ami ari aki bare ovf ova docker compressed"),
        (Image, "disk_format", "ami ari aki vhd vhdx vmdk raw qcow2 vdi iso ploop gpt"),
        (MuranoPackage, "type", "Application Library"),
        (Secret, "payload_content_encoding", "base64"),
        (Secret, "secret_type", "symmetric public private passphrase certificate opaque"),
    ],
)
def test_a_field_has_its_choices_in_their_order(artifact_type, field, choices):
    assert artifact_type.fields[field].choices == tuple(choices.split())


@pytest.mark.parametrize(
    ("artifact_type", "path", "limits"),
    [
        (Image, "image", (IMAGE, None)),
        (Image, "mirrors/eu", (IMAGE, 255 * IMAGE)),
        (HeatTemplate, "template", (10 * MiB, None)),
        (HeatTemplate, "nested_templates/a/b.yaml", (10 * MiB, 2_673_868_800)),
        (HeatEnvironment, "environment", (10 * MiB, None)),
        (MuranoPackage, "package", (104_857_600, None)),
        (ToscaTemplate, "template", (10 * MiB, None)),
        (Secret, "payload", (10 * MiB, None)),
    ],
)
def test_a_slot_has_its_limits(artifact_type, path, limits):
    assert artifact_type.size_limits(artifact_type.slot(path)) == limits


@pytest.mark.parametrize(
    ("artifact_type", "field", "low"), [(Image, "min_ram", 0), (Image, "min_disk", 0),
                                        (Secret, "bit_length", 1)]
)  # fmt: skip
def test_a_number_has_its_lowest_value(artifact_type, field, low):
    assert artifact_type.fields[field].minimum == low
