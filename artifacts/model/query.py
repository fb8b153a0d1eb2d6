"""Queries: what a list is asked for, already read and checked."""

import re
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from artifacts.model.kinds import Kind, String


@dataclass(frozen=True)
class Condition:
    """A demand on one field: its value, an item of its list, or an entry of its dict.

    `in`, and the `all` and `any` of tags, have as many values as were given, also none; every
    other operator has one. `key` picks an entry of a dict, and `on_keys` compares the keys
    themselves. Of all conditions that are alternatives, one must hold.
    """

    field: str
    operator: str
    values: tuple[Any, ...]
    key: str | None = None
    kind: Kind = attribute(default_factory=String)
    on_keys: bool = False
    alternative: bool = False

    def matches(self, text: str) -> bool:
        """Tell whether a text that no row holds fulfils the condition."""
        match self.operator:
            case "neq":
                return text not in self.values
            case "like":
                return _like(self.values[0]).fullmatch(text) is not None
            case _:
                return text in self.values


@dataclass(frozen=True)
class Sort:
    field: str
    ascending: bool = False


@dataclass(frozen=True)
class Query:
    """All conditions hold at once; sorts come in their order, and the newest first behind them."""

    conditions: tuple[Condition, ...] = ()
    sorts: tuple[Sort, ...] = ()
    limit: int = 25
    marker: str | None = None


def _like(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(each, re.escape(each)) for each in pattern), re.DOTALL)
