"""What is expected of an answer: compared with it, and flipped to see that it matters."""

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

ABSENT = object()
NEVER = re.compile("(?!)")


@dataclass(frozen=True)
class Answer:
    """What the service answered; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else ABSENT


@dataclass(frozen=True)
class Only:
    """An object that has these members and, but for the ignored, no other."""

    value: dict[str, Any]
    ignored: Set[str] = frozenset()


@dataclass(frozen=True)
class Unordered:
    """A list of these items, in any order."""

    value: list[Any]


def failures(expected: Mapping[str, Any], answer: Answer) -> list[str]:
    """Return a sentence for whatever is not as expected."""
    found = list(_compared(expected["status"], answer.status, "status"))
    for name, value in expected.get("headers", {}).items():
        wanted = ABSENT if value is None else value
        found += _compared(wanted, answer.headers.get(name.lower(), ABSENT), name)
    if "body" in expected:
        found += _compared(expected["body"], answer.body.decode(errors="replace"), "body")
    if "json" in expected:
        found += _compared(expected["json"], answer.json, "json")
    if "error" in expected:
        found += _compared({"error": {"type": expected["error"]}}, answer.json, "json")
    return found


def _compared(expected: Any, actual: Any, place: str) -> Iterator[str]:
    match expected:
        case re.Pattern():
            if not isinstance(actual, str) or not expected.fullmatch(actual):
                yield f"{place}: {actual!r} does not match {expected.pattern}"
        case Only(value, ignored):
            yield from _members(value, actual, place)
            known = value.keys() | ignored
            for name in actual.keys() - known if isinstance(actual, dict) else ():
                yield f"{place}: {name} is too many"
        case Unordered(items):
            yield from _in_any_order(items, actual, place)
        case dict() if expected:
            yield from _members(expected, actual, place)
        case list() if isinstance(actual, list) and len(actual) == len(expected):
            for index, item in enumerate(expected):
                yield from _compared(item, actual[index], f"{place}/{index}")
        case _ if type(expected) is not type(actual) or expected != actual:
            yield f"{place}: {actual!r} is not {expected!r}"


def _members(expected: dict[str, Any], actual: Any, place: str) -> Iterator[str]:
    if not isinstance(actual, dict):
        yield f"{place}: {actual!r} is no object"
        return
    for name, value in expected.items():
        yield from _compared(value, actual.get(name, ABSENT), f"{place}/{name}")


def _in_any_order(expected: list[Any], actual: Any, place: str) -> Iterator[str]:
    rest = list(actual) if isinstance(actual, list) else []
    for item in expected:
        fit = next((each for each in rest if not list(_compared(item, each, place))), ABSENT)
        if fit is ABSENT:
            yield f"{place}: {actual!r} has no {item!r}"
            return
        rest.remove(fit)
    if rest or not isinstance(actual, list):
        yield f"{place}: {actual!r} is not {expected!r} in some order"


def flips(expected: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return, for every single value that is expected, where it is and all with another there."""
    for name, value in expected.items():
        for place, other in _flipped(value, name):
            yield place, {**expected, name: other}


def _flipped(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    match value:
        case Only():
            yield from _only_flipped(value, place)
        case Unordered(items):
            yield from ((where, Unordered(other)) for where, other in _flipped(items, place))
        case dict() if value:
            for name, item in value.items():
                for where, other in _flipped(item, f"{place}/{name}"):
                    yield where, {**value, name: other}
        case list() if value:
            for index, item in enumerate(value):
                for where, other in _flipped(item, f"{place}/{index}"):
                    yield where, [*value[:index], other, *value[index + 1 :]]
            yield f"{place} without the last", value[:-1]
        case _:
            yield place, _other(value)


def _only_flipped(expected: Only, place: str) -> Iterator[tuple[str, Only]]:
    for where, other in _flipped(expected.value, place):
        yield where, Only(other, expected.ignored)
    for name in expected.value:
        fewer = {each: item for each, item in expected.value.items() if each != name}
        yield f"{place} without {name}", Only(fewer, expected.ignored)


def _other(value: Any) -> Any:
    match value:
        case re.Pattern():
            return NEVER
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value} flipped"
        case dict():
            return {"flipped": True}
        case list():
            return ["flipped"]
    return "flipped"
