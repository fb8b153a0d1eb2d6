"""Artifacts: create, show, find, change and delete them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, Types
from artifacts.model.every_type import EveryType
from artifacts.model.query import Query
from artifacts.model.sight import Seen
from artifacts.service import links
from artifacts.service.access import Access
from artifacts.service.changes import Changes
from artifacts.service.erasure import bury, erase, give_up
from artifacts.service.hooks import Hooks
from artifacts.service.quotas import Quotas
from artifacts.service.scrub import Scrub
from artifacts.stores.pools import Pools


class Page(NamedTuple):
    """What is found, as far as it is seen, and how much of it is on all pages, if asked."""

    artifacts: list[Seen]
    total: int | None
    cut: bool  # before its length; more may follow


class Artifacts:
    def __init__(
        self,
        database: Database,
        access: Access,
        changes: Changes,
        pools: Pools,
        quotas: Quotas,
        scrub: Scrub,
        hooks: Hooks,
        *,
        delayed_delete: Callable[[str], bool],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._access = access
        self._changes = changes
        self._pools = pools
        self._quotas = quotas
        self._scrub = scrub
        self._hooks = hooks
        self._delayed_delete = delayed_delete
        self._now = now
        self._new_id = new_id

    def listed(self, caller: Caller, name: str) -> type[Artifact]:
        """Return a type that the caller may list the artifacts of, as it may know it."""
        self._access.policy.check("artifact:list", caller)
        return self._access.described(caller, name)

    def public(self, artifact_type: type[Artifact]) -> type[Artifact]:
        """Return what everybody may know of a type."""
        return self._access.public(artifact_type)

    def type(self, name: str) -> type[Artifact]:
        """Return an enabled type, or the one of every artifact; raise TypeNotFound."""
        return self._access.type(name)

    def list_types(self, caller: Caller, *names: str) -> Types:
        """Return the types of these names, or all, as the caller may know them."""
        self._access.policy.check("artifact:type_list", caller)
        every = (*self._access.types, EveryType.type_name)
        return {name: self._access.described(caller, name) for name in names or every}

    def create(self, caller: Caller, type_name: str, values: Mapping[str, Any]) -> Seen:
        """Draft an artifact of the caller's project."""
        if caller.read_only or caller.project is None:
            raise errors.Forbidden("only who acts for a project may create artifacts")
        Artifact.check_new(values)
        described = _described(caller, type_name, values)
        self._access.policy.check("artifact:create", caller, described)
        artifact_type = self._access.type(type_name)
        sight = self._access.policy.sight(caller, described)
        about = {"id": self._new_id(), "owner": caller.project}
        if sight.hidden:  # which is refused as what is not there
            sight.of_type(artifact_type).draft(values, **about, now=self._now())
        sight.check_gives(values)
        artifact = artifact_type.draft(values, **about, now=self._now())
        artifact_type.check_writable()
        pool = self._pools.choose(type_name, caller.project)
        if not self._pools.serves(pool):
            raise errors.Forbidden(
                f"{type_name}: this endpoint takes no new ones of your project; another does"
            )
        self._hooks.before(caller, artifact, "create")
        links.check(self._database, self._access, caller, sight.of(artifact), artifact.values)
        self._quotas.write(lambda tx: self._add(tx, caller, artifact, pool))
        self._hooks.after(caller, artifact, "create")
        return self._access.seen(caller, artifact)

    def _add(self, tx: Transaction, caller: Caller, artifact: Artifact, pool: str) -> None:
        record = tx.artifacts.add(artifact, pool=pool)
        changes = artifact.changes_since({})
        tx.revisions.add(record, caller, "create", at=artifact.created_at, changes=changes)
        self._quotas.count(tx, record)

    def show(self, caller: Caller, type_name: str, id: str) -> Seen:
        with self._database.reading() as tx:
            artifact = self._access.visible(tx, caller, type_name, id).artifact
        self._access.policy.check("artifact:get", caller, artifact)
        return self._access.seen(caller, artifact)

    def find(self, caller: Caller, type_name: str, query: Query) -> Page:
        """Return a page of the artifacts that the caller may see."""
        self._access.policy.check("artifact:list", caller)
        viewer = self._access.viewer(caller, "artifact:list_all_artifacts")
        selector = self._access.selector(type_name)
        narrowed = self._access.outlook(caller, type_name).narrowed(query)
        with self._database.reading() as tx:
            found = tx.lists.page(selector, narrowed, viewer)
        seen = [self._access.seen(caller, record.artifact) for record in found.records]
        return Page(seen, found.total, found.cut)

    def change(
        self, caller: Caller, type_name: str, id: str, operations: object, *, sharing: bool = True
    ) -> Seen:
        """Apply a JSON Patch, all of it or nothing; as clients mean it that know no *sharing*."""
        return self._changes.make(caller, type_name, id, operations, sharing=sharing)

    def delete(self, caller: Caller, type_name: str, id: str) -> None:
        """Delete an artifact: at once, or in name until it is scrubbed."""
        with self._database.reading() as tx:
            artifact = self._access.visible(tx, caller, type_name, id).artifact
        self._check_deletes(caller, artifact)
        self._access.type(type_name).check_writable()
        if artifact.status == "deleted":
            return
        self._hooks.before(caller, artifact, "delete")
        self._scrub.discard(self._database.write(lambda tx: self._delete(tx, caller, id)))
        self._hooks.after(caller, artifact, "delete")

    def _check_deletes(self, caller: Caller, artifact: Artifact) -> None:
        self._access.check_writes(caller, artifact)
        self._access.policy.check("artifact:delete", caller, artifact)

    def _delete(self, tx: Transaction, caller: Caller, id: str) -> list[Placement]:
        record = tx.artifacts.lock(id)
        if record.artifact.status == "deleted":
            return []
        self._check_deletes(caller, record.artifact)  # it may have become public meanwhile
        if tx.uploads.under_way(record.order_key):
            raise errors.Conflict("a blob is being uploaded; try again when it is done")
        now = self._now()
        given_up = give_up(tx, tx.uploads.take_all(record.order_key))
        revision = record.artifact.revision
        bury(tx, record, caller, at=now)
        if self._delayed_delete(record.artifact.type_name):
            tx.artifacts.save(record, was=revision)
            return given_up
        return given_up + erase(tx, record)


def _described(caller: Caller, type_name: str, values: Mapping[str, Any]) -> dict[str, object]:
    """Return what policy may ask of an artifact that is not there yet."""
    said = {name: values.get(name, "") for name in ("name", "version")}
    fixed = {"id": "", "type_name": type_name, "status": "drafted", "visibility": "private"}
    return {**said, **fixed, "owner": caller.project, "project_id": caller.project}
