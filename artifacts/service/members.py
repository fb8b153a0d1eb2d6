"""Members: the projects that an artifact is shared with, and what they say to that.

The owner adds and deletes them, and each sets its own status. All of it happens while the
artifact's row is locked, so that each change is a revision of its own, in one order for all.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model.lifecycle import SHARED, check_changeable
from artifacts.model.membership import STATUSES, Member, change_of
from artifacts.service.access import Access

NO_SUCH = "member: the artifact is not shared with it"


class Members:
    def __init__(
        self, database: Database, access: Access, *, most: int, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._access = access
        self._most = most
        self._now = now

    def find(self, caller: Caller, type_name: str, id: str) -> list[Member]:
        """Return the members that the caller may know of: all, or the caller's own project."""
        with self._database.reading() as tx:
            record = self._visible(tx, caller, type_name, id)
            if self._sees_all(caller, record):
                return tx.members.of(record)
            return tx.members.of(record, caller.project) if caller.project else []

    def show(self, caller: Caller, type_name: str, id: str, project: str) -> Member:
        with self._database.reading() as tx:
            return self._known(tx, caller, self._visible(tx, caller, type_name, id), project)

    def add(
        self, caller: Caller, type_name: str, id: str, project: str, until: datetime | None
    ) -> Member:
        """Share an artifact with one project more, until some time if that is given."""

        def work(tx: Transaction) -> Member:
            record = self._owned(tx, caller, type_name, id, "artifact:add_member")
            check_changeable(record.artifact.status)
            if record.artifact.visibility != SHARED:
                raise errors.Forbidden("visibility: only what is shared takes members")
            if project == record.artifact.owner:
                raise errors.Invalid("member: the artifact is that project's own")
            if until is not None and tx.members.is_over(until):
                raise errors.Invalid("expires_at: must be in the future")
            if tx.members.of(record, project):
                raise errors.MemberKnown("member: the artifact is shared with it already")
            if tx.members.count(record) >= self._most:
                raise errors.TooManyMembers(f"members: there can be at most {self._most}")
            member = tx.members.add(record, project, at=self._now(), until=until)
            note(tx, caller, record, "add_member", project, member, at=self._now())
            return member

        return self._database.write(work)

    def set_status(
        self, caller: Caller, type_name: str, id: str, project: str, status: str
    ) -> Member:
        """Accept or reject what was shared with the caller's project, or leave it for later."""

        def work(tx: Transaction) -> Member:
            seen = self._visible(tx, caller, type_name, id)
            record = tx.artifacts.lock(seen.artifact.id, owner=seen.artifact.owner)
            before = self._known(tx, caller, record, project)
            if caller.read_only or caller.project != project:
                raise errors.Forbidden("status: is set by the member alone")
            self._access.policy.check("artifact:set_member_status", caller, record.artifact)
            self._access.type(type_name).check_writable()
            if before.status != status and tx.members.set_status(record, project, status):
                after = self._known(tx, caller, record, project)
                at = self._now()
                note(tx, caller, record, "set_member_status", project, after, at=at)
                return after
            return before

        return self._database.write(work)

    def delete(self, caller: Caller, type_name: str, id: str, project: str) -> None:
        """Take the share back, from this moment on."""

        def work(tx: Transaction) -> None:
            record = self._owned(tx, caller, type_name, id, "artifact:delete_member")
            if not tx.members.delete(record, project):
                raise errors.MemberNotFound(NO_SUCH)
            note(tx, caller, record, "delete_member", project, None, at=self._now())

        self._database.write(work)

    def _visible(self, tx: Transaction, caller: Caller, type_name: str, id: str) -> Record:
        """Return the artifact for who sees it, or could by accepting it."""
        return self._access.visible(tx, caller, type_name, id, statuses=STATUSES)

    def _owned(self, tx: Transaction, caller: Caller, type_name: str, id: str, rule: str) -> Record:
        """Return the artifact, which nobody changes before the commit, for who may share it."""
        seen = self._access.writable(tx, caller, type_name, id)
        self._access.policy.check(rule, caller, seen.artifact)
        self._access.type(type_name).check_writable()
        return tx.artifacts.lock(seen.artifact.id, owner=seen.artifact.owner)

    def _sees_all(self, caller: Caller, record: Record) -> bool:
        return self._access.policy.allows("artifact:get_members", caller, record.artifact)

    def _known(self, tx: Transaction, caller: Caller, record: Record, project: str) -> Member:
        if project == caller.project or self._sees_all(caller, record):
            for member in tx.members.of(record, project):
                return member
        raise errors.MemberNotFound(NO_SUCH)


def note(
    tx: Transaction,
    caller: Caller,
    record: Record,
    action: str,
    project: str,
    member: Member | None,
    *,
    at: datetime,
) -> None:
    """Make what became of a member the artifact's next revision."""
    record.artifact.mark_changed(at)
    tx.artifacts.touch(record)
    changes = {change_of(project): member and _as_json(member)}
    tx.revisions.add(record, caller, action, at=record.artifact.updated_at, changes=changes)


def _as_json(member: Member) -> dict[str, Any]:
    end = member.expires_at
    return {"status": member.status, "expires_at": end and end.isoformat()}
