"""The database's clock: one for all processes, in milliseconds, and it goes on in a transaction."""

import time

from sqlalchemy import select

from artifacts.db.clock import now_ms


def test_it_tells_milliseconds_since_1970(database):
    with database.engine.connect() as connection:
        now = connection.scalar(select(now_ms()))

    assert isinstance(now, int)
    assert abs(now - time.time() * 1000) < 5000


def test_it_goes_on_while_a_transaction_is_open(database):
    with database.engine.connect() as connection:
        first = connection.scalar(select(now_ms()))
        deadline = time.monotonic() + 5
        while connection.scalar(select(now_ms())) <= first and time.monotonic() < deadline:
            time.sleep(0.002)

        assert connection.scalar(select(now_ms())) > first


def test_it_adds_up_with_a_lease(database):
    with database.engine.connect() as connection:
        before, after = connection.execute(select(now_ms(), now_ms() + 30_000)).one()

    assert 29_900 < after - before < 30_100
