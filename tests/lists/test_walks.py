"""Walks from page to page while others write: what stays as it is appears once, and in order."""

import itertools
import random
import threading

import pytest

from .oracle import Caller, World

LIMIT = 2
STEADY = 60
MOST_PAGES = 1000
NAMES = [f"{letter}{digit}" for letter in "aBcé日😀" for digit in range(5)]

SORTS = [
    "",
    "updated_at:desc",
    "name:asc",
    "name:desc",
    "version:desc,name:asc",
    "number:asc",
    "number:desc",
    "moment:desc",
    "string:asc,number:desc",
    "flag:desc,ratio:asc,level:desc,name:asc",
    "visibility:asc,number:asc,id:desc",
]


def values(dice):
    """Draw fields that collide; each that the type defines is absent now and then."""
    fields = {
        "string": dice.choice(NAMES),
        "number": dice.choice([0, 1, 2, 2**53, 2**53 + 1, -(2**63)]),
        "ratio": dice.choice([0.0, 0.5, -1.5]),
        "flag": dice.choice([True, False]),
        "moment": dice.choice(["2026-01-31T12:30:00Z", "2000-01-01T00:00:00Z"]),
        "level": dice.choice(["1.0.0", "1.0.0-rc.1", "1.10.0", "1.9.0"]),
    }
    return {name: value for name, value in fields.items() if dice.random() < 0.6}


class Passers:
    """Artifacts that come and go; at most thirty at a time, somewhere in every order."""

    def __init__(self, client):
        self.client = client
        self.alive = set()
        self.serial = itertools.count()
        self.stopped = threading.Event()
        self.failures = []

    def create(self, dice):
        # A name of its own, as names with their versions are unique, between the steady ones.
        name, version = f"{dice.choice(NAMES)}-{next(self.serial)}", f"1.{dice.randrange(11)}.50"
        body = {"name": name, "version": version, **values(dice)}
        answer = self.client.simulate_post("/artifacts/samples", json=body)
        assert answer.status_code == 201, answer.text
        self.alive.add(answer.json["id"])

    def delete(self, id):
        """Delete it, unless somebody else does."""
        try:
            self.alive.remove(id)
        except KeyError:
            return False
        answer = self.client.simulate_delete(f"/artifacts/samples/{id}")
        assert answer.status_code == 204, answer.text
        return True

    def come_and_go(self, seed):
        dice = random.Random(seed)
        try:
            while not self.stopped.wait(0.002):
                self.create(dice)
                if len(self.alive) > 30:
                    self.delete(dice.choice(sorted(self.alive)))
        except Exception as failure:  # noqa: BLE001 - it fails the test, not a thread
            self.failures.append(failure)


@pytest.fixture(scope="module")
def steady(shared_deployment):
    """What stays as it is: a world of its own for the oracle."""
    client, dice = shared_deployment.client("walkers"), random.Random(7)
    artifacts = []
    for number in range(STEADY):
        name, version = NAMES[number % len(NAMES)], f"1.{number % 11}.{number}"
        body = {"name": name, "version": version, **values(dice)}
        answer = client.simulate_post("/artifacts/samples", json=body)
        assert answer.status_code == 201, answer.text
        artifacts.append(("samples", answer.json))
    schema = client.simulate_get("/schemas/samples").json["schemas"]["samples"]["properties"]
    return World(artifacts, {"samples": schema})


@pytest.fixture
def passers(shared_deployment):
    """Three threads that write as long as the test runs."""
    passers = Passers(shared_deployment.client("walkers"))
    for _ in range(20):
        passers.create(random.Random(9))
    threads = [threading.Thread(target=passers.come_and_go, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    yield passers
    passers.stopped.set()
    for thread in threads:
        thread.join()
    for id in sorted(passers.alive):
        passers.delete(id)
    assert passers.failures == []


class Walk:
    def __init__(self, client, passers, sort):
        self.client, self.passers = client, passers
        self.path = f"/artifacts/samples?limit={LIMIT}" + (f"&sort={sort}" if sort else "")
        self.seen = []
        self.deleted_markers = self.steps_back = 0

    def ask(self, marker):
        return self.client.simulate_get(self.path + (f"&marker={marker}" if marker else ""))

    def next_page(self, markers):
        """Ask behind the last artifact that still is there, and return those behind it."""
        while True:
            answer = self.ask(markers[-1] if markers else None)
            if answer.status_code == 200:
                return answer.json["artifacts"]
            assert answer.status_code == 404
            assert markers
            markers.pop()
            self.steps_back += 1

    def run(self, until):
        """Walk to the end, or until that has been seen: the newest may come faster than we go."""
        markers = []
        for _ in range(MOST_PAGES):
            page = [each["id"] for each in self.next_page(markers)]
            self.seen += page
            markers += page
            if len(page) < LIMIT or until in page:
                return
            if self.passers.delete(page[-1]):
                self.deleted_markers += 1
        raise AssertionError("the walk has no end")


@pytest.mark.parametrize("sort", SORTS)
def test_what_stays_appears_once_and_in_order(shared_deployment, steady, passers, sort):
    pairs = [("limit", "1000"), *([("sort", sort)] if sort else [])]
    wanted = [each["id"] for each in steady.list("samples", Caller("walkers"), pairs).page]
    walk = Walk(shared_deployment.client("walkers"), passers, sort)

    walk.run(until=wanted[-1])

    assert [id for id in walk.seen if id in steady.ages] == wanted
    assert len(walk.seen) == len(set(walk.seen))
    assert walk.deleted_markers > 0
