"""Blobs: upload, link and delete what the slots of artifacts hold."""

from collections.abc import Callable
from datetime import datetime

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.contents import Placement
from artifacts.db.database import Database
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, Blob, Expected, Readable, Slot
from artifacts.model.blob import OCTETS
from artifacts.model.sight import Seen
from artifacts.remote import Fetcher, Remote
from artifacts.service.access import Access
from artifacts.service.contents import Contents
from artifacts.service.erasure import take_blobs
from artifacts.service.fetches import Fetches
from artifacts.service.hooks import Hooks
from artifacts.service.intake import Intake
from artifacts.service.scrub import Scrub
from artifacts.service.uploads import Claim, Reservation, Uploads


class Blobs:
    def __init__(
        self,
        database: Database,
        access: Access,
        uploads: Uploads,
        contents: Contents,
        fetcher: Fetcher,
        fetches: Fetches,
        scrub: Scrub,
        hooks: Hooks,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._access = access
        self._uploads = uploads
        self._contents = contents
        self._fetcher = fetcher
        self._fetches = fetches
        self._scrub = scrub
        self._hooks = hooks
        self._now = now

    def upload(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        path: str,
        source: Readable,
        *,
        content_type: str,
        length: int | None = None,
        expected: Expected,
        timed: bool = False,
    ) -> Seen:
        """Keep the bytes of *source*; raise Mismatch if they are not as expected.

        A *timed* source gives up by itself when no byte comes for a whole lease. Of others only
        whole blocks are seen to come, and a slow one's may be further apart than that.
        """
        claim = Claim(caller, type_name, id, path, "artifact:upload", length, replacing=True)
        with self._uploads.reserved(claim) as held:
            if timed:
                held.lease.keep()
            with self._hooks.upload(held) as see:
                intake = self._contents.intake(held, source, expected)
                kept = self._contents.store(held, intake, see)
            blob = Blob(size=kept.size, digests=kept.digests, content_type=content_type)
            artifact = self._contents.fill(held, caller, blob, "upload")
        self._hooks.after(caller, artifact, "upload", held.slot)
        return self._access.seen(caller, artifact)

    def link(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        path: str,
        url: str,
        *,
        expected: Expected,
        copy: bool = False,
        attend: Callable[[Readable], Readable] = lambda source: source,
    ) -> Seen:
        """Fetch *url* once, measure and verify it; keep the URL, or a *copy* of the bytes.

        *attend* may wrap what is read, to end the fetch when nobody waits for it any more.
        """
        self._fetcher.check(url)
        rule = "artifact:set_internal_location" if copy else "artifact:set_location"
        claim = Claim(caller, type_name, id, path, rule, kept=copy)
        with self._uploads.reserved(claim) as held:
            held.lease.keep()  # the caller has said it all, and the fetch has its own limits
            self._hooks.before(caller, held.artifact, "link", held.slot, url, copy)
            with self._fetches.one_more(caller.project), self._fetcher.fetch(url) as remote:
                intake = self._contents.intake(held, attend(remote), expected, charged=copy)
                blob = (
                    self._copied(held, remote, intake)
                    if copy
                    else self._linked(remote, intake, url)
                )
            artifact = self._contents.fill(held, caller, blob, "copy" if copy else "link")
        if copy:
            self._hooks.after(caller, artifact, "upload", held.slot)
        self._hooks.after(caller, artifact, "link", held.slot)
        return self._access.seen(caller, artifact)

    def _copied(self, held: Reservation, remote: Remote, intake: Intake) -> Blob:
        with self._hooks.upload(held) as see:
            kept = self._contents.store(held, intake, see)
        return Blob(
            size=kept.size,
            digests=kept.digests,
            content_type=remote.content_type or OCTETS,
        )

    def _linked(self, remote: Remote, intake: Intake, url: str) -> Blob:
        intake.read_all()
        return Blob(
            size=intake.measured.size,
            digests=intake.measured.digests,
            content_type=remote.content_type,
            external=True,
            url=url,
            final_url=remote.final_url,
            etag=remote.etag,
            last_modified=remote.last_modified,
            fetched_at=self._now(),
        )

    def delete(
        self,
        caller: Caller,
        type_name: str,
        id: str,
        path: str,
        *,
        external_only: bool,
    ) -> Seen:
        """Empty a slot: an external URL is forgotten, and never touched."""

        def look(tx: Transaction) -> tuple[Artifact, Slot]:
            artifact = self._access.writable(tx, caller, type_name, id).artifact
            self._access.policy.check("artifact:delete_blob", caller, artifact)
            sight = self._access.sight(caller, artifact)
            slot = self._access.slot(type_name, path, sight)
            _check_goes(sight.of(artifact), slot, external_only)
            sight.check_fills(slot)
            return artifact, slot

        def work(tx: Transaction) -> tuple[Artifact, list[Placement]]:
            seen, slot = look(tx)
            record = tx.artifacts.lock(id, owner=seen.owner)
            _check_goes(record.artifact, slot, external_only)
            return self._empty(tx, caller, record, slot)

        with self._database.reading() as tx:
            artifact, slot = look(tx)
        self._hooks.before(caller, artifact, "unlink", slot)
        artifact, doomed = self._database.write(work)
        self._scrub.discard(doomed)
        self._hooks.after(caller, artifact, "unlink", slot)
        return self._access.seen(caller, artifact)

    def _empty(
        self, tx: Transaction, caller: Caller, record: Record, slot: Slot
    ) -> tuple[Artifact, list[Placement]]:
        artifact = record.artifact
        doomed, freed = take_blobs(tx, record, slot)
        artifact.empty(slot)
        artifact.mark_changed(self._now())
        tx.artifacts.touch(record)
        at, changes = artifact.updated_at, {str(slot): None}
        tx.revisions.add(record, caller, "delete_blob", at=at, changes=changes)
        tx.usage.settle(record.owner, record.type, reserved=0, kept=-freed)
        return artifact, doomed


def _check_goes(artifact: Artifact, slot: Slot, external_only: bool) -> None:
    """Refuse to empty what is empty, is being filled, or may not change."""
    blob = artifact.blobs.get(slot)
    if blob is None:
        raise errors.BlobNotFound(f"{slot}: there is no blob")
    if not blob.external and (external_only or artifact.status != "drafted"):
        raise errors.Forbidden(f"{slot}: only external blobs, and those of drafts, can go")
    if blob.status == "saving":
        raise errors.SlotTaken(f"{slot}: an upload is under way")
    artifact.check_may_change(slot.field)
