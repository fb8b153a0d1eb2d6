"""Queries: what a list is asked for, already read and checked."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """A demand on one field, or on the entry *key* of a dict.

    `in`, and the `all` and `any` of tags, have as many values as were given, also none; every
    other operator has one. Of all conditions that are alternatives, one must hold.
    """

    field: str
    operator: str
    values: tuple[Any, ...]
    key: str | None = None
    alternative: bool = False


@dataclass(frozen=True)
class Sort:
    field: str
    ascending: bool = False


@dataclass(frozen=True)
class Query:
    """What to list: where the sorts leave a tie, the newest comes first."""

    conditions: tuple[Condition, ...] = ()
    sorts: tuple[Sort, ...] = ()
    limit: int = 25
    marker: str | None = None
