"""What the fetcher says to a server, and what it learns."""

import gzip

import pytest

from artifacts import __version__, errors

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
TELLTALES = ("authorization", "cookie", "x-auth-token", "referer", "proxy", "x-", "from")


def names_in(request: str) -> set[str]:
    return {line.split(":")[0].lower() for line in request.splitlines()[1:] if line}


def fetched(fetcher, url: str) -> bytes:
    with fetcher.fetch(url) as remote:
        return remote.read(-1)


def test_one_get_is_sent_and_says_no_more_than_it_must(fetcher, origin):
    server = origin(OK)

    assert fetched(fetcher(server), server.url("/a?b=%20")) == b"hello"
    assert len(server.requests) == 1
    assert server.requests[0].startswith("GET /a?b=%20 HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.2:{server.port}\r\n" in server.requests[0]
    assert f"\r\nUser-Agent: artifacts/{__version__}\r\n" in server.requests[0]
    assert "\r\nAccept-Encoding: identity\r\n" in server.requests[0]
    assert names_in(server.requests[0]) == {
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "connection",
    }


def test_the_head_tells_of_the_body(fetcher, origin):
    server = origin(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n"
        b'ETag: "v1"\r\nLast-Modified: Tue, 04 Mar 2025 05:06:07 GMT\r\n\r\nhello'
    )

    with fetcher(server).fetch(server.url("/a#part")) as remote:
        assert remote.content_type == "text/plain; charset=utf-8"
        assert remote.etag == '"v1"'
        assert remote.last_modified == "Tue, 04 Mar 2025 05:06:07 GMT"
        assert remote.length == 5
        assert remote.final_url == server.url("/a")


def test_a_head_that_could_not_be_shown_counts_as_absent(fetcher, origin):
    server = origin(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/\xc3\xa4\r\nETag: " + b"e" * 256 + b"\r\n"
        b"Last-Modified: then\x01\r\n\r\nhello"
    )

    with fetcher(server).fetch(server.url()) as remote:
        assert (remote.content_type, remote.etag, remote.last_modified) == (None, None, None)
        assert remote.length is None
        assert remote.read(-1) == b"hello"


def test_a_read_gives_no_more_than_was_asked_for(fetcher, origin):
    server = origin(OK)

    with fetcher(server).fetch(server.url()) as remote:
        assert [remote.read(2), remote.read(2), remote.read(2), remote.read(2)] == [
            b"he",
            b"ll",
            b"o",
            b"",
        ]


def test_an_empty_body_is_a_body(fetcher, origin):
    server = origin(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    assert fetched(fetcher(server), server.url()) == b""


def test_a_chunked_body_is_joined(fetcher, origin):
    server = origin(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
        b"3;extension=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
    )

    assert fetched(fetcher(server), server.url()) == b"hello"


def test_a_large_body_arrives_whole(fetcher, origin):
    body = bytes(range(256)) * 40_000
    server = origin(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with fetcher(server, max_size=len(body), total_timeout=20).fetch(server.url()) as remote:
        blocks = list(iter(lambda: remote.read(1 << 20), b""))

    assert b"".join(blocks) == body
    assert max(map(len, blocks)) <= 1 << 20


def test_a_compressed_body_stays_as_it_is(fetcher, origin):
    """D32: a gzip bomb is as small as it came."""
    bomb = gzip.compress(bytes(50_000_000))
    server = origin(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
        + bomb
    )

    assert fetched(fetcher(server), server.url()) == bomb


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(fetcher, origin, status):
    target = origin(OK)
    server = origin(
        b"HTTP/1.1 %d Go\r\nLocation: %s\r\n\r\nnot this" % (status, target.url("/b").encode())
    )

    with fetcher(server, target).fetch(server.url("/a")) as remote:
        assert remote.final_url == target.url("/b")
        assert remote.read(-1) == b"hello"


def test_no_credential_and_no_cookie_is_ever_sent(
    fetcher, origin, bystander, resolver, monkeypatch, tmp_path
):
    """D46: not across redirects either, whatever servers and the environment try."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{bystander.port}")
    (tmp_path / ".netrc").write_text("default login user password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    target = origin(OK)
    server = origin(
        b"HTTP/1.1 302 Go\r\nSet-Cookie: session=secret; Path=/\r\n"
        b'WWW-Authenticate: Basic realm="here"\r\nX-Auth-Token: secret\r\n'
        b"Location: http://mirror.example:%d/?next\r\nContent-Length: 0\r\n\r\n" % target.port
    )
    reaching = fetcher(server, target, resolve=resolver(["127.0.0.2"]))

    assert fetched(reaching, server.url(host="mirror.example")) == b"hello"
    for request in server.requests + target.requests:
        assert "secret" not in request
        assert not [name for name in names_in(request) if name.startswith(TELLTALES)]


def test_an_answer_that_asks_for_credentials_gets_none(fetcher, origin):
    """D46."""
    server = origin(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="a"\r\n\r\n')

    with (
        pytest.raises(errors.Unfetchable, match="401"),
        fetcher(server).fetch(server.url()),
    ):
        pass
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [101, 201, 204, 206, 300, 304, 404, 407, 500, 503])
def test_another_status_is_told_by_its_number_alone(fetcher, origin, status):
    """D32: nothing of the answer is echoed."""
    server = origin(b"HTTP/1.1 %d Canary\r\nX-Canary: canary\r\n\r\ncanary" % status)

    with pytest.raises(errors.Unfetchable) as refused, fetcher(server).fetch(server.url()):
        pass

    assert str(refused.value) == f"url: its server answered {status}, not 200"
