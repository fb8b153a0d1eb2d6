"""Operators -> SQL, on one column."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_

ESCAPE = "/"
HIGHEST = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
Compare = Callable[[Any, Any], Any]
COMPARE: dict[str, Compare] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def compare(column: Any, name: str, values: Sequence[Any]) -> ColumnElement[bool]:
    compared: ColumnElement[bool]
    if name == "in":
        compared = column.in_(values) if values else false()
    elif name == "like":
        # A backslash means itself, which it does not where no other escape is named.
        compared = column.like(values[0].replace(ESCAPE, ESCAPE * 2), escape=ESCAPE)
    else:
        compared = COMPARE[name](column, values[0])
    return compared


def compare_pairs(
    first: Any, second: Any, name: str, pairs: Sequence[tuple[Any, Any]]
) -> ColumnElement[bool]:
    """Compare two columns that are one value only together."""
    same = [and_(first == one, second == other) for one, other in pairs]
    if name == "neq":
        return or_(first != pairs[0][0], second != pairs[0][1])
    return or_(*same) if same else false()


def holds(name: str, values: Sequence[Any], text: str) -> bool:
    """Whether *text*, which is in no row, fulfils a condition."""
    if name == "in":
        return text in values
    if name == "like":
        return like(values[0], text)
    return bool(COMPARE[name](text, values[0]))


def like(pattern: str, text: str) -> bool:
    """Whether *text* is LIKE *pattern*, in a time that no pattern makes grow beyond their lengths.

    Follows all the places in *text* at once that the pattern can have come to, as a regular
    expression that tries them one after the other would not.
    """
    places = {0}
    for sign in pattern:
        if sign == "%":
            places = set(range(min(places), len(text) + 1))
        else:
            places = {at + 1 for at in places if at < len(text) and sign in ("_", text[at])}
        if not places:
            return False
    return len(text) in places


def head(pattern: str) -> str:
    """Return what everything that is LIKE *pattern* begins with."""
    ends = [pattern.find(sign) for sign in "%_" if sign in pattern]
    return pattern[: min(ends)] if ends else pattern


def begins(column: Any, text: str) -> list[ColumnElement[bool]]:
    """Return *text* as the bounds of a range, which every database finds in an index."""
    behind = _behind(text)
    return [column >= text, *([column < behind] if behind else [])]


def _behind(text: str) -> str | None:
    """Return the least text that is above all that begin with *text*."""
    text = text.rstrip(chr(HIGHEST))
    if not text:
        return None
    following = ord(text[-1]) + 1
    return text[:-1] + chr(SURROGATES.stop if following in SURROGATES else following)
