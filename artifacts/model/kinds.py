"""Kinds of single values: what JSON becomes, and the two schemas that say so.

`coerce` refuses with a rule alone; the field adds its name. What `strict` says is checked after it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from artifacts.errors import Invalid
from artifacts.model import links, version
from artifacts.model.rules import Rules

Schema = dict[str, Any]

UUID = r"^(?:urn:)?(?:uuid:)?[{}]*-*(?:[0-9a-fA-F]-*){32}[{}]*$"

_GLARE_UUID = "^{0}{{8}}-{0}{{4}}-{0}{{4}}-{0}{{4}}-{0}{{12}}$".format("([0-9a-fA-F])")
_GLARE_VERSION = (
    r"/^([0-9]+)\.([0-9]+)\.([0-9]+)"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+)?$/"
)
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_WHOLE_NUMBER = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_MOMENT = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T ][\d:.,]+(?:Z|[+-][\d:]+)?)?", re.ASCII)
_TRUE = {"1", "t", "true", "on", "y", "yes"}


class Kind:
    """One kind of value; `options` may be declared for it, and `operators` filter by it."""

    name: str
    glare_type: str
    options: frozenset[str] = frozenset({"default", "nullable", "filters", "sortable"})
    operators: frozenset[str] = frozenset()
    default_filters: tuple[str, ...] = ()

    def coerce(self, value: object) -> Any:
        raise NotImplementedError

    def strict(self, rules: Rules) -> Schema:
        raise NotImplementedError

    def glare(self, rules: Rules) -> Schema:
        return self.strict(rules)

    def to_json(self, value: Any) -> Any:
        return value

    def from_json(self, value: Any) -> Any:
        return value

    def show(self, value: Any) -> Any:
        return self.to_json(value)

    def links(self, value: Any) -> Iterator[str]:
        return iter(())


class String(Kind):
    name = "String"
    glare_type = "String"
    options = Kind.options | {"min_length", "max_length", "pattern", "choices"}
    operators = frozenset({"eq", "neq", "in", "like"})
    default_filters = ("eq", "neq", "in")

    def coerce(self, value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and _finite(value):
            return str(value)
        raise Invalid("must be a string")

    def strict(self, rules: Rules) -> Schema:
        return given(self.glare(rules) | {"pattern": anchored(rules.pattern)})

    def glare(self, rules: Rules) -> Schema:
        return given(
            {
                "type": "string",
                "minLength": rules.min_length,
                "maxLength": rules.max_length or (None if rules.choices else 255),
                "pattern": _GLARE_UUID if rules.pattern == UUID else rules.pattern,
                "enum": list(rules.choices) or None,
            }
        )


class _Number(Kind):
    options = Kind.options | {"minimum", "maximum", "choices"}
    default_filters = ("eq", "neq", "in", "gt", "gte", "lt", "lte")
    operators = frozenset(default_filters)
    json_type: str

    def glare(self, rules: Rules) -> Schema:
        return given(
            {
                "type": self.json_type,
                "minimum": rules.minimum,
                "maximum": rules.maximum,
                "enum": list(rules.choices) or None,
            }
        )

    def strict(self, rules: Rules) -> Schema:
        return self.glare(rules)


class Integer(_Number):
    name = "Integer"
    glare_type = "Integer"
    json_type = "integer"

    def coerce(self, value: object) -> int:
        if isinstance(value, (int, float)) and _finite(value):
            return int(value)
        if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
            try:
                return int(value)
            except ValueError:  # more digits than Python converts
                raise Invalid(f"must be between {_LOWEST} and {_HIGHEST}") from None
        raise Invalid("must be a whole number")

    def strict(self, rules: Rules) -> Schema:
        return {"minimum": _LOWEST, "maximum": _HIGHEST} | self.glare(rules)


class Float(_Number):
    name = "Float"
    glare_type = "Float"
    json_type = "number"

    def coerce(self, value: object) -> float:
        if isinstance(value, (int, float, str)) and "_" not in str(value):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                raise Invalid("must be a number") from None
            if isfinite(number):
                return number
        raise Invalid("must be a finite number")


class Boolean(Kind):
    name = "Boolean"
    glare_type = "Boolean"
    operators = frozenset({"eq", "neq", "in"})
    default_filters = ("eq", "neq")

    def coerce(self, value: object) -> bool:
        """Accept anything; only a few things are true, and the number 1.0 is not one of them."""
        if isinstance(value, str):
            return value.strip().lower() in _TRUE
        return isinstance(value, int) and value == 1

    def strict(self, rules: Rules) -> Schema:
        return {"type": "boolean"}


class DateTime(Kind):
    name = "DateTime"
    glare_type = "DateTime"
    operators = frozenset({"eq", "neq", "in", "gt", "gte", "lt", "lte"})
    default_filters = ("lt", "gt")

    def coerce(self, value: object) -> datetime:
        """Without a zone it is UTC."""
        try:
            moment = value if isinstance(value, datetime) else _moment(value)
            return _in_utc(moment)
        except (ValueError, OverflowError):
            raise Invalid("must be a time in ISO 8601, such as 2026-01-31T12:00:00Z") from None

    def strict(self, rules: Rules) -> Schema:
        return {"type": "string", "format": "date-time"}

    def to_json(self, value: datetime) -> str:
        return _in_utc(value).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def from_json(self, value: str) -> datetime:
        return datetime.fromisoformat(value)

    def show(self, value: datetime) -> str:
        return _in_utc(value).isoformat(timespec="seconds").replace("+00:00", "Z")


class SemanticVersion(Kind):
    name = "Version"
    glare_type = "String"
    default_filters = ("eq", "neq", "in", "gt", "gte", "lt", "lte")
    operators = frozenset(default_filters)

    def coerce(self, value: object) -> str:
        return version.coerce(value)

    def strict(self, rules: Rules) -> Schema:
        return {"type": "string", "maxLength": version.LONGEST, "pattern": version.PATTERN}

    def glare(self, rules: Rules) -> Schema:
        return {"type": "string", "pattern": _GLARE_VERSION}


class LinkTo(Kind):
    name = "Link"
    glare_type = "Link"
    options = Kind.options - {"sortable"}
    operators = frozenset({"eq", "neq", "in"})
    default_filters = ("eq", "neq")

    def coerce(self, value: object) -> str:
        return links.coerce(value)

    def strict(self, rules: Rules) -> Schema:
        return {"type": "string", "maxLength": links.LONGEST, "pattern": links.PATTERN}

    def glare(self, rules: Rules) -> Schema:
        return {"type": "string"}

    def links(self, value: str) -> Iterator[str]:
        target = links.target(value)
        return iter(() if target is None else (target,))


def given(keywords: Schema) -> Schema:
    return {keyword: value for keyword, value in keywords.items() if value is not None}


def anchored(pattern: str | None) -> str | None:
    """Say in JSON Schema, which searches, what a pattern demands that matches from the start."""
    if pattern is None or (pattern.startswith("^") and "|" not in pattern):
        return pattern
    return f"^(?:{pattern})"


def _finite(number: float) -> bool:
    return isinstance(number, int) or isfinite(number)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError
    return datetime.fromisoformat(value)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
