"""Words: schemas and sentences as HTML."""

import json
import re
from html import escape
from typing import Any

from artifacts.api.openapi.schemas import Json

_LONGEST_PATTERN = 50
_CODE = re.compile(r"`([^`]*)`")
_RULES = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} entries",
    "uniqueItems": "no item twice",
    "pattern": "like <code>{}</code>",
    "format": "{}",
    "default": "by default <code>{}</code>",
    "readOnly": "set by the service",
    "mutable": "may always change",
    "sortable": "sortable",
}


def prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def of(schema: Json) -> str:
    """Say in a line what a schema asks for; one that has a name is linked."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    rules = [
        text.format(escape(_value(schema[keyword])))
        for keyword, text in _RULES.items()
        if keyword in schema and _is_worth_telling(keyword, schema[keyword])
    ]
    return ", ".join([part for part in (_kind(schema), *rules) if part])


def _is_worth_telling(keyword: str, value: Any) -> bool:
    """A long pattern is for programs: what it means is in the description."""
    if keyword == "pattern":
        return len(value) <= _LONGEST_PATTERN
    return value is not None and (keyword == "default" or value is not False)


def _kind(schema: Json) -> str:
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(_code(each) for each in schema['enum'])}"
    if "anyOf" in schema:
        return "<br>or ".join(of(each) for each in schema["anyOf"])
    if "items" in schema:
        return f"array of: {of(schema['items'])}"
    if "properties" in schema:
        inner = [f"{_code(name)}: {of(each)}" for name, each in schema["properties"].items()]
        return f"{_named(schema)} {{{', '.join(inner)}}}"
    if isinstance(held := schema.get("additionalProperties"), dict):
        return f"{_named(schema)} of: {of(held)}"
    return _named(schema)


def _named(schema: Json) -> str:
    kind: Any = schema.get("type", "anything")
    return escape(" or ".join(kind) if isinstance(kind, list) else kind)


def _code(value: Any) -> str:
    return f"<code>{escape(_value(value))}</code>"


def _value(value: Any) -> str:
    return value or '""' if isinstance(value, str) else json.dumps(value)
