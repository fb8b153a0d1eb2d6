"""Connections that end, stall or are refused: right answers or 503, and nothing done twice.

Between the service and each server stands a proxy that cuts at chosen moments.
"""

import threading
import time
import uuid

import pytest
from sqlalchemy import make_url
from tcp_proxy import proxy

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db import database as databases
from artifacts.db import patience, tables
from artifacts.db.commits import Writers
from artifacts.service.audit import Audit

# A whole request: `READ COMMITTED` is in others.
COMMIT = {
    "postgresql": b"Q\x00\x00\x00\x0bCOMMIT\x00",
    "mariadb": b"\x07\x00\x00\x00\x03COMMIT",
}
BOUND = 60.0  # seconds that any answer here may take, on a machine that is busy


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def server(request, shared_database):
    """The URL of an empty database behind a proxy, and the proxy."""
    url = make_url(shared_database(request.param))
    port = url.port or {"postgresql": 5432, "mariadb": 3306}[request.param]
    with proxy(url.host, port) as passing:
        plain = {"sslmode": "disable"} if request.param == "postgresql" else {}
        yield url.set(port=passing.port).update_query_dict(plain), passing


@pytest.fixture(scope="module")
def started(server, deploy_in, tmp_path_factory):
    """Start a service whose database is behind the proxy."""

    def start(**options):
        url = server[0].render_as_string(hide_password=False)
        settings = {"database": {"connection": url, **options}, "blobs": {"upload_lease": "600"}}
        return deploy_in(tmp_path_factory.mktemp("service"), settings)

    return start


@pytest.fixture(scope="module")
def shared(started):
    return started()


@pytest.fixture
def service(shared, between):
    """The service with one connection, which is set up: what comes next, is the test's own."""
    shared.parts.database.engine.dispose()
    shared.parts.database.engine.connect().close()
    return shared


@pytest.fixture
def between(server):
    """The proxy, which lets everything through again behind each test."""
    yield server[1]
    server[1].serve()


@pytest.fixture
def commit(server):
    """What a client sends to commit."""
    return COMMIT[server[0].get_backend_name()]


@pytest.fixture
def samples(service, live):
    return live(service.parts, Caller("user", uuid.uuid4().hex, frozenset({"member"}), "req-1"))


class Client:
    """What a project of its own asks for."""

    def __init__(self, service):
        self._client = service.client(uuid.uuid4().hex)

    def create(self, name="name"):
        return self._client.simulate_post("/artifacts/samples", json={"name": name})

    def find(self):
        return self._client.simulate_get("/artifacts/samples")

    def names(self):
        found = self.find()
        assert found.status_code == 200, found.text
        return [each["name"] for each in found.json["artifacts"]]


@pytest.fixture
def client(service):
    return Client(service)


def audited(service):
    service.parts.scrub.run()
    parts = service.parts
    return list(Audit(parts.database, parts.pools, parts.scrub).run())


def refused(answer):
    """Whether it is a 503 that says when to come again, and nothing of the database."""
    return answer.status_code == 503 and answer.headers["Retry-After"] and "database" in answer.text


def test_a_database_that_is_gone_is_503_until_it_is_back(client, between):
    between.refuse()

    assert refused(client.create())
    assert refused(client.find())

    between.serve()

    assert client.create().status_code == 201


def test_a_restart_of_the_server_is_not_seen_by_those_who_come_after_it(client, between, at_once):
    """All connections that the pool kept are dead at once."""
    works = [lambda: client.create(uuid.uuid4().hex)] * 8
    before = at_once(works)
    between.cut()

    assert [answer.status_code for answer in before + at_once(works)] == [201] * 16


@pytest.mark.parametrize("moment", [b"UPDATE commits", b"INSERT INTO artifacts", None])
def test_a_write_that_was_cut_off_before_it_took_effect_is_made_again(
    client, between, commit, moment
):
    client.create("first")
    between.cut_before = moment or commit

    assert client.create().status_code == 201
    assert between.hit.is_set()
    assert client.names() == ["name", "first"]


def test_a_write_whose_first_statement_is_cut_off_is_made_again(client, service, between):
    client.create("first")
    backend = service.parts.database.engine.dialect.name
    between.cut_before = b"BEGIN" if backend == "postgresql" else b"UPDATE commits"
    client.create()

    assert between.hit.is_set()
    assert client.names()[-1] == "first"


def test_a_commit_whose_answer_is_lost_is_looked_up_and_not_made_again(
    client, service, between, commit
):
    client.create("first")
    between.cut_after = commit

    assert client.create().status_code == 201
    assert between.hit.is_set()
    assert client.names() == ["name", "first"]
    assert audited(service) == []


def test_the_first_commit_of_a_writer_is_looked_up_as_well(
    client, service, between, commit, monkeypatch
):
    monkeypatch.setattr(service.parts.database, "_writers", Writers())
    between.cut_after = commit

    assert client.create().status_code == 201
    assert between.hit.is_set()
    assert client.names() == ["name"]


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_commit_that_cannot_be_looked_up_is_503_and_says_so(
    client, service, between, commit, monkeypatch, took_effect
):
    monkeypatch.setattr(databases, "DOUBT", 0.1)
    between.gone_then = True
    setattr(between, "cut_after" if took_effect else "cut_before", commit)

    answer = client.create()

    assert refused(answer)
    assert "it may have been done, or not" in answer.text
    between.serve()
    assert client.names() == (["name"] if took_effect else [])
    assert audited(service) == []


def test_a_reader_that_is_cut_off_is_503(client, between):
    client.create()
    between.cut_before = b"FROM artifacts"

    assert refused(client.find())
    assert client.names() == ["name"]


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_an_upload_is_filled_once_whatever_becomes_of_its_commit(
    samples, between, commit, service, monkeypatch, cut
):
    artifact = samples.create()
    fill, tries = samples.parts.blobs._contents._fill, []

    def cut_at_its_commit(tx, *arguments):
        tries.append(fill(tx, *arguments))
        if len(tries) == 1:
            setattr(between, cut, commit)
        return tries[-1]

    monkeypatch.setattr(samples.parts.blobs._contents, "_fill", cut_at_its_commit)
    samples.upload(artifact, "blob", b"bytes")

    assert len(tries) == {"cut_before": 2, "cut_after": 1}[cut]
    assert between.hit.is_set()
    assert samples.read(artifact, "blob") == b"bytes"
    assert audited(service) == []


@pytest.mark.parametrize("took_effect", [True, False])
def test_bytes_stay_while_it_is_not_known_whether_a_blob_refers_to_them(
    samples, between, commit, service, monkeypatch, took_effect
):
    monkeypatch.setattr(databases, "DOUBT", 0.1)
    artifact, stored = samples.create(), len(service.stored())
    fill = samples.parts.blobs._contents._fill

    def cut_at_its_commit(tx, *arguments):
        done = fill(tx, *arguments)
        between.gone_then = True
        setattr(between, "cut_after" if took_effect else "cut_before", commit)
        return done

    monkeypatch.setattr(samples.parts.blobs._contents, "_fill", cut_at_its_commit)

    with pytest.raises(errors.CommitUnknown):
        samples.upload(artifact, "blob", b"bytes")

    between.serve()
    assert len(service.stored()) == stored + 1
    if took_effect:
        assert samples.read(artifact, "blob") == b"bytes"
    else:
        expire(service)
        assert audited(service) == []
        assert len(service.stored()) == stored


def expire(service):
    with service.parts.database.engine.begin() as connection:
        connection.execute(tables.uploads.update().values(lease_until=0))


def test_a_database_that_stalls_is_503_in_bounded_time(started, between, monkeypatch):
    monkeypatch.setattr(patience, "GRACE", 1)
    client = Client(started(timeout="1", connect_timeout="2"))
    client.create("first")
    between.stall()
    began = time.monotonic()

    assert refused(client.find())
    assert time.monotonic() - began < BOUND

    between.serve()

    assert client.names() == ["first"]


@pytest.fixture
def two_rows(service):
    """Two rows of projects, by number, and what holds one of them."""

    def touch(tx, number):
        tx.types._connection.execute(
            tables.projects.update().where(tables.projects.c.number == number).values(number=number)
        )

    database = service.parts.database
    rows = [database.write(lambda tx: tx.numbers.project(uuid.uuid4().hex)) for _ in range(2)]
    return database, rows, touch


def test_two_writers_that_wait_for_each_other_both_come_through(two_rows, at_once):
    """A real deadlock: the server picks one, which is run again."""
    database, rows, touch = two_rows
    both_hold, runs = threading.Barrier(2), []

    def writer(first, second):
        mine = []

        def work(tx):
            touch(tx, first)
            mine.append(first)
            if len(mine) == 1:
                both_hold.wait(BOUND)
            touch(tx, second)

        database.write(work)
        runs.extend(mine)

    done = at_once([lambda: writer(*rows), lambda: writer(*rows[::-1])])

    assert done == [None, None]
    assert len(runs) == 3


def test_a_writer_waits_for_a_lock_again_and_again_but_not_for_ever(two_rows, monkeypatch):
    database, (row, _), touch = two_rows
    monkeypatch.setattr(databases, "ATTEMPTS", 3)
    runs = []

    def work(tx):
        runs.append(row)
        impatience = {"postgresql": "SET LOCAL lock_timeout = '100ms'"}
        default = "SET SESSION innodb_lock_wait_timeout = 1"
        connection = tx.types._connection
        connection.exec_driver_sql(impatience.get(connection.dialect.name, default))
        touch(tx, row)

    with database.engine.begin() as holder:
        same = tables.projects.c.number == row
        holder.execute(tables.projects.update().where(same).values(number=row))

        with pytest.raises(errors.DatabaseUnavailable, match="too busy"):
            database.write(work)

    assert len(runs) == 3
    database.engine.dispose()


def test_a_statement_that_takes_too_long_is_unavailable(server, started):
    slow = {"postgresql": "SELECT pg_sleep(60)", "mariadb": "SELECT SLEEP(60)"}
    database = started(timeout="1").parts.database
    began = time.monotonic()

    with pytest.raises(errors.DatabaseUnavailable), database.reading() as tx:
        tx.types._connection.exec_driver_sql(slow[server[0].get_backend_name()])

    assert time.monotonic() - began < BOUND
