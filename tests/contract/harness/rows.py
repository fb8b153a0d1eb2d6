"""The rows of rows.yaml, which says at its top how they are written."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.expectations import Only, Unordered

FILE = Path(__file__).parent.parent / "rows.yaml"
OF_FILE = {"deployments", "given", "rows"}
OF_ROW = {"row", "as", "given", "request", "during", "expected", "deviates", "deployment", "cases"}
OF_EXPECTED = {"status", "error", "json", "headers", "body"}
_PLACE = re.compile(r"<([a-z_][a-z0-9_]*(?:\.[^<>]+)?)>")

_BARE = re.compile(r"(?!true|false|null|[+-]?\d*\.?\d*$)\S.*")


@dataclass(frozen=True)
class Row:
    """One row: who sends which request after what was `given`, and what is expected."""

    title: str
    text: str
    request: Mapping[str, Any]
    expected: Mapping[str, Any]
    caller: str = "owner"
    given: list[Any] = field(default_factory=list)
    during: Mapping[str, Any] | None = None
    deviates: str | None = None
    deployment: str = "default"
    case: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.title}: {self.text}"

    @property
    def section(self) -> str:
        return self.title.split()[0]


@dataclass(frozen=True)
class Contract:
    """The whole file."""

    deployments: Mapping[str, Any]
    given: Mapping[str, list[Any]]
    rows: list[Row]

    def per_section(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.section] = counts.get(row.section, 0) + 1
        return counts


def load() -> Contract:
    document = yaml.load(FILE.read_text(encoding="utf-8"), Loader)
    _check(document, OF_FILE, "the file")
    rows = [row for section, group in document["rows"].items() for row in _of(section, group)]
    texts = [row.id for row in rows]
    if twice := {text for text in texts if texts.count(text) > 1}:
        raise ValueError(f"rows with one text: {twice}")
    return Contract(document["deployments"], document["given"], rows)


def _of(section: str, group: list[dict[str, Any]]) -> Iterator[Row]:
    """Make rows of the groups of one section, and of each row one for each of its cases."""
    for each in group:
        _check(each, OF_ROW, f"{section}: {each.get('row')}")
        _check(each["expected"], OF_EXPECTED, f"{section}: {each['row']}: expected")
        for case in _each(each.get("cases", [{}])):
            _check_used(case, each)
            yield Row(
                title=str(section),
                text=shown(str(each["row"]), case),
                request=each["request"],
                expected=each["expected"],
                caller=each.get("as", "owner"),
                given=each.get("given", []),
                during=each.get("during"),
                deviates=each.get("deviates"),
                deployment=each.get("deployment", "default"),
                case=case,
            )


def _each(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Make of a case with `!each` in it one for each of those values."""
    for case in cases:
        choices = [item.values if isinstance(item, Each) else [item] for item in case.values()]
        yield from (dict(zip(case, chosen, strict=True)) for chosen in itertools.product(*choices))


def _check(mapping: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := mapping.keys() - known:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}")


def _check_used(case: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """Refuse what a case names and its row does not use, which would prove nothing."""
    used = str({name: value for name, value in row.items() if name != "cases"})
    if idle := [name for name in case if f"<{name}>" not in used]:
        raise ValueError(f"{row['row']}: nothing uses {', '.join(idle)}")


def shown(text: str, case: Mapping[str, Any]) -> str:
    """Return the text of a row with what is special about one of its cases."""
    if not any(f"<{name}>" in text for name in case):
        text = " ".join([text, *(f"<{name}>" for name in case)])
    return _PLACE.sub(lambda found: _short(case[found[1]]) if found[1] in case else found[0], text)


def _short(value: Any) -> str:
    bare = isinstance(value, str) and _BARE.fullmatch(value)
    text = value if bare else json.dumps(value, default=repr)
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)})"


def filled(value: Any, known: Mapping[str, Any], case: Mapping[str, Any]) -> Any:
    """Put what is known in the place of each `<name>`; a text that is nothing else keeps its type.

    `<draft.id>` is a member of what was answered for the given `draft`.
    """
    match value:
        case str():
            whole = _PLACE.fullmatch(value)
            if whole:
                return _found(whole[1], known, case)
            return _PLACE.sub(lambda found: str(_found(found[1], known, case)), value)
        case Only():
            return Only(filled(value.value, known, case), value.ignored)
        case Unordered():
            return Unordered(filled(value.value, known, case))
        case dict():
            return {
                filled(key, known, case): filled(item, known, case) for key, item in value.items()
            }
        case list():
            return [filled(item, known, case) for item in value]
    return value


def _found(name: str, known: Mapping[str, Any], case: Mapping[str, Any]) -> Any:
    first, *members = name.split(".")
    found = filled(case[first], known, case) if first in case else known[first]
    for member in members:
        found = found[int(member)] if isinstance(found, list) else found[member]
    return found


@dataclass(frozen=True)
class Each:
    """Several values of which a case takes each in turn."""

    values: list[Any]


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # the one in C, where there is one
    """YAML that refuses a key twice, and knows the tags that rows.yaml explains."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key) for key, _ in node.value if key.value != "<<"]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"{node.start_mark}: twice {twice}")
        return super().construct_mapping(node, deep=deep)


def _times(loader: Loader, node: yaml.SequenceNode) -> Any:
    value, count = loader.construct_sequence(node, deep=True)
    return value * count


def _keys(loader: Loader, node: yaml.ScalarNode) -> dict[str, str]:
    return {f"key{number}": "value" for number in range(int(loader.construct_scalar(node)))}


def _items(loader: Loader, node: yaml.ScalarNode) -> list[str]:
    return [f"item{number}" for number in range(int(loader.construct_scalar(node)))]


def _content(loader: Loader, node: yaml.Node) -> Any:
    """Return what a tag stands before, which may be one place."""
    match node:
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
    return node.value


def _field(loader: Loader, node: yaml.Node) -> Only:
    return Only(_content(loader, node), {"description"})


Loader.add_constructor("!re", lambda loader, node: re.compile(node.value, re.DOTALL))
Loader.add_constructor("!only", lambda loader, node: Only(_content(loader, node)))
Loader.add_constructor("!unordered", lambda loader, node: Unordered(_content(loader, node)))
Loader.add_constructor("!each", lambda loader, node: Each(_content(loader, node)))
Loader.add_constructor("!field", _field)
Loader.add_constructor("!times", _times)
Loader.add_constructor("!keys", _keys)
Loader.add_constructor("!items", _items)
