"""Components: the schemas of artifacts, of what creates, changes and links them, and of errors."""

from collections.abc import Iterable
from typing import Any

from artifacts.model import Artifact, Field, schema
from artifacts.model.artifact import NOT_AT_FIRST
from artifacts.model.digests import SIZES
from artifacts.model.limits import Limits
from artifacts.model.links import LONGEST
from artifacts.model.patch import LONGEST_POINTER

Json = dict[str, Any]

ARTIFACT, LIST, NEW, PATCH, FIELD = "{}", "{}-list", "{}-new", "{}-patch", "{}-field-{}"
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def of_types(types: Iterable[type[Artifact]], limits: Limits) -> Json:
    return {name: each for known in types for name, each in _of_type(known, limits).items()}


def _of_type(known: type[Artifact], limits: Limits) -> Json:
    name = known.type_name
    return {
        ARTIFACT.format(name): _artifact(known),
        LIST.format(name): _list(name),
        NEW.format(name): _new(known),
        PATCH.format(name): _patch(known, limits.operations),
        **{
            FIELD.format(name, each.name): _value(each) for each in _settable(known) if each.is_dict
        },
    }


def _artifact(known: type[Artifact]) -> Json:
    """Every field is in every answer."""
    fields = {name: _value(each) for name, each in known.fields.items()}
    told = {"properties": fields, "required": list(fields)}
    return {name: each for name, each in schema.strict(known).items() if name != "title"} | told


def _value(field: Field) -> Json:
    """Describe a field without a default that is a list or an object.

    Makers of clients leave out every schema with such a default, and all that leads to it.
    """
    told = field.strict_schema()
    if isinstance(told.get("default"), (list, dict)):
        del told["default"]
    return told


def _list(name: str) -> Json:
    return {
        "type": "object",
        "properties": {
            "artifacts": {"type": "array", "items": ref(ARTIFACT.format(name))},
            "type_name": {"const": name},
            "schema": {"const": f"/schemas/{name}"},
            "first": TEXT | {"description": "URL of the first page, relative to the service."},
            "next": TEXT | {"description": "URL of the next page; absent behind the last one."},
            "total_count": COUNT | {"description": "How many match; from 1.2 on, on demand."},
        },
        "required": ["artifacts", "type_name", "schema", "first"],
        "additionalProperties": False,
    }


def _new(known: type[Artifact]) -> Json:
    fields = [each for each in _settable(known) if each.name not in NOT_AT_FIRST]
    return {
        "type": "object",
        "properties": {each.name: _value(each) for each in fields},
        "required": ["name"],
        "additionalProperties": False,
    }


def _patch(known: type[Artifact], most: int) -> Json:
    """Whole fields by name, so that a client sees which values they take; and their elements.

    An object with nothing in it is taken for a list with nothing in it.
    """
    whole = [_set(known, each) for each in _settable(known)]
    pointer = {"pattern": "^(?:/(?:[^~/]|~[01])+){1,2}$", "maxLength": LONGEST_POINTER}
    place = TEXT | pointer
    return {
        "type": ["array", "object"],
        "maxProperties": 0,
        "maxItems": most,
        "items": {
            "anyOf": [
                *whole,
                _operation(["add", "replace", "test"], place, value={}),
                _operation(["remove"], place),
                _operation(["move", "copy"], place, **{"from": place}),
            ]
        },
    }


def _set(known: type[Artifact], field: Field) -> Json:
    """Name what sets a field; an object is a component, or makers of clients lose its name."""
    name = FIELD.format(known.type_name, field.name)
    value = ref(name) if field.is_dict else _value(field)
    title = f"{known.type_name} set {field.name}"
    return {"title": title} | _operation(
        ["add", "replace"], {"const": f"/{field.name}"}, value=value
    )


def _operation(kinds: list[str], path: Json, **more: Json) -> Json:
    return {
        "type": "object",
        "properties": {"op": {"enum": kinds}, "path": path, **more},
        "required": ["op", "path", *more],
    }


def _settable(known: type[Artifact]) -> list[Field]:
    return [each for each in known.fields.values() if not each.system and not each.holds_blobs]


def _digest(size: int) -> Json:
    return {"type": ["string", "null"], "pattern": f"^[0-9a-fA-F]{{{2 * size}}}$"}


LINKED: Json = {
    "type": "object",
    "properties": {
        "url": TEXT | {"format": "uri", "pattern": "^https?://", "maxLength": LONGEST},
        "location_type": {"enum": ["external", "internal"], "default": "external"},
        "size": {"type": ["integer", "null"], "minimum": 0, "maximum": 2**63 - 1},
        **{name: _digest(size) for name, size in SIZES.items()},
    },
    "required": ["url"],
}
VERSION: Json = {
    "type": "object",
    "properties": {
        "version": TEXT,
        "status": {"enum": ["SUPPORTED", "CURRENT"]},
        "links": {"type": "array", "items": {"type": "object"}},
        "media-type": TEXT,
    },
    "required": ["version", "status", "links", "media-type"],
}
VERSIONS: Json = {
    "type": "object",
    "properties": {"versions": {"type": "array", "items": VERSION}},
    "required": ["versions"],
}
TYPE_DOCUMENTS: Json = {
    "type": "object",
    "properties": {
        "schemas": {
            "type": "object",
            "additionalProperties": {"type": "object", "required": ["name", "properties"]},
        }
    },
    "required": ["schemas"],
}
ERROR: Json = {
    "type": "object",
    "properties": {
        "code": {"type": "integer", "minimum": 400, "maximum": 599},
        "title": TEXT,
        "explanation": TEXT,
        "error": {
            "type": "object",
            "properties": {"message": TEXT, "type": TEXT},
            "required": ["message", "type"],
        },
        "min_version": TEXT,
        "max_version": TEXT,
    },
    "required": ["code", "title", "explanation", "error"],
    "additionalProperties": False,
}
PROBLEM: Json = {
    "type": "object",
    "properties": {
        "type": {"const": "about:blank"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "name": TEXT,
        "request_id": TEXT,
        "min_version": TEXT,
        "max_version": TEXT,
    },
    "required": ["type", "title", "status", "detail", "name", "request_id"],
    "additionalProperties": False,
}
_TAGS = Artifact.fields["tags"].strict_schema()
TAGS: Json = {
    "type": "object",
    "properties": {
        "tags": {
            "type": "array",
            **{name: _TAGS[name] for name in ("description", "maxItems", "items")},
        }
    },
    "required": ["tags"],
}
DEPENDENCY: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^(database|keystone|store-[0-9]+)$"},
        "state": {"enum": ["ready", "unavailable", "silent"]},
        "seconds": {"type": "number", "minimum": 0},
    },
    "required": ["name", "state", "seconds"],
    "additionalProperties": False,
}
READINESS: Json = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean"},
        "dependencies": {"type": "array", "items": DEPENDENCY},
    },
    "required": ["ready", "dependencies"],
    "additionalProperties": False,
}
FIXED: Json = {
    "readiness": READINESS,
    "tags": TAGS,
    "link": LINKED,
    "versions": VERSIONS,
    "type-documents": TYPE_DOCUMENTS,
    "error": ERROR,
    "problem": PROBLEM,
}
