"""Servers that are slow, endless or wrong cost bounded time and bytes. D32."""

import time

import pytest

from artifacts import errors

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOWHERE = "url: could not be fetched"
SOON = 4.0  # seconds, on a machine that is busy; a fetch that is not given up takes at least five


class Watch:
    def __enter__(self):
        self._started = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._started


def dripping(origin, opening: bytes, drop: bytes):
    server = origin(lambda connection, _: server.drip(connection, opening, drop))
    return server


def pouring(origin, opening: bytes, block: bytes):
    server = origin(lambda connection, _: server.pour(connection, opening, block))
    return server


def test_a_head_that_drips_is_given_up(hasty, refusals, origin):
    """D32: slow loris, before the body."""
    servers = [
        dripping(origin, b"", b"H"),
        dripping(origin, HEAD + b"X-Slow: ", b"a"),
        dripping(origin, HEAD, b"X: y\r\n"),
        dripping(origin, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ]

    told = refusals(hasty(*servers), [server.url() for server in servers])

    assert all(text.startswith(NOWHERE) for text, _ in told)
    assert max(seconds for _, seconds in told) < SOON


def test_a_body_slower_than_the_rate_is_given_up(hasty, refusals, origin):
    """D32: slow loris, in the body; never idle, but far below the rate."""
    servers = [
        dripping(origin, HEAD + b"Content-Length: 1000\r\n\r\n", b"a"),
        dripping(origin, HEAD + b"\r\n", b"a"),
        dripping(origin, CHUNKED, b"1\r\na\r\n"),
        dripping(origin, CHUNKED, b"0"),
        dripping(origin, CHUNKED + b"5\r\nhello\r\n0\r\n", b"X: y\r\n"),
    ]

    told = refusals(hasty(*servers, min_rate=1000), [server.url() for server in servers])

    assert {text for text, _ in told} == {"url: its server sends the body too slowly"}
    assert max(seconds for _, seconds in told) < SOON


def test_a_body_that_falls_silent_is_given_up(hasty, refusal, origin):
    """D32."""

    def fall_silent(connection, _path):
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\nhello")
        server.closed.wait(10)

    server = origin(fall_silent)

    with Watch() as watch:
        told = refusal(hasty(server, min_rate=1), server.url())

    assert told == "url: its server sends the body too slowly"
    assert watch.seconds < SOON


def test_no_fetch_outlasts_the_total_time(fetcher, refusal, origin):
    """D32: fast enough, and never at its end."""
    server = dripping(origin, HEAD + b"\r\n", b"a" * 100)

    with Watch() as watch:
        told = refusal(fetcher(server, min_rate=10, total_timeout=0.7), server.url())

    assert told == "url: its server sends the body too slowly"
    assert 0.6 < watch.seconds < SOON


def test_a_reader_that_takes_its_time_is_not_the_servers_fault(fetcher, origin):
    server = origin(HEAD + b"Content-Length: 500000\r\n\r\n" + b"a" * 500_000)

    with fetcher(server, min_rate=250_000, idle_timeout=0.5).fetch(server.url()) as remote:
        first = remote.read(5)
        time.sleep(1.0)

        assert len(first + remote.read(-1)) == 500_000


def test_a_rate_of_nought_asks_for_none(fetcher, origin):
    server = dripping(origin, HEAD + b"\r\n", b"a")

    with fetcher(server, min_rate=0, idle_timeout=1.0).fetch(server.url()) as remote:
        assert all(remote.read(1) for _ in range(15))


def test_a_trickle_is_handed_on_as_it_comes(fetcher, origin):
    """So that an upload that lives is seen to live."""
    server = dripping(origin, HEAD + b"\r\n", b"a" * 100)

    with fetcher(server, min_rate=1).fetch(server.url()) as remote, Watch() as watch:
        block = remote.read(1 << 20)

    assert 0 < len(block) < 1 << 20
    assert watch.seconds < SOON


@pytest.mark.parametrize("opening", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"])
def test_an_endless_body_ends_at_the_limit(fetcher, refusal, origin, opening):
    """D32."""
    server = pouring(origin, HEAD + opening, b"a" * 65536)

    told = refusal(fetcher(server, max_size=200_000), server.url())

    assert told == "url: the body is larger than 200000 bytes"
    assert server.sent < 8_000_000


def test_a_body_of_just_the_limit_is_taken(fetcher, refusal, origin):
    server = origin(HEAD + b"\r\n" + b"a" * 1000)

    with fetcher(server, max_size=1000).fetch(server.url()) as remote:
        assert len(remote.read(-1)) == 1000
    assert "larger than 999" in refusal(fetcher(server, max_size=999), server.url())


def test_a_body_that_says_it_is_too_large_is_not_read(fetcher, origin):
    server = origin(HEAD + b"Content-Length: 1001\r\n\r\n")

    with (
        pytest.raises(errors.Unfetchable, match="larger than 1000 bytes"),
        fetcher(server, max_size=1000).fetch(server.url()),
    ):
        pytest.fail("the body was opened")


def test_an_endless_head_is_given_up(hasty, refusals, origin):
    """D32: 10 MB of headers, and more."""
    servers = [
        pouring(origin, HEAD, b"X-Filler: " + b"a" * 1000 + b"\r\n"),
        pouring(origin, HEAD + b"X-Filler: ", b"a" * 65536),
        pouring(origin, b"", b"a" * 65536),
        pouring(origin, b"", b"HTTP/1.1 100 Continue\r\nX-Filler: a\r\n\r\n" * 100),
    ]

    told = refusals(hasty(*servers), [server.url() for server in servers])

    assert all(text.startswith(NOWHERE) for text, _ in told)
    assert max(server.sent for server in servers) < 8_000_000


def test_an_endless_framing_is_given_up(fetcher, refusals, origin):
    """D32: bytes that are none of the body are bounded, too."""
    servers = [
        pouring(origin, CHUNKED + b"5\r\nhello\r\n0\r\n", b"X-Filler: a\r\n" * 1000),
        pouring(origin, CHUNKED + b"5;", b"a" * 65536),
    ]

    told = refusals(fetcher(*servers, min_rate=1), [server.url() for server in servers])

    assert {text for text, _ in told} == {"url: the body broke off before its end"}
    assert max(seconds for _, seconds in told) < SOON
    assert max(server.sent for server in servers) < 8_000_000


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: 6\r\n\r\n",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"5\r\nhel",
        CHUNKED + b"nonsense\r\nhello",
        CHUNKED,
    ],
)
def test_a_body_that_breaks_off_is_refused(fetcher, refusal, origin, answer):
    """D32: a wrong Content-Length, and chunks without an end."""
    server = origin(answer)

    assert refusal(fetcher(server), server.url()) == "url: the body broke off before its end"


def test_what_follows_the_body_is_not_read_as_body(fetcher, origin):
    """D32: the other wrong Content-Length."""
    server = origin(HEAD + b"Content-Length: 5\r\n\r\nhello, and more")

    with fetcher(server).fetch(server.url()) as remote:
        assert remote.read(-1) == b"hello"


def test_a_head_that_can_be_read_in_two_ways_is_refused(hasty, refusals, origin):
    """D32."""
    fields = [
        b"Content-Length: -5\r\n",
        b"Content-Length: five\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"no colon\r\n",
    ]
    servers = [origin(HEAD + field + b"\r\nhello") for field in fields]

    told = refusals(hasty(*servers), [server.url() for server in servers])

    assert all(text.startswith(NOWHERE) for text, _ in told)


def test_few_redirects_are_followed(fetcher, refusal, origin):
    """D32: twenty are not."""

    def answer(connection, path):
        number = int(path.lstrip("/"))
        location = b"Location: /%d\r\n" % (number - 1) if number else b""
        connection.sendall(
            b"HTTP/1.1 %d Go\r\n" % (302 if number else 200)
            + location
            + b"Content-Length: 0\r\n\r\n"
        )

    server = origin(answer)
    with fetcher(server, max_redirects=3).fetch(server.url("/3")) as remote:
        assert remote.final_url == server.url("/0")
    before = len(server.requests)

    assert refusal(fetcher(server, max_redirects=3), server.url("/20")).startswith(NOWHERE)
    assert len(server.requests) - before == 4


def test_a_resolver_that_hangs_is_given_up(hasty, refusal, origin):
    server = origin(HEAD)

    def hang(*_, **__):
        server.closed.wait(10)
        return []

    with Watch() as watch:
        told = refusal(hasty(server, resolve=hang), server.url(host="mirror.example"))

    assert told.startswith(NOWHERE)
    assert watch.seconds < SOON
