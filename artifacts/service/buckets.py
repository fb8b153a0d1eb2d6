"""Buckets: what each caller's requests are taken from, one for each.

The bucket itself is in the database, so that all processes have the same. A process takes a few
requests ahead where they are spent quickly, and remembers which buckets are empty and until when:
so neither a busy caller nor a flood of refused requests costs a statement each time.
"""

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.buckets import Rate, Taken
from artifacts.db.database import Database
from artifacts.policy import Policy

logger = logging.getLogger(__name__)

LIFE = 0.5  # seconds for which what was taken ahead may be spent
SHARE = 10  # the part of a full bucket that may be taken ahead
MOST_KEPT = 10_000  # callers of whom a process remembers something
PAUSE = 60.0  # seconds between two lines of the log about one caller

Clock = Callable[[], float]


class Buckets:
    def __init__(
        self, database: Database, policy: Policy, rate: Rate, *, clock: Clock = time.monotonic
    ) -> None:
        self._database = database
        self._policy = policy
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Share] = OrderedDict()

    def take(self, caller: Caller) -> None:
        """Take one request from the caller's bucket; raise TooManyRequests if it is empty."""
        if self._policy.allows("artifact:unlimited_requests", caller):
            return
        whose = _whose(caller)
        share = self._share(whose)
        wait = share.take(lambda most: self._take(whose, most))
        if wait > 0:
            raise errors.TooManyRequests(self._refusal(whose, share, wait), wait)

    def _take(self, whose: str, most: int) -> Taken:
        # Taken twice is not as good as once, but better than a row of its own for each request.
        return self._database.write(
            lambda tx: tx.buckets.take(whose, most, self._rate), repeatable=True
        )

    def _share(self, whose: str) -> "Share":
        with self._lock:
            share = self._kept.setdefault(whose, Share(self._rate, self._clock))
            self._kept.move_to_end(whose)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return share

    def _refusal(self, whose: str, share: "Share", wait: float) -> str:
        rate = f"{self._rate.requests:g} a second"
        if share.is_new_to_the_log():
            logger.info("rate limit: %s sends more requests than %s", whose, rate)
        return (
            f"requests: there may be {rate} and {self._rate.burst} at once; "
            f"the next may be sent in {wait:.1f} seconds"
        )


def _whose(caller: Caller) -> str:
    """Name a bucket: the project's, of who acts for none the user's, and one for all others."""
    if caller.project is not None:
        return f"project:{caller.project}"
    return "anonymous" if caller.user is None else f"user:{caller.user}"


class Share:
    """What a process has of one bucket: requests taken ahead, or the moment until it is empty."""

    def __init__(self, rate: Rate, clock: Clock) -> None:
        self._most = max(1, rate.burst // SHARE)
        self._clock = clock
        self._lock = threading.Lock()
        self._left = 0
        self._size = 1
        self._taken_at = -math.inf
        self._empty_until = 0.0
        self._failed_at = 0.0
        self._told_at = -math.inf

    def take(self, refill: Callable[[int], Taken]) -> float:
        """Take one request, and return 0; or return in how many seconds there may be one.

        *refill* takes as many from the bucket as it is told, or fewer. One thread does so for all.
        """
        asked = self._clock()
        with self._lock:
            now = self._clock()
            if now < self._empty_until:
                return self._empty_until - now
            if self._left and now < self._taken_at + LIFE:
                self._left -= 1
                return 0.0
            if self._failed_at > asked:  # while this thread waited for another to find that out
                raise errors.DatabaseUnavailable("the database does not answer")
            return self._refill(now, refill)

    def _refill(self, now: float, refill: Callable[[int], Taken]) -> float:
        self._size = self._size_after(now - self._taken_at)
        try:
            taken = refill(self._size)
        except errors.ArtifactsError:
            self._failed_at = self._clock()
            raise
        self._taken_at = now  # and not the moment after: what was taken lives no longer than that
        self._left = max(0, taken.number - 1)
        self._size = max(1, taken.number)
        if taken.number:
            return 0.0
        self._empty_until = self._clock() + taken.wait
        return max(taken.wait, 0.001)

    def _size_after(self, seconds: float) -> int:
        """Return how many to take: one more each time that the last were spent quickly."""
        if seconds >= LIFE:
            return 1
        return min(self._size + 1, self._most) if seconds < LIFE / 2 else self._size

    def is_new_to_the_log(self) -> bool:
        """Whether nothing was logged about it lately; asking makes it known."""
        with self._lock:
            now = self._clock()
            if now < self._told_at + PAUSE:
                return False
            self._told_at = now
            return True
