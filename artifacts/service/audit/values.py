"""Values: what lists search artifacts by, compared with their documents."""

from collections.abc import Iterator

from artifacts import errors
from artifacts.db.database import Database
from artifacts.db.derived import Differing
from artifacts.service.audit.findings import VALUES, Finding, Referrer
from artifacts.service.audit.watch import Watch
from artifacts.service.reindex import reindex


class Values:
    """Artifacts of a type that is not enabled are left alone: nobody knows what its fields are."""

    def __init__(self, database: Database, watch: Watch) -> None:
        self._database = database
        self._watch = watch

    def run(self, repair: bool) -> Iterator[Finding]:
        with self._database.reading() as tx:
            changed, types = tx.types.changed(), set(tx.types.enabled)
        for name in changed:
            if repair:
                reindex(self._database, name, lambda count: self._watch.at(f"indexing {name}"))  # noqa: B023
            text = f"type {name} has changed since its artifacts were indexed"
            yield Finding(VALUES, text, repaired=repair)
        yield from self._artifacts(types if repair else types - set(changed), repair)

    def _artifacts(self, types: set[str], repair: bool) -> Iterator[Finding]:
        last = done = 0
        while True:
            self._watch.at("comparing documents with what lists search by", done)
            with self._database.reading(snapshot=True) as tx:
                batch = tx.derived.batch(last, types)
            if batch is None:
                return
            last, done = batch.last, done + batch.compared
            for each in batch.differing:
                yield self._finding(each, repair)

    def _finding(self, found: Differing, repair: bool) -> Finding:
        why = self._mend(found) if repair and found.readable else None
        mendable = found.readable and why is None
        what = f"{found.what} do not say what the document says"
        unreadable = "its document cannot be read"
        return Finding(
            VALUES,
            (what if found.readable else unreadable) + (f"; not mended: {why}" if why else ""),
            repairable=mendable,
            repaired=repair and mendable,
            project=found.project,
            artifacts=(Referrer(found.id, "", "", found.project),),
            referring=1,
        )

    def _mend(self, found: Differing) -> str | None:
        """Write it again; return why it cannot be."""
        try:
            self._database.write(lambda tx: tx.artifacts.derive(found.id))
        except errors.NameTaken as taken:
            return str(taken)
        return None
