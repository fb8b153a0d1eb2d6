"""Sight: what a caller may see and set of an artifact. What is hidden from it is not there.

Whatever is answered of an artifact has passed `Sight.of`, since only what is `Seen` is shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, NewType

from artifacts.errors import PolicyForbids
from artifacts.model.artifact import Artifact
from artifacts.model.blob import Slot
from artifacts.model.fields import Field
from artifacts.model.text import below

Seen = NewType("Seen", Artifact)
Keys = Callable[[str], bool]  # whether it is about a key

VIEWS = 1024  # types as they are seen, that are remembered
NONE: Mapping[str, Keys] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Sight:
    """The fields that are hidden, and those that are seen but `fixed`; and the same of keys.

    Who does not see something does not set it: the answer would tell what it was.
    """

    hidden: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    hidden_keys: Mapping[str, Keys] = field(default_factory=lambda: NONE)
    fixed_keys: Mapping[str, Keys] = field(default_factory=lambda: NONE)

    @cached_property
    def whole(self) -> bool:
        """Whether all of an artifact is seen."""
        return not (self.hidden or self.hidden_keys)

    def hides(self, name: str, key: str | None = None) -> bool:
        return name in self.hidden or _holds(self.hidden_keys, name, key)

    def of_type(self, of: type[Artifact]) -> type[Artifact]:
        """Return a type without the fields that are hidden."""
        return view(of, hidden=self.hidden) if self.hidden else of

    def of(self, artifact: Artifact) -> Seen:
        """Return what is seen of an artifact."""
        if self.whole:
            return Seen(artifact)
        values = artifact.values
        for name in self.hidden_keys.keys() & values.keys():
            values[name] = self._shown(artifact.fields[name], values[name])
        blobs = {
            slot: blob
            for slot, blob in artifact.blobs.items()
            if not self.hides(slot.field, slot.key)
        }
        return Seen(self.of_type(type(artifact))(values, blobs, artifact.revision))

    def check_sets(self, name: str, keys: Iterable[str] = ()) -> None:
        """Raise PolicyForbids if a field, or a key of it, is not for the caller to set."""
        if name in self.fixed or name in self.hidden:
            raise PolicyForbids(f"{name}: is protected, and not for this caller to set")
        for key in keys:
            if self.hides(name, key) or _holds(self.fixed_keys, name, key):
                place = below(name, key)
                raise PolicyForbids(f"{place}: is protected, and not for this caller to set")

    def check_gives(self, values: Mapping[str, Any]) -> None:
        """Raise PolicyForbids if what a new artifact is given is not all for the caller to set."""
        for name, value in values.items():
            self.check_sets(name, value if isinstance(value, dict) else ())

    def check_fills(self, slot: Slot) -> None:
        """Raise PolicyForbids if a slot is not for the caller to fill, or to empty."""
        self.check_sets(slot.field, [slot.key] if slot.key else ())

    def merged(self, known: Field, held: Any, shown: Any, wanted: Any) -> Any:
        """Return what a dict becomes that is *held*, was *shown*, and is *wanted* as another.

        The keys that are hidden stay: nobody deletes what it does not know of.
        """
        if not known.is_dict or not isinstance(wanted, dict | None):
            return wanted
        if wanted is None:
            known.coerce(wanted)  # refuses it where nothing may be
        before, after = shown or {}, (self._bare(known) if wanted is None else wanted) or {}
        gone_or_new = before.keys() ^ after.keys()
        other = {key for key in before.keys() & after.keys() if before[key] != after[key]}
        self.check_sets(known.name, sorted(gone_or_new | other))
        unseen = {key: each for key, each in (held or {}).items() if self.hides(known.name, key)}
        return {**after, **unseen} if unseen else wanted

    def _shown(self, known: Field, value: Any) -> Any:
        """Return a dict without hidden keys; one with nothing left looks as if it never had any."""
        if not isinstance(value, dict):
            return value
        return self._kept(known, value) or self._bare(known)

    def _bare(self, known: Field) -> Any:
        """Return what is seen of a dict that nobody has set."""
        return None if known.unset is None else self._kept(known, known.unset)

    def _kept(self, known: Field, value: Mapping[str, Any]) -> Any:
        return {key: each for key, each in value.items() if not self.hides(known.name, key)}


EVERYTHING = Sight()


def _holds(keys: Mapping[str, Keys], name: str, key: str | None) -> bool:
    return key is not None and name in keys and keys[name](key)


def view(
    of: type[Artifact],
    *,
    hidden: frozenset[str],
    unsearched: frozenset[str] = frozenset(),
    fixed: frozenset[str] = frozenset(),
    keyless: frozenset[tuple[str, str]] = frozenset(),
    open_ended: bool = False,
) -> type[Artifact]:
    """Return a type without some fields; with some that lists do not find, or callers not set.

    And without some keys, of dicts that say which they may have.
    """
    key: Any = of  # a class is hashable, which mypy takes for a property of its instances
    return _view(key, hidden, unsearched, fixed, keyless, open_ended)


@lru_cache(VIEWS)
def _view(
    of: type[Artifact],
    hidden: frozenset[str],
    unsearched: frozenset[str],
    fixed: frozenset[str],
    keyless: frozenset[tuple[str, str]],
    open_ended: bool,
) -> type[Artifact]:
    fields = {name: known for name, known in of.fields.items() if name not in hidden}
    for name in unsearched & fields.keys():
        fields[name] = replace(fields[name], filters=(), sortable=False)
    for name in fixed & fields.keys():
        fields[name] = replace(fields[name], system=True)
    for name in {name for name, _ in keyless} & fields.keys():
        kept = tuple(key for key in fields[name].keys if (name, key) not in keyless)
        fields[name] = replace(fields[name], keys=kept)
    return of.showing_only(fields, open_ended=open_ended)
