"""Connections of the server: each ends when the client does too little."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from artifacts.cli.worker import Connection


class Hurried(Connection):
    silence = 0.3
    patience = 0.6
    slowest = 1024**3


def connected(kind):
    """A server's connection, and the client's end of it."""
    ours, theirs = socket.socketpair()
    with theirs, kind(fileno=ours.detach()) as server:
        server.expect_request()
        yield server, theirs


@pytest.fixture
def pair():
    yield from connected(Hurried)


@pytest.fixture
def patient_pair():
    yield from connected(Connection)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "content"
    path.write_bytes(os.urandom(40 * 1024 * 1024))
    with path.open("rb") as opened:
        yield opened


def test_a_silent_client_is_gone(pair):
    server, _ = pair
    server.deadline = float("inf")  # that of the whole head would end it too

    with pytest.raises(ConnectionResetError):
        server.recv(10)


def test_a_head_that_drips_ends_although_each_byte_is_in_time(pair):
    server, client = pair
    ended = threading.Event()

    def drip():
        while not ended.wait(0.1):
            try:
                client.send(b"x")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    with pytest.raises(ConnectionResetError):
        all(iter(lambda: server.recv(1), b""))
    ended.set()
    dripping.join()


def test_a_client_that_takes_nothing_of_a_file_is_gone(pair, file):
    server, _ = pair

    with pytest.raises(ConnectionResetError):
        server.sendfile(file, 0, 40 * 1024 * 1024)
    assert 0 < file.tell() < 40 * 1024 * 1024  # what went is told nevertheless


def test_a_client_that_takes_nothing_of_a_document_is_gone(pair):
    server, _ = pair

    with pytest.raises(ConnectionResetError):
        server.sendall(bytes(8 * 1024 * 1024))


@pytest.mark.parametrize(("offset", "count"), [(0, None), (7, 20 * 1024 * 1024), (5, 0)])
def test_a_file_is_sent_from_where_it_is_asked_for_and_no_further(
    patient_pair, file, offset, count
):
    server, client = patient_pair
    received = bytearray()

    def receive():
        while block := client.recv(1 << 20):
            received.extend(block)

    receiving = threading.Thread(target=receive)
    receiving.start()
    sent = server.sendfile(file, offset, count)
    server.shutdown(socket.SHUT_WR)
    receiving.join()

    assert file.tell() == offset + sent
    file.seek(offset)
    assert bytes(received) == file.read(-1 if count is None else count)
    assert sent == len(received)


def test_who_sets_a_limit_is_not_limited_further(pair):
    server, client = pair
    server.settimeout(5)
    threading.Timer(0.8, client.send, [b"late"]).start()

    assert server.recv(10) == b"late"


def test_tls_is_refused_at_the_start(tmp_path):
    """Python's TLS would take the place of our connection, and each of its limits."""
    root = Path(__file__).parents[2]
    certificate = str(root / "tests" / "client" / "certificates" / "loopback.pem")
    tls = ["--certfile", certificate, "--keyfile", certificate, "--bind", "127.0.0.1:0"]
    settings = ["--config", str(root / "etc" / "gunicorn.conf.py"), *tls]
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", *settings, "artifacts.wsgi:application"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "Error: this worker speaks no TLS" in ended.stderr
