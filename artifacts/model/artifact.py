"""Artifact: one typed record. Every change passes through a method that can refuse it."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

from artifacts.errors import Forbidden, Invalid
from artifacts.model import lifecycle
from artifacts.model.blob import Blob, Slot
from artifacts.model.common import CommonFields
from artifacts.model.fields import Field
from artifacts.model.hooks import Hooks

# What says who sees an artifact, and in which state, is not for its creator to say.
NOT_AT_FIRST = ("visibility", "status", "display_type_name")


class Artifact(CommonFields, Hooks, common=True):
    """What every type has; subclass it, give it a `type_name`, and annotate more fields."""

    def __init__(
        self, values: Mapping[str, Any], blobs: Mapping[Slot, Blob], revision: int
    ) -> None:
        """Take an artifact as it was recorded: nothing is checked again."""
        self._values = {
            name: values.get(name, known.unset)
            for name, known in self.fields.items()
            if not known.holds_blobs
        }
        self._blobs = dict(blobs)
        self.revision = revision

    @staticmethod
    def check_new(values: Mapping[str, object]) -> None:
        """Refuse what no type lets a creator say, or leave unsaid."""
        if not values.get("name"):
            raise Invalid("name: must be given")
        for name in NOT_AT_FIRST:
            if name in values:
                raise Invalid(f"{name}: cannot be given to a new artifact")

    @classmethod
    def draft(
        cls,
        values: Mapping[str, object],
        *,
        id: str,
        owner: str,
        now: datetime,
    ) -> Self:
        """Make a new artifact of what its creator gave; validity comes before permission."""
        cls.check_new(values)
        given = {
            name: cls.fields[name].coerce(value)
            for name, value in values.items()
            if name in cls.fields and not cls.fields[name].holds_blobs
        }
        for name in values:
            cls._check_creator_may_give(name)
        moment = cls.fields["created_at"].coerce(now)
        given |= {"id": id, "owner": owner, "created_at": moment, "updated_at": moment}
        return cls(given | {"display_type_name": cls.type_display_name}, {}, revision=1)

    @property
    def values(self) -> dict[str, Any]:
        """All fields but those that hold blobs."""
        return {name: self.value_of(self.fields[name]) for name in self._values}

    @property
    def blobs(self) -> Mapping[Slot, Blob]:
        return MappingProxyType(self._blobs)

    def value_of(self, known: Field) -> Any:
        """Return a copy of a field's value: a list is changed by setting it, not in place."""
        if known.is_blob:
            return self._blobs.get(Slot(known.name))
        if known.is_folder:
            return {slot.key: self._blobs[slot] for slot in self.slots_of(known.name)}
        if known.name not in self.fields:  # it is hidden from whom this artifact is shown to
            return known.unset
        return copy.copy(self._values[known.name])

    def put(self, known: Field, value: object) -> None:
        """Set a field as a hook may, whatever the life cycle says; the value is checked."""
        self._values[known.name] = known.coerce(value)

    def slots_of(self, field_name: str) -> list[Slot]:
        """Return the slots of a field that hold a blob, in the order of their keys."""
        return sorted(slot for slot in self._blobs if slot.field == field_name)

    def check_may_change(self, field_name: str) -> None:
        """Refuse what the life cycle, or the field itself, does not let anybody change."""
        known = self.field_named(field_name)
        lifecycle.check_changeable(self.status)
        if known.system:
            raise Forbidden(f"{field_name}: is set by the service alone")
        if self.status == lifecycle.ACTIVE and not known.mutable:
            raise Forbidden(f"{field_name}: cannot change once the artifact is active")

    def check_may_fill(self, slot: Slot) -> None:
        """Refuse a blob that the life cycle, or a full folder, leaves no place for."""
        self.check_may_change(slot.field)
        others = [other for other in self.slots_of(slot.field) if other != slot]
        known = self.fields[slot.field]
        if known.is_folder and len(others) >= known.max_items:
            raise Invalid(f"{slot.field}: must have at most {known.max_items} keys")

    def change(self, field_name: str, value: object) -> None:
        """Set a field as a caller may; status and visibility have moves of their own."""
        self.check_may_change(field_name)
        if field_name in ("status", "visibility"):
            raise Forbidden(f"{field_name}: changes by its own move alone")
        self.put(self.fields[field_name], value)

    def move(self, status: object, hidden: Collection[str] = ()) -> str | None:
        """Name the move that leads to *status*, or None; refuse one that cannot be made now.

        What it lacks is named, unless it is *hidden* from who asks.
        """
        move = lifecycle.move_between(self.status, status)
        if move == "activate":
            self._check_complete(hidden)
        return move

    def move_to(self, status: object, now: datetime, hidden: Collection[str] = ()) -> str | None:
        """Change the status, and return the name of the move, or None where it is none."""
        move = self.move(status, hidden)
        if move:
            self._values["status"] = status
        if move in ("activate", "reactivate"):
            self._values["activated_at"] = self.fields["activated_at"].coerce(now)
        return move

    def showing(self, visibility: object) -> str | None:
        """Name the move that leads to *visibility*, or None; refuse one that cannot be made now."""
        return lifecycle.showing(self.status, self.visibility, visibility)

    def show_to(self, visibility: object) -> str | None:
        """Change the visibility, and return the name of the move, or None where it is none."""
        move = self.showing(visibility)
        self._values["visibility"] = visibility
        return move

    def mark_changed(self, now: datetime) -> None:
        """Make this state the next revision, as of *now*; a clock set back is not followed."""
        moment = self.fields["updated_at"].coerce(now)
        self._values["updated_at"] = max(moment, self._values["updated_at"])
        self.revision += 1

    def belong_to(self, owner: str) -> None:
        """Give the artifact to another project, as operators alone may."""
        self._values["owner"] = owner

    def mark_deleted(self, now: datetime) -> None:
        """Make deletion the last revision: nothing may change from here on."""
        self._values["status"] = lifecycle.DELETED
        self.mark_changed(now)

    def fill(self, slot: Slot, blob: Blob) -> None:
        self._blobs[slot] = blob

    def empty(self, slot: Slot) -> None:
        self._blobs.pop(slot, None)

    def become(self, other: Artifact) -> None:
        """Take over what was recorded of the same artifact meanwhile."""
        self._values, self._blobs = dict(other._values), dict(other._blobs)
        self.revision = other.revision

    def changes_since(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return, as JSON, the values that are other ones than these were."""
        return {
            name: self.fields[name].to_json(value)
            for name, value in self._values.items()
            if name not in values or values[name] != value
        }

    @classmethod
    def _check_creator_may_give(cls, field_name: str) -> None:
        known = cls.field_named(field_name)
        if known.holds_blobs:
            raise Invalid(f"{field_name}: holds blobs, which are uploaded or linked")
        if known.system:
            raise Forbidden(f"{field_name}: is set by the service alone")

    def _check_complete(self, hidden: Collection[str]) -> None:
        missing = [
            name
            for name, known in self.fields.items()
            if known.required and not known.system and self.value_of(known) is None
        ]
        if missing:
            told = [name for name in missing if name not in hidden]
            wanted = ", ".join(told) or "a field that is hidden from the caller"
            raise Forbidden(f"{wanted}: must be set before activation")


Types = Mapping[str, type[Artifact]]  # by their names
