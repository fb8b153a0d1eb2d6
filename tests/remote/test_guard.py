"""Whom the fetcher connects to, and whom never."""

import socket

import pytest

from artifacts import errors

NOWHERE = "url: could not be fetched; its host must be public and must answer in HTTP, in time"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7F.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "%31%32%37.0.0.1",
    "127.0.0.2@127.0.0.1",
    "[::1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[::1%25lo]",
]


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def redirecting_to(locations: list[str]):
    """Answer /n with a redirect to the n-th of *locations*."""
    return lambda connection, path: connection.sendall(redirect(locations[int(path[1:])]))


def fetched(fetcher, url: str) -> bytes:
    with fetcher.fetch(url) as remote:
        return remote.read(-1)


def test_the_bystander_would_notice(bystander):
    for visits in (0, 3):
        for _ in range(visits):
            socket.create_connection(("127.0.0.1", bystander.port)).close()

        assert bystander.visitors() == visits


def test_no_spelling_of_a_forbidden_address_is_reached(hasty, refusals, bystander):
    """D1: as the caller's own URL."""
    told = refusals(hasty(bystander), [f"http://{host}:{bystander.port}/" for host in SPELLINGS])

    assert all(text.startswith("url: ") for text, _ in told)


def test_no_redirect_leads_to_a_forbidden_address(hasty, refusals, origin, bystander):
    """D1: as the target of a redirect, which tells no more than any other failure."""
    locations = [f"http://{host}:{bystander.port}/" for host in SPELLINGS]
    server = origin(redirecting_to(locations))

    told = refusals(
        hasty(server, bystander, connect_timeout=1.0),
        [server.url(f"/{n}") for n in range(len(locations))],
    )

    assert {text for text, _ in told} == {NOWHERE}
    assert len(server.requests) == len(SPELLINGS)


def test_no_redirect_leads_out_of_http(hasty, refusals, origin, bystander):
    """D11 and D45."""
    locations = [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "filesystem:/etc/passwd",
        "sql://127.0.0.1/",
        "swift+config://a/b/c",
        f"gopher://127.0.0.1:{bystander.port}/_x",
        f"\\\\127.0.0.1:{bystander.port}\\b",
    ]
    server = origin(redirecting_to(locations))

    told = refusals(
        hasty(server, bystander, connect_timeout=1.0),
        [server.url(f"/{n}") for n in range(len(locations))],
    )

    assert {text for text, _ in told} == {NOWHERE}
    assert len(server.requests) == len(locations)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "filesystem:/etc/passwd",
        "sql://127.0.0.2/",
        "swift+config://a/b/c",
        "HTTP://127.0.0.2/",
        " http://127.0.0.2/",
        "unknown://127.0.0.2/",
    ],
)
def test_other_schemes_are_named_at_once(fetcher, url):
    """D11 and D45."""
    with pytest.raises(errors.Unfetchable, match=r"^url: must start with http:// or https://$"):
        fetcher().check(url)


def test_a_literal_forbidden_address_is_named_at_once(fetcher, bystander):
    with pytest.raises(errors.Unfetchable, match=r"^url: the address 127\.0\.0\.1 may not be"):
        fetcher(bystander).check(f"http://127.0.0.1:{bystander.port}/")


def test_checking_a_url_neither_resolves_nor_connects(fetcher, bystander, resolver):
    """D29."""
    resolve = resolver(["127.0.0.1"])

    fetcher(bystander, resolve=resolve).check(f"http://name.example:{bystander.port}/")

    assert resolve.asked == []


def test_a_name_is_resolved_once_and_connected_to_where_it_was_checked(
    fetcher, origin, bystander, resolver
):
    """D2: the second answer would be another address."""
    server = origin(OK)
    resolve = resolver(["127.0.0.2"], ["127.0.0.1"])

    body = fetched(fetcher(server, resolve=resolve), server.url(host="mirror.example"))

    assert body == b"hello"
    assert resolve.asked == ["mirror.example"]


def test_each_redirect_resolves_and_checks_anew(hasty, refusal, origin, bystander, resolver):
    """D2: the same name, the second time with another address."""
    server = origin(redirect("/again"))
    resolve = resolver(["127.0.0.2"], ["127.0.0.1"])

    refusal(hasty(server, connect_timeout=1.0, resolve=resolve), server.url(host="mirror.example"))

    assert resolve.asked == ["mirror.example", "mirror.example"]
    assert len(server.requests) == 1


def test_one_forbidden_address_refuses_the_name(hasty, refusals, origin):
    """D2: mixed answers, also beyond those that would be tried."""
    server = origin(OK)
    answers = {
        "second.example": ["127.0.0.2", "127.0.0.1"],
        "first.example": ["127.0.0.1", "127.0.0.2"],
        "loopback.example": ["127.0.0.2", "::1"],
        "mapped.example": ["127.0.0.2", "::ffff:127.0.0.1"],
        "zone.example": ["127.0.0.2", "fe80::1%lo"],
        "late.example": ["127.0.0.2"] * 10 + ["10.0.0.1"],
        "none.example": [],
    }

    def resolve(host, port, **_options):
        return [(None, None, None, "", (address, port)) for address in answers[host]]

    told = refusals(hasty(server, resolve=resolve), [server.url(host=host) for host in answers])

    assert {text for text, _ in told} == {NOWHERE}
    assert server.requests == []


def test_the_next_address_is_tried_where_one_does_not_answer(fetcher, origin, resolver):
    server = origin(OK)
    to_two = fetcher(
        server,
        allowed_networks=["127.0.0.2/31"],
        resolve=resolver(["127.0.0.3", "127.0.0.2"]),
    )

    assert fetched(to_two, server.url(host="mirror.example")) == b"hello"


def test_a_wrapped_address_passes_where_the_address_in_it_is_allowed(fetcher, bystander):
    fetcher(bystander).check(f"http://[::ffff:127.0.0.2]:{bystander.port}/")


def test_a_redirect_to_another_port_is_checked(hasty, refusal, origin):
    elsewhere = origin(OK)
    server = origin(redirect(elsewhere.url()))

    refusal(hasty(server, connect_timeout=1.0), server.url())

    assert elsewhere.requests == []
