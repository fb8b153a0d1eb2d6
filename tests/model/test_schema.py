"""Schema documents (contract 5), keyword by keyword."""

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from artifacts.model import Artifact, Blob, Link, field, schema
from artifacts.model.every_type import EveryType

UUID_PATTERN = (
    "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
)
VERSION_PATTERN = (
    r"/^([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+)?$/"
)
STRINGS = ["eq", "neq", "in"]
NAMES = ["like", "eq", "neq", "in"]
NUMBERS = ["eq", "neq", "in", "gt", "gte", "lt", "lte"]
TIMES = ["lt", "gt"]

GLARE_BLOB = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "size": {"type": ["number", "null"]},
        "md5": {"type": ["string", "null"]},
        "sha1": {"type": ["string", "null"]},
        "sha256": {"type": ["string", "null"]},
        "external": {"type": "boolean"},
        "status": {"type": "string", "enum": ["saving", "active"]},
        "content_type": {"type": "string"},
    },
    "required": ["size", "md5", "sha1", "sha256", "external", "status", "content_type"],
}

COMMON = {
    "id": {
        "type": "string",
        "glareType": "String",
        "filter_ops": STRINGS,
        "readOnly": True,
        "sortable": True,
        "maxLength": 255,
        "pattern": UUID_PATTERN,
    },
    "name": {
        "type": "string",
        "glareType": "String",
        "filter_ops": NAMES,
        "sortable": True,
        "required_on_activate": False,
        "minLength": 1,
        "maxLength": 255,
    },
    "owner": {
        "type": "string",
        "glareType": "String",
        "filter_ops": STRINGS,
        "readOnly": True,
        "sortable": True,
        "required_on_activate": False,
        "maxLength": 255,
    },
    "status": {
        "type": "string",
        "glareType": "String",
        "filter_ops": STRINGS,
        "mutable": True,
        "sortable": True,
        "default": "drafted",
        "enum": ["drafted", "active", "deactivated", "deleted"],
    },
    "created_at": {
        "type": "string",
        "format": "date-time",
        "glareType": "DateTime",
        "filter_ops": TIMES,
        "readOnly": True,
        "sortable": True,
    },
    "updated_at": {
        "type": "string",
        "format": "date-time",
        "glareType": "DateTime",
        "filter_ops": TIMES,
        "readOnly": True,
        "sortable": True,
        "mutable": True,
    },
    "activated_at": {
        "type": ["string", "null"],
        "format": "date-time",
        "glareType": "DateTime",
        "filter_ops": TIMES,
        "readOnly": True,
        "sortable": True,
        "required_on_activate": False,
    },
    "description": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": [],
        "mutable": True,
        "required_on_activate": False,
        "default": "",
        "maxLength": 4096,
    },
    "tags": {
        "type": ["array", "null"],
        "glareType": "StringList",
        "filter_ops": [],
        "mutable": True,
        "required_on_activate": False,
        "default": [],
        "maxItems": 255,
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]+$"},
    },
    "metadata": {
        "type": ["object", "null"],
        "glareType": "StringDict",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "default": {},
        "maxProperties": 255,
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "visibility": {
        "type": "string",
        "glareType": "String",
        "filter_ops": STRINGS,
        "mutable": True,
        "sortable": True,
        "default": "private",
        "enum": ["private", "public"],
    },
    "version": {
        "type": "string",
        "glareType": "String",
        "filter_ops": NUMBERS,
        "sortable": True,
        "required_on_activate": False,
        "default": "0.0.0",
        "pattern": VERSION_PATTERN,
    },
    "display_type_name": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": NAMES,
        "readOnly": True,
        "sortable": True,
        "maxLength": 255,
    },
}

OWN = {
    "choice": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "default": "a",
        "enum": ["a", "b"],
    },
    "required": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": STRINGS,
        "maxLength": 255,
    },
    "constant": {
        "type": "string",
        "glareType": "String",
        "filter_ops": STRINGS,
        "maxLength": 255,
        "default": "c",
    },
    "regular": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "maxLength": 255,
        "pattern": "[a-c]+$",
    },
    "uuid": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "maxLength": 255,
        "pattern": UUID_PATTERN,
    },
    "integer": {
        "type": ["integer", "null"],
        "glareType": "Integer",
        "filter_ops": NUMBERS,
        "mutable": True,
        "sortable": True,
        "required_on_activate": False,
    },
    "bounded": {
        "type": ["integer", "null"],
        "glareType": "Integer",
        "filter_ops": NUMBERS,
        "required_on_activate": False,
        "minimum": 10,
        "maximum": 20,
    },
    "number": {
        "type": ["number", "null"],
        "glareType": "Float",
        "filter_ops": NUMBERS,
        "mutable": True,
        "required_on_activate": False,
    },
    "boolean": {
        "type": ["boolean", "null"],
        "glareType": "Boolean",
        "filter_ops": ["eq", "neq"],
        "required_on_activate": False,
        "default": False,
    },
    "moment": {
        "type": ["string", "null"],
        "format": "date-time",
        "glareType": "DateTime",
        "filter_ops": TIMES,
        "mutable": True,
        "required_on_activate": False,
    },
    "semver": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": NUMBERS,
        "required_on_activate": False,
        "pattern": VERSION_PATTERN,
    },
    "link": {
        "type": ["string", "null"],
        "glareType": "Link",
        "filter_ops": ["eq", "neq"],
        "mutable": True,
        "required_on_activate": False,
    },
    "integers": {
        "type": ["array", "null"],
        "glareType": "IntegerList",
        "filter_ops": NUMBERS,
        "required_on_activate": False,
        "maxItems": 3,
        "items": {"type": "integer"},
    },
    "unique": {
        "type": ["array", "null"],
        "glareType": "StringList",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "maxItems": 255,
        "uniqueItems": True,
        "items": {"type": "string", "maxLength": 255},
    },
    "links": {
        "type": ["array", "null"],
        "glareType": "LinkList",
        "filter_ops": ["eq", "neq"],
        "required_on_activate": False,
        "maxItems": 255,
        "items": {"type": "string"},
    },
    "counts": {
        "type": ["object", "null"],
        "glareType": "IntegerDict",
        "filter_ops": NUMBERS,
        "mutable": True,
        "required_on_activate": False,
        "maxProperties": 255,
        "additionalProperties": {"type": "integer"},
    },
    "keyed": {
        "type": ["object", "null"],
        "glareType": "StringDict",
        "filter_ops": STRINGS,
        "required_on_activate": False,
        "maxProperties": 255,
        "properties": {
            "x": {"type": ["string", "null"], "maxLength": 255},
            "y": {"type": ["string", "null"], "maxLength": 255},
        },
        "additionalProperties": False,
    },
    "hidden": {
        "type": ["string", "null"],
        "glareType": "String",
        "filter_ops": STRINGS,
        "readOnly": True,
        "required_on_activate": False,
        "maxLength": 255,
    },
    "blob": {
        **GLARE_BLOB,
        "glareType": "Blob",
        "filter_ops": [],
        "required_on_activate": False,
    },
    "folder": {
        "type": ["object", "null"],
        "glareType": "BlobDict",
        "filter_ops": [],
        "mutable": True,
        "required_on_activate": False,
        "default": {},
        "maxProperties": 2,
        "additionalProperties": GLARE_BLOB,
    },
}

BLOB = {
    "url": "/artifacts/samples/x/blob",
    "status": "active",
    "external": False,
    "size": 5,
    "md5": "0" * 32,
    "sha1": "0" * 40,
    "sha256": "0" * 64,
    "sha512": None,
    "content_type": None,
}


def undescribed(properties):
    return {
        name: {word: value for word, value in each.items() if word != "description"}
        for name, each in properties.items()
    }


@pytest.mark.parametrize(("name", "expected"), list((COMMON | OWN).items()))
def test_glares_projection_is_literally_what_its_clients_compare(sample, name, expected):
    properties = undescribed(schema.glare(sample)["properties"])

    assert properties[name] == expected


def test_the_common_fields_come_first_and_in_order(sample):
    names = list(schema.glare(sample)["properties"])

    assert names[: len(COMMON)] == list(COMMON)
    assert names[len(COMMON) :] == list(sample.own_fields)


def test_glares_document_has_its_heading_and_nothing_else(sample):
    document = schema.glare(sample)
    del document["properties"]

    assert document == {
        "name": "samples",
        "display_name": "Samples",
        "version": "1.0",
        "type": "object",
        "required": ["name"],
        "title": "Artifact type samples of version 1.0",
    }


def test_each_help_text_is_the_description(sample):
    properties = schema.glare(sample)["properties"]

    assert properties["string"]["description"] == "A string."


def test_metadata_of_a_field_is_shown_and_its_absence_is_not():
    class Shown(Artifact):
        """Shows metadata."""

        type_name = "shown"
        one: str | None = field("One.", metadata={"unit": "m"})
        two: str | None = field()

    properties = schema.glare(Shown)["properties"]

    assert properties["one"]["metadata"] == {"unit": "m"}
    assert "metadata" not in properties["two"]
    assert "description" not in properties["two"]


def test_both_documents_pass_their_meta_schemas(sample):
    for artifact_type in (sample, EveryType):
        Draft4Validator.check_schema(schema.glare(artifact_type))
        Draft202012Validator.check_schema(schema.strict(artifact_type))


def test_the_strict_document_names_its_dialect_and_is_closed(sample):
    document = schema.strict(sample)

    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["title"] == "Artifact type samples of version 1.0"
    assert document["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("integer", {"minimum": -(2**63), "maximum": 2**63 - 1}),
        ("bounded", {"minimum": 10, "maximum": 20}),
        ("choice", {"enum": ["a", "b", None]}),
        ("regular", {"pattern": "^(?:[a-c]+$)"}),
        ("labels", {"propertyNames": {"minLength": 1, "maxLength": 255}}),
        ("link", {"maxLength": 2048}),
        ("string", {"maxLength": 255}),
    ],
)
def test_the_strict_document_says_what_glares_leaves_out(sample, name, words):
    strict = schema.strict(sample)["properties"][name]

    assert {word: strict[word] for word in words} == words


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uuid", "0f8fad5bd9cb469fa16570867728950e"),
        ("uuid", "{0f8fad5b-d9cb-469f-a165-70867728950e}"),
        ("uuid", "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("semver", "1.2.3-b.1+b5"),
        ("link", "https://example.org/x"),
        ("blob", None),
        ("blob", BLOB),
        ("blob", BLOB | {"external": True, "final_url": "http://x/", "fetched_at": None}),
        ("blob", BLOB | {"status": "saving", "size": 5, "sha256": None}),
        ("folder", {"eu": BLOB}),
        ("folder", {}),
    ],
)
def test_what_the_service_answers_is_valid_by_the_strict_document(sample, name, value):
    Draft202012Validator(schema.strict(sample)).validate({"name": "n", name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uuid", "0f8fad5b"),
        ("semver", "1.2"),
        ("link", "ftp://example.org"),
        ("blob", {"url": "x"}),
        ("blob", BLOB | {"sha256": "short"}),
        ("blob", BLOB | {"store": "s3"}),
        ("folder", {"eu": None}),
        ("folder", {"": BLOB}),
        ("integer", 2**63),
        ("no_such_field", 1),
    ],
)
def test_what_it_never_answers_is_not(sample, name, value):
    validator = Draft202012Validator(schema.strict(sample))

    assert not validator.is_valid({"name": "n", name: value})


def test_the_type_all_has_the_common_fields_and_the_name_of_the_type():
    properties = undescribed(schema.glare(EveryType)["properties"])

    assert properties == COMMON | {
        "type_name": {
            "type": ["string", "null"],
            "glareType": "String",
            "filter_ops": NAMES,
            "sortable": True,
            "maxLength": 255,
        }
    }
    assert schema.glare(EveryType)["display_name"] == "All Artifacts"


def test_a_float_list_and_other_combinations_have_their_names_in_glare():
    class Combined(Artifact):
        """Every list and dict there is."""

        type_name = "combined"
        floats: list[float] | None = field()
        booleans: list[bool] | None = field()
        named_floats: dict[str, float] | None = field()
        named_booleans: dict[str, bool] | None = field()
        named_links: dict[str, Link] | None = field()
        data: Blob | None = field()

    names = {name: each["glareType"] for name, each in schema.glare(Combined)["properties"].items()}

    assert [names[name] for name in Combined.own_fields] == [
        "FloatList",
        "BooleanList",
        "FloatDict",
        "BooleanDict",
        "LinkDict",
        "Blob",
    ]
