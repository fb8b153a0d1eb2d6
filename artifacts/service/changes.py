"""Changes: a JSON Patch is applied to an artifact, all of it or nothing."""

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, patch
from artifacts.model.sight import Seen
from artifacts.service import links
from artifacts.service.access import Access
from artifacts.service.hooks import Hooks

# The rule that asking for the status which it already has must pass.
NO_MOVE = {"active": "activate", "deactivated": "deactivate"}
HOOKED = frozenset({"activate", "deactivate", "reactivate", "publish"})  # moves types hear of
ATTEMPTS = 30  # to apply a change again to what somebody else made of the artifact


class Changes:
    def __init__(
        self,
        database: Database,
        access: Access,
        hooks: Hooks,
        *,
        most: int,
        now: Callable[[], datetime],
    ) -> None:
        """Take the *most* operations that one patch may have."""
        self._database = database
        self._access = access
        self._hooks = hooks
        self._most = most
        self._now = now

    def make(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        operations: object,
        *,
        sharing: bool = True,
    ) -> Seen:
        """Change an artifact; without *sharing*, for a client that knows of none."""
        asked = patch.check(operations, self._most)
        return self.make_of(caller, type_name, id, lambda artifact: asked, sharing=sharing)

    def make_of(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        ask: Callable[[Artifact], list[patch.Operation]],
        *,
        sharing: bool = True,
    ) -> Seen:
        """Make the changes that *ask* wants of the artifact as it is.

        What loses a race is applied again to what the artifact has become, a few times.
        """
        for attempt in range(ATTEMPTS):
            with self._database.reading() as tx:
                record = self._access.writable(tx, caller, type_name, id)
            try:
                asked = ask(record.artifact)
                return self._make(caller, type_name, record, asked, sharing)
            except errors.Busy:
                time.sleep(random.uniform(0.001, 0.005) * 2 ** min(attempt, 5))  # noqa: S311 - no secret
        raise errors.Busy("the artifact kept changing while this change was made; try again")

    def _make(
        self,
        caller: Caller,
        type_name: str,
        record: Record,
        asked: list[patch.Operation],
        sharing: bool,
    ) -> Seen:
        change = Change(self._access, self._hooks, caller, record, self._now())
        change.apply(asked, sharing=sharing)
        if change.values:
            self._access.type(type_name).check_writable(change.values)
            links.check(self._database, self._access, caller, change.seen, change.values)
            record.artifact.mark_changed(change.at)
            self._database.write(change.save)
            change.announce()
        return self._access.seen(caller, record.artifact)


class Change:
    """One patch on its way into one artifact: which moves it makes, and which values it leaves."""

    def __init__(
        self, access: Access, hooks: Hooks, caller: Caller, record: Record, at: datetime
    ) -> None:
        self.at = at
        self.moves: list[str] = []
        self.values: dict[str, Any] = {}
        self._policy = access.policy
        self._sight = access.sight(caller, record.artifact)
        self._hooks = hooks
        self._caller = caller
        self._record = record
        self._artifact = record.artifact
        self._was = record.artifact.revision

    @property
    def seen(self) -> Seen:
        """Return what has become of the artifact, as far as who changes it saw it before."""
        return self._sight.of(self._artifact)

    def apply(self, asked: list[patch.Operation], *, sharing: bool) -> None:
        """Make each step, as far as policy, life cycle and hooks allow it."""
        self._policy.check("artifact:update", self._caller, self._artifact)
        before = self._artifact.values
        self._hooks.before_change(self._caller, self._artifact, asked)
        for step in patch.steps(self._artifact, asked, sharing=sharing, sight=self._sight):
            if move := self._apply(step):
                self.moves.append(move)
        self.values = self._artifact.changes_since(before)

    def _apply(self, step: patch.Step) -> str | None:
        """Apply one step; return the name of the move if it was one of the life cycle."""
        match step.field:
            case "status":
                return self._move(step.value)
            case "visibility":
                return self._show(step.value)
            case _:
                self._artifact.change(step.field, step.value)
                return None

    def _move(self, status: Any) -> str | None:
        move = self._artifact.move(status, self._sight.hidden)
        if rule := move or NO_MOVE.get(status):
            self._policy.check(f"artifact:{rule}", self._caller, self._artifact)
        if move is not None:
            self._hooks.before(self._caller, self._artifact, move)
        return self._artifact.move_to(status, self.at, self._sight.hidden)

    def _show(self, visibility: Any) -> str | None:
        move = self._artifact.showing(visibility)
        if move is not None:
            self._policy.check(f"artifact:{move}", self._caller, self._artifact)
        if move in HOOKED:
            self._hooks.before(self._caller, self._artifact, move)
        return self._artifact.show_to(visibility)

    def save(self, tx: Transaction) -> None:
        """Write the artifact, unless it is no longer what was read, or bytes flow under a move."""
        tx.artifacts.save(self._record, was=self._was)  # from here on no upload can begin
        if self.moves and tx.uploads.under_way(self._record.order_key):
            raise errors.Conflict("status: a blob is being uploaded; try again when it is done")
        action = self.moves[-1] if self.moves else "change"
        at = self._artifact.updated_at
        tx.revisions.add(self._record, self._caller, action, at=at, changes=self.values)

    def announce(self) -> None:
        """Run the hooks behind what was done."""
        for name in ("change", *(move for move in self.moves if move in HOOKED)):
            self._hooks.after(self._caller, self._artifact, name)
