"""FIELD=VALUE as people write it, read into what the type's schema says the field is."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from artifacts.client import Document
from artifacts.terminal.errors import Unclear

_NUMBER = {"type": "integer"}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_fields(pairs: Iterable[str], schema: Document) -> dict[str, Any]:
    """Read `min_ram=512`, `tags=a,b`, `properties={"hw": "x"}`, `properties/hw=x` by field."""
    fields: dict[str, Any] = {}
    for pair in pairs:
        name, text = split_pair(pair)
        field, slash, key = name.partition("/")
        value = read_value(name, text, _of_place(schema["properties"], name))
        if slash and isinstance(fields.setdefault(field, {}), dict):
            fields[field][key] = value
        else:
            fields[name] = value
    return fields


def read_changes(pairs: Iterable[str], schema: Document) -> list[dict[str, Any]]:
    """Read `FIELD=VALUE` and `FIELD/KEY=VALUE` into JSON Patch operations."""
    return [_change(*split_pair(pair), schema["properties"]) for pair in pairs]


def read_resets(names: Iterable[str]) -> list[dict[str, Any]]:
    """Turn FIELD, to be as it was, and FIELD/KEY, to be gone, into JSON Patch operations."""
    return [
        {"op": "remove", "path": pointer(name)}
        if "/" in name
        else {"op": "replace", "path": pointer(name), "value": None}
        for name in names
    ]


def read_quotas(pairs: Iterable[str]) -> dict[str, int]:
    """Read `QUOTA=NUMBER`, some of each."""
    return {name: read_value(name, text, _NUMBER) for name, text in map(split_pair, pairs)}


def pointer(slot: str) -> str:
    """Write FIELD or FIELD/KEY as a JSON pointer; a key may contain slashes."""
    field, slash, key = slot.partition("/")
    return f"/{field}" + (slash and "/" + key.replace("~", "~0").replace("/", "~1"))


def split_pair(pair: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals or not name:
        raise Unclear(f"{pair!r} is not written FIELD=VALUE.")
    return name, text


def _change(name: str, text: str, properties: Document) -> dict[str, Any]:
    value = read_value(name, text, _of_place(properties, name))
    return {"op": "add", "path": pointer(name), "value": value}


def _of_place(properties: Document, name: str) -> Document:
    """Find what the schema says of FIELD, or of FIELD/KEY."""
    field, slash, key = name.partition("/")
    declared = _declared(properties, field)
    if not slash:
        return declared
    named = _declared(_declared(declared, "properties"), key)
    return named or _declared(declared, "additionalProperties")


def read_value(name: str, text: str, declared: Document) -> Any:
    """Read *text* as the schema's property says; unknown fields are for the server to refuse."""
    kind = json_type(declared)
    try:
        return _READERS.get(kind, _as_is)(text, declared)
    except ValueError as error:
        raise Unclear(f"{name}: {text!r} is no {kind}.") from error


def json_type(declared: Document) -> str:
    """The property's JSON type that is not null; `string` for what the schema does not know."""
    kind = declared.get("type")
    if isinstance(kind, str):
        return kind
    return next((str(kind) for kind in listed(declared, "type") if kind != "null"), "string")


def listed(declared: Document, name: str) -> list[Any]:
    """Take a list from a schema; a part that is absent or something else says nothing."""
    found = declared.get(name)
    return found if isinstance(found, list) else []


def _declared(properties: Document, name: str) -> Document:
    found = properties.get(name)
    return found if isinstance(found, dict) else {}


def _as_is(text: str, declared: Document) -> str:
    return text


def _boolean(text: str, declared: Document) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError as error:
        raise ValueError(text) from error


def _list(text: str, declared: Document) -> list[Any]:
    if text.startswith("["):
        return list(json.loads(text))
    items = _declared(declared, "items")
    read = _READERS.get(json_type(items), _as_is)
    return [read(part, items) for part in text.split(",")] if text else []


def _object(text: str, declared: Document) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return value


_READERS: dict[str, Callable[[str, Document], Any]] = {
    "integer": lambda text, declared: int(text),
    "number": lambda text, declared: float(text),
    "boolean": _boolean,
    "array": _list,
    "object": _object,
}
