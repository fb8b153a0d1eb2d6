"""Board: processes count for themselves and are read as one, also when they are gone."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from artifacts.watching import catalogue
from artifacts.watching.board import Board, Full
from artifacts.watching.meters import Meters, is_gauge

REQUESTS = catalogue.REQUESTS
LABELS = ("/", "GET", "200")


@pytest.fixture
def board():
    return Board(passing=is_gauge, parts=3)


@pytest.fixture
def meters(board):
    return Meters(board)


class Child:
    """A process that does something, and then waits to be killed."""

    def __init__(self, work):
        ready, tell = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                work()
                os.write(tell, b"1")
                signal.pause()
            finally:
                os._exit(1)
        os.close(tell)
        assert os.read(ready, 1) == b"1"
        os.close(ready)

    def kill(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


@pytest.fixture
def child():
    """Begin processes that are gone after the test."""
    begun = []

    def begin(work):
        begun.append(Child(work))
        return begun[-1]

    yield begin
    for each in begun:
        try:
            each.kill()
        except (ProcessLookupError, ChildProcessError):
            continue


def requests(meters):
    return meters.sums()[REQUESTS].get(LABELS, [0])[0]


def test_all_processes_are_one_sum(meters, child):
    meters.count(REQUESTS, *LABELS)
    for _ in range(2):
        child(lambda: meters.count(REQUESTS, *LABELS, by=10))

    assert requests(meters) == 21
    assert meters.sums()[catalogue.PROCESSES] == {(): [3]}


def test_what_the_dead_have_counted_stays_and_what_they_did_ends(meters, child):
    meters.begin()

    def work():
        meters.count(REQUESTS, *LABELS)
        meters.count(catalogue.UPLOADS, "upload")

    one = child(work)
    assert meters.sums()[catalogue.UPLOADS] == {("upload",): [1]}
    one.kill()

    assert requests(meters) == 1
    assert meters.sums()[catalogue.UPLOADS] == {}
    assert meters.sums()[catalogue.PROCESSES] == {(): [1]}


def test_who_comes_next_takes_the_place_of_the_dead_and_counts_on(meters, child):
    """However many die, one after the other, there is no end of room."""
    meters.begin()

    def work():
        meters.count(REQUESTS, *LABELS)
        meters.count(catalogue.UPLOADS, "upload")

    for _ in range(10):
        child(work).kill()
    child(work)

    assert requests(meters) == 11
    assert meters.sums()[catalogue.UPLOADS] == {("upload",): [1]}


def test_where_there_is_no_room_nothing_fails(meters, child, caplog):
    meters.begin()
    for _ in range(2):
        child(meters.begin)

    def crowded():
        meters.count(REQUESTS, *LABELS)
        assert requests(meters) == 0

    child(crowded)

    assert meters.sums()[catalogue.PROCESSES] == {(): [3]}


def test_where_there_is_no_room_for_a_name_the_others_count_on(board):
    board.add("first", 1, ((0, 1),))
    with pytest.raises(Full):
        fill(board)
    board.add("first", 1, ((0, 1),))

    assert next(board.entries())[:2] == ("first", [2])


def fill(board):
    for number in range(100_000):
        board.add(f"name-{number}", 5, ())


def test_threads_count_at_once(meters):
    gate = threading.Barrier(4)

    def work(_):
        gate.wait()
        for _ in range(1000):
            meters.count(REQUESTS, *LABELS)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    assert requests(meters) == 4000


def test_names_and_values_of_any_length_come_back(board):
    names = ["", "a", "é" * 7, "12345678", "x" * 1000]
    for number, name in enumerate(names):
        board.add(name, 3, ((0, number), (2, 0.5)))

    assert [(each.name, each.values) for each in board.entries()] == [
        (name, [number, 0, 0.5]) for number, name in enumerate(names)
    ]
