"""Audit: rows and bytes side by side, with stores that list as they like, fail or are gone."""

import os
import time
from collections import Counter

import pytest
from sqlalchemy import insert, update

from artifacts import errors
from artifacts.db import tables
from artifacts.service.audit import Audit, Stopped, Watch
from artifacts.service.audit import copies as audit_copies
from artifacts.stores.filesystem import FilesystemStore

TWO = {"DEFAULT": {"enabled_stores": "file, other"}}

pytestmark = pytest.mark.usefixtures("on_files")


@pytest.fixture
def deployment(deploy, tmp_path):
    """A process with two stores, of which the second keeps what `mine` has."""
    pool = {"store": "other", "projects": "elsewhere"}
    second = {"kind": "file", "path": tmp_path / "other"}
    return deploy({**TWO, "store:other": second, "pool:mine": pool})


@pytest.fixture
def consistent():
    """Two stores are looked at by the tests themselves."""


@pytest.fixture
def theirs(deployment, other, live):
    return live(deployment.parts, other)


@pytest.fixture
def batch_of_three(monkeypatch):
    monkeypatch.setattr(audit_copies, "BATCH", 3)


def unknown(folder, key, size=8, age=7200):
    file = folder / key[:2] / key[2:4] / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    os.utime(file, (time.time() - age,) * 2)
    return file


def told(findings):
    return [(each.kind, each.store, each.key) for each in findings]


def test_what_either_side_has_alone_is_found_wherever_its_key_lies(
    deployment, life, audit, batch_of_three
):
    for number in range(10):
        life.upload(life.create(f"n{number}"), "blob", str(number).encode())
    files = sorted(deployment.stored(), key=lambda file: file.name)
    keys = [file.name for file in files]
    lost = [files[0], files[4], files[9]]
    for file in lost:
        file.rename(file.with_name("away"))
    known = {"0" * 32, keys[3][:-1] + "f", keys[4][:8] + "f" * 24, "f" * 32} - set(keys)
    for key in known:
        unknown(deployment.store_folder, key)
    found = list(audit.run())
    repaired = list(audit.run(repair=True))
    for file in lost:
        file.with_name("away").rename(file)

    assert told(found) == told(repaired)
    assert {each.key for each in found if each.kind == "unknown bytes"} == known
    assert {each.key for each in found if each.kind == "missing bytes"} == {f.name for f in lost}
    assert all(each.size == 8 for each in found if each.kind == "unknown bytes")
    assert list(audit.run()) == []
    assert sorted(file.name for file in deployment.stored()) == keys


def test_a_store_that_lists_in_another_order_is_compared_too(
    deployment, life, audit, monkeypatch, batch_of_three
):
    for number in range(10):
        life.upload(life.create(f"n{number}"), "blob", str(number).encode())
    listing = FilesystemStore.keys
    monkeypatch.setattr(
        FilesystemStore,
        "keys",
        lambda self: iter(sorted(listing(self), key=lambda each: each.key[::-1])),
    )

    assert list(audit.run()) == []
    file = unknown(deployment.store_folder, "0f" * 16)
    (lost, *_) = (each for each in deployment.stored() if each != file)
    lost.rename(lost.with_name("away"))
    found = told(audit.run())
    lost.with_name("away").rename(lost)
    assert Counter(found) == Counter(
        [("missing bytes", "file", lost.name), ("unknown bytes", "file", file.name)]
    )


def test_a_store_that_lists_in_the_order_of_keys_is_asked_for_none_of_them(
    deployment, life, audit, monkeypatch
):
    for number in range(10):
        life.upload(life.create(f"n{number}"), "blob", str(number).encode())
    asked = []
    monkeypatch.setattr(FilesystemStore, "size", lambda self, key: asked.append(key))

    assert list(audit.run()) == []
    assert asked == []


def test_a_store_that_is_away_is_told_once_and_the_other_is_compared(
    deployment, life, theirs, audit, tmp_path
):
    for number in range(3):
        life.upload(life.create(f"n{number}"), "blob", str(number).encode())
        theirs.upload(theirs.create(f"n{number}"), "blob", str(number).encode())
    (lost, *_) = (file for file in (tmp_path / "other").rglob("*") if file.is_file())
    lost.rename(lost.with_name("away"))
    deployment.store_folder.rename(tmp_path / "unmounted")
    found = told(audit.run(repair=True))
    (tmp_path / "unmounted").rename(deployment.store_folder)
    lost.with_name("away").rename(lost)

    assert found == [("missing bytes", "other", lost.name), ("store", "file", None)]
    assert list(audit.run()) == []


def test_a_listing_that_breaks_is_told_and_the_rest_goes_on(
    deployment, life, audit, spoil, monkeypatch
):
    """A store that ends its list early does not make all others of its bytes lost."""
    for number in range(4):
        life.upload(life.create(f"n{number}"), "blob", str(number).encode())
    spoil(update(tables.usage).values(bytes=1))
    listing = FilesystemStore.keys

    def breaks(self):
        yield next(listing(self))
        raise errors.StoreUnavailable("the store does not answer as it should")

    monkeypatch.setattr(FilesystemStore, "keys", breaks)
    found = list(audit.run())
    monkeypatch.undo()

    assert told(found)[0] == ("store", "file", None)
    assert [each.kind for each in found if each.kind != "store"] == ["usage"]
    assert [each.kind for each in audit.run(repair=True)] == ["usage"]


def test_an_error_that_no_store_should_raise_is_told_like_one(life, audit, monkeypatch):
    life.upload(life.create(), "blob", b"12345")

    def broken(self):
        raise RuntimeError("a plugin's")

    monkeypatch.setattr(FilesystemStore, "unfinished", broken)

    assert told(audit.run()) == [("store", "file", None), ("store", "other", None)]


def test_bytes_that_cannot_be_deleted_are_told_with_the_reason(
    deployment, life, audit, monkeypatch
):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    monkeypatch.setattr(deployment.parts.scrub, "discard", lambda doomed: 0)
    life.delete(artifact)

    def refuses(self, key):
        raise errors.StoreUnavailable("the store does not answer: Operation not permitted")

    monkeypatch.setattr(FilesystemStore, "delete", refuses)
    (finding,) = audit.run(repair=True)
    monkeypatch.undo()

    assert (finding.kind, finding.repaired, finding.size) == ("bytes to delete", False, 5)
    assert "Operation not permitted" in finding.text
    assert [each.repaired for each in audit.run(repair=True)] == [True]


def test_a_store_that_is_not_configured_any_more_is_told_with_what_it_keeps(
    deployment, deploy, theirs
):
    for number in range(3):
        theirs.upload(theirs.create(f"n{number}"), "blob", b"x" * (number + 1))
    without = deploy()
    audit = Audit(without.parts.database, without.parts.pools, without.parts.scrub)
    (finding,) = audit.run(repair=True)

    assert (finding.kind, finding.store, finding.size) == ("store", "other", 6)
    assert "3 copies" in finding.text
    assert not finding.repairable


def test_a_copy_that_is_made_and_one_that_is_still_read_are_no_finding(
    deployment, life, audit, spoil
):
    """`pool move` makes them wait; what waited in vain is deleted."""
    life.upload(life.create(), "blob", b"12345")
    key = "0a" * 16
    file = unknown(deployment.store_folder, key)
    waits = {"store": "file", "key": key, "state": "waiting", "changed_at": audit._copies._now()}
    spoil(insert(tables.placements).values(**waits, waits_until=int(time.time() + 600) * 1000))

    assert list(audit.run(repair=True)) == []
    spoil(update(tables.placements).where(tables.placements.c.key == key).values(waits_until=0))
    assert told(audit.run()) == [("bytes to delete", "file", key)]
    assert told(audit.run(repair=True)) == [("bytes to delete", "file", key)]
    assert not file.exists()
    assert list(audit.run()) == []


def test_an_audit_that_is_stopped_says_where_it_was(deployment, life, theirs):
    for each in (life, theirs):
        each.upload(each.create(), "blob", b"12345")
    seen = []

    def watched(places):
        seen.clear()
        parts = deployment.parts
        watch = Watch(lambda where, done: seen.append(where), lambda: len(seen) >= places)
        return Audit(parts.database, parts.pools, parts.scrub, watch=watch)

    assert list(watched(100).run()) == []
    places = list(seen)

    assert len(places) > 5
    for number, where in enumerate(places):
        with pytest.raises(Stopped, match=where):
            list(watched(number).run())
