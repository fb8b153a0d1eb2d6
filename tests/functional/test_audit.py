"""`artifacts-manage audit` as operators run it: beside a busy service, stopped, killed, again."""

import hashlib
import http.client
import json
import random
import runpy
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select

from artifacts.cli import manage
from artifacts.cli.server import configure
from artifacts.db import tables
from artifacts.parts import build
from artifacts.service.audit import Audit, Pace

COMMAND = Path(sys.executable).with_name("artifacts-manage")
COPIES, SIZE = 10, 20_000
PATCH = "application/json-patch+json"


class Guest(threading.Thread):
    """Creates, uploads, replaces, shares contents, changes and deletes until it is told to stop."""

    def __init__(self, number, server, stop):
        super().__init__(name=f"guest-{number}")
        self._random = random.Random(number)
        self._server = server
        self._ended = stop
        self._paths = []
        self.done = 0
        self.complaints = []

    def run(self):
        while not self._ended.is_set():
            verb = self._random.choice([self.create, self.upload, self.upload, self.change])
            if len(self._paths) > 4:
                verb = self.delete
            verb()
            self.done += 1

    def ask(self, method, path, body=None, **headers):
        named = {"OpenStack-API-Version": "artifact 1.2"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self._server.host, self._server.port, timeout=60)
        with closing(connection):
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            body = answer.read()
        if answer.status >= 500:
            self.complaints.append((method, path, answer.status))
        return answer

    def create(self):
        name = f"{self.name}-{self._random.getrandbits(60)}"
        body = json.dumps({"name": name, "tags": [name]})
        answer = self.ask("POST", "/artifacts/images", body, Content_Type="application/json")
        if answer.status == 201:
            self._paths.append(answer.headers["location"])

    def upload(self):
        if self._paths:
            data = self._random.choice((b"", b"shared", b"s" * 100_000, self._random.randbytes(50)))
            path = self._random.choice(self._paths)
            self.ask("PUT", f"{path}/mirrors/{self._random.randrange(3)}", data)

    def change(self):
        if self._paths:
            tags = [str(self._random.randrange(9))]
            step = {"op": "replace", "path": "/tags", "value": tags}
            path = self._random.choice(self._paths)
            self.ask("PATCH", path, json.dumps([step]), Content_Type=PATCH)

    def delete(self):
        path = self._paths.pop(0)
        self.ask("DELETE", path)


@pytest.fixture
def auditor():
    """Audits of a server's database and store, in this process: many in the time of one command."""
    built = []

    def auditor(server):
        files = (server.ground_file, server.config_file)
        built.append(build(configure(server.data, files), create=False))
        return Audit(built[-1].database, built[-1].pools, built[-1].scrub)

    yield auditor
    for each in built:
        each.database.close()


def test_an_audit_beside_a_busy_service_finds_nothing(make_server, auditor):
    """Every finding it told would be a false one."""
    server = make_server().start(workers=2)
    audit, found, repaired = auditor(server), [], []
    stop = threading.Event()
    guests = [Guest(number, server, stop) for number in range(4)]
    for guest in guests:
        guest.start()
    try:
        for _ in range(12):
            found += audit.run(read=Pace())
            repaired += audit.run(repair=True)
        told = server.manage("audit")
    finally:
        stop.set()
        for guest in guests:
            guest.join()
    last = server.manage("audit", "--read", "--restart")

    assert [complaint for guest in guests for complaint in guest.complaints] == []
    assert all(guest.done > 5 for guest in guests)
    assert found == []
    assert {each.kind for each in repaired} <= {"bytes to delete"}  # before who doomed them did
    assert (told.returncode, told.stdout) == (0, "Nothing was found.\n"), told
    assert (last.returncode, "Nothing was found." in last.stdout) == (0, True), last


@pytest.fixture
def filled(make_server):
    """A server with some contents."""
    server = make_server().start(workers=1)
    path = server.create()
    for number in range(COPIES):
        answer = server.ask("PUT", f"{path}/mirrors/{number}", bytes([number]) * SIZE)
        assert answer.status == 200
    return server


@pytest.fixture
def begin():
    """Begin an audit, and end it with the test if it has not ended by then."""
    begun = []

    def begin(server, *arguments):
        command = [str(COMMAND), *server.location, "audit", *arguments]
        begun.append(
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=server.folder,
            )
        )
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def position():
    """How many copies the pass of a server's store has read, and since when."""

    def position(server):
        url = server.ground.database_url or f"sqlite:///{server.data / 'artifacts.db'}"
        engine = create_engine(url)
        with engine.connect() as connection:
            row = connection.execute(select(tables.passes)).one_or_none()
        engine.dispose()
        return (0, None) if row is None else (row.copies, row.begun_at)

    return position


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_reading_that_is_stopped_goes_on_where_it_was(filled, begin, wait_until, position, number):
    audit = begin(filled, "--read", "--rate", "10KiB")
    wait_until(lambda: position(filled)[0] > 0)
    audit.send_signal(number)
    out, err = audit.communicate(timeout=60)
    copies, begun = position(filled)
    rest = filled.manage("audit", "--read")

    assert 0 < copies < COPIES
    if number != signal.SIGKILL:
        assert (audit.returncode, err) == (3, "")
        assert "Stopped while reading store file, behind key" in out
        assert "the next time goes on behind" in out
    assert rest.returncode == 0
    assert position(filled) == (COPIES, begun)


def test_a_flipped_bit_is_told_to_people_and_to_programs(filled):
    stored = filled.stored()[0]
    data = bytearray(stored.read_bytes())
    data[7] ^= 2
    stored.write_bytes(bytes(data))
    blind = filled.manage("audit")
    told = filled.manage("audit", "--read", "--repair")
    parsed = filled.manage("audit", "--read", "--format", "json")
    finding, summary = (json.loads(line) for line in parsed.stdout.splitlines())

    assert (blind.returncode, told.returncode, parsed.returncode) == (0, 1, 1)
    assert f"damaged bytes: store file, {stored.name}: sha256 is" in told.stdout
    assert "1 finding, 0 repaired." in told.stdout
    assert finding["key"] == stored.name
    assert (finding["kind"], finding["size"], finding["repaired"]) == (
        "damaged bytes",
        SIZE,
        False,
    )
    assert [each["field"] for each in finding["artifacts"]] == ["mirrors"]
    assert hashlib.sha256(data).hexdigest() in finding["text"]
    assert summary["kinds"] == {"damaged bytes": {"findings": 1, "bytes": SIZE}}
    assert (summary["left"], summary["passes"][0]["copies"]) == (1, COPIES)


@pytest.mark.parametrize(
    "arguments",
    [["--rate", "1MiB"], ["--restart"], ["--read", "--rate", "0"], ["--read", "--rate", "fast"]],
)
def test_what_cannot_be_asked_for_is_told(arguments):
    refused = CliRunner().invoke(manage.main, ["audit", *arguments])

    assert refused.exit_code == 2, refused.output


@pytest.mark.long
def test_memory_does_not_grow_with_the_rows():
    """The bench does the same with 10,000 and 100,000."""
    bench = runpy.run_path(str(Path(__file__).parents[2] / "bench" / "audit.py"))
    few, many = (bench["measured"](rows, None) for rows in (1000, 5000))

    assert (few[1], many[1]) == (0, 0)  # findings
    assert (few[3], many[3]) == (0, 0)  # keys that were asked for
    assert many[2] < few[2] * 1.5
