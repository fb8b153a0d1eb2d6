"""Transactions: run again when they lose a race, and silent about where the database is."""

import sqlite3
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from artifacts import errors
from artifacts.db.database import ATTEMPTS, Database
from artifacts.db.numbers import NOBODY

SECRET = "canary-7f1c"


class Deadlock(Exception):
    sqlstate = "40P01"


def deadlock():
    return OperationalError("statement", {}, Deadlock("deadlock detected"))


def test_a_transaction_that_lost_a_race_is_run_again(database):
    runs = []

    def work(tx):
        runs.append(tx.numbers.project("p"))
        if len(runs) < 3:
            raise deadlock()
        return "done"

    assert database.write(work) == "done"
    assert len(runs) == 3


def test_a_transaction_that_always_loses_is_unavailable(database, monkeypatch):
    monkeypatch.setattr("artifacts.db.database.time.sleep", lambda seconds: None)
    runs = []

    def work(tx):
        runs.append(1)
        raise deadlock()

    with pytest.raises(errors.DatabaseUnavailable, match="too busy"):
        database.write(work)

    assert len(runs) == ATTEMPTS


def test_a_transaction_that_loses_for_too_long_is_not_run_again(database, monkeypatch):
    monkeypatch.setattr("artifacts.db.database.PATIENCE", -1)
    runs = []

    def work(tx):
        runs.append(1)
        raise deadlock()

    with pytest.raises(errors.DatabaseUnavailable, match="too busy"):
        database.write(work)

    assert len(runs) == 1


@pytest.mark.parametrize(
    ("number", "state"), [(1213, "40001"), (1205, "HY000"), (1020, "HY000"), (1205, None)]
)
def test_a_race_is_known_by_its_number_on_mariadb(database, number, state):
    runs = []

    class Lost(Exception):
        sqlstate = state

    def work(tx):
        runs.append(1)
        if len(runs) == 1:
            raise OperationalError("statement", {}, Lost(number, "text"))

    database.write(work)

    assert len(runs) == 2


@pytest.mark.parametrize("text", ["no such table: t1213", "08001 of them", "too many 40001"])
def test_codes_are_not_looked_for_in_texts(database, text):
    runs = []

    def work(tx):
        runs.append(1)
        raise OperationalError("statement", {}, Exception(text))

    with pytest.raises(OperationalError):
        database.write(work)

    assert len(runs) == 1


def test_a_fault_is_not_taken_for_the_race_that_was_lost_before_it(database):
    """What tidies up after a lost race may fail for a reason of its own."""
    runs = []

    def work(tx):
        runs.append(1)
        raise OperationalError("statement", {}, Exception("no such table"))

    def tidy_up():
        try:
            raise deadlock()
        except OperationalError:
            database.write(work)

    with pytest.raises(OperationalError, match="no such table"):
        tidy_up()

    assert len(runs) == 1


def test_a_fault_of_ours_is_not_said_to_be_the_databases(database):
    def work(tx):
        tx.artifacts._connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(DBAPIError):
        database.write(work)


def test_a_connection_that_ends_under_a_statement_each_time_is_unavailable(database, monkeypatch):
    monkeypatch.setattr("artifacts.db.database.ATTEMPTS", 2)
    end = {
        "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())",
        "mariadb": "KILL CONNECTION_ID()",
    }.get(database.engine.dialect.name)
    if end is None:
        pytest.skip("no connection, no end of one")

    def work(tx):
        tx.artifacts._connection.exec_driver_sql(end)
        tx.artifacts._connection.exec_driver_sql("SELECT 1")

    with pytest.raises(errors.DatabaseUnavailable):
        database.write(work)


def test_a_full_disk_is_named_on_every_database(database):
    full = OperationalError("statement", {}, Exception(1021, "Disk full"))

    def work(tx):
        raise full

    with pytest.raises(errors.StoreFull):
        database.write(work)


def test_a_race_lost_inside_a_savepoint_is_run_again(database, at_once):
    """Two writers that each want what the other has: the one that gives way tries again.

    MariaDB forgets its savepoints with the transaction, and complains of that instead.
    """
    one, two = (database.write(lambda tx, n=n: tx.numbers.project(n)) for n in ("a", "b"))
    both_hold = threading.Barrier(2)

    def touch(tx, number):
        tx.artifacts._connection.exec_driver_sql(
            f"UPDATE projects SET name = name WHERE number = {number}"
        )

    def writer(first, second):
        runs = []

        def work(tx):
            touch(tx, first)
            runs.append(first)
            if len(runs) == 1:
                meet()
            with tx.artifacts._connection.begin_nested():
                touch(tx, second)

        database.write(work)

    def meet():
        try:
            both_hold.wait(0.5)
        except threading.BrokenBarrierError:
            pass  # where writers take turns, the other never comes

    assert at_once([lambda: writer(one, two), lambda: writer(two, one)]) == [None, None]


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/artifacts",
        f"mariadb+pymysql://user:{SECRET}@127.0.0.1:1/artifacts",
        f"sqlite:////nowhere/{SECRET}/artifacts.db",
    ],
)
def test_a_database_that_does_not_answer_says_nothing_of_itself(url):
    """D23: neither the password nor the path is in what callers are told."""
    if "sqlite" not in url:
        pytest.importorskip("psycopg" if "postgresql" in url else "pymysql")
    database = Database(url, {})

    with pytest.raises(errors.DatabaseUnavailable) as failed, database.reading() as tx:
        tx.numbers.known_project("p")

    assert SECRET not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)


def test_a_statement_that_fails_shows_no_parameters(database):
    """D23: what a statement was given does not reach the log with its error."""
    with pytest.raises(DBAPIError) as failed, database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    shown = str(failed.value)

    assert database.engine.hide_parameters
    assert "parameters:" not in shown or "hidden" in shown


def test_what_a_transaction_raises_undoes_it(database, read):
    def fail(tx):
        tx.numbers.project("p")
        raise errors.Invalid("no")

    with pytest.raises(errors.Invalid):
        database.write(fail)

    assert read(lambda tx: tx.numbers.known_project("p")) == -1


def test_a_reader_opens_no_writing_transaction(database, read):
    begun = []

    @event.listens_for(database.engine, "begin")
    def begin(connection):
        begun.append(bool(connection.get_execution_options().get("writing")))

    read(lambda tx: tx.numbers.known_project("p"))

    assert begun == [False]


def test_what_a_commit_that_failed_left_open_holds_nobody_up(database, read, monkeypatch):
    """The disk of SQLite is full, which its server's own would have ended the transaction for."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("a server ends a transaction that it cannot commit")

    def fail(connection):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(database.engine.dialect, "do_commit", fail)
        with pytest.raises(errors.StoreFull):
            database.write(lambda tx: tx.numbers.project("lost"))
    database.write(lambda tx: tx.numbers.project("kept"))

    assert read(lambda tx: tx.numbers.known_project("kept")) > 0
    assert read(lambda tx: tx.numbers.known_project("lost")) == NOBODY
