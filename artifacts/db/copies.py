"""Rows of `placements` that wait: copies that are being made, and old ones that are still read.

Such a copy belongs to no content. It is nobody's once its time is over, by the database's clock:
`doom_overdue` dooms it then, and nothing makes it live any more.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, insert, select, update

from artifacts.db import tables
from artifacts.db.clock import now_ms
from artifacts.db.contents import DOOMED, LIVE, Placement

content, placement = tables.contents.c, tables.placements.c
blob, artifact = tables.blobs.c, tables.artifacts.c

WAITING = "waiting"
BATCH = 500


Identity = tuple[int, str, int]


class Kept(NamedTuple):
    """A content of an artifact: what its bytes must be, and where there are copies of them."""

    number: int
    sha256: str
    size: int
    placements: tuple[Placement, ...]

    @property
    def identity(self) -> Identity:
        """Say which content it is: a number may be given to another once it is free."""
        return self.number, self.sha256, self.size

    def lies_in(self, store: str) -> bool:
        return any(each == store for each, _ in self.placements)


class Copies:
    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def of(self, order_key: int) -> list[Kept]:
        """Return the contents of an artifact, in the order of their numbers."""
        held = select(blob.content).where(blob.artifact == order_key, blob.content.is_not(None))
        rows = self._connection.execute(
            select(content.number, content.sha256, content.size, placement.store, placement.key)
            .outerjoin(tables.placements, placement.content == content.number)
            .where(content.number.in_(held))
            .order_by(content.number, placement.number)
        )
        found: dict[int, Kept] = {}
        for row in rows:
            known = found.get(row.number, Kept(row.number, row.sha256, row.size, ()))
            more = () if row.key is None else ((row.store, row.key),)
            found[row.number] = known._replace(placements=known.placements + more)
        return list(found.values())

    def lock(self, contents: Iterable[int]) -> None:
        """Let nobody refer to these contents, or place copies of them, before this commit."""
        for number in sorted(contents):
            locked = select(content.number).where(content.number == number).with_for_update()
            self._connection.execute(locked).all()

    def begin(self, store: str, key: str, *, lease: float) -> None:
        """Know of a copy before its first byte, for *lease* seconds."""
        self._connection.execute(
            insert(tables.placements).values(
                store=store,
                key=key,
                state=WAITING,
                changed_at=self._now(),
                waits_until=_in(lease),
            )
        )

    def renew(self, keys: Iterable[str], *, lease: float) -> set[str]:
        """Let copies wait for longer; return those keys that still do."""
        wanted = list(keys)
        mine = and_(placement.key.in_(wanted), placement.state == WAITING)
        self._connection.execute(
            update(tables.placements).where(mine).values(waits_until=_in(lease))
        )
        return set(self._connection.scalars(select(placement.key).where(mine)))

    def settle(self, number: int, store: str, key: str) -> bool:
        """Make a copy one of the content's; False if its time was over, and it is none any more.

        There must be no other of the content in that store.
        """
        return self._turn(
            (placement.store == store, placement.key == key, placement.state == WAITING),
            content=number,
            state=LIVE,
            waits_until=None,
        )

    def retire(self, store: str, key: str, *, grace: float) -> bool:
        """Take a copy from its content; its bytes stay for *grace* seconds, for who reads them."""
        return self._turn(
            (placement.store == store, placement.key == key, placement.state == LIVE),
            content=None,
            state=WAITING,
            waits_until=_in(grace),
        )

    def give_up(self, copies: Iterable[Placement]) -> list[Placement]:
        """Doom copies that still wait, and return them."""
        return [
            (store, key)
            for store, key in copies
            if self._turn(
                (placement.store == store, placement.key == key, placement.state == WAITING),
                state=DOOMED,
                waits_until=None,
            )
        ]

    def doom_overdue(self) -> int:
        """Doom all copies whose time is over, and say how many they were."""
        return self._connection.execute(
            update(tables.placements)
            .where(placement.state == WAITING, placement.waits_until < now_ms())
            .values(state=DOOMED, waits_until=None, changed_at=self._now())
        ).rowcount

    def overdue(self, after: int = 0) -> tables.Rows:
        """Return the next copies whose time is over, and that nobody has doomed yet."""
        rows = select(tables.placements).where(
            placement.state == WAITING,
            placement.waits_until < now_ms(),
            placement.number > after,
        )
        return self._connection.execute(rows.order_by(placement.number).limit(BATCH)).all()

    def pools_of(self, number: int) -> Collection[str]:
        """Return the pools of all artifacts that keep a content."""
        rows = (
            select(artifact.pool)
            .join(tables.blobs, blob.artifact == artifact.order_key)
            .where(blob.content == number)
        )
        return set(self._connection.scalars(rows.distinct()))

    def _turn(self, which: tuple[Any, ...], **values: Any) -> bool:
        turned = self._connection.execute(
            update(tables.placements).where(*which).values(changed_at=self._now(), **values)
        )
        return turned.rowcount == 1


def _in(seconds: float) -> Any:
    return now_ms() + int(seconds * 1000)
