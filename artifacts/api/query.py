"""Query string -> Query, as Glare reads it."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, quote_plus

from artifacts.api import filters
from artifacts.api.filters import Pairs
from artifacts.api.versions import COUNT_ASKED_FOR, OLDEST, SHARING, Version
from artifacts.errors import Invalid
from artifacts.model import Artifact
from artifacts.model.lifecycle import COMMUNITY
from artifacts.model.limits import USUAL, Limits
from artifacts.model.membership import ACCEPTED, STATUSES
from artifacts.model.query import Condition, Query, Sort

ONCE = ("limit", "marker", "sort")
COUNT = "with_count"
MEMBER = "member_status"
LATEST = ("version", "latest")

_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,4000}\s*", re.ASCII)  # the blanks that `int` knows, too


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
    sharing = version >= SHARING
    special = _special(version)
    once = _once(given, special)
    limit = _limit(once.get("limit"), default_limit, most)
    keys = _sort_keys(once.get("sort"), limits.sort_keys)
    artifact_type = find_type()
    if COUNT not in special and any(name == COUNT for name, _ in given):
        raise Invalid(f"{COUNT}: is there from microversion 1.2 on; before, lists always count")
    asked = [each for each in given if each[0] not in special and each != LATEST]
    conditions = filters.read(artifact_type, asked, sharing=sharing, most=limits.values)
    return Query(
        conditions=conditions,
        sorts=_sorts(artifact_type, keys),
        limit=limit,
        marker=once.get("marker"),
        latest=LATEST in given,
        counted=_counted(once.get(COUNT)) if COUNT in special else True,
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


def _special(version: Version) -> tuple[str, ...]:
    """Return the parameters that are no filters in a microversion."""
    count = (COUNT,) if version >= COUNT_ASKED_FOR else ()
    member = (MEMBER,) if version >= SHARING else ()
    return (*ONCE, *count, *member)


def _once(given: Pairs, special: Sequence[str]) -> dict[str, str]:
    names = [name for name, _ in given]
    for name in special:
        if names.count(name) > 1:
            raise Invalid(f"{name}: may be given once")
    return {name: value for name, value in given if name in special}


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
