"""Bytes on their way in."""

import base64
import hashlib
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from artifacts.client import Client, NotFound, NotReachable, NotUnderstood, ServerFailed, WrongBytes

DATA = os.urandom(1_500_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
ETAG = f'"{SHA256}"'


def promise(data=DATA):
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return {"Repr-Digest": f"sha-256=:{digest}:", "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}


def keeper(answer, data=DATA, cut=None, headers=None):
    """Answer as one who keeps *data*: whole, or the range asked for if it is of these bytes."""

    def give(request):
        told = promise(data) if headers is None else headers
        wanted = request.headers.get("Range")
        condition = request.headers.get("If-Range")
        if not wanted or (condition and condition != told.get("ETag")):
            return answer(200, data, told, cut)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(data):
            return answer(416, headers={"Content-Range": f"bytes */{len(data)}"})
        part = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        return answer(206, data[start:], {**told, **part}, cut)

    return give


def document(answer, data=DATA, size=None):
    blob = {"size": size or len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return answer(body=json.dumps({"image": blob}).encode())


@pytest.fixture
def client(origin):
    with Client(origin.url, token="secret", headers={"X-Roles": "admin"}, timeout=10) as client:
        yield client


@pytest.fixture
def target(tmp_path):
    return tmp_path / "debian.iso"


@pytest.fixture
def part(tmp_path):
    return tmp_path / f"debian.iso.{SHA256[:8]}.part"


def test_bytes_are_saved_under_their_name_once_they_are_verified(
    origin, client, answer, target, part
):
    origin.answer = keeper(answer)

    saved = client.download("images", "1", "image", target)

    assert (saved.path, saved.size, saved.sha256) == (target, len(DATA), SHA256)
    assert target.read_bytes() == DATA
    assert not part.exists()


def test_no_bytes_at_all_are_a_file_too(origin, client, answer, target):
    origin.answer = keeper(answer, b"")

    assert client.download("images", "1", "image", target).size == 0

    assert target.read_bytes() == b""


@pytest.mark.parametrize(
    "headers", [{"X-Openstack-Glare-Content-SHA256": "0" * 64}, promise(b"others")]
)
def test_wrong_bytes_are_an_error_and_leave_no_file(origin, client, answer, target, headers):
    origin.answer = keeper(answer, headers=headers)

    with pytest.raises(WrongBytes, match=f"sha256 is {SHA256}"):
        client.download("images", "1", "image", target)

    assert [*target.parent.iterdir()] == []


def test_wrong_bytes_do_not_replace_the_file_that_was_there(origin, client, answer, target):
    target.write_bytes(b"before")
    origin.answer = keeper(answer, headers=promise(b"others"))

    with pytest.raises(WrongBytes):
        client.download("images", "1", "image", target)

    assert target.read_bytes() == b"before"


def test_without_a_digest_in_the_answer_the_artifact_tells_it(origin, client, answer, target):
    give = keeper(answer, headers={})
    origin.answer = lambda request: (
        give(request) if request.path.endswith("/image") else document(answer, b"others")
    )

    with pytest.raises(WrongBytes):
        client.download("images", "1", "image", target)


def test_bytes_that_nobody_vouches_for_are_not_saved(origin, client, answer, target):
    give = keeper(answer, headers={})
    origin.answer = lambda request: (
        give(request) if request.path.endswith("/image") else answer(body=b'{"image": null}')
    )

    with pytest.raises(NotUnderstood, match="no sha256"):
        client.download("images", "1", "image", target)

    assert not target.exists()


def test_an_empty_slot_leaves_no_part_behind(origin, client, answer, target):
    origin.answer = lambda request: answer(404)

    with pytest.raises(NotFound):
        client.download("images", "1", "image", target)

    assert [*target.parent.iterdir()] == []


def test_what_was_interrupted_goes_on_where_it_ended(origin, client, answer, target, part):
    origin.answer = keeper(answer, cut=1_000_000)
    with pytest.raises(NotReachable, match="broke the connection"):
        client.download("images", "1", "image", target)
    kept = part.stat().st_size
    assert 0 < kept <= 1_000_000

    origin.answer = keeper(answer)
    told = []
    client.download("images", "1", "image", target, progress=lambda *step: told.append(step))

    assert target.read_bytes() == DATA
    assert origin.requests[-1].headers["Range"] == f"bytes={kept}-"
    assert origin.requests[-1].headers["If-Range"] == ETAG
    assert told[0][0] > kept
    assert told[-1] == (len(DATA), len(DATA))
    assert not part.exists()


def test_a_part_is_left_alone_when_asked_not_to_resume(origin, client, answer, target, part):
    part.write_bytes(DATA[:1000])
    origin.answer = keeper(answer)

    client.download("images", "1", "image", target, resume=False)

    assert "Range" not in origin.requests[-1].headers
    assert target.read_bytes() == DATA


def test_a_server_without_ranges_starts_from_the_beginning(origin, client, answer, target, part):
    part.write_bytes(DATA[:1000])
    origin.answer = lambda request: answer(200, DATA, promise())

    client.download("images", "1", "image", target)

    assert target.read_bytes() == DATA


def test_a_part_of_other_bytes_is_thrown_away_and_begun_again(origin, client, answer, target, part):
    part.write_bytes(b"x" * 1000)
    origin.answer = keeper(answer)

    client.download("images", "1", "image", target)

    assert target.read_bytes() == DATA
    assert not part.exists()


@pytest.mark.parametrize("length", [len(DATA), len(DATA) + 1])
def test_a_part_that_is_too_long_is_begun_again(origin, client, answer, target, part, length):
    part.write_bytes(b"x" * length)
    origin.answer = keeper(answer)

    client.download("images", "1", "image", target)

    assert target.read_bytes() == DATA


def test_another_range_than_the_one_asked_for_is_not_appended(origin, client, answer, target, part):
    part.write_bytes(DATA[:1000])
    other = {**promise(), "Content-Range": f"bytes 2000-{len(DATA) - 1}/{len(DATA)}"}
    origin.answer = lambda request: answer(206, DATA[2000:], other)

    with pytest.raises(NotUnderstood, match="other bytes than the range"):
        client.download("images", "1", "image", target)

    assert part.read_bytes() == DATA[:1000]


def test_a_stream_gets_the_bytes_as_they_come(origin, client, answer):
    origin.answer = keeper(answer)
    target = io.BytesIO()

    saved = client.download("images", "1", "image", target)

    assert target.getvalue() == DATA
    assert (saved.path, saved.sha256) == (None, SHA256)


def test_a_device_is_written_to_and_not_replaced(origin, client, answer, tmp_path):
    origin.answer = keeper(answer)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as reader:
        read = reader.submit(pipe.read_bytes)
        client.download("images", "1", "image", pipe)

    assert read.result() == DATA
    assert pipe.is_fifo()


def test_a_folder_is_no_target(origin, client, answer, tmp_path):
    with pytest.raises(IsADirectoryError):
        client.download("images", "1", "image", tmp_path)

    assert origin.requests == []


def test_a_stream_of_wrong_bytes_ends_in_an_error(origin, client, answer):
    origin.answer = keeper(answer, headers=promise(b"others"))

    with pytest.raises(WrongBytes):
        client.download("images", "1", "image", io.BytesIO())


class TestBytesElsewhere:
    @pytest.fixture
    def other(self, serve):
        return serve()

    @pytest.fixture
    def redirect(self, origin, answer, other):
        """Make the service point at the other server, as it does for external blobs."""

        def give(request):
            if request.path.endswith("/image"):
                url = f"{other.url}/debian.iso?signature=x"
                return answer(302, headers={"Location": url, **promise()})
            return document(answer)

        origin.answer = give

    @pytest.mark.usefixtures("redirect")
    def test_bytes_elsewhere_are_followed_and_verified(self, client, answer, other, target):
        other.answer = keeper(answer, headers={})

        client.download("images", "1", "image", target)

        assert target.read_bytes() == DATA
        assert other.requests[0].path == "/debian.iso?signature=x"

    @pytest.mark.usefixtures("redirect")
    def test_the_other_server_learns_nothing_of_the_caller(self, client, answer, other, target):
        """D46, seen from the client: credentials go to the endpoint alone."""
        other.answer = keeper(answer, headers={})

        client.download("images", "1", "image", target)

        (request,) = other.requests
        assert {name.lower() for name in request.headers} == {
            "host",
            "user-agent",
            "accept-encoding",
        }

    @pytest.mark.usefixtures("redirect")
    def test_what_was_interrupted_elsewhere_goes_on_there(
        self, client, answer, other, target, part
    ):
        part.write_bytes(DATA[:700_000])
        other.answer = keeper(answer, headers={})

        client.download("images", "1", "image", target)

        assert target.read_bytes() == DATA
        assert other.requests[0].headers["Range"] == "bytes=700000-"

    @pytest.mark.usefixtures("redirect")
    def test_bytes_that_changed_elsewhere_are_refused(self, client, answer, other, target, part):
        other.answer = keeper(answer, DATA[:-1] + bytes([DATA[-1] ^ 1]), headers={})

        with pytest.raises(WrongBytes):
            client.download("images", "1", "image", target)

        assert not target.exists()
        assert not part.exists()

    @pytest.mark.usefixtures("redirect")
    def test_bytes_without_end_are_cut_off_at_the_recorded_size(
        self, client, answer, other, target, part
    ):
        other.answer = keeper(answer, DATA + bytes(50_000_000), headers={})

        with pytest.raises(WrongBytes, match=f"more bytes came than the {len(DATA)} promised"):
            client.download("images", "1", "image", target)

        assert not part.exists()

    @pytest.mark.usefixtures("redirect")
    def test_a_refusal_elsewhere_names_who_refused(self, client, answer, other, target):
        other.answer = lambda request: answer(404, b"secret page")

        with pytest.raises(NotFound, match=f"^{other.url} answered 404 Not Found$"):
            client.download("images", "1", "image", target)

    @pytest.mark.usefixtures("redirect")
    def test_a_broken_connection_is_told_without_the_signature_in_the_url(
        self, client, answer, other, target, part
    ):
        other.answer = keeper(answer, headers={}, cut=1000)

        with pytest.raises(NotReachable, match=f"^{other.url} broke the connection$"):
            client.download("images", "1", "image", target)

    @pytest.mark.usefixtures("redirect")
    def test_redirects_are_followed_further(self, client, answer, other, target):
        keep = keeper(answer, headers={})
        other.answer = lambda request: (
            keep(request)
            if request.path == "/moved"
            else answer(301, headers={"Location": "/moved"})
        )

        client.download("images", "1", "image", target)

        assert target.read_bytes() == DATA

    @pytest.mark.usefixtures("redirect")
    def test_redirects_without_end_are_given_up(self, client, answer, other, target):
        other.answer = lambda request: answer(302, headers={"Location": "/again"})

        with pytest.raises(NotUnderstood, match="redirects"):
            client.download("images", "1", "image", target)

        assert len(other.requests) < 10

    @pytest.mark.usefixtures("redirect")
    def test_a_redirect_to_what_is_no_url_is_not_understood(self, client, answer, other, target):
        other.answer = lambda request: answer(302, headers={"Location": "http://["})

        with pytest.raises(NotUnderstood, match="redirects to what is no URL"):
            client.download("images", "1", "image", target)

    @pytest.mark.usefixtures("redirect")
    def test_a_server_elsewhere_that_is_busy_is_told_by_its_status(
        self, client, answer, other, target
    ):
        other.answer = lambda request: answer(503, headers={"Retry-After": "1"})

        with pytest.raises(ServerFailed, match=f"^{other.url} answered 503 Service Unavailable$"):
            client.download("images", "1", "image", target)

        assert len(other.requests) == 1

    @pytest.mark.usefixtures("redirect")
    @pytest.mark.parametrize("length", ["9" * 5000, "9" * 5000 + "x"])
    def test_a_length_that_is_no_number_of_bytes_is_not_understood(
        self, client, answer, other, target, part, length
    ):
        part.write_bytes(DATA[:1000])
        told = {"Content-Range": f"bytes 1000-2000/{length}"}
        other.answer = lambda request: answer(206, DATA[1000:], told)

        with pytest.raises(NotUnderstood, match="other bytes than the range"):
            client.download("images", "1", "image", target)

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "", "/x"])
    def test_only_http_is_followed(self, origin, client, answer, target, location):
        def give(request):
            if request.path.endswith("/image"):
                return answer(302, headers={"Location": location, **promise()})
            return document(answer)

        origin.answer = give

        with pytest.raises(NotUnderstood, match="no http or https URL"):
            client.download("images", "1", "image", target)
