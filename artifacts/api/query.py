"""Query string -> Query, as Glare reads it."""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qsl, quote_plus

from artifacts.errors import Invalid, InvalidParameter
from artifacts.model import Artifact, Field
from artifacts.model.query import Condition, Query, Sort

MOST_PARAMETERS = 64
MOST_VALUES = 1000
MOST_SORTS = 64
OPERATORS = frozenset({"eq", "neq", "in", "gt", "gte", "lt", "lte", "like"})
COMBINERS = ("and", "or")
ONCE = ("limit", "marker", "sort")

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,"]*(?:\\"[^,"]*)*)')

Pairs = list[tuple[str, str]]


def pairs(query_string: str) -> Pairs:
    """Return the parameters in their order; raise Invalid if they are too many or no text."""
    try:
        return parse_qsl(
            query_string.strip("&"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as error:
        raise Invalid(f"query: must be UTF-8, with at most {MOST_PARAMETERS} parameters") from error


def parse(given: Pairs, artifact_type: type[Artifact], *, default_limit: int, most: int) -> Query:
    """Return what is asked for; raise Invalid where it names no field, operator or value."""
    once = {name: value for name, value in given if name in ONCE}
    for name in ONCE:
        if sum(1 for each, _ in given if each == name) > 1:
            raise Invalid(f"{name}: may be given once")
    conditions = [
        condition
        for name, value in given
        if name not in ONCE
        for condition in _conditions(artifact_type, name, value)
    ]
    if sum(len(condition.values) for condition in conditions) > MOST_VALUES:
        raise Invalid(f"query: at most {MOST_VALUES} values are allowed in all its conditions")
    return Query(
        conditions=tuple(conditions),
        sorts=_sorts(artifact_type, once.get("sort")),
        limit=_limit(once.get("limit"), default_limit, most),
        marker=once.get("marker"),
    )


def link(path: str, given: Pairs, marker: str | None = None) -> str:
    """Return the relative URL of a page: the parameters as they were, but another marker."""
    kept = [(name, value) for name, value in given if name != "marker"]
    if marker is not None:
        kept.append(("marker", marker))
    text = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in kept)
    return f"{path}?{text}" if text else path


def _limit(text: str | None, default: int, most: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,12}\s*", text) or int(text) < 0:
        raise Invalid("limit: must be a whole number, 0 or more")
    return min(int(text), most)


def _sorts(artifact_type: type[Artifact], text: str | None) -> tuple[Sort, ...]:
    if text is None:
        return ()
    keys = text.split(",")
    if len(keys) > MOST_SORTS:
        raise Invalid(f"sort: at most {MOST_SORTS} keys are allowed")
    sorts: dict[str, Sort] = {}
    for key in keys:
        name, _, direction = key.partition(":")
        if direction not in ("", "asc", "desc"):
            raise Invalid(f"sort: the direction of {name} must be asc or desc")
        known = artifact_type.fields.get(name)
        if known is None or not known.sortable:
            raise Invalid("sort: every key must be a sortable field of the type")
        if not known.common:
            raise Invalid(f"sort: {name} is not among the fields that lists are sorted by yet")
        sorts.setdefault(name, Sort(name, ascending=direction == "asc"))  # again, it orders nothing
    return tuple(sorts.values())


def _conditions(artifact_type: type[Artifact], name: str, text: str) -> Iterable[Condition]:
    if name in ("tags", "tags-any"):
        yield from _tags(artifact_type, name, text)
        return
    combiner, operator, value = _read(text)
    known = _filterable(artifact_type, name)
    if operator not in known.filters:
        raise Invalid(f"{name}: cannot be filtered by {operator}")
    texts = items(value) if operator == "in" else [value]
    yield Condition(
        field=name,
        operator=operator,
        values=tuple(known.coerce(each) for each in texts),
        alternative=combiner == "or",
    )


def _filterable(artifact_type: type[Artifact], name: str) -> Field:
    known = artifact_type.field_named(name)
    if name == "metadata" or not known.common:
        raise Invalid(f"{name}: is not among the fields that lists are filtered by yet")
    return known


def _read(text: str) -> tuple[str, str, str]:
    """Split `[and:|or:][operator:]value`; a date may stand there without an operator."""
    head, colon, rest = text.partition(":")
    if not colon:
        return "and", "eq", text
    combiner = "and"
    if head in COMBINERS:
        combiner, text = head, rest
        if ":" not in rest:
            return combiner, "eq", rest
    if _is_date(text):
        return combiner, "eq", text
    operator, _, value = text.partition(":")
    if operator not in OPERATORS:
        raise Invalid("filter: a value with a colon needs an operator, such as eq:a:b")
    return combiner, operator, value


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _tags(artifact_type: type[Artifact], name: str, text: str) -> Iterable[Condition]:
    combiner, _, rest = text.partition(":")
    alternative = combiner == "or"
    if combiner in COMBINERS and ":" in text:
        text = rest
    if ":" in text:
        raise Invalid(f"{name}: takes tags, and `and:` or `or:` in front")
    values = items(text)
    if name == "tags" and not values:
        return
    values = list(artifact_type.fields["tags"].coerce(values) or [])
    yield Condition(
        "tags", "all" if name == "tags" else "any", tuple(values), alternative=alternative
    )


def items(text: str) -> list[str]:
    """Split at commas outside double quotes; raise InvalidParameter if those do not balance."""
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _ITEM.match(text, position)
        end = match.end() if match else len(text)
        if match is None or (end < len(text) and text[end] != ","):
            raise InvalidParameter("filter: double quotes must stand around a whole item")
        found.append(match[1] if match[1] is not None else match[2])
        position = end + 1
    return found
