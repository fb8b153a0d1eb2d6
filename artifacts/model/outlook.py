"""Outlook: what a caller may know of types, and ask of lists, before any artifact is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from artifacts.errors import Invalid
from artifacts.model.artifact import Artifact
from artifacts.model.query import Condition, Query
from artifacts.model.sight import Sight, view
from artifacts.model.text import below


@dataclass(frozen=True)
class Outlook:
    """Of each type that is looked at, what is seen of `every` artifact, and at most of `some`.

    Lists are searched by what is seen of every one: which ones they find would tell the rest.
    """

    every: tuple[Sight, ...] = ()
    some: tuple[Sight, ...] = ()

    def of_type(self, of: type[Artifact]) -> type[Artifact]:
        """Return a type as it is described to the caller."""
        return of if self._whole else self._view(of)

    def surely(self, of: type[Artifact]) -> type[Artifact]:
        """Return a type with nothing in it but what is seen of every artifact."""
        hidden = frozenset(name for name in of.fields if self._unsure(name))
        keyless = _keys(of, self._unsure)
        if not hidden and not keyless:
            return of
        return view(of, hidden=hidden, keyless=keyless, open_ended=True)

    def narrowed(self, query: Query) -> Query:
        """Return a query that finds nothing by what is hidden; raise Invalid if that is a field."""
        if self._whole:
            return query
        searched = [each.field for each in query.conditions] + [each.field for each in query.sorts]
        for name in searched:
            if self._unsure(name):
                raise Invalid(f"{name}: cannot be searched by")
        return replace(query, conditions=tuple(map(self._narrowed, query.conditions)))

    @property
    def _whole(self) -> bool:
        return all(each.whole and not each.fixed for each in (*self.every, *self.some))

    def _unsure(self, name: str, key: str | None = None) -> bool:
        return any(each.hides(name, key) for each in self.every)

    def _unseen(self, name: str, key: str | None = None) -> bool:
        return all(each.hides(name, key) for each in self.some)

    def _view(self, of: type[Artifact]) -> type[Artifact]:
        return view(
            of,
            hidden=frozenset(name for name in of.fields if self._unseen(name)),
            unsearched=frozenset(name for name in of.fields if self._unsure(name)),
            fixed=frozenset.intersection(*(each.fixed for each in self.some)),
            keyless=_keys(of, self._unseen),
        )

    def _narrowed(self, condition: Condition) -> Condition:
        """Return a condition that takes keys that are never seen for keys that are not there."""
        if condition.key is not None:
            if not self._is_unseen_key(condition.field, condition.key):
                return condition
            return replace(condition, operator="in", values=())
        if not any(condition.field in each.hidden_keys for each in self.every):
            return condition
        return replace(condition, operator="in", values=tuple(self._seen_keys(condition)))

    def _seen_keys(self, condition: Condition) -> Iterable[str]:
        return (key for key in condition.values if not self._is_unseen_key(condition.field, key))

    def _is_unseen_key(self, name: str, key: str) -> bool:
        """Whether it is never seen; raise Invalid if that depends on the artifact."""
        if not self._unsure(name, key):
            return False
        if not self._unseen(name, key):
            raise Invalid(f"{below(name, key)}: cannot be searched by")
        return True


def _keys(of: type[Artifact], hides: Callable[[str, str], bool]) -> frozenset[tuple[str, str]]:
    """Return those that are hidden of the only keys that dicts may have."""
    return frozenset(
        (name, key) for name, known in of.fields.items() for key in known.keys if hides(name, key)
    )
