"""Queries: what a list is asked for, already read and checked."""

from dataclasses import dataclass, replace
from functools import cached_property
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
    """What to list: where the sorts leave a tie, the newest comes first.

    `latest` keeps the highest versions of each name among what is found; `counted` asks how many
    there are on all pages. `member_statuses` are those of the viewer's memberships that count;
    `members_only` leaves only what these show. `community` asks for what whole communities see.
    """

    conditions: tuple[Condition, ...] = ()
    sorts: tuple[Sort, ...] = ()
    limit: int = 25
    marker: str | None = None
    latest: bool = False
    counted: bool = True
    member_statuses: tuple[str, ...] = ("accepted",)
    members_only: bool = False
    community: bool = False

    @property
    def required(self) -> list[Condition]:
        required = [each for each in self.conditions if not each.alternative]
        return required if self.only is None else [*required, self.only]

    @property
    def alternatives(self) -> list[Condition]:
        """Return the conditions of which one must hold, unless they are one condition."""
        alternatives = [each for each in self.conditions if each.alternative]
        return alternatives if self.only is None else []

    @cached_property
    def only(self) -> Condition | None:
        """Return the one condition that all alternatives together are, if there is one."""
        alternatives = [each for each in self.conditions if each.alternative]
        if len(alternatives) == 1:
            return replace(alternatives[0], alternative=False)
        about = {(each.field, each.key) for each in alternatives}
        if len(about) != 1 or any(each.operator not in ("eq", "in") for each in alternatives):
            return None
        values = dict.fromkeys(value for each in alternatives for value in each.values)
        ((field, key),) = about
        return Condition(field, "in", tuple(values), key)
