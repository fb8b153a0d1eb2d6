"""What the client makes of answers that no artifact service gives."""

import gzip
import json
import socket
import threading

import pytest

from artifacts.client import Client, NotReachable, NotUnderstood, ServerFailed
from artifacts.client.answers import MOST_OF_A_DOCUMENT, MOST_OF_A_REFUSAL

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def client(origin):
    with Client(origin.url, timeout=10) as client:
        yield client


@pytest.fixture
def endless():
    """A server that sends a head, then bytes until nobody takes them; it counts the megabytes."""
    sent = []

    def send(head):
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(head)
            try:
                while len(sent) < 1000:
                    connection.sendall(b"a" * 1024 * 1024)
                    sent.append(1)
            except OSError:
                return

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve(status):
            head = f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:1/\r\n\r\n".encode()
            thread.append(threading.Thread(target=send, args=(head,)))
            thread[0].start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}", sent

        thread = []
        yield serve
        thread[0].join()


def test_a_document_without_end_is_given_up(endless):
    url, sent = endless("200 OK")

    with Client(url) as client, pytest.raises(NotUnderstood, match="longer than 67108864 bytes"):
        client.show("images", "1")

    assert len(sent) < 2 * MOST_OF_A_DOCUMENT / 1024**2


def test_a_refusal_without_end_is_told_by_its_status(endless):
    url, sent = endless("500 Oh")

    with Client(url) as client, pytest.raises(ServerFailed, match="answered 500 Internal"):
        client.show("images", "1")

    assert len(sent) < 50


def test_health_does_not_wait_for_the_end_of_an_endless_answer(endless):
    url, sent = endless("200 OK")

    with Client(url) as client:
        assert client.health()

    assert len(sent) < 50


def test_a_long_refusal_is_told_by_its_status(origin, client, answer):
    told = {"error": {"message": "x" * MOST_OF_A_REFUSAL, "type": "x"}}
    origin.answer = lambda request: answer(500, json.dumps(told).encode())

    with pytest.raises(ServerFailed, match=r"^the server answered 500 Internal Server Error$"):
        client.show("images", "1")


def test_what_was_compressed_unasked_is_not_unpacked(origin, client, answer):
    packed = gzip.compress(b'{"id": "1"}')
    origin.answer = lambda request: answer(200, packed, {"Content-Encoding": "gzip"})

    with pytest.raises(NotUnderstood, match="no JSON"):
        client.show("images", "1")

    assert origin.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("body", [DEEP, b'{"a": ' * 100_000, b"9" * 5000])
def test_a_document_that_cannot_be_read_is_not_understood(origin, client, answer, body):
    origin.answer = lambda request: answer(200, body)

    with pytest.raises(NotUnderstood, match="no JSON"):
        client.show("images", "1")


def test_a_refusal_that_is_nested_without_reason_is_told_by_its_status(origin, client, answer):
    origin.answer = lambda request: answer(500, DEEP[:30_000] + DEEP[-30_000:])

    with pytest.raises(ServerFailed, match="answered 500"):
        client.show("images", "1")


def test_a_busy_server_is_told_in_its_own_words(origin, client, answer):
    told = b'{"error": {"message": "too many uploads at once", "type": "Busy"}}'
    origin.answer = lambda request: answer(503, told, {"Retry-After": "5"})

    with pytest.raises(ServerFailed, match=r"^too many uploads at once$"):
        client.show("images", "1")

    assert len(origin.requests) == 1


@pytest.mark.parametrize("found", [[None], [1], ["a"], {}, 5, None])
def test_a_list_of_anything_but_artifacts_is_not_understood(origin, client, answer, found):
    origin.answer = lambda request: answer(body=json.dumps({"artifacts": found}).encode())

    with pytest.raises(NotUnderstood):
        [*client.list("images")]


@pytest.mark.parametrize("following", [5, ["/artifacts/images"], True, "http://evil.example/"])
def test_a_next_page_that_is_nowhere_is_not_followed(origin, client, answer, following):
    told = {"artifacts": [{"id": "1"}], "next": following}
    origin.answer = lambda request: answer(body=json.dumps(told).encode())

    with pytest.raises(NotUnderstood, match="next page"):
        [*client.list("images")]


def test_an_empty_page_is_the_last_one(origin, client, answer):
    def give(request):
        told = {"artifacts": [], "next": f"/artifacts/images?marker={len(origin.requests)}"}
        return answer(503) if len(origin.requests) > 5 else answer(body=json.dumps(told).encode())

    origin.answer = give

    assert [*client.list("images")] == []

    assert len(origin.requests) == 1


def test_a_page_that_leads_to_itself_is_not_understood(origin, client, answer):
    told = {"artifacts": [{"id": "1"}], "next": "/artifacts/images?marker=1"}
    origin.answer = lambda request: (
        answer(503) if len(origin.requests) > 5 else answer(body=json.dumps(told).encode())
    )

    with pytest.raises(NotUnderstood, match="the page that was just read"):
        [*client.list("images")]


@pytest.mark.parametrize(
    "told",
    [
        {"schemas": {"images": 1}},
        {"schemas": {"images": {}}},
        {"schemas": {"images": {"properties": []}}},
        {"schemas": {"images": {"properties": {"a": 1}}}},
        {"schemas": []},
    ],
)
def test_what_is_no_schema_is_not_understood(origin, client, answer, told):
    origin.answer = lambda request: answer(body=json.dumps(told).encode())

    with pytest.raises(NotUnderstood):
        client.schema("images")


@pytest.mark.parametrize("told", [{"schemas": {"images": 1}}, {"schemas": 5}])
def test_types_that_are_no_schemas_are_not_understood(origin, client, answer, told):
    origin.answer = lambda request: answer(body=json.dumps(told).encode())

    with pytest.raises(NotUnderstood):
        client.types()


@pytest.mark.parametrize("item", [{}, {"id": 1}, {"version": "1.0.0"}])
def test_a_name_whose_artifact_has_no_id_is_not_understood(origin, client, answer, item):
    origin.answer = lambda request: answer(body=json.dumps({"artifacts": [item]}).encode())

    with pytest.raises(NotUnderstood, match="no 'id'"):
        client.find("images", "debian")


@pytest.mark.parametrize("tags", [None, 5, "ab"])
def test_tags_that_are_no_list_are_not_understood(origin, client, answer, tags):
    origin.answer = lambda request: answer(body=json.dumps({"tags": tags}).encode())

    with pytest.raises(NotUnderstood, match="no 'tags'"):
        client.delete_tag("images", "1", "a")


@pytest.mark.parametrize("held", ["str", 5, [], {"size": "5", "sha256": 5}, {"size": -1}])
def test_an_upload_of_which_nothing_is_told_is_not_compared(origin, client, answer, tmp_path, held):
    origin.answer = lambda request: answer(body=json.dumps({"image": held}).encode())
    (tmp_path / "a").write_bytes(b"abc")

    assert client.upload("images", "1", "image", tmp_path / "a") == {"image": held}


def test_a_redirect_does_not_wait_for_the_end_of_an_endless_answer(
    endless, serve, answer, tmp_path
):
    url, sent = endless("302 Found")
    first = serve()
    first.answer = lambda request: (
        answer(302, headers={"Location": f"{url}/a", "X-Openstack-Glare-Content-SHA256": "0" * 64})
        if request.path.endswith("/image")
        else answer(body=b"{}")
    )

    with Client(first.url) as client, pytest.raises(NotReachable):
        client.download("images", "1", "image", tmp_path / "copy")

    assert len(sent) < 50
