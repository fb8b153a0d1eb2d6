"""Text that every database can keep, and places that an error may name."""

import re
from typing import Any

from artifacts.errors import Invalid

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST_NAME = 64
_DEEPEST = 16

# A place in a document: nothing, or the place above and the step from there; most are never told.
_Place = tuple[Any, ...]


def keepable(text: str) -> bool:
    """Tell whether *text* has neither NUL nor half of a surrogate pair."""
    return _UNKEEPABLE.search(text) is None


def check_text(document: object, where: str = "") -> None:
    """Refuse NUL and lone surrogates anywhere in a JSON document, its keys included.

    Nothing that anybody means to say is nested deeply, and what is costs who reads it.
    """
    rest: list[tuple[object, _Place, int]] = [(document, (), 0)]
    while rest:
        value, place, depth = rest.pop()
        if depth > _DEEPEST:
            raise Invalid(f"{where or 'body'}: must not be nested more than {_DEEPEST} deep")
        if isinstance(value, str):
            _check(value, where, place)
        elif isinstance(value, dict):
            for key in value:
                _check(key, where, place)
            rest.extend((item, (place, key), depth + 1) for key, item in value.items())
        elif isinstance(value, list):
            rest.extend((item, (place, at), depth + 1) for at, item in enumerate(value))


def below(place: str, step: str | int) -> str:
    """Name what is one step under *place*, without repeating what is long or unprintable."""
    name = str(step)
    if len(name) > _LONGEST_NAME or not name.isprintable():
        name = "…"
    return f"{place}/{name}" if place else name


def _check(text: str, where: str, place: _Place) -> None:
    if not keepable(text):
        named = _named(where, place) or "body"
        raise Invalid(f"{named}: must not contain NUL or a lone surrogate")


def _named(where: str, place: _Place) -> str:
    match place:
        case (above, step):
            return below(_named(where, above), step)
    return where
