"""Ranges: what is sent is what was asked for (RFC 9110, section 14)."""

import email
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifacts.api import ranges
from artifacts.errors import RangeNotSatisfiable

DATA = bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        (None, None),
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=,", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=1-2-3", None),
        ("bytes=0-1,x", None),
        ("bytes=" + ",".join(["0-0"] * 33), None),
        ("bytes=0-0", [(0, 1)]),
        ("Bytes = 0-0", [(0, 1)]),
        ("bytes=0-", [(0, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-30", [(0, 10)]),
        ("bytes=5-99999999999", [(5, 10)]),
        ("bytes=0-1, 5-6", [(0, 2), (5, 7)]),
        ("bytes=5-6,0-1", [(5, 7), (0, 2)]),
        ("bytes=0-4,3-6", [(0, 7)]),
        ("bytes=0-4,5-6", [(0, 7)]),
        ("bytes=0-0,99-100", [(0, 1)]),
    ],
)
def test_how_a_header_is_read(header, parts):
    assert ranges.parse(header, 10) == parts


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=10-20,30-"])
def test_what_lies_behind_the_end_cannot_be_had(header):
    with pytest.raises(RangeNotSatisfiable) as refused:
        ranges.parse(header, 10)

    assert refused.value.size == 10


@given(
    size=st.integers(0, 200),
    spans=st.lists(st.tuples(st.integers(0, 250), st.integers(0, 250)), min_size=1, max_size=10),
)
def test_no_range_sends_more_than_the_whole(size, spans):
    header = "bytes=" + ",".join(f"{min(span)}-{max(span)}" for span in spans)
    wanted = {at for span in spans for at in range(min(span), max(span) + 1) if at < size}
    try:
        parts = ranges.parse(header, size)
    except RangeNotSatisfiable:
        assert not wanted
        return
    sent = [at for part in parts for at in range(part.start, part.end)]

    assert len(sent) == len(set(sent))
    assert set(sent) == wanted


class TestDownloads:
    @pytest.fixture
    def blob(self, life, artifact):
        life.upload(artifact, "blob", DATA)
        return f"/artifacts/samples/{artifact.id}/blob"

    @pytest.fixture
    def get(self, client, blob):
        def get(header, **more):
            return client.simulate_get(blob, headers={"Range": header, **more})

        return get

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(start=st.integers(0, 2200), length=st.integers(1, 2200))
    def test_one_range_is_those_bytes(self, get, start, length):
        """D33: a 206 is never the whole body, and its headers agree with it."""
        answer = get(f"bytes={start}-{start + length - 1}")
        wanted = DATA[start : start + length]
        if not wanted:
            assert answer.status_code == 416
            assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"
            return

        assert answer.status_code == 206
        assert answer.content == wanted
        assert answer.headers["Content-Length"] == str(len(wanted))
        end = start + len(wanted) - 1
        assert answer.headers["Content-Range"] == f"bytes {start}-{end}/{len(DATA)}"

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        spans=st.lists(st.tuples(st.integers(0, 2047), st.integers(1, 100)), min_size=2, max_size=8)
    )
    def test_several_ranges_are_those_parts(self, get, spans):
        """D33."""
        asked = ",".join(f"{start}-{start + length - 1}" for start, length in spans)
        answer = get(f"bytes={asked}")
        parts = ranges.parse(f"bytes={asked}", len(DATA))

        assert answer.status_code == 206
        assert answer.headers["Content-Length"] == str(len(answer.content))
        if len(parts) == 1:
            assert answer.content == DATA[parts[0].start : parts[0].end]
            return
        head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
        message = email.message_from_binary_file(io.BytesIO(head + answer.content))
        sent = message.get_payload()
        assert [part["Content-Range"] for part in sent] == [
            part.content_range(len(DATA)) for part in parts
        ]
        for part, each in zip(parts, sent, strict=True):
            assert DATA[part.start : part.end] in answer.content
            assert each.get_content_type() == "text/plain"

    @pytest.mark.parametrize("header", ["bytes=5-2", "lines=1-2", "bytes=x"])
    def test_what_is_no_range_gets_the_whole(self, get, header):
        answer = get(header)

        assert (answer.status_code, answer.content) == (200, DATA)

    def test_a_range_of_the_bytes_known_before(self, get):
        tag = get("bytes=0-1").headers["ETag"]

        assert get("bytes=0-1", **{"If-Range": tag}).status_code == 206
        assert get("bytes=0-1", **{"If-Range": '"other"'}).content == DATA
        assert get("bytes=0-1", **{"If-Range": f"W/{tag}"}).content == DATA
        assert get("bytes=0-1", **{"If-Range": "Sat, 31 Jan 2026 00:00:00 GMT"}).content == DATA

    def test_what_is_unchanged_is_not_sent_again(self, get):
        tag = get("bytes=0-1").headers["ETag"]

        assert get("bytes=0-1", **{"If-None-Match": tag}).status_code == 304
        assert get("bytes=0-1", **{"If-None-Match": f'"x", {tag}'}).content == b""
        assert get("bytes=0-1", **{"If-None-Match": "*"}).status_code == 304
        assert get("bytes=0-1", **{"If-None-Match": '"x"'}).status_code == 206

    def test_an_empty_blob_has_no_ranges(self, client, life, artifact):
        life.upload(artifact, "loose", b"")
        path = f"/artifacts/samples/{artifact.id}/loose"

        assert client.simulate_get(path).content == b""
        assert client.simulate_get(path, headers={"Range": "bytes=0-"}).status_code == 416
