"""Artifacts: create, show, find, change and delete them."""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.artifacts import Record
from artifacts.db.database import Database
from artifacts.db.lists import Page
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, patch
from artifacts.model.every_type import EveryType
from artifacts.model.query import Query
from artifacts.plugins import Types
from artifacts.service.access import ALL, Access
from artifacts.service.erasure import Placement, erase, give_up
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.stores.pools import Pools

# The rule that asking for the status which it already has must pass.
NO_MOVE = {"active": "activate", "deactivated": "deactivate"}
ATTEMPTS = 30  # to apply a change again to what somebody else made of the artifact


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


class Artifacts:
    def __init__(
        self,
        database: Database,
        access: Access,
        pools: Pools,
        quotas: Quotas,
        scrub: Scrub,
        *,
        delayed_delete: Callable[[str], bool] = lambda type_name: False,
        now: Callable[[], datetime] = utc_now,
        id_factory: Callable[[], str] = new_id,
    ) -> None:
        self._database = database
        self._access = access
        self._pools = pools
        self._quotas = quotas
        self._scrub = scrub
        self._delayed_delete = delayed_delete
        self._now = now
        self._new_id = id_factory

    def type(self, name: str) -> type[Artifact]:
        """Return an enabled type; raise TypeNotFound."""
        return self._access.type(name)

    def list_types(self, caller: Caller) -> Types:
        self._access.policy.check("artifact:type_list", caller)
        return self._access.types

    def create(self, caller: Caller, type_name: str, values: Mapping[str, Any]) -> Artifact:
        """Draft an artifact of the caller's project."""
        if caller.read_only or caller.project is None:
            raise errors.Forbidden("only who acts for a project may create artifacts")
        Artifact.check_new(values)
        self._access.policy.check("artifact:create", caller)
        if type_name == ALL:
            raise errors.Forbidden(f"type {ALL}: artifacts are created by their own type")
        artifact = self._access.type(type_name).draft(
            values, id=self._new_id(), owner=caller.project, now=self._now()
        )
        artifact.before_create()
        self._check_links(caller, artifact, artifact.values)
        pool = self._pools.choose(type_name, caller.project)
        self._database.write(lambda tx: self._add(tx, caller, artifact, pool))
        artifact.after_create()
        return artifact

    def _add(self, tx: Transaction, caller: Caller, artifact: Artifact, pool: str) -> None:
        record = tx.artifacts.add(artifact, pool=pool)
        tx.revisions.add(
            record, caller, "create", at=artifact.created_at, changes=_stored(artifact)
        )
        tx.usage.count(record.owner, record.type, self._quotas.limits(artifact.type_name))

    def show(self, caller: Caller, type_name: str, id: str) -> Artifact:
        self._access.policy.check("artifact:get", caller)
        with self._database.reading() as tx:
            return self._access.visible(tx, caller, type_name, id).artifact

    def find(self, caller: Caller, type_name: str, query: Query) -> Page:
        """Return a page of the artifacts that the caller may see."""
        self._access.policy.check("artifact:list", caller)
        viewer = self._access.viewer(caller, "artifact:list_all_artifacts")
        selector = self._access.selector(type_name)
        with self._database.reading() as tx:
            return tx.lists.page(selector, query, viewer)

    def change(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        operations: object,
    ) -> Artifact:
        """Apply a JSON Patch, all of it or nothing.

        What loses a race is applied again to what the artifact has become, a few times.
        """
        patch.check(operations)
        for attempt in range(ATTEMPTS):
            with self._database.reading() as tx:
                record = self._access.writable(tx, caller, type_name, id)
            try:
                return self._change(caller, type_name, record, operations)
            except errors.Busy:
                time.sleep(random.uniform(0.001, 0.005) * 2 ** min(attempt, 5))  # noqa: S311 - no secret
        raise errors.Busy("the artifact kept changing while this change was made; try again")

    def _change(
        self, caller: Caller, type_name: str, record: Record, operations: object
    ) -> Artifact:
        artifact = record.artifact
        self._access.policy.check("artifact:update", caller, artifact)
        stored, revision = _stored(artifact), artifact.revision
        artifact.before_change()
        moves = [
            move
            for step in patch.steps(artifact, operations)
            if (move := self._apply(caller, artifact, step))
        ]
        changes = _changed(stored, _stored(artifact))
        if not changes:
            return artifact
        if type_name == ALL:
            _refuse_as_all(changes)
        self._check_links(caller, artifact, changes)
        artifact.mark_changed(self._now())
        self._database.write(lambda tx: self._save(tx, caller, record, revision, moves, changes))
        for name in ("change", *moves):
            getattr(artifact, f"after_{name}")()
        return artifact

    def _check_links(self, caller: Caller, artifact: Artifact, names: Iterable[str]) -> None:
        """Raise Invalid if a field of *names* links to what the caller does not see."""
        links = {
            id: name for name in names for id in artifact.fields[name].links(artifact.values[name])
        }
        if not links:
            return
        viewer = self._access.viewer(caller, "artifact:get_any_artifact")
        with self._database.reading() as tx:
            visible = tx.artifacts.visible_among(links, viewer)
        if missing := sorted(links.keys() - visible):
            raise errors.Invalid(f"{links[missing[0]]}: there is no artifact {missing[0]}")

    def _apply(self, caller: Caller, artifact: Artifact, step: patch.Step) -> str | None:
        """Apply one step; return the name of the move if it was one of the life cycle."""
        match step.field:
            case "status":
                return self._move(caller, artifact, step.value)
            case "visibility":
                return self._publish(caller, artifact, step.value)
            case _:
                artifact.change(step.field, step.value)
                return None

    def _move(self, caller: Caller, artifact: Artifact, status: Any) -> str | None:
        move = artifact.move(status)
        if rule := move or NO_MOVE.get(status):
            self._access.policy.check(f"artifact:{rule}", caller, artifact)
        if move is not None:
            getattr(artifact, f"before_{move}")()
        return artifact.move_to(status, self._now())

    def _publish(self, caller: Caller, artifact: Artifact, visibility: Any) -> str | None:
        move = artifact.show_to(visibility)
        if move is not None:
            self._access.policy.check(f"artifact:{move}", caller, artifact)
            artifact.before_publish()
        return move

    def _save(
        self,
        tx: Transaction,
        caller: Caller,
        record: Record,
        revision: int,
        moves: Sequence[str],
        changes: Mapping[str, Any],
    ) -> None:
        tx.artifacts.save(record, was=revision)  # from here on no upload can begin
        if moves and tx.uploads.under_way(record.order_key):
            raise errors.Conflict("status: a blob is being uploaded; try again when it is done")
        action = moves[-1] if moves else "change"
        tx.revisions.add(record, caller, action, at=record.artifact.updated_at, changes=changes)

    def delete(self, caller: Caller, type_name: str, id: str) -> None:
        """Delete an artifact: at once, or in name until it is scrubbed."""
        with self._database.reading() as tx:
            record = self._access.writable(tx, caller, type_name, id)
        artifact = record.artifact
        self._access.policy.check("artifact:delete", caller, artifact)
        if type_name == ALL:
            raise errors.Forbidden(f"type {ALL}: artifacts are deleted by their own type")
        artifact.before_delete()
        self._scrub.discard(self._database.write(lambda tx: self._delete(tx, caller, id)))
        artifact.after_delete()

    def _delete(self, tx: Transaction, caller: Caller, id: str) -> list[Placement]:
        record = tx.artifacts.lock(id)
        if tx.uploads.under_way(record.order_key):
            raise errors.Conflict("a blob is being uploaded; try again when it is done")
        if record.artifact.status == "deleted":
            return []
        now = self._now()
        given_up = give_up(tx, tx.uploads.take_all(record.order_key))
        tx.revisions.bury(record, caller, at=now)
        revision = record.artifact.revision
        record.artifact.mark_deleted(now)
        tx.revisions.add(record, caller, "delete", at=now, changes={"status": "deleted"})
        if self._delayed_delete(record.artifact.type_name):
            tx.artifacts.save(record, was=revision)
            return given_up
        return given_up + erase(tx, record)


def _refuse_as_all(changes: Iterable[str]) -> None:
    for name in changes:
        EveryType.field_named(name)
    raise errors.Forbidden(f"type {ALL}: artifacts are changed by their own type")


def _stored(artifact: Artifact) -> dict[str, Any]:
    """Return the fields' values as JSON, to compare and to record."""
    return {name: artifact.fields[name].to_json(value) for name, value in artifact.values.items()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before[name] != value}
