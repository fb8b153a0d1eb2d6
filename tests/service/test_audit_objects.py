"""Audit: of a real object store, which lists in pages and keeps parts of uploads that died."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from shelves import BUCKET, client_of, shelves_of
from sqlalchemy import delete

from artifacts.db import tables
from artifacts.db.clock import utc_now
from artifacts.service.audit import Audit, Pace


@pytest.fixture
def shelf(objects, tmp_path):
    return shelves_of("s3", lambda name: objects)(Path(tmp_path / "bucket"))


@pytest.fixture
def s3(objects):
    return client_of(objects)


@pytest.fixture
def deployment(deploy, shelf):
    """A process whose one store is a bucket."""
    settings = {**shelf.settings, "part_size": 5}
    return deploy(
        {"DEFAULT": {"enabled_stores": "s3", "default_store": "s3"}, "store:s3": settings}
    )


@pytest.fixture
def consistent():
    """The bucket is looked at by the tests themselves."""


@pytest.fixture
def audit(deployment):
    """In two hours, when what lies in the bucket now is old."""
    later = lambda: utc_now() + timedelta(hours=2)  # noqa: E731
    parts = deployment.parts
    return Audit(parts.database, parts.pools, parts.scrub, now=later)


@pytest.fixture
def several(life):
    artifacts = [life.create(f"n{number}") for number in range(5)]
    for number, artifact in enumerate(artifacts):
        life.upload(artifact, "huge", bytes([number]) * (6 * 1024**2 if number == 4 else 1000))
    return artifacts


def test_both_directions_are_compared(several, life, audit, shelf, spoil, deployment):
    assert list(audit.run(read=Pace())) == []
    lost, forgotten, *_ = shelf.stored()
    data = lost.read_bytes()
    lost.unlink()
    of_it = tables.placements.c.key == forgotten.name
    (row,) = (row for row in deployment.rows(tables.placements) if row.key == forgotten.name)
    spoil(delete(tables.placements).where(of_it))
    found = {(each.kind, each.key) for each in audit.run()}
    spoil(tables.placements.insert().values(**row._mapping))
    lost.write_bytes(data)

    assert found == {
        ("missing bytes", lost.name),
        ("unknown bytes", forgotten.name),
        ("missing bytes", None),
    }
    assert list(audit.run(repair=True, read=Pace())) == []


def test_a_flipped_bit_is_told(several, life, audit, shelf):
    for stored in shelf.stored():
        data = bytearray(stored.read_bytes())
        data[-1] ^= 1
        stored.write_bytes(bytes(data))
    found = list(audit.run(read=Pace()))

    assert {each.kind for each in found} == {"damaged bytes"}
    assert {each.artifacts[0].id for each in found} == {artifact.id for artifact in several}
    assert sorted(each.size for each in found) == [1000] * 4 + [6 * 1024**2]


def test_parts_of_an_upload_that_died_are_told_and_swept(several, audit, shelf, s3, objects):
    key = "0b" * 16
    named = {"Bucket": BUCKET, "Key": f"{shelf.settings['prefix']}/{key}"}
    upload = s3.create_multipart_upload(**named)
    s3.upload_part(**named, UploadId=upload["UploadId"], PartNumber=1, Body=b"bytes")
    (told,) = audit.run()
    (swept,) = audit.run(repair=True)

    assert (told.kind, told.key, told.size) == ("unfinished bytes", key, 5)
    assert (told.repaired, swept.repaired) == (False, True)
    assert key not in {each.name for each in shelf.stored()}
    assert list(audit.run()) == []


def test_an_upload_that_is_under_way_for_hours_is_left_alone(life, audit, source, shelf):
    """Of an upload of 20 hours the store says when it began; that it lives, its row says."""
    artifact = life.create()
    begun = []

    def look():
        begun.extend(each.name for each in shelf.stored())
        with ThreadPoolExecutor() as threads:  # an audit is a process of its own
            found = threads.submit(lambda: list(audit.run(repair=True))).result()

        assert found == []

    part = b"x" * (5 * 1024**2)
    life.upload(artifact, "huge", source(part, part, look, part), length=3 * len(part))

    assert len(begun) == 1
    assert list(audit.run(read=Pace())) == []


def test_a_store_that_does_not_answer_is_told_once(several, audit, objects, deployment, deploy):
    settings = {"kind": "s3", "bucket": BUCKET, "endpoint": "http://127.0.0.1:9", "part_size": 5}
    settings |= {"access_key_id": "any", "secret_access_key": "canary-secret"}
    away = deploy(
        {"DEFAULT": {"enabled_stores": "s3", "default_store": "s3"}, "store:s3": settings}
    )
    parts = away.parts
    (finding,) = Audit(parts.database, parts.pools, parts.scrub).run(repair=True, read=Pace())

    assert (finding.kind, finding.store) == ("store", "s3")
    assert "127.0.0.1" not in finding.text
    assert "canary" not in finding.text
