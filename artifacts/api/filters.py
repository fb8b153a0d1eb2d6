"""Filters: `FIELD=[and:|or:][OPERATOR:]VALUE` -> conditions, as Glare reads it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from artifacts.errors import Invalid, InvalidParameter
from artifacts.model import Artifact, Field
from artifacts.model.containers import Container
from artifacts.model.lifecycle import COMMUNITY, GLARES, PRIVATE, SHARED
from artifacts.model.query import Condition
from artifacts.model.text import check_text

OPERATORS = frozenset({"eq", "neq", "in", "gt", "gte", "lt", "lte", "like"})
COMBINERS = ("and", "or")

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^,"\\]|\\"|\\)*)')
_ESCAPED = re.compile(r'\\(["\\])')

Pairs = list[tuple[str, str]]


def read(
    artifact_type: type[Artifact], given: Pairs, *, sharing: bool, most: int
) -> tuple[Condition, ...]:
    """Return what all of them ask for, as clients mean it that know of *sharing*, or do not.

    Raise Invalid where one names no field, operator or value, or there are too many values.
    """
    found = [each for name, text in given for each in _conditions(artifact_type, name, text)]
    if not sharing:
        found = [_as_glare_means(each) for each in found]
    if sum(len(each.values) for each in found) > most:
        raise Invalid(f"query: at most {most} values are allowed in all its conditions")
    return tuple(found)


def _as_glare_means(condition: Condition) -> Condition:
    """Return what a condition on the visibility means to who is told of two of them."""
    if condition.field != "visibility":
        return condition
    if not set(condition.values) <= set(GLARES):
        raise Invalid("visibility: must be one of private, public")
    shown = {each for each in condition.values if condition.operator != "neq"}
    if condition.operator == "neq":
        shown = set(GLARES) - set(condition.values)
    meant = [*shown, *((SHARED, COMMUNITY) if PRIVATE in shown else ())]
    return replace(condition, operator="in", values=tuple(sorted(meant)))


def _conditions(artifact_type: type[Artifact], name: str, text: str) -> Iterable[Condition]:
    if name in ("tags", "tags-any"):
        yield from _tags(artifact_type, name, text)
        return
    field, key = _place(artifact_type, name)
    combiner, operator, value = _read(text, field.name)
    operator, values = _demand(field, key, operator, value)
    yield Condition(field.name, operator, values, key, alternative=combiner == "or")


def _place(artifact_type: type[Artifact], name: str) -> tuple[Field, str | None]:
    """Return the field, and the key behind its last dot if it is the entry of a dict."""
    head, dot, key = name.rpartition(".")
    if not dot:
        return artifact_type.field_named(name), None
    field = artifact_type.field_named(head)
    if not field.is_dict:
        raise Invalid(f"{head}: has no keys to filter by")
    check_text(key, head)
    return field, key


def _demand(field: Field, key: str | None, operator: str, text: str) -> tuple[str, tuple[Any, ...]]:
    """Return an operator that the field allows, with the values to compare to."""
    by_key = key is None and (field.is_dict or field.is_folder)
    known = ("eq", "in") if by_key else field.filters
    if operator not in known:
        raise Invalid(f"{field.name}: {_filterable(known, operator)}")
    texts = items(text, field.name) if operator == "in" else [text]
    if by_key:
        for each in texts:
            check_text(each, field.name)
        # No index finds the keys of folders, so they are not found, as Glare does not find them.
        return ("in", ()) if field.is_folder else (operator, tuple(texts))
    if key is not None and operator == "eq" and text == "" and _holds_texts(field):
        return "in", ()  # Glare takes it for a question that nothing answers
    coerce = field.coerce_element if isinstance(field.kind, Container) else field.coerce
    return operator, tuple(coerce(each) for each in texts)


def _filterable(known: Sequence[str], wanted: str) -> str:
    if not known:
        return "cannot be filtered"
    return f"cannot be filtered by {wanted}, only by {', '.join(known)}"


def _holds_texts(field: Field) -> bool:
    return isinstance(field.kind, Container) and field.kind.element.glare_type == "String"


def _read(text: str, field_name: str) -> tuple[str, str, str]:
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
        raise Invalid(f"{field_name}: a value with a colon needs an operator, such as eq:a:b")
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
    values = items(text, name)
    if name == "tags" and not values:
        return
    values = list(artifact_type.fields["tags"].coerce(values) or [])
    yield Condition(
        "tags", "all" if name == "tags" else "any", tuple(values), alternative=alternative
    )


def items(text: str, name: str) -> list[str]:
    """Split at commas outside double quotes; raise InvalidParameter if those do not balance."""
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _ITEM.match(text, position)
        end = match.end() if match else len(text)
        if match is None or (end < len(text) and text[end] != ","):
            raise InvalidParameter(f"{name}: double quotes must stand around a whole item")
        found.append(_unescaped(match))
        position = end + 1
    return found


def _unescaped(item: re.Match[str]) -> str:
    """Within quotes a backslash escapes quotes and itself; outside, quotes alone."""
    if item[1] is not None:
        return _ESCAPED.sub(r"\1", item[1])
    return item[2].replace('\\"', '"')
