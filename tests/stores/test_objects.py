"""S3Store against a real server: Swift's S3 API."""

import secrets
import time
import traceback
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO

import boto3
import pytest
import urllib3
from botocore.config import Config

from artifacts import errors
from artifacts.stores.objects.s3 import S3Store
from artifacts.stores.objects.volumes import MIB
from artifacts.testing import StoreContract
from artifacts.testing.stores import Trickle, all_of, new_key


@pytest.fixture(scope="session")
def s3(objects):
    return boto3.client(
        "s3",
        endpoint_url=objects.url,
        region_name=objects.region,
        aws_access_key_id=objects.access_key_id,
        aws_secret_access_key=objects.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture(scope="session")
def bucket(s3):
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket="artifacts")
    return "artifacts"


@pytest.fixture
def make(objects, bucket):
    """Return what makes a store in a folder of its own, with some options changed."""
    folder = uuid.uuid4().hex

    def make(**options):
        given = {
            "bucket": bucket,
            "prefix": folder,
            "endpoint": objects.url,
            "access_key_id": objects.access_key_id,
            "secret_access_key": objects.secret_access_key,
        }
        return S3Store(**(given | options))

    return make


@pytest.fixture
def store(make):
    return make()


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, make):
        return make()


class TestS3StoreInVolumes(StoreContract):
    """The same, with volumes of one part: what is longer than 5 MiB is of several objects."""

    @pytest.fixture
    def store(self, make):
        return make(part_size=5, parts=1)


def test_parts_are_all_of_one_length_but_the_last(make, s3):
    """What the arithmetic of volumes takes for granted of obstore."""
    store, key = make(part_size=5), new_key()

    store.save(key, Trickle(bytes(12 * MIB + 1), at_most=999_983))

    named = {"Bucket": "artifacts", "Key": f"{store._prefix}/{key}"}
    sizes = [s3.head_object(**named, PartNumber=number)["ContentLength"] for number in (1, 2, 3)]
    assert sizes == [5 * MIB, 5 * MIB, 2 * MIB + 1]


class TestVolumes:
    """Volumes of one part of 5 MiB."""

    CONTENT = secrets.token_bytes(1000) * (12 * 1024**2 // 1000)

    @pytest.fixture
    def store(self, make):
        return make(part_size=5, parts=1)

    @pytest.fixture
    def kept(self, store):
        key = new_key()
        store.save(key, BytesIO(self.CONTENT))
        return key

    def test_are_one_content(self, store, kept):
        size = len(self.CONTENT)

        assert store.size(kept) == size
        assert [(each.key, each.size) for each in list(store.keys())] == [(kept, size)]
        with store.open(kept) as opened:
            assert all_of(opened, 100_000) == self.CONTENT

    @pytest.mark.parametrize("start", [0, 5 * MIB - 1, 5 * MIB, 10 * MIB + 1])
    def test_are_read_across_their_borders(self, store, kept, start):
        end = min(start + 5 * MIB, len(self.CONTENT))
        with store.open(kept, start, end) as opened:
            assert opened.read() == self.CONTENT[start:end]

    def test_have_no_link(self, store, kept):
        assert store.link(kept, 60) is None

    @pytest.mark.parametrize("size", [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB])
    def test_of_any_border_are_whole(self, store, size):
        key = new_key()
        store.save(key, BytesIO(self.CONTENT[:size]))

        assert store.size(key) == size
        assert [each.size for each in list(store.keys())] == [size]

    def test_are_gone_when_deleted(self, store, kept, objects_of):
        store.delete(kept)

        assert objects_of(store) == []

    @pytest.mark.parametrize("lost", ["", ".more/size"])
    def test_that_lack_one_are_unfinished(self, store, kept, lost, s3, objects_of):
        name = next(each for each in objects_of(store) if each.endswith(kept + lost))
        s3.delete_object(Bucket="artifacts", Key=name)

        assert list(store.keys()) == []
        (left,) = store.unfinished()
        assert (left.key, left.size > 0) == (kept, True)
        store.sweep(kept)
        assert objects_of(store) == []

    def test_that_are_whole_are_not_swept(self, store, kept):
        store.sweep(kept)

        assert list(store.unfinished()) == []
        assert store.size(kept) == len(self.CONTENT)


@pytest.fixture
def objects_of(s3):
    """Return the names of all that a store has in its bucket, and of its unfinished uploads."""

    def names(store):
        of_store = {"Bucket": "artifacts", "Prefix": f"{store._prefix}/"}
        found = s3.list_objects_v2(**of_store).get("Contents", [])
        found += s3.list_multipart_uploads(**of_store).get("Uploads", [])
        return [each["Key"] for each in found]

    return names


class TestUnfinished:
    @pytest.fixture
    def left(self, store, s3):
        """What a process that was killed leaves: an upload that got a part."""
        key = new_key()
        named = {"Bucket": "artifacts", "Key": f"{store._prefix}/{key}"}
        named["UploadId"] = s3.create_multipart_upload(**named)["UploadId"]
        s3.upload_part(**named, PartNumber=1, Body=b"bytes")
        return key

    def test_parts_are_told_and_swept(self, store, left, objects_of):
        (found,) = store.unfinished()

        assert list(store.keys()) == []
        assert (found.key, found.size) == (left, 5)
        assert abs(datetime.now(UTC) - found.modified) < timedelta(minutes=5)
        store.sweep(left)
        assert objects_of(store) == []

    def test_parts_that_were_begun_twice_go_without_the_object(self, store, s3):
        """The answer to the beginning of an upload is lost, and it is begun again."""
        key = new_key()
        s3.create_multipart_upload(Bucket="artifacts", Key=f"{store._prefix}/{key}")
        store.save(key, BytesIO(b"bytes"))

        assert [each.key for each in store.unfinished()] == [key]
        store.sweep(key)
        assert list(store.unfinished()) == []
        assert store.size(key) == 5

    def test_parts_go_with_their_key(self, store, left, objects_of):
        store.delete(left)

        assert objects_of(store) == []

    def test_parts_of_a_neighbour_stay(self, make, store, left, objects_of):
        make().delete(new_key())
        make(prefix=None).delete(left)

        assert len(objects_of(store)) == 1


class TestLinks:
    def test_give_the_bytes_to_whoever_has_them(self, store):
        key = new_key()
        store.save(key, BytesIO(b"0123456789"))
        link = store.link(key, 60)

        answer = urllib3.request("GET", link, headers={"Range": "bytes=2-4"})
        assert (answer.status, answer.data) == (206, b"234")
        assert urllib3.request("PUT", link, body=b"other").status == 403
        assert urllib3.request("DELETE", link).status == 403

    def test_name_the_bytes_as_they_were_told_to(self, store):
        """D50: what is kept is a file on the store's origin too, and never a page."""
        key = new_key()
        store.save(key, BytesIO(b"<script>"))
        disposition = "attachment; filename=\"_.txt\"; filename*=UTF-8''%22%C3%A9.txt"
        named = {"Content-Type": "application/x-disk; a=b", "Content-Disposition": disposition}
        answer = urllib3.request("GET", store.link(key, 60, named))

        assert answer.status == 200
        assert {name: answer.headers[name] for name in named} == named

    def test_cannot_be_made_to_name_them_otherwise(self, store):
        key = new_key()
        store.save(key, BytesIO(b"<script>"))
        link = store.link(key, 60, {"Content-Type": "text/plain"})

        assert urllib3.request("GET", link.replace("plain", "html")).status == 403

    def test_of_what_is_gone_are_refused(self, store):
        with pytest.raises(errors.BlobNotFound):
            store.link(new_key(), 60)

    def test_end(self, store):
        key = new_key()
        store.save(key, BytesIO(b"bytes"))
        link = store.link(key, 1)
        expect = time.monotonic() + 30
        while urllib3.request("GET", link).status != 403:
            assert time.monotonic() < expect
            time.sleep(0.2)


class TestWhatIsWrong:
    """A store that is away is not one that is empty, and no error says where it is."""

    VERBS = (
        lambda store, key: store.save(key, BytesIO(b"bytes")),
        lambda store, key: store.save(key, BytesIO(bytes(6 * MIB))),
        lambda store, key: store.open(key),
        lambda store, key: store.size(key),
        lambda store, key: store.delete(key),
        lambda store, key: list(store.keys()),
        lambda store, key: list(store.unfinished()),
        lambda store, key: store.sweep(key),
        lambda store, key: store.check(),
    )
    WRONG = (
        {"bucket": "elsewhere"},
        {"secret_access_key": "canary-secret"},
        {"endpoint": "http://127.0.0.1:9"},
    )

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
    def test_is_unavailable_and_secret(self, make, verb, wrong):
        """D23."""
        store = make(part_size=5, timeout=2.0, retry_timeout=0.1, **wrong)

        with pytest.raises(errors.StoreUnavailable) as raised:
            verb(store, new_key())

        told = "".join(traceback.format_exception(raised.value))
        for word in (*wrong.values(), "127.0.0.1", "artifacts_test", store._prefix):
            assert word not in str(raised.value)
        assert "canary-secret" not in told.replace('"canary-secret"', "")

    def test_bytes_that_were_cut_are_told(self, store, s3):
        key = new_key()
        store.save(key, BytesIO(b"0123456789"))
        with store.open(key) as opened:
            s3.put_object(Bucket="artifacts", Key=f"{store._prefix}/{key}", Body=b"0123")
            with pytest.raises(errors.StoreUnavailable):
                opened.read()

    def test_a_secret_may_be_in_a_file(self, make, tmp_path, objects):
        file = tmp_path / "secret"
        file.write_text(f"{objects.secret_access_key}\n")
        make(secret_access_key=None, secret_access_key_file=str(file)).check()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"secret_access_key_file": "/nowhere"}, "must not be set beside"),
            ({"secret_access_key": None, "secret_access_key_file": "/nowhere"}, "cannot be read"),
            ({"ca_file": "/nowhere"}, "ca_file: /nowhere cannot be read"),
            ({"part_size": 4}, "part_size: must be 5 to 512"),
            ({"part_size": 513}, "part_size: must be 5 to 512"),
        ],
    )
    def test_what_cannot_be_stops_the_start(self, make, options, sentence):
        with pytest.raises(errors.Misconfigured, match=sentence):
            make(**options)
