"""Declarations that cannot be: each stops the start with type, field and rule."""

from datetime import datetime
from typing import Any, ClassVar, Literal, Optional

import pytest

from artifacts.errors import Misconfigured
from artifacts.model import Artifact, Blob, Link, Setting, Version, field


def declare(annotation: object = str, value: object = None, name: str = "size", **attributes: Any):
    """Make a type with one field, as a class statement would."""
    namespace = {
        "type_name": "disks",
        "__annotations__": {name: annotation},
        name: field() if value is None else value,
        **attributes,
    }
    return type("Disk", (Artifact,), namespace)


WRONG_OPTIONS = [
    (str, {"minimun": 5}, "there is no option 'minimun'"),
    (str, {"minimum": 5}, "minimum does not fit the kind String"),
    (int, {"max_length": 5}, "max_length does not fit the kind Integer"),
    (int, {"pattern": "x"}, "pattern does not fit the kind Integer"),
    (str, {"unique": True}, "unique does not fit the kind String"),
    (dict[str, str], {"unique": True}, "unique does not fit the kind Dict"),
    (list[str], {"keys": ("a",)}, "keys does not fit the kind List"),
    (str, {"max_items": 5}, "max_items does not fit the kind String"),
    (str, {"max_size": 5}, "max_size does not fit the kind String"),
    (Blob, {"max_total": 5}, "max_total does not fit the kind Blob"),
    (Blob, {"default": None}, "default does not fit the kind Blob"),
    (Blob, {"sortable": True}, "sortable does not fit the kind Blob"),
    (Blob, {"filters": ("eq",)}, "filters does not fit the kind Blob"),
    (Blob, {"nullable": False}, "nullable does not fit the kind Blob"),
    (dict[str, Blob], {"sortable": True}, "sortable does not fit the kind Folder"),
    (list[str], {"sortable": True}, "sortable does not fit the kind List"),
    (dict[str, int], {"sortable": True}, "sortable does not fit the kind Dict"),
    (Link, {"sortable": True}, "sortable does not fit the kind Link"),
    (Version, {"max_length": 5}, "max_length does not fit the kind Version"),
    (datetime, {"minimum": 5}, "minimum does not fit the kind DateTime"),
    (bool, {"choices": (True,)}, "choices does not fit the kind Boolean"),
    (str, {"sortable": True, "max_length": 256}, "sortable needs a max_length of at most 255"),
    (str, {"filters": ("gt",)}, "the filter 'gt' does not fit the kind String"),
    (bool, {"filters": ("gt",)}, "the filter 'gt' does not fit the kind Boolean"),
    (int, {"filters": ("like",)}, "the filter 'like' does not fit the kind Integer"),
    (list[int], {"filters": ("like",)}, "the filter 'like' does not fit the kind List"),
    (str, {"filters": "eq"}, "filters must be a tuple of operators"),
    (str, {"filters": ["eq"]}, "filters must be a tuple of operators"),
    (str, {"mutable": 1}, "mutable must be True or False"),
    (str, {"system": "yes"}, "system must be True or False"),
    (str, {"read": "keeper"}, "read must be a tuple of roles"),
    (str, {"read": ()}, "read must be a tuple of roles"),
    (Blob, {"read": ("role:keeper",)}, "read must be a tuple of roles"),
    (str, {"write": ("a", "rule:")}, "write must be a tuple of roles"),
    (str, {"write": ("a, b",)}, "write must be a tuple of roles"),
    (str, {"write": ("a",), "system": True}, "write: only the service sets this"),
    (str, {"max_length": 0}, "max_length must be a positive whole number"),
    (str, {"max_length": True}, "max_length must be a positive whole number"),
    (str, {"min_length": 5, "max_length": 4}, "min_length is above max_length"),
    (int, {"minimum": 5, "maximum": 4}, "minimum is above maximum"),
    (int, {"minimum": "5"}, "minimum must be a number"),
    (Blob, {"max_size": -1}, "max_size must be a positive number of bytes"),
    (str, {"pattern": "["}, "pattern is no regular expression"),
    (str, {"pattern": "(a)\\1"}, "pattern is no regular expression that RE2 takes"),
    (str, {"pattern": "(?=a)b"}, "pattern is no regular expression that RE2 takes"),
    (str, {"pattern": ""}, "pattern must be a regular expression"),
    (list[str], {"pattern": "("}, "pattern is no regular expression"),
    (list[str], {"unique": "set"}, 'unique must be True, False or "drop"'),
    (dict[str, str], {"keys": ()}, "keys must be a tuple of keys"),
    (str, {"choices": ["a"]}, "choices must be a tuple of values"),
    (str, {"choices": ("a", 1)}, "choices breaks the field's own rules"),
    (Literal["a"], {"choices": ("a",)}, "a Literal has its choices already"),
    (str, {"metadata": []}, "metadata must be a dict"),
    (str, {"metadata": {"a": object()}}, "metadata must be JSON"),
    (str | None, {"nullable": False}, "nullable=False contradicts | None"),
    (str, {"default": 5}, "default is not of the field's kind: 5"),
    (int, {"default": "5"}, "default is not of the field's kind"),
    (int, {"default": 2**63}, "default breaks the field's own rules"),
    (int, {"default": 1, "minimum": 2}, "default breaks the field's own rules"),
    (float, {"default": 1}, "default is not of the field's kind: 1"),
    (bool, {"default": "yes"}, "default is not of the field's kind"),
    (Version, {"default": "1.0"}, "default is not of the field's kind"),
    (Literal["a", "b"], {"default": "c"}, "default breaks the field's own rules"),
    (list[str], {"default": {}}, "default does not fit the kind List"),
    (dict[str, str], {"default": []}, "default does not fit the kind Dict"),
    (list[str], {"default": ("a",)}, "default is not of the field's kind"),
    (list[str], {"default": "a"}, "default breaks the field's own rules"),
    (list[str], {"default": [1]}, "default is not of the field's kind"),
    (int, {"default": []}, "default does not fit the kind Integer"),
]

WRONG_ANNOTATIONS = [
    bytes,
    object,
    list,
    dict,
    None,
    set[str],
    tuple[str, ...],
    list[datetime],
    list[Version],
    list[list[str]],
    dict[str, dict[str, str]],
    dict[int, str],
    dict[str],
    dict[str, datetime],
    str | int,
    str | int | None,
    Literal["a", None],
    Literal["a", 1],
    Literal[True],
    "NoSuchName",
    "str |",
    Any,
]


@pytest.mark.parametrize(("annotation", "options", "sentence"), WRONG_OPTIONS)
def test_a_wrong_option_is_named_with_its_type_and_field(annotation, options, sentence):
    with pytest.raises(Misconfigured) as refusal:
        declare(annotation, field("Help.", **options))

    assert str(refusal.value).startswith(f"artifact type disks, field size: {sentence}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("annotation", WRONG_ANNOTATIONS, ids=str)
def test_an_annotation_that_is_no_kind_is_refused(annotation):
    with pytest.raises(Misconfigured, match=r"^artifact type disks.*annotation"):
        declare(annotation)


def test_a_list_of_blobs_is_refused_with_what_to_write_instead():
    with pytest.raises(Misconfigured, match=r"field size: .* write dict\[str, Blob\]"):
        declare(list[Blob])


@pytest.mark.parametrize(
    "name",
    ["change", "values", "blobs", "fields", "before_upload", "status", "name", "draft", "slot"],
)
def test_a_field_cannot_hide_what_every_artifact_has(name):
    with pytest.raises(Misconfigured, match=f"disks, field {name}: hides"):
        declare(str, name=name)


@pytest.mark.parametrize(
    "name",
    sorted({"type_name", *Artifact.fields} | {each for each in dir(Artifact) if each[0] != "_"}),
)
def test_a_field_cannot_have_any_name_that_every_artifact_has(name):
    """D47."""
    with pytest.raises(Misconfigured, match=rf"\b{name}\b"):
        declare(str, name=name)


@pytest.mark.parametrize("name", ["limit", "marker", "sort", "with_count"])
def test_a_field_cannot_have_the_name_of_a_parameter_of_lists(name):
    """D47: nobody could filter by it."""
    with pytest.raises(Misconfigured, match=f"disks, field {name}: lists take this name"):
        declare(str, name=name)


def test_a_field_cannot_hide_what_its_own_base_has():
    base = declare(str)
    with pytest.raises(Misconfigured, match="field size: hides"):
        type("Other", (base,), {"type_name": "others", "__annotations__": {"size": int}})


@pytest.mark.parametrize("name", ["_private", "Size", "x" * 65, "größe", "a-b"])
def test_a_field_has_a_plain_name(name):
    with pytest.raises(Misconfigured, match="lower-case letters"):
        declare(str, name=name)


@pytest.mark.parametrize(
    "name", ["history", "links", "uploads", "jobs", "actions", "referrers", "members"]
)
def test_a_blob_cannot_have_the_name_of_a_sub_resource(name):
    for annotation in (Blob, dict[str, Blob]):
        with pytest.raises(Misconfigured, match="name of a sub-resource"):
            declare(annotation, name=name)
    declare(str, name=name)


@pytest.mark.parametrize("type_name", [None, "", "Disks", "my disks", "1disk", "a/b", 5, "x" * 65])
def test_a_type_needs_a_plain_name(type_name):
    with pytest.raises(Misconfigured, match="type_name must be"):
        declare(type_name=type_name)


def test_a_type_without_a_name_is_named_by_its_class():
    with pytest.raises(Misconfigured, match=r"^artifact type Nameless: type_name must be"):
        type("Nameless", (Artifact,), {})


@pytest.mark.parametrize("type_version", ["1", "1.0.0", "v1.0", 1.0])
def test_a_type_has_a_version_of_two_numbers(type_version):
    with pytest.raises(Misconfigured, match="type_version must be"):
        declare(type_version=type_version)


def test_a_plain_default_beside_an_annotation_is_refused():
    with pytest.raises(Misconfigured, match=r"field size: .* field\(\.\.\.\)"):
        declare(int, 5)


def test_a_field_without_an_annotation_is_refused():
    with pytest.raises(Misconfigured, match="field size: needs an annotation"):
        type("Disk", (Artifact,), {"type_name": "disks", "size": field("Size.")})


def test_a_class_attribute_cannot_hide_a_common_field():
    with pytest.raises(Misconfigured, match="description hides the field"):
        declare(description="about disks")


def test_a_misspelt_hook_is_refused():
    with pytest.raises(Misconfigured, match="before_uplaod is no hook"):
        declare(before_uplaod=lambda self: None)


@pytest.mark.parametrize(
    "name", ["delayed_delete", "default_store", "size", "name", "change", "handle", "No", ""]
)
def test_a_setting_cannot_take_another_s_name(name):
    with pytest.raises(Misconfigured, match=f"setting {name}: "):
        declare(str, field(), type_settings=(Setting(name, "Help."),))


def test_what_an_annotation_means():
    class Disk(Artifact):
        """A disk."""

        type_name = "disks"
        limit: ClassVar[int] = 5

        plain: str
        optional: Optional[int] = field()  # noqa: UP045 (authors write it)
        literal: Literal[1, 2] | None = field()
        words: list[Literal["a", "b"]] = field()
        later: "float | None" = field()
        files: "dict[str, Blob]" = field()

    fields = Disk.own_fields
    assert list(fields) == ["plain", "optional", "literal", "words", "later", "files"]
    assert [each.kind.name for each in fields.values()] == [
        "String",
        "Integer",
        "Integer",
        "List",
        "Float",
        "Folder",
    ]
    assert [each.required for each in fields.values()] == [True, False, False, True, False, True]
    assert fields["literal"].choices == (1, 2)
    assert fields["words"].choices == ("a", "b")
    assert Disk.type_display_name == "Disks"
    assert Disk.plain is fields["plain"]


def test_a_type_inherits_the_fields_of_its_base():
    base = declare(str)
    other = type("Other", (base,), {"type_name": "others", "__annotations__": {"colour": str}})

    assert list(other.own_fields) == ["size", "colour"]
    assert list(base.own_fields) == ["size"]
    assert (base.type_display_name, other.type_display_name) == ("Disks", "Others")
