"""What the client sends, and what it makes of the answers."""

import json
import socket
from io import BytesIO

import pytest

from artifacts.client import (
    Client,
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotReachable,
    NotUnderstood,
    Refused,
    ServerFailed,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)


def envelope(message, kind):
    return json.dumps({"code": 0, "error": {"message": message, "type": kind}}).encode()


@pytest.fixture
def client(origin):
    with Client(origin.url, token="secret", headers={"X-Extra": "1"}) as client:
        yield client


def test_every_request_names_the_version_and_the_caller(origin, client, answer):
    origin.answer = lambda request: answer(body=b'{"id": "1"}')

    client.show("images", "1")
    client.create("images", name="a")

    for request in origin.requests:
        assert request.headers["OpenStack-API-Version"] == "artifact 1.2"
        assert request.headers["X-Auth-Token"] == "secret"
        assert request.headers["X-Extra"] == "1"


def test_one_connection_serves_request_after_request(origin, client, answer):
    origin.answer = lambda request: answer(body=b'{"id": "1"}')

    for _ in range(5):
        client.show("images", "1")

    assert origin.connections == 1


def test_fields_are_created_as_they_are_given(origin, client, answer):
    origin.answer = lambda request: answer(201, b'{"id": "1"}')

    assert client.create("images", name="a", type="x", min_ram=None) == {"id": "1"}

    (request,) = origin.requests
    assert (request.method, request.path) == ("POST", "/artifacts/images")
    assert json.loads(request.body) == {"name": "a", "type": "x", "min_ram": None}


def test_fields_are_set_by_a_patch(origin, client, answer):
    origin.answer = lambda request: answer(body=b'{"id": "1"}')

    client.set("images", "1", min_ram=5, description=None)

    (request,) = origin.requests
    assert request.method == "PATCH"
    assert request.headers["Content-Type"] == "application/json-patch+json"
    assert json.loads(request.body) == [
        {"op": "replace", "path": "/min_ram", "value": 5},
        {"op": "replace", "path": "/description", "value": None},
    ]


def test_deleting_tags_notices_that_somebody_else_changed_them(origin, client, answer):
    origin.answer = lambda request: answer(body=b'{"tags": ["a", "b", "c"]}')

    client.delete_tag("images", "1", "a", "c")

    assert json.loads(origin.requests[-1].body) == [
        {"op": "test", "path": "/tags", "value": ["a", "b", "c"]},
        {"op": "remove", "path": "/tags/2"},
        {"op": "remove", "path": "/tags/0"},
    ]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (401, Unauthenticated),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, TooLarge),
        (415, Refused),
        (429, TooManyRequests),
        (500, ServerFailed),
        (503, ServerFailed),
        (507, ServerFailed),
    ],
)
def test_a_refusal_says_what_the_server_said(origin, client, answer, status, error):
    origin.answer = lambda request: answer(status, envelope("min_ram: must be more", "Wrong"))

    with pytest.raises(error) as caught:
        client.create("images", name="a")

    assert str(caught.value) == caught.value.message == "min_ram: must be more"
    assert (caught.value.status, caught.value.type) == (status, "Wrong")


@pytest.mark.parametrize("body", [b"", b"<h1>no</h1>", b"[]", b'{"error": "x"}', b"\xff"])
def test_a_refusal_without_words_is_told_by_its_status(origin, client, answer, body):
    origin.answer = lambda request: answer(502, body)

    with pytest.raises(ServerFailed, match=r"^the server answered 502 Bad Gateway$"):
        client.show("images", "1")


@pytest.mark.parametrize("body", [b"<html>welcome</html>", b"[]", b"5", b"{}", b"\xff"])
def test_what_is_no_artifact_service_is_not_understood(origin, client, answer, body):
    origin.answer = lambda request: answer(200, body)

    with pytest.raises(NotUnderstood, match="is this an artifact service"):
        client.schema("images")


@pytest.mark.parametrize("token", ["a\r\nX-Roles: admin", "a\n", "\u20ac", "\0"])
def test_a_token_cannot_smuggle_another_header(origin, token):
    with Client(origin.url, token=token) as client, pytest.raises(ClientError) as caught:
        client.show("images", "1")

    assert str(caught.value) == "X-Auth-Token: holds characters that no header can carry"
    assert origin.requests == []


def test_a_closed_port_is_not_reachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

        with (
            Client(f"http://127.0.0.1:{port}") as client,
            pytest.raises(NotReachable, match=f"127.0.0.1:{port} cannot be reached: connection"),
        ):
            client.create("images", name="a")


def test_a_server_that_stays_silent_is_not_reachable():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        with (
            Client(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2) as client,
            pytest.raises(NotReachable, match="does not answer in time"),
        ):
            client.create("images", name="a")


def test_an_unknown_host_is_not_reachable():
    with (
        Client("http://no-such-host.invalid") as client,
        pytest.raises(NotReachable, match=r"no-such-host.invalid cannot be reached: its name"),
    ):
        client.create("images", name="a")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9494", "ftp://host", "http://", "http://[", ""])
def test_an_endpoint_that_is_no_address_is_refused(endpoint):
    with pytest.raises(ClientError, match=r"^endpoint: "):
        Client(endpoint)


def test_an_endpoint_with_a_password_is_refused_without_repeating_it():
    with pytest.raises(ClientError) as caught:
        Client("http://user:hunter2@host/")

    assert "hunter2" not in str(caught.value)


def test_a_broken_connection_is_tried_again_for_what_only_reads(origin, client, answer):
    answers = iter([answer(0), answer(0), answer(body=b'{"id": "1"}')])
    origin.answer = lambda request: next(answers)

    assert client.show("images", "1") == {"id": "1"}

    assert len(origin.requests) == 3


def test_a_broken_connection_is_not_tried_again_for_what_changes(origin, client, answer):
    origin.answer = lambda request: answer(0)

    with pytest.raises(NotReachable, match="broke the connection"):
        client.create("images", name="a")

    assert len(origin.requests) == 1


def test_an_answered_error_is_not_asked_again(origin, client, answer):
    origin.answer = lambda request: answer(503)

    with pytest.raises(ServerFailed):
        client.show("images", "1")

    assert len(origin.requests) == 1


@pytest.fixture
def slept(monkeypatch):
    """The seconds that the client would have waited."""
    seconds = []
    monkeypatch.setattr("artifacts.client.transport.time.sleep", seconds.append)
    return seconds


def too_many(answer, after):
    headers = {} if after is None else {"Retry-After": after}
    return answer(429, envelope("requests: wait", "TooManyRequests"), headers)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.show("images", "1"),
        lambda client: client.create("images", name="a"),
        lambda client: client.set("images", "1", min_ram=5),
    ],
)
def test_who_sends_too_many_waits_as_it_is_told_and_sends_them_again(
    origin, client, answer, slept, ask
):
    answers = iter([too_many(answer, "7"), too_many(answer, "60"), answer(body=b'{"id": "1"}')])
    origin.answer = lambda request: next(answers)
    ask(client)

    assert slept == [7, 60]
    assert len({request.body for request in origin.requests}) == 1
    assert len(origin.requests) == 3


def test_it_does_not_wait_for_ever(origin, client, answer, slept):
    origin.answer = lambda request: too_many(answer, "1")

    with pytest.raises(TooManyRequests, match=r"^requests: wait$"):
        client.show("images", "1")

    assert slept == [1, 1, 1]


@pytest.mark.parametrize(
    "after", [None, "", "61", "-1", "soon", "1.5", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 5000]
)
def test_who_is_told_to_wait_longer_or_nothing_decides_by_itself(
    origin, client, answer, slept, after
):
    origin.answer = lambda request: too_many(answer, after)

    with pytest.raises(TooManyRequests):
        client.show("images", "1")

    assert slept == []


def test_a_file_is_sent_again_in_its_turn_from_where_it_began(origin, client, answer, slept):
    answers = iter([too_many(answer, "1"), answer(body=b'{"image": {"size": 5}}')])
    origin.answer = lambda request: next(answers)
    file = BytesIO(b"head" + b"bytes")
    file.seek(4)
    client.upload("images", "1", "image", file)

    assert slept == [1]
    assert [request.body for request in origin.requests] == [b"bytes", b"bytes"]


def test_bytes_that_are_gone_are_not_sent_again(origin, client, answer, slept):
    origin.answer = lambda request: too_many(answer, "1")
    pipe = BytesIO(b"bytes")
    pipe.seekable = lambda: False

    with pytest.raises(TooManyRequests):
        client.upload("images", "1", "image", pipe)

    assert slept == []


def test_an_endpoint_may_be_below_a_path(origin, answer):
    origin.answer = lambda request: answer(body=b'{"id": "1"}')

    with Client(f"{origin.url}/repository/") as client:
        client.show("images", "1")

    assert origin.requests[0].path == "/repository/artifacts/images/1"


@pytest.mark.parametrize(
    ("slot", "path"),
    [
        ("image", "image"),
        ("mirrors/eu west", "mirrors/eu%20west"),
        ("mirrors/a/../b", "mirrors/a%2F..%2Fb"),
        ("mirrors/..", "mirrors/%2E%2E"),
        ("mirrors/.", "mirrors/%2E"),
        ("mirrors/ä?#", "mirrors/%C3%A4%3F%23"),
    ],
)
def test_a_slot_never_turns_into_another_path(origin, client, answer, slot, path):
    origin.answer = lambda request: answer(body=b'{"id": "1"}')

    client.delete_blob("images", "1", slot)

    assert origin.requests[0].path == f"/artifacts/images/1/{path}"


@pytest.mark.parametrize("slot", ["", "/", "/image"])
def test_a_slot_without_a_field_is_never_taken_for_the_artifact(origin, client, slot):
    with pytest.raises(ClientError, match=r"^slot: "):
        client.delete_blob("images", "1", slot)

    assert origin.requests == []


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_health_is_what_the_service_says_of_itself(origin, client, answer, status, healthy):
    origin.answer = lambda request: answer(status, b"OK")

    assert client.health() is healthy


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308])
def test_a_redirect_is_no_success_and_is_not_followed(serve, origin, client, answer, status):
    """D46: a proxy that sends http to https did nothing, and nobody else is told the token."""
    other = serve()
    origin.answer = lambda request: answer(status, headers={"Location": f"{other.url}/x"})

    for ask in (
        lambda: client.show("images", "1"),
        lambda: client.create("images", name="a"),
        lambda: client.delete("images", "1"),
        lambda: client.upload("images", "1", "image", BytesIO(b"bytes")),
        lambda: list(client.list("images")),
        lambda: client.quotas(),
    ):
        with pytest.raises(NotUnderstood, match=f"{origin.url} answers {status}, as if"):
            ask()

    assert other.requests == []
    assert client.health() is False
