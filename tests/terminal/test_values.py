"""FIELD=VALUE is read as the type's schema says the field is."""

import pytest

from artifacts.terminal.errors import Unclear
from artifacts.terminal.values import pointer, read_changes, read_fields

SCHEMA = {
    "properties": {
        "min_ram": {"type": ["integer", "null"]},
        "ratio": {"type": "number"},
        "hidden": {"type": ["boolean", "null"]},
        "description": {"type": ["string", "null"]},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "ports": {"type": "array", "items": {"type": "integer"}},
        "properties": {"type": "object", "additionalProperties": {"type": "string"}},
        "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
        "limits": {"type": "object", "properties": {"cpu": {"type": ["number", "null"]}}},
    }
}


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("min_ram=512", 512),
        ("min_ram=-1", -1),
        ("ratio=1.5", 1.5),
        ("hidden=true", True),
        ("hidden=No", False),
        ("description=", ""),
        ("description=512", "512"),
        ("description=a=b", "a=b"),
        ("description= blanks ", " blanks "),
        ("tags=a,b", ["a", "b"]),
        ("tags=", []),
        ('tags=["a,b", "c"]', ["a,b", "c"]),
        ("ports=1,2", [1, 2]),
        ('properties={"hw": "x"}', {"hw": "x"}),
        ("unknown=5", "5"),
    ],
)
def test_a_value_is_read_by_its_field(pair, value):
    assert read_fields([pair], SCHEMA) == {pair.partition("=")[0]: value}


@pytest.mark.parametrize(
    "pair",
    [
        "min_ram=many",
        "min_ram=",
        "ratio=x",
        "hidden=perhaps",
        "ports=1,x",
        "properties=x",
        "properties=[]",
        "properties={",
        "tags=[",
    ],
)
def test_a_value_that_cannot_be_read_names_the_field(pair):
    with pytest.raises(Unclear, match=f"^{pair.partition('=')[0]}: .* is no "):
        read_fields([pair], SCHEMA)


def test_keys_of_a_dict_are_read_one_by_one():
    pairs = ['properties={"a": "b"}', "properties/hw=5", "properties/a/b=x", "sizes/a=5"]

    fields = read_fields(pairs, SCHEMA)

    assert fields == {"properties": {"a": "b", "hw": "5", "a/b": "x"}, "sizes": {"a": 5}}


def test_a_key_of_what_is_no_dict_is_for_the_service_to_refuse():
    assert read_fields(["min_ram=5", "min_ram/x=5"], SCHEMA) == {"min_ram": 5, "min_ram/x": "5"}


@pytest.mark.parametrize("pair", ["min_ram", "=5", ""])
def test_what_is_no_pair_is_a_usage_error(pair):
    with pytest.raises(Unclear, match="not written FIELD=VALUE"):
        read_fields([pair], SCHEMA)


@pytest.mark.parametrize(
    ("pair", "path", "value"),
    [
        ("min_ram=1", "/min_ram", 1),
        ("properties/hw=5", "/properties/hw", "5"),
        ("sizes/a=5", "/sizes/a", 5),
        ("limits/cpu=0.5", "/limits/cpu", 0.5),
        ("properties/a/b~c=x", "/properties/a~1b~0c", "x"),
        ("properties/=x", "/properties/", "x"),
    ],
)
def test_a_key_of_a_dict_is_changed_by_itself(pair, path, value):
    assert read_changes([pair], SCHEMA) == [{"op": "add", "path": path, "value": value}]


def test_a_pointer_keeps_slashes_in_a_key():
    assert pointer("mirrors/eu/west") == "/mirrors/eu~1west"


@pytest.mark.parametrize(
    "declared", [None, 5, [], {"type": 5}, {"type": "array", "items": 5}, {"type": [None, {}]}]
)
def test_a_schema_that_makes_no_sense_says_nothing_about_a_value(declared):
    schema = {"properties": {"a": declared, "d": {"properties": 5, "additionalProperties": True}}}

    assert read_fields(["a=5"], schema)["a"] in ("5", ["5"])
    assert read_changes(["a/b=5", "d/b=5"], schema)[1]["value"] == "5"
