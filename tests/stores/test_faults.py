"""S3Store behind a network and a store that have a bad day: each question ends in its time."""

import contextlib
import time
from io import BytesIO

import boto3
import pytest
from botocore.config import Config

from artifacts import errors
from artifacts.stores.objects.s3 import S3Store
from artifacts.stores.objects.volumes import MIB
from artifacts.testing.stores import new_key

BUCKET = "faults"
BODY = b"0123456789abcdef" * (8 * MIB // 16)
SILENCE = 0.5  # seconds
GENEROUS = 20.0  # seconds, which no question takes but on a very busy machine


@pytest.fixture(scope="module")
def bucket(objects):
    client = boto3.client(
        "s3",
        endpoint_url=objects.url,
        region_name=objects.region,
        aws_access_key_id=objects.access_key_id,
        aws_secret_access_key=objects.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture
def make(objects, bucket, faulty):
    def make(**options):
        return S3Store(
            bucket=bucket,
            endpoint=faulty.url,
            access_key_id=objects.access_key_id,
            secret_access_key=objects.secret_access_key,
            part_size=5,
            **options,
        )

    return make


@pytest.fixture
def store(make):
    """One that has the patience of every day."""
    return make()


@pytest.fixture
def impatient(make):
    return make(timeout=SILENCE, connect_timeout=SILENCE, retry_timeout=SILENCE, min_rate=4 * 1024)


@pytest.fixture
def kept(store):
    key = new_key()
    store.save(key, BytesIO(BODY))
    return key


def read(store, key):
    with store.open(key) as opened:
        return opened.read()


def test_a_body_that_drips_is_given_up(impatient, kept, faulty):
    faulty.break_with("drip", lambda request: request.method == "GET")
    begun = time.monotonic()

    with pytest.raises(errors.StoreUnavailable):
        read(impatient, kept)
    assert time.monotonic() - begun < GENEROUS


def test_an_answer_about_unfinished_uploads_that_drips_is_given_up(impatient, kept, faulty):
    faulty.break_with("drip", lambda request: "uploads" in request.path)
    begun = time.monotonic()

    with pytest.raises(errors.StoreUnavailable):
        impatient.delete(kept)
    assert time.monotonic() - begun < GENEROUS


def test_a_part_is_given_the_time_that_its_bytes_need(make, store, faulty):
    """Nothing is heard of the store while it takes them, for longer than its silence may be."""
    slow, key = make(timeout=SILENCE, min_rate=128), new_key()
    faulty.break_with("sip", lambda request: request.method == "PUT" and request.length > MIB)
    with contextlib.suppress(errors.StoreUnavailable):  # other questions may come in bad time
        slow.save(key, BytesIO(BODY))
        assert read(store, key) == BODY

    parts = [request for request in faulty.requests if request.length > MIB]
    assert len(parts) == 2  # of which none was sent again


@pytest.mark.parametrize("name", ["reset", "reset_after", "error", "slow_down", "truncate"])
def test_a_piece_and_a_part_are_asked_for_and_sent_again(store, kept, faulty, name):
    remaining = {"GET": 1, "PUT": 1}

    def once(request):
        remaining[request.method] = remaining.get(request.method, 0) - 1
        return remaining[request.method] >= 0

    faulty.break_with(name, once)
    again = new_key()
    store.save(again, BytesIO(BODY))

    assert read(store, kept) == read(store, again) == BODY
    assert max(remaining["GET"], remaining["PUT"]) < 0
