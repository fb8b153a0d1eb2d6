"""Sights: what protections leave of an artifact for a caller to see and to set."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from artifacts.model.sight import EVERYTHING, Keys, Sight
from artifacts.model.text import keepable
from artifacts.policy.protections import Protection, about

REMEMBERED = 1024  # decisions about all protections of a type
KEYS = 1024  # of which it is remembered what holds: each step of a patch asks again of every key

Places = tuple[Protection, ...]
Allows = Callable[[str], bool]


def sight(places: Places, allows: Allows) -> Sight:
    """Return what is left where all that protect a place must allow it."""
    if not places:
        return EVERYTHING
    unread = tuple(each for each in places if each.read and not allows(each.read))
    unwritten = tuple(each for each in places if each.write and not allows(each.write))
    return _sight(unread, unwritten) if unread or unwritten else EVERYTHING


@lru_cache(REMEMBERED)
def _sight(unread: Places, unwritten: Places) -> Sight:
    return Sight(_fields(unread), _fields(unwritten), _keys(unread), _keys(unwritten))


def _fields(closed: Places) -> frozenset[str]:
    return frozenset(each.field for each in closed if each.keys is None)


def _keys(closed: Places) -> Mapping[str, Keys]:
    by_field: dict[str, list[Protection]] = {}
    for each in closed:
        if each.keys is not None:
            by_field.setdefault(each.field, []).append(each)
    return {field: _any_of(tuple(several)) for field, several in by_field.items()}


def _any_of(several: Places) -> Keys:
    pattern = about(several)

    @lru_cache(KEYS)
    def holds(key: str) -> bool:
        return keepable(key) and pattern.fullmatch(key) is not None

    return holds
