"""The service dies, is stopped or is told to read its configuration again: nothing is lost."""

import contextlib
import hashlib
import http.client
import os
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

LEASE = 1.0
# Runs a command whose first child is told to stop before it has done anything.
STOPPED_AT_BIRTH = """\
import os, runpy, signal, sys

def stop():
    if len(forks) == 1:
        os.kill(os.getpid(), signal.SIGTERM)

forks = []
os.register_at_fork(before=lambda: forks.append(1), after_in_child=stop)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
CONFIG = f"[blobs]\nupload_lease = {LEASE}\n"
BODY = bytes(range(256)) * 2000


class Uploader(threading.Thread):
    """Uploads until the server dies, and remembers what it sent and what was answered."""

    def __init__(self, server, paths, sent, seed):
        super().__init__()
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        self._paths = paths
        self._sent = sent  # by path: the digests that the slot may now have
        self._random = random.Random(seed)
        self.answered = 0

    def run(self):
        with (
            contextlib.closing(self._connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            while True:
                path = f"{self._random.choice(self._paths)}/mirrors/{self._random.randrange(40)}"
                data = self._random.randbytes(self._random.choice((10, 10_000, 2_000_000)))
                digest = hashlib.sha256(data).hexdigest()
                self._sent.setdefault(path, [None]).append(digest)
                self._connection.request("PUT", path, data)
                response = self._connection.getresponse()
                response.read()
                self.answered += 1
                if response.status == 200:
                    self._sent[path] = [digest]
                else:
                    self._sent[path].remove(digest)


def test_whatever_was_answered_survives_kills_at_random_moments(make_server, wait_until):
    """D31, promise 3."""
    server = make_server(config=CONFIG)
    chance = random.Random(31)
    sent = [{} for _ in range(4)]
    paths = []
    for kill in range(6):
        server.start()
        paths = paths or [server.create(name=f"crash-{number}") for number in range(4)]
        uploaders = [
            Uploader(server, [paths[number]], sent[number], f"{kill}-{number}")
            for number in range(4)
        ]
        for uploader in uploaders:
            uploader.start()
        some = chance.randrange(2, 20)
        wait_until(lambda: sum(each.answered for each in uploaders) >= some, step=0.01)  # noqa: B023
        time.sleep(chance.uniform(0, 0.1))
        server.kill()
        for uploader in uploaders:
            uploader.join()
    server.start()
    time.sleep(LEASE)
    repaired = server.manage("audit", "--repair")
    audit = server.manage("audit")

    assert audit.returncode == 0, (repaired.stdout, audit.stdout)
    held = {
        f"{path}/mirrors/{key}": blob["sha256"]
        for path in paths
        for key, blob in server.ask("GET", path).json["mirrors"].items()
    }
    possible = {path: digests for each in sent for path, digests in each.items()}
    assert sum(len(digests) == 1 for digests in possible.values()) > 10
    for path, digests in possible.items():
        assert held.get(path) in digests
    for path, digest in held.items():
        answer = server.ask("GET", path)
        assert (answer.status, hashlib.sha256(answer.body).hexdigest()) == (200, digest)
    assert len(server.stored()) == len(set(held.values()))


class Upload:
    """Half an upload on a raw connection, which can be finished later."""

    def __init__(self, server, path):
        self.connection = server.connect()
        head = (
            f"PUT {path}/image HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + BODY[: len(BODY) // 2])

    def finish(self):
        self.connection.sendall(BODY[len(BODY) // 2 :])


@pytest.fixture
def half_uploaded(wait_until):
    """Send half an upload, and wait until the server has begun with it."""
    uploads = []

    def upload(server, path):
        uploads.append(Upload(server, path))
        wait_until(lambda: server.ask("GET", path).json["image"])
        return uploads[-1]

    yield upload
    for each in uploads:
        each.connection.close()


def test_a_graceful_stop_lets_a_running_upload_finish(make_server, half_uploaded, listen_to):
    server = make_server().start()
    path = server.create()
    upload = half_uploaded(server, path)

    server.signal(signal.SIGTERM)
    time.sleep(1)  # it is stopping now
    upload.finish()
    answer = listen_to(upload.connection)
    code = server.process.wait(timeout=40)
    server.start()

    assert (answer.status, code) == (200, 0)
    assert server.ask("GET", f"{path}/image").body == BODY


def test_a_stop_without_work_is_quick(make_server):
    server = make_server().start()
    begun = time.monotonic()

    code = server.stop()

    assert code == 0
    assert time.monotonic() - begun < 10


def test_a_worker_that_has_just_begun_hears_that_it_is_to_stop(make_server, wait_until):
    server = make_server().start(workers=1, prefix=[sys.executable, "-c", STOPPED_AT_BIRTH])

    wait_until(lambda: server.logged().count("Booting worker") == 2)
    assert server.stop() == 0


def test_a_stop_does_not_wait_for_who_sends_nothing(make_server):
    """Browsers connect ahead. After 5 seconds a worker gives such a connection no thread."""
    server = make_server().start(workers=1)
    with socket.create_connection((server.host, server.port)):
        time.sleep(6)
        begun = time.monotonic()

        assert server.stop() == 0
        assert time.monotonic() - begun < 15  # of the 30 that work in hand is given


def test_a_reload_reads_the_configuration_and_keeps_serving(
    make_server, half_uploaded, listen_to, wait_until
):
    server = make_server().start()
    paths = [server.create() for _ in range(3)]
    upload = half_uploaded(server, paths[0])
    stopped = threading.Event()
    statuses = []

    def keep_asking():
        while not stopped.is_set():
            try:
                statuses.append(server.ask("GET", "/artifacts/images").status)
            except (OSError, http.client.HTTPException) as error:
                statuses.append(repr(error))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    server.configure("[DEFAULT]\ndefault_api_limit = 2\n[api]\nauth = none\n")
    server.signal(signal.SIGHUP)
    try:
        wait_until(lambda: listed(server) == {2}, step=0.2)
        upload.finish()
        answer = listen_to(upload.connection)
    finally:
        stopped.set()
        asking.join()

    assert set(statuses) == {200}
    assert answer.status == 200
    assert server.ask("GET", f"{paths[0]}/image").body == BODY


def test_a_reload_of_what_cannot_be_keeps_what_was(make_server, wait_until):
    server = make_server(config="[DEFAULT]\ndefault_api_limit = 2\n[api]\nauth = none\n").start()
    for _ in range(3):
        server.create()
    before = server.processes()[1:]

    server.configure("[blobs]\nupload_lease = soon\n")
    server.signal(signal.SIGHUP)
    wait_until(lambda: not set(before) & set(server.processes()))

    assert listed(server) == {2}
    assert "upload_lease" in server.logged()


def listed(server) -> set[int]:
    """How long a page of the list is, for every process that may answer."""
    return {len(server.ask("GET", "/artifacts/images").json["artifacts"]) for _ in range(10)}


def test_a_killed_worker_is_replaced_and_its_upload_can_be_sent_again(
    make_server, half_uploaded, wait_until
):
    server = make_server(config=CONFIG).start(workers=1)
    path = server.create()
    half_uploaded(server, path)
    (worker,) = server.processes()[1:]

    os.kill(worker, signal.SIGKILL)

    wait_until(lambda: server.processes()[1:] not in ([], [worker]))
    wait_until(lambda: server.ask("PUT", f"{path}/image", BODY).status == 200)
    assert server.ask("GET", f"{path}/image").body == BODY
    server.manage("audit", "--repair")
    assert server.manage("audit").returncode == 0
    assert len(server.stored()) == 1


def test_bytes_that_no_row_knows_are_found_once_they_are_old_enough(make_server):
    server = make_server().start()
    path = server.create()
    server.ask("PUT", f"{path}/image", BODY)
    (kept,) = server.stored()
    unknown = kept.with_name(kept.name[:4] + "0" * 28)
    unknown.write_bytes(b"nobody's")

    young = server.manage("audit")
    os.utime(unknown, (time.time() - 7200,) * 2)
    found = server.manage("audit")
    server.manage("audit", "--repair")

    assert (young.returncode, found.returncode) == (0, 1)
    assert unknown.name in found.stdout
    assert server.stored() == [kept]
    assert server.manage("audit").returncode == 0


def test_bytes_that_are_lost_are_found_and_told_as_an_error(make_server):
    server = make_server().start()
    path = server.create()
    server.ask("PUT", f"{path}/image", BODY)
    (kept,) = server.stored()
    Path(kept).unlink()

    audit = server.manage("audit", "--repair")
    answer = server.ask("GET", f"{path}/image")

    assert audit.returncode == 1
    assert kept.name in audit.stdout
    assert answer.status in (404, 503)
    assert server.ask("GET", path).json["image"]["status"] == "active"
