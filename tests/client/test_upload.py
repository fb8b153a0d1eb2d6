"""Bytes on their way out."""

import base64
import hashlib
import io
import json
import os
import socket
from threading import Thread

import pytest

from artifacts.client import Client, ClientError, NotReachable, TooLarge, Unreadable, WrongBytes


def stored(answer):
    """Answer an upload as the service does: with what it received."""

    def store(request):
        field, *key = request.path.split("/")[4:]
        blob = {"size": len(request.body), "sha256": hashlib.sha256(request.body).hexdigest()}
        document = {field: {key[0]: blob} if key else blob}
        return answer(body=json.dumps(document).encode())

    return store


@pytest.fixture
def client(origin, answer):
    origin.answer = stored(answer)
    with Client(origin.url, timeout=10) as client:
        yield client


@pytest.fixture
def iso(tmp_path):
    path = tmp_path / "debian.iso"
    path.write_bytes(os.urandom(2_500_000))
    return path


def test_a_path_is_sent_with_its_length(origin, client, iso):
    document = client.upload("images", "1", "image", iso, content_type="application/x-iso")

    (request,) = origin.requests
    assert (request.method, request.path) == ("PUT", "/artifacts/images/1/image")
    assert request.headers["Content-Type"] == "application/x-iso"
    assert request.headers["Content-Length"] == "2500000"
    assert request.body == iso.read_bytes()
    assert document["image"]["size"] == 2_500_000


def test_an_open_file_is_sent_from_where_it_stands(origin, client, iso):
    with iso.open("rb") as file:
        file.seek(2_000_000)
        client.upload("images", "1", "mirrors/eu", file)

        assert not file.closed

    assert origin.requests[0].headers["Content-Length"] == "500000"
    assert origin.requests[0].body == iso.read_bytes()[2_000_000:]


def test_bytes_in_memory_are_sent_with_their_length(origin, client):
    client.upload("images", "1", "image", io.BytesIO(b"hello"))

    assert origin.requests[0].headers["Content-Length"] == "5"


def test_a_pipe_is_sent_in_chunks_as_its_bytes_come(origin, client, iso):
    reader, writer = os.pipe()
    data = iso.read_bytes()

    def fill():
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    filling = Thread(target=fill)
    filling.start()
    with os.fdopen(reader, "rb") as pipe:
        client.upload("images", "1", "image", pipe)
    filling.join()

    (request,) = origin.requests
    assert "Content-Length" not in request.headers
    assert request.body == data
    assert max(request.blocks) <= 1024 * 1024


def test_an_empty_file_is_sent_as_no_bytes(origin, client, tmp_path):
    (tmp_path / "empty").touch()

    client.upload("images", "1", "image", tmp_path / "empty")

    assert origin.requests[0].body == b""


def test_a_file_that_claims_to_be_empty_is_sent_whole(origin, client):
    client.upload("images", "1", "image", "/proc/version")

    assert origin.requests[0].body.startswith(b"Linux version")


def test_declared_digests_go_before_the_bytes(origin, client, iso):
    sha256 = hashlib.sha256(iso.read_bytes())

    client.upload("images", "1", "image", iso, digests={"sha256": sha256.hexdigest()})

    value = base64.b64encode(sha256.digest()).decode()
    assert origin.requests[0].headers["Repr-Digest"] == f"sha-256=:{value}:"


@pytest.mark.parametrize("digests", [{"sha256": "nothex"}, {"crc32": "00"}])
def test_a_digest_that_is_none_is_refused_before_anything_is_sent(origin, client, iso, digests):
    with pytest.raises(ClientError, match=r"^(sha256|crc32): "):
        client.upload("images", "1", "image", iso, digests=digests)

    assert origin.requests == []


def test_progress_is_told_block_by_block(client, iso):
    told = []

    client.upload("images", "1", "image", iso, progress=lambda *step: told.append(step))

    mebibyte = 1024 * 1024
    assert told == [(mebibyte, 2_500_000), (2 * mebibyte, 2_500_000), (2_500_000, 2_500_000)]


def test_other_bytes_in_the_store_are_noticed(origin, client, answer, iso):
    blob = {"size": 2_500_000, "sha256": "0" * 64}
    origin.answer = lambda request: answer(body=json.dumps({"image": blob}).encode())

    with pytest.raises(WrongBytes, match=f"{'0' * 64} was promised|sha256 is"):
        client.upload("images", "1", "image", iso)


def test_a_source_that_ends_early_breaks_the_upload_off(origin, client, iso):
    with pytest.raises(Unreadable, match=r"debian.iso ended after 2500000 of 3000000 bytes"):
        client.upload("images", "1", "image", iso, size=3_000_000)


def test_a_missing_file_is_unreadable_and_nothing_is_sent(origin, client, tmp_path):
    with pytest.raises(Unreadable, match=r"none.iso cannot be read: No such file"):
        client.upload("images", "1", "image", tmp_path / "none.iso")

    assert origin.requests == []


def test_a_file_that_fails_in_the_middle_is_told_as_such(origin, client, iso):
    class Failing(io.BytesIO):
        name = "/dev/sdx"

        def read(self, size=-1):
            if self.tell() >= 1024 * 1024:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(Unreadable, match="/dev/sdx cannot be read: Input/output error"):
        client.upload("images", "1", "image", Failing(iso.read_bytes()))


def test_a_refusal_in_the_middle_of_the_bytes_is_read():
    """A server may say no, stop reading and hang up; what it said counts, not the broken pipe."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def refuse():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        refusing = Thread(target=refuse)
        refusing.start()
        with (
            Client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=5) as client,
            pytest.raises(TooLarge),
        ):
            client.upload("images", "1", "image", io.BytesIO(bytes(20_000_000)))
        refusing.join()


def test_a_server_that_goes_away_is_not_reachable(origin, client, answer, iso):
    origin.answer = lambda request: answer(0)

    with pytest.raises(NotReachable):
        client.upload("images", "1", "image", iso)


def test_a_link_sends_what_is_expected(origin, client, answer):
    client.link("images", "1", "mirrors/eu", "http://x/y", size=5, digests={"sha256": "ab"})
    client.link("images", "1", "mirrors/us", "http://x/y", copy=True)

    assert [json.loads(request.body) for request in origin.requests] == [
        {
            "url": "http://x/y",
            "location_type": "external",
            "md5": None,
            "size": 5,
            "sha256": "ab",
        },
        {"url": "http://x/y", "location_type": "internal", "md5": None, "size": None},
    ]
    kind = origin.requests[0].headers["Content-Type"]
    assert kind == "application/vnd+openstack.glare-custom-location+json"
