"""Intake: what is read of a caller's or an origin's bytes, under a lease and a reservation."""

from collections.abc import Callable, Iterable

from artifacts.model import Expected, Readable
from artifacts.service.leases import Lease
from artifacts.stores.base import BLOCK
from artifacts.stores.stream import MeasuredStream


class Intake:
    """The bytes as they came: measured, and refused at their end if they are not as expected.

    That end comes before the store makes anything visible, which is why it is checked here.
    """

    def __init__(
        self,
        source: Readable,
        lease: Lease,
        *,
        algorithms: Iterable[str],
        limit: int,
        expected: Expected,
        reserve: Callable[[int], None] | None,
        name: str,
    ) -> None:
        wanted = {*algorithms, *expected.digests}
        self.measured = MeasuredStream(source, wanted, limit, reserve, name)
        self._lease = lease
        self._expected = expected

    def read(self, size: int = -1) -> bytes:
        block = self.measured.read(size)
        self._lease.touch()
        if self.measured.complete:
            self._expected.check(self.measured.size, self.measured.digests)
            self._lease.keep()
        return block

    def read_all(self) -> None:
        """Measure the bytes that are left, and keep none."""
        while not self.measured.complete:
            self.read(BLOCK)


class Growth:
    """A reservation that grows with the bytes, in steps, up to a *limit*.

    It begins with what is *covered* already. *reserve* is told how many bytes are missing and up
    to how many are wanted, and returns how many it reserved.
    """

    def __init__(
        self, covered: int, *, limit: int, step: int, reserve: Callable[[int, int], int]
    ) -> None:
        self._covered = covered
        self._limit = limit
        self._step = step
        self._reserve = reserve

    def cover(self, size: int) -> None:
        """Make the reservation do for *size* bytes; raise TooLarge if the quota has no more."""
        missing = size - self._covered
        if missing > 0:
            wanted = max(missing, min(self._step, self._limit - self._covered))
            self._covered += self._reserve(missing, wanted)
