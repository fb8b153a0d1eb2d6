"""Counts: what is counted as it comes, compared with the rows that it counts."""

from collections.abc import Iterator
from typing import Any

from artifacts.db.census import Count
from artifacts.db.database import Database
from artifacts.service.audit.findings import MISSING, REFERENCES, USAGE, Finding, whose
from artifacts.service.audit.watch import Watch
from artifacts.service.batches import batches
from artifacts.service.scrub import Scrub


class Counts:
    def __init__(self, database: Database, scrub: Scrub, watch: Watch) -> None:
        self._database = database
        self._scrub = scrub
        self._watch = watch

    def run(self, repair: bool) -> Iterator[Finding]:
        yield from self._contents(repair)
        yield from self._usage(repair)

    def _contents(self, repair: bool) -> Iterator[Finding]:
        done = 0
        for rows in batches(self._database, lambda tx, last: tx.census.contents(last)):
            self._watch.at("counting references", done)
            done += len(rows)
            for row in rows:
                if row.reference_count != row.referring:
                    yield self._references(row, repair)
                if row.referring and not row.copies:
                    whole = whose(self._database, row.number)
                    yield Finding(
                        MISSING, "no store has a copy", repairable=False, size=row.size, **whole
                    )

    def _references(self, row: Any, repair: bool) -> Finding:
        whole = whose(self._database, row.number)
        if repair:
            self._scrub.discard(self._database.write(lambda tx: tx.contents.recount(row.number)))
        return Finding(
            REFERENCES,
            f"content {row.number}: {row.reference_count} are counted, there are {row.referring}",
            repaired=repair,
            size=row.size,
            **whole,
        )

    def _usage(self, repair: bool) -> Iterator[Finding]:
        done = 0
        for rows in batches(self._database, lambda tx, last: tx.census.projects(last)):
            self._watch.at("adding up the usage of projects", done)
            done += len(rows)
            with self._database.reading(snapshot=True) as tx:
                wrong = tx.census.miscounted_projects(rows[0].number, rows[-1].number)
            for row in rows:
                if row.number in wrong and (both := self._recount(row.number, repair)):
                    counted, there = both
                    text = f"{_told(counted)} are counted, there are {_told(there)}"
                    yield Finding(USAGE, text, repaired=repair, project=row.name)

    def _recount(self, project: int, repair: bool) -> tuple[Count, Count] | None:
        """Compare again, while nobody can change it; mend it if asked to."""
        return self._database.write(lambda tx: tx.census.recount_project(project, repair))


def _told(count: Count) -> str:
    return f"{count.artifacts} artifacts, {count.bytes} bytes and {count.reserved} reserved"
