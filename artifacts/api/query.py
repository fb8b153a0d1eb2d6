"""Query string -> Query, as Glare reads it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from artifacts.api.versions import COUNT_ASKED_FOR, OLDEST, SHARING, Version
from artifacts.errors import Invalid, InvalidParameter
from artifacts.model import Artifact, Field
from artifacts.model.containers import Container
from artifacts.model.lifecycle import COMMUNITY, GLARES, PRIVATE, SHARED
from artifacts.model.limits import USUAL, Limits
from artifacts.model.membership import ACCEPTED, STATUSES
from artifacts.model.query import Condition, Query, Sort
from artifacts.model.text import check_text

OPERATORS = frozenset({"eq", "neq", "in", "gt", "gte", "lt", "lte", "like"})
COMBINERS = ("and", "or")
ONCE = ("limit", "marker", "sort")
COUNT = "with_count"
MEMBER = "member_status"
LATEST = ("version", "latest")

_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,4000}\s*", re.ASCII)  # the blanks that `int` knows, too
_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^,"\\]|\\"|\\)*)')
_ESCAPED = re.compile(r'\\(["\\])')

Pairs = list[tuple[str, str]]


def pairs(query_string: str, most: int = USUAL.parameters) -> Pairs:
    """Return the parameters in their order; raise Invalid if they are too many or no text."""
    try:
        return parse_qsl(
            query_string.strip("&"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=most,
        )
    except ValueError as error:
        raise Invalid(f"query: must be UTF-8, with at most {most} parameters") from error


def parse(
    given: Pairs,
    find_type: Callable[[], type[Artifact]],
    *,
    default_limit: int,
    most: int,
    version: Version = OLDEST,
    limits: Limits = USUAL,
) -> Query:
    """Return what is asked for; raise Invalid where it names no field, operator or value.

    The type is found after what is wrong whatever the type, as Glare does.
    """
    count_asked_for, sharing = version >= COUNT_ASKED_FOR, version >= SHARING
    special = (*ONCE, *([COUNT] if count_asked_for else []), *([MEMBER] if sharing else []))
    once = {name: value for name, value in given if name in special}
    for name in special:
        if sum(1 for each, _ in given if each == name) > 1:
            raise Invalid(f"{name}: may be given once")
    limit = _limit(once.get("limit"), default_limit, most)
    keys = _sort_keys(once.get("sort"), limits.sort_keys)
    artifact_type = find_type()
    if not count_asked_for and any(name == COUNT for name, _ in given):
        raise Invalid(f"{COUNT}: is there from microversion 1.2 on; before, lists always count")
    conditions = [
        condition
        for name, value in given
        if name not in special and (name, value) != LATEST
        for condition in _conditions(artifact_type, name, value)
    ]
    if not sharing:
        conditions = [_as_glare_means(condition) for condition in conditions]
    if sum(len(condition.values) for condition in conditions) > limits.values:
        raise Invalid(f"query: at most {limits.values} values are allowed in all its conditions")
    return Query(
        conditions=tuple(conditions),
        sorts=_sorts(artifact_type, keys),
        limit=limit,
        marker=once.get("marker"),
        latest=LATEST in given,
        counted=_counted(once.get(COUNT)) if count_asked_for else True,
        member_statuses=_member_statuses(once.get(MEMBER)),
        members_only=MEMBER in once,
        community=sharing and any(_asks_for_community(each) for each in conditions),
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
    if not _WHOLE.fullmatch(text) or int(text) < 0:
        raise Invalid("limit: must be a whole number, 0 or more")
    return min(int(text), most)


def _counted(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise Invalid(f"{COUNT}: must be true or false")
    return text == "true"


def _member_statuses(text: str | None) -> tuple[str, ...]:
    if text == "all":
        return STATUSES
    if text is not None and text not in STATUSES:
        raise Invalid(f"{MEMBER}: must be pending, accepted, rejected or all")
    return (text or ACCEPTED,)


def _asks_for_community(condition: Condition) -> bool:
    """Whether it names that visibility: what the whole community sees is in no other list."""
    named = condition.operator in ("eq", "in") and COMMUNITY in condition.values
    return condition.field == "visibility" and named


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


def _sort_keys(text: str | None, most: int) -> list[Sort]:
    keys = [] if text is None else [each.partition(":") for each in text.split(",")]
    if len(keys) > most:
        raise Invalid(f"sort: at most {most} keys are allowed")
    for _, _, direction in keys:
        if direction not in ("", "asc", "desc"):
            raise Invalid("sort: every direction must be asc or desc")
    return [Sort(name, ascending=direction == "asc") for name, _, direction in keys]


def _sorts(artifact_type: type[Artifact], keys: list[Sort]) -> tuple[Sort, ...]:
    sorts: dict[str, Sort] = {}
    for sort in keys:
        known = artifact_type.fields.get(sort.field)
        if known is None or not known.sortable:
            sortable = (each.name for each in artifact_type.fields.values() if each.sortable)
            raise Invalid(f"sort: every key must be one of {', '.join(sortable)}")
        sorts.setdefault(sort.field, sort)  # again, it orders nothing
    return tuple(sorts.values())


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
