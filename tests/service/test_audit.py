"""Audit: finds where rows and bytes disagree, and mends it under everybody's feet."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from artifacts import errors
from artifacts.db import tables


def kinds(findings):
    """Return the kinds; what can be mended must be, if anything was."""
    findings = list(findings)
    assert len({finding.repaired for finding in findings if finding.repairable}) <= 1
    return [finding.kind for finding in findings]


def test_what_agrees_is_no_finding(life, audit):
    life.upload(life.create(), "blob", b"12345")

    assert list(audit.run()) == []


def test_without_repair_nothing_is_mended(deployment, life, audit, spoil):
    life.upload(life.create(), "blob", b"12345")
    spoil(update(tables.contents).values(reference_count=7))
    spoil(update(tables.usage).values(bytes=7))

    assert kinds(audit.run()) == kinds(audit.run()) == ["references", "usage"]
    assert kinds(audit.run(repair=True)) == ["references", "usage"]
    assert list(audit.run()) == []


def test_references_are_counted_again_when_they_are_mended(deployment, life, audit, spoil):
    """Somebody uploads the same bytes after they were counted, and before that is written."""
    artifacts = [life.create(f"n{number}") for number in range(4)]
    for artifact, data in zip(artifacts, (b"one", b"two"), strict=False):
        life.upload(artifact, "blob", data)
    spoil(update(tables.contents).values(reference_count=9))
    findings = (each for each in audit.run(repair=True) if each.kind == "references")
    next(findings)
    for artifact, data in zip(artifacts[2:], (b"one", b"two"), strict=True):
        life.upload(artifact, "blob", data)

    assert len(list(findings)) == 1
    assert {row.reference_count for row in deployment.rows(tables.contents)} == {2}
    for artifact in artifacts:
        life.delete(artifact)
    assert deployment.stored() == []


def test_bytes_that_no_blob_refers_to_any_more_are_deleted(deployment, life, audit, spoil):
    life.upload(life.create(), "blob", b"12345")
    spoil(delete(tables.blobs))

    assert kinds(audit.run(repair=True)) == ["references", "usage"]
    assert deployment.stored() == []
    assert deployment.rows(tables.contents) == []


def test_a_content_that_is_gone_when_it_is_mended_is_no_error(deployment, life, audit, spoil):
    artifacts = [life.create(f"n{number}") for number in range(2)]
    for artifact in artifacts:
        life.upload(artifact, "blob", artifact.name.encode())
    spoil(update(tables.contents).values(reference_count=2))
    findings = (each for each in audit.run(repair=True) if each.kind == "references")
    next(findings)
    spoil(update(tables.contents).values(reference_count=1))
    for artifact in artifacts:
        life.delete(artifact)

    assert kinds(findings) == ["references"]
    assert deployment.rows(tables.contents) == []


@pytest.mark.parametrize("verb", ["create", "delete"])
def test_who_waits_while_usage_is_mended_is_counted(deployment, life, usage, spoil, at_once, verb):
    """The rows of usage stay what they were, or an UPDATE that waited would find none."""
    database = deployment.parts.database
    artifact = life.create("one")
    life.upload(artifact, "blob", b"12345")
    life.create("two")
    spoil(update(tables.usage).values(artifacts=5))
    mended, waited = threading.Event(), threading.Event()

    def mend(tx):
        tx.census.recount_project(tx.numbers.known_project("project"), True)
        mended.set()
        assert not waited.wait(0.5)

    def wait():
        assert mended.wait(10)
        life.create("three") if verb == "create" else life.delete(artifact)
        waited.set()

    assert at_once([lambda: database.write(mend), wait]) == [None, None]
    assert usage() == ((3, 5, 0) if verb == "create" else (1, 0, 0))


def test_usage_that_is_missing_is_counted_from_the_rows(life, audit, spoil, usage):
    life.upload(life.create(), "blob", b"12345")
    spoil(delete(tables.usage))

    assert kinds(audit.run(repair=True)) == ["usage"]
    assert usage() == (1, 5, 0)


def test_usage_of_what_is_not_there_becomes_nothing(life, audit, spoil, usage):
    life.delete(life.create())
    spoil(update(tables.usage).values(reserved=10))

    assert kinds(audit.run(repair=True)) == ["usage"]
    assert usage() == (0, 0, 0)


def test_an_upload_that_died_is_named_by_when_it_began(
    deployment, life, audit, source, expire, die
):
    artifact = life.create()
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", source(b"12", die), length=5)
    expire()
    (upload,) = deployment.rows(tables.uploads)
    (told,) = audit.run()
    (finding,) = audit.run(repair=True)

    assert (told.kind, told.repaired, finding.repaired) == ("expired upload", False, True)
    assert f"begun {upload.started_at:%F %T}" in finding.text
    assert (finding.size, finding.project, finding.since) == (5, "project", upload.started_at)
    assert [(each.id, each.slot) for each in finding.artifacts] == [(artifact.id, "blob")]
    assert (finding.store, finding.key) == ("file", upload.store_key)
    assert deployment.rows(tables.uploads) == []


def test_bytes_that_are_gone_are_told_and_not_repaired(deployment, life, audit, spoil):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    (file,) = deployment.stored()
    file.unlink()
    (finding,) = audit.run(repair=True)

    assert (finding.kind, finding.repairable, finding.repaired) == ("missing bytes", False, False)
    assert (finding.store, finding.key, finding.size) == ("file", file.name, 5)
    assert [(each.id, each.slot) for each in finding.artifacts] == [(artifact.id, "blob")]
    assert (finding.project, finding.referring) == ("project", 1)
    with pytest.raises(errors.BlobNotFound):
        life.read(artifact, "blob", 0, 5)
    life.delete(artifact)


def test_bytes_that_are_fewer_than_they_were_are_told(deployment, life, audit):
    life.upload(life.create(), "blob", b"12345")
    (file,) = deployment.stored()
    file.write_bytes(b"123")
    (finding,) = audit.run(repair=True)
    file.write_bytes(b"12345")

    assert finding.kind == "missing bytes"
    assert finding.text == "there are 3 bytes instead of 5"


def test_a_content_without_a_copy_is_told(deployment, life, audit, spoil):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    (row,) = deployment.rows(tables.placements)
    spoil(delete(tables.placements))
    (finding,) = audit.run(repair=True)
    spoil(tables.placements.insert().values(**row._mapping))

    assert (finding.kind, finding.text, finding.size) == ("missing bytes", "no store has a copy", 5)
    assert [each.id for each in finding.artifacts] == [artifact.id]


def test_a_finding_names_ten_artifacts_and_counts_the_others(on_files, deployment, life, audit):
    for number in range(13):
        life.upload(life.create(f"n{number}"), "blob", b"shared")
    (file,) = deployment.stored()
    file.rename(file.with_name("away"))
    (finding,) = audit.run()
    file.with_name("away").rename(file)

    assert (len(finding.artifacts), finding.referring) == (10, 13)


def test_what_is_doomed_is_told_and_deleted(deployment, life, audit, spoil, monkeypatch):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    monkeypatch.setattr(deployment.parts.scrub, "discard", lambda doomed: 0)
    life.delete(artifact)
    monkeypatch.undo()
    assert len(deployment.stored()) == 1
    assert list(audit.run()) == []  # perhaps somebody is about to
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    spoil(update(tables.placements).values(changed_at=long_ago))

    (told,) = audit.run()
    assert (told.kind, told.size, told.since) == ("bytes to delete", 5, long_ago)
    assert kinds(audit.run(repair=True)) == ["bytes to delete"]
    assert deployment.stored() == []


def test_what_was_doomed_just_now_is_deleted_too(deployment, life, audit, monkeypatch):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    monkeypatch.setattr(deployment.parts.scrub, "discard", lambda doomed: 0)
    life.delete(artifact)

    assert kinds(audit.run(repair=True)) == ["bytes to delete"]
    assert deployment.stored() == []


def grow_old(path):
    os.utime(path, (time.time() - 7200,) * 2)


def test_a_save_that_never_ended_is_told_and_swept_when_it_is_old(on_files, deployment, audit):
    left = deployment.store_folder / "unfinished" / ("ab" * 16)
    left.write_bytes(b"123")

    assert list(audit.run(repair=True)) == []
    grow_old(left)
    assert kinds(audit.run()) == ["unfinished bytes"]
    assert left.exists()
    assert kinds(audit.run(repair=True)) == ["unfinished bytes"]
    assert not left.exists()


def test_an_upload_of_many_hours_is_never_swept(on_files, deployment, life, audit, source):
    """Its store may say that it began long ago, and that no byte came for long: the row decides."""

    def look():
        (saving,) = (deployment.store_folder / "unfinished").iterdir()
        grow_old(saving)

        assert list(audit.run(repair=True)) == []
        assert saving.exists()

    artifact = life.create()
    life.upload(artifact, "blob", source(b"12", look, b"345"), length=5)

    assert life.read(artifact, "blob") == b"12345"
