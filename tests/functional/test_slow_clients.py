"""Clients that are slow, go away, or say something else than they announced."""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

LEASE = 1.0  # of the shared server
PATIENCE = 30.0
BODY = bytes(range(256)) * 40


def head(path: str, *headers: str) -> bytes:
    lines = [f"PUT {path}/image HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(path: str) -> bytes:
    return head(path, f"Content-Length: {len(BODY)}") + BODY


def announced(path: str, framing: str, size: int = len(BODY)) -> bytes:
    """The head of an upload of *size* bytes, in one framing or the other."""
    if framing == "chunked":
        return head(path, "Transfer-Encoding: chunked")
    return head(path, f"Content-Length: {size}")


def framed(framing: str, block: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(block), block) if framing == "chunked" else block


def ended(framing: str) -> bytes:
    return b"0\r\n\r\n" if framing == "chunked" else b""


def statuses(heard: bytes) -> list[int]:
    """The statuses of all answers on one connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


@pytest.fixture
def path(server) -> str:
    return server.create()


@contextlib.contextmanager
def trickling(connection: socket.socket, framing: str) -> Iterator[None]:
    """Send the body a little at a time, however long other things take; all of it in the end."""
    rest = [BODY[place : place + 16] for place in range(0, len(BODY), 16)]
    enough = threading.Event()

    def send() -> None:
        while rest:
            enough.wait(LEASE * 0.1)
            connection.sendall(framed(framing, rest.pop(0)))

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        enough.set()
        sending.join()


framings = pytest.mark.parametrize("framing", ["chunked", "length"])


class TestASlowUpload:
    @framings
    def test_that_stalls_for_a_lease_is_ended_and_its_slot_is_free_again(
        self, server, path, framing, listen_to
    ):
        asked = LEASE
        while asked > LEASE * 0.7:  # the machine was too busy to ask in time
            with server.connect() as stalled:
                stalled.sendall(announced(path, framing) + framed(framing, BODY[:5000]))
                begun = time.monotonic()
                while server.ask("GET", path).json["image"] is None:
                    assert time.monotonic() < begun + PATIENCE
                taken = server.ask("PUT", f"{path}/image", b"meanwhile")
                asked = time.monotonic() - begun
                answer = listen_to(stalled)
                waited = time.monotonic() - begun
            path = server.create() if asked > LEASE * 0.7 else path
        again = server.ask("PUT", f"{path}/image", BODY)

        assert taken.status == 409
        assert answer.status == 400
        assert LEASE * 0.9 <= waited < PATIENCE
        assert again.status == 200
        assert server.ask("GET", f"{path}/image").body == BODY

    @framings
    @pytest.mark.parametrize("quick", [b"", bytes(8 * 1024**2)], ids=["slow", "quick at first"])
    def test_that_trickles_goes_on_beyond_many_leases(
        self, server, path, framing, listen_to, quick
    ):
        body = quick + BODY
        with server.connect() as slow:
            slow.sendall(announced(path, framing, len(body)))
            if quick:
                slow.sendall(framed(framing, quick))
            with trickling(slow, framing):
                others = []
                for _ in range(7):
                    time.sleep(LEASE * 0.5)
                    others.append(server.ask("PUT", f"{path}/image", b"meanwhile").status)
            slow.sendall(ended(framing))
            answer = listen_to(slow)

        assert others == [409] * len(others)
        assert answer.status == 200
        assert server.ask("GET", f"{path}/image").body == body

    def test_keeps_nobody_else_from_being_served(self, server):
        with contextlib.ExitStack() as open_connections:
            for _ in range(20):  # slow in the request line, in the headers, and in the body
                for said in (b"GE", b"GET / HTTP/1.1\r\nHost: local", whole(server.create())[:-9]):
                    slow = open_connections.enter_context(server.connect())
                    slow.sendall(said)

            begun = time.monotonic()
            answers = [server.ask("GET", "/healthcheck").status for _ in range(10)]

        assert answers == [200] * 10
        assert time.monotonic() - begun < 10


class TestASilentClient:
    def test_in_the_head_of_a_request_keeps_a_thread_for_seconds_alone(self, make_server):
        server = make_server(config="[api]\nauth = none\nthreads = 4\n").start(workers=1)
        with contextlib.ExitStack() as connections:
            for _ in range(4):
                silent = connections.enter_context(server.connect())
                silent.sendall(b"GET / HTTP/1.1\r\nHost: local")

            answer = server.ask("GET", "/healthcheck", timeout=25)

        assert answer.status == 200

    def test_in_the_middle_of_a_json_body_is_told_so(self, server, path, listen_to):
        with server.connect() as silent:
            silent.sendall(
                f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
                "Content-Type: application/json-patch+json\r\n\r\n[{".encode()
            )
            answer = listen_to(silent)

        assert answer.status == 400
        assert answer.message.startswith("body: ")

    def test_that_was_refused_and_does_not_hang_up_delays_nobody(self, make_server):
        server = make_server().start(workers=1)
        with contextlib.ExitStack() as connections:
            for _ in range(10):
                refused = connections.enter_context(server.connect())
                refused.sendall(b"nonsense\r\n\r\n")
                assert refused.recv(100).startswith(b"HTTP/1.1 400 ")
            begun = time.monotonic()

            answer = server.ask("GET", "/healthcheck")

        assert answer.status == 200
        assert time.monotonic() - begun < 10  # each of them would be waited for, for seconds


class TestAClientThatGoesAway:
    @framings
    @pytest.mark.parametrize("manner", ["with a word", "with a reset"])
    def test_in_mid_body_leaves_nothing(self, make_server, framing, manner, wait_until):
        server = make_server().start()  # leases of 30 seconds, so that none of them ends it
        path = server.create()
        with server.connect() as going:
            going.sendall(announced(path, framing, 1 << 20) + framed(framing, bytes(200_000)))
            wait_until(lambda: server.ask("GET", path).json["image"])
            if manner == "with a reset":
                going.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_until(lambda: server.ask("GET", path).json["image"] is None, seconds=20)

        assert server.stored() == []
        assert server.ask("PUT", f"{path}/image", BODY).status == 200
        assert server.manage("audit").returncode == 0

    def test_in_mid_download_harms_nobody(self, server, path):
        server.ask("PUT", f"{path}/image", bytes(8 * 1024**2))
        for _ in range(5):
            with server.connect() as going:
                going.sendall(f"GET {path}/image HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                going.recv(100)

        assert len(server.ask("GET", f"{path}/image").body) == 8 * 1024**2

    def test_before_a_replacement_is_whole_leaves_the_old_bytes(self, server, path, wait_until):
        server.ask("PUT", f"{path}/image", BODY)
        with server.connect() as going:
            going.sendall(announced(path, "length", 1 << 20) + bytes(200_000))
            meanwhile = server.ask("GET", f"{path}/image")
        wait_until(lambda: server.ask("PUT", f"{path}/image", b"new").status == 200, seconds=20)

        assert (meanwhile.status, meanwhile.body) == (200, BODY)
        assert server.ask("GET", f"{path}/image").body == b"new"


class TestFraming:
    @pytest.mark.parametrize("size", [0, 1, 255, 65536, 1024**2 + 1])
    @framings
    def test_of_both_kinds_keeps_the_same_bytes(self, server, path, framing, size):
        data = bytes(number % 251 for number in range(size))
        body = framed(framing, data) if size else b""

        heard = server.converse(announced(path, framing, size) + body + ended(framing))

        assert heard.startswith(b"HTTP/1.1 200 ")
        assert server.ask("GET", f"{path}/image").body == data

    def test_in_chunks_of_every_size_with_extensions_and_trailers(self, server, path):
        chunks = b"".join(
            b'%x;note="a;b"\r\n%s\r\n' % (size, BODY[:size]) for size in (1, 2, 3, 1000, 8190)
        )

        heard = server.converse(
            head(path, "Transfer-Encoding: chunked") + chunks + b"0\r\nX-Trailer: yes\r\n\r\n"
        )

        assert heard.startswith(b"HTTP/1.1 200 ")
        expected = b"".join(BODY[:size] for size in (1, 2, 3, 1000, 8190))
        assert server.ask("GET", f"{path}/image").body == expected

    def test_that_waits_to_be_asked_for_the_body_is_asked(self, server, path, listen_to):
        with server.connect() as polite:
            polite.sendall(head(path, f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
            go_on = polite.recv(65536)
            polite.sendall(BODY)
            answer = listen_to(polite)

        assert go_on.startswith(b"HTTP/1.1 100 ")
        assert answer.status == 200

    def test_that_announces_more_than_comes_keeps_nothing(self, server, path):
        heard = server.converse(head(path, f"Content-Length: {len(BODY) + 1}") + BODY)

        assert not heard.startswith(b"HTTP/1.1 2")
        assert not heard.startswith(b"HTTP/1.1 5")
        assert server.ask("GET", path).json["image"] is None

    def test_that_announces_less_than_comes_keeps_what_was_announced(self, server, path):
        heard = server.converse(head(path, "Content-Length: 1000") + BODY)

        assert statuses(heard) == [200, 400]
        assert server.ask("GET", f"{path}/image").body == BODY[:1000]

    @pytest.mark.parametrize(
        "body",
        [
            b"zz\r\nbytes\r\n0\r\n\r\n",
            b"-5\r\nbytes\r\n0\r\n\r\n",
            b"5\r\nbytes and more\r\n0\r\n\r\n",
            b"5\r\nby",
            b"5\r\nbytes\r\n",
            b"5\r\nbytes\r\n0\r\n",
            b"5\nbytes\n0\n\n",
            b"fffffffffffffffff\r\nbytes\r\n0\r\n\r\n",
            b"5" * 20000,
        ],
    )
    def test_in_chunks_that_are_none_keeps_nothing(self, server, path, body):
        heard = server.converse(head(path, "Transfer-Encoding: chunked") + body)

        assert not heard.startswith(b"HTTP/1.1 2")
        assert not heard.startswith(b"HTTP/1.1 5")
        assert server.ask("GET", path).json["image"] is None

    @pytest.mark.parametrize("length", ["-1", "+5", "5.0", "0x5", "five", "5, 6", "9" * 40, " "])
    def test_with_a_length_that_is_none_keeps_nothing(self, server, path, length):
        heard = server.converse(head(path, f"Content-Length: {length}") + b"bytes")

        assert heard.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))
        assert server.ask("GET", path).json["image"] is None

    def test_of_two_requests_at_once_answers_both_in_order(self, server, path):
        read = f"GET {path}/image HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

        heard = server.converse(whole(path) + read)

        assert statuses(heard) == [200, 200]
        assert heard.endswith(BODY)

    def test_followed_by_garbage_answers_the_request_and_refuses_the_garbage(self, server, path):
        heard = server.converse(whole(path) + b"\x00\xff garbage \r\n\r\n" * 5)

        assert statuses(heard) == [200, 400]

    def test_over_the_limit_is_refused_before_the_body_is_sent(self, server, listen_to):
        path = server.create("heat_environments").rstrip("/") + "/environment"
        with server.connect() as eager:
            eager.sendall(
                f"PUT {path} HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Length: {10 * 1024**2 + 1}\r\n\r\n".encode()
            )
            answer = listen_to(eager)

        assert answer.status == 413

    def test_without_a_length_stops_at_the_limit(self, server):
        """D15: one byte over it is one too many, and nothing is left."""
        path = server.create("heat_environments")
        limit = 10 * 1024**2
        done = threading.Event()

        def endless():
            yield bytes(limit)
            while not done.is_set():
                yield b"x" * 1024

        connection = server.connect()
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(
                f"PUT {path}/environment HTTP/1.1\r\nHost: localhost\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
            )
            sender = threading.Thread(target=send_all, args=[connection, endless()])
            sender.start()
            heard = connection.recv(65536)
            done.set()
        sender.join()

        assert heard.startswith(b"HTTP/1.1 413 ")
        assert server.ask("GET", path).json["environment"] is None


def send_all(connection: socket.socket, blocks) -> None:
    with contextlib.suppress(OSError):
        for block in blocks:
            connection.sendall(framed("chunked", block))
