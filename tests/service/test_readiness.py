"""Readiness: each dependency has its time, and nobody hangs with one that hangs."""

import logging
import socket
import threading
import time

import pytest

from artifacts import errors
from artifacts.db.database import Database
from artifacts.service.readiness import READY, SILENT, UNAVAILABLE, Dependency, Readiness

PATIENCE = 0.1
LONG = 60.0


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Hanging:
    """Something that answers when it is told to, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0
        self.begun = threading.Semaphore(0)
        self.answers = threading.Event()

    def __call__(self):
        self.asked += 1
        self.begun.release()
        assert self.answers.wait(LONG)


@pytest.fixture
def hanging():
    one = Hanging()
    yield one
    one.answers.set()


def of(ask, label="store-1", *, patience=PATIENCE, **more):
    return Readiness([Dependency(label, "store secret", ask)], patience=patience, **more)


def states(readiness):
    return [(each.label, each.state) for each in readiness.answers()]


def fail():
    raise errors.StoreUnavailable("https://user:canary@inside.example does not answer")


def break_down():
    raise RuntimeError("canary")


def test_what_answers_is_ready_and_what_fails_is_unavailable():
    several = [Dependency("database", "the database", lambda: None)]
    several += [Dependency("store-1", "store a", fail), Dependency("store-2", "b", break_down)]
    readiness = Readiness(several, patience=LONG)

    assert states(readiness) == [
        ("database", READY),
        ("store-1", UNAVAILABLE),
        ("store-2", UNAVAILABLE),
    ]


def test_what_hangs_is_silent_after_its_time_and_keeps_no_other_waiting(hanging):
    several = [Dependency("store-1", "a", hanging), Dependency("database", "b", lambda: None)]
    readiness = Readiness(several, patience=PATIENCE)
    stuck, quick = readiness.answers()

    assert (stuck.state, quick.state) == (SILENT, READY)
    assert stuck.seconds >= PATIENCE


def test_all_are_asked_beside_each_other():
    meeting = threading.Barrier(3, timeout=LONG)
    several = [Dependency(f"store-{n}", str(n), meeting.wait) for n in range(3)]

    assert {state for _, state in states(Readiness(several, patience=LONG))} == {READY}


def test_an_answer_is_kept_for_a_moment_and_then_asked_for_again():
    clock, asked = Clock(), []
    readiness = of(lambda: asked.append(None), clock=clock)
    readiness.answers()
    clock.now += 0.9
    readiness.answers()
    assert len(asked) == 1
    clock.now += 0.2
    readiness.answers()

    assert len(asked) == 2


def test_however_many_ask_one_thread_alone_waits_for_what_hangs(hanging):
    readiness = of(hanging)
    threads = threading.active_count()
    told = [states(readiness) for _ in range(20)]

    assert told == [[("store-1", SILENT)]] * 20
    assert hanging.asked == 1
    assert threading.active_count() == threads + 1


def test_who_asks_while_another_does_gets_the_last_answer_at_once(hanging):
    clock = Clock()
    hanging.answers.set()
    readiness = of(hanging, patience=LONG, clock=clock)
    readiness.answers()
    hanging.answers.clear()
    clock.now += 2
    first = threading.Thread(target=readiness.answers)
    first.start()
    assert hanging.begun.acquire(timeout=LONG)
    assert hanging.begun.acquire(timeout=LONG)
    assert states(readiness) == [("store-1", READY)]  # which would wait for a minute otherwise
    hanging.answers.set()
    first.join(LONG)

    assert hanging.asked == 2


def test_what_answers_late_is_ready_again_when_it_is_asked_next(hanging, wait_for):
    readiness = of(hanging)
    assert states(readiness) == [("store-1", SILENT)]
    hanging.answers.set()

    wait_for(lambda: states(readiness) == [("store-1", READY)])


@pytest.fixture
def wait_for():
    def until(done):
        deadline = time.monotonic() + LONG
        while not done():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return until


def test_the_log_names_it_once_and_says_nothing_of_what_it_said(caplog):
    """D23: what a backend says may hold its address, and a password."""
    caplog.set_level(logging.INFO, "artifacts")
    clock = Clock()
    does = [break_down]
    readiness = of(lambda: does[0](), patience=LONG, clock=clock)
    for ask in (break_down, fail, fail, lambda: None):
        does[0] = ask
        readiness.answers()
        clock.now += 2

    told = [each.getMessage() for each in caplog.records]
    assert told == [
        "ready: store secret: RuntimeError",
        "ready: store secret is unavailable",
        "ready: store secret is ready",
    ]
    assert "canary" not in caplog.text


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "mariadb+pymysql"])
def test_a_database_whose_server_accepts_and_says_nothing_is_silent(driver, wait_for):
    pytest.importorskip(driver.partition("+")[2])
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{driver}://user:canary@127.0.0.1:{server.getsockname()[1]}/artifacts"
        database = Database(url, {})
        readiness = of(database.check, "database")

        assert states(readiness) == [("database", SILENT)]
    # Nobody listens any more, so that the one that waited has an end, and the next an answer.
    wait_for(lambda: states(readiness) == [("database", UNAVAILABLE)])
    database.close()


def test_the_database_of_a_service_answers(deployment):
    assert states(of(deployment.parts.database.check, "database", patience=LONG)) == [
        ("database", READY)
    ]
