"""What tests of the service share: what is in tables and stores, and a last look at both."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from artifacts.db import tables
from artifacts.service.audit import Audit


@pytest.fixture(autouse=True)
def consistent(deployment):
    """After every test here, rows and bytes agree: promise 3."""
    yield
    deployment.parts.scrub.run()
    known = {row.key for row in deployment.rows(tables.placements)}
    known |= {row.store_key for row in deployment.rows(tables.uploads)}

    assert {path.name for path in deployment.stored()} == known
    assert list(Audit(*_of(deployment.parts)).run()) == []


def _of(parts: Any) -> tuple[Any, ...]:
    return parts.database, parts.pools, parts.scrub


@pytest.fixture
def uploads(deployment) -> Any:
    """The part that holds slots while bytes flow."""
    return deployment.parts.blobs._uploads


@pytest.fixture
def contents(deployment) -> Any:
    """The part that stores bytes, and fills the slots that wait for them."""
    return deployment.parts.blobs._contents


@pytest.fixture
def usage(deployment) -> Callable[[], tuple[int, int, int]]:
    """What the project keeps: artifacts, bytes and reserved bytes, the same in all and by type."""

    def amounts(project: str = "project") -> tuple[int, int, int]:
        numbers = {row.name: row.number for row in deployment.rows(tables.projects)}
        rows = [row for row in deployment.rows(tables.usage) if row.project == numbers.get(project)]
        total = [row for row in rows if row.type == tables.ALL_TYPES]
        by_type = [row for row in rows if row.type != tables.ALL_TYPES]
        sums = [
            tuple(sum(getattr(row, name) for row in each) for name in COUNTED)
            for each in (total, by_type)
        ]
        assert sums[0] == sums[1]
        return sums[0]

    return amounts


COUNTED = ("artifacts", "bytes", "reserved")


@pytest.fixture
def expire(deployment) -> Callable[[], None]:
    """Let every lease be over, as if its time had passed."""

    def expire() -> None:
        def work(tx: Any) -> None:
            tx.artifacts._connection.execute(tables.uploads.update().values(lease_until=0))

        deployment.parts.database.write(work)

    return expire


@pytest.fixture
def die(uploads, monkeypatch) -> Callable[[], None]:
    """Let the process of an upload die: nothing that it would tidy up is tidied up."""

    def die() -> None:
        monkeypatch.setattr(uploads, "_abandon", lambda upload: None)
        raise KeyboardInterrupt

    return die


@pytest.fixture
def fail_at(deployment) -> Iterator[tuple[Callable[[int], None], Callable[[], None]]]:
    """Let the n-th statement from now on fail, as if the process had died there; or none again."""
    engine = deployment.parts.database.engine
    listening: list[Any] = []

    def fail_at(number: int) -> None:
        left = iter(range(number))

        def listener(*_: Any) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        stop()
        event.listen(engine, "before_cursor_execute", listener)
        listening.append(listener)

    def stop() -> None:
        for each in listening:
            event.remove(engine, "before_cursor_execute", each)
        listening.clear()

    yield fail_at, stop
    stop()


@pytest.fixture
def audit(deployment) -> Audit:
    return Audit(*_of(deployment.parts))


@pytest.fixture
def spoil(deployment) -> Callable[[Any], None]:
    """Run a statement that no part of the service would."""

    def spoil(statement: Any) -> None:
        deployment.parts.database.write(lambda tx: tx.artifacts._connection.execute(statement))

    return spoil
