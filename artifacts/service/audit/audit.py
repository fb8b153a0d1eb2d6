"""The order in which an audit looks.

rows alone      uploads whose lease is over, doomed placements
rows <-> bytes  copies that are missing, bytes that no row knows, saves that never ended
rows <-> rows   references of contents, usage of projects, what lists search by
bytes           what each copy's digests are, where somebody has the time to read them all
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from artifacts.db.clock import utc_now
from artifacts.db.database import Database
from artifacts.db.passes import Pass
from artifacts.service.audit.copies import Copies
from artifacts.service.audit.counts import Counts
from artifacts.service.audit.findings import Finding
from artifacts.service.audit.leftovers import Leftovers
from artifacts.service.audit.pace import Pace
from artifacts.service.audit.reading import Reading
from artifacts.service.audit.stores import Stores
from artifacts.service.audit.values import Values
from artifacts.service.audit.watch import Watch
from artifacts.service.scrub import Scrub
from artifacts.stores.pools import Pools


class Audit:
    """Memory stays what it is, whatever the number of rows and of bytes."""

    def __init__(
        self,
        database: Database,
        pools: Pools,
        scrub: Scrub,
        *,
        watch: Watch | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        watch = watch or Watch()
        self._stores = Stores(pools)
        self._leftovers = Leftovers(database, self._stores, scrub, watch, now)
        self._copies = Copies(database, self._stores, watch, now)
        self._counts = Counts(database, scrub, watch)
        self._values = Values(database, watch)
        self._reading = Reading(database, self._stores, watch, now)

    def run(
        self, *, repair: bool = False, read: Pace | None = None, restart: bool = False
    ) -> Iterator[Finding]:
        """Yield each finding; with *repair*, after all that can be mended of it was.

        With *read*, read every copy, at that pace: on from where the last pass stopped.
        """
        self._stores.ask_again()
        for part in (self._leftovers, self._copies, self._counts, self._values):
            yield from part.run(repair)
        if read is not None:
            yield from self._reading.run(read, restart=restart)
        yield from self._stores.down()

    def passes(self) -> list[Pass]:
        """Return how far the bytes of each store were read."""
        return self._reading.passes()
