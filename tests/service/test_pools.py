"""Pools: what is configured of them, and where it puts the bytes of new artifacts."""

from contextlib import suppress

import pytest

from artifacts.db import tables
from artifacts.errors import Misconfigured, StoreUnavailable, TooLarge
from artifacts.service.audit import Audit
from artifacts.service.uploads import Claim

STORES = {"DEFAULT": {"enabled_stores": "file, memory"}}


@pytest.fixture
def started():
    return []


@pytest.fixture(autouse=True)
def consistent(deploy, started):
    """After every test here, rows and the bytes of both stores agree: promise 3."""
    yield
    for each in started[:1]:
        each.parts.scrub.run()
        assert list(Audit(each.parts.database, each.parts.pools, each.parts.scrub).run()) == []


@pytest.fixture
def start(deploy, started, tmp_path):
    """Start a process with a second store and these pools."""

    def start(pools, **general):
        options = {f"pool:{name}": values for name, values in pools.items()}
        stores = {"enabled_stores": "file, other", **general}
        second = {"kind": "file", "path": tmp_path / "other"}
        started.append(deploy({"DEFAULT": stores, "store:other": second, **options}))
        return started[-1]

    return start


def keys(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_bytes_are_found_where_the_pool_says(start, caller, other, live, tmp_path):
    deployment = start({"mine": {"store": "other", "projects": "project"}})
    mine, theirs = (live(deployment.parts, each) for each in (caller, other))
    mine.upload(mine.create(), "blob", b"mine")
    theirs.upload(theirs.create(), "blob", b"theirs")
    where = {row.store: {row.key} for row in deployment.rows(tables.placements)}

    assert {row.pool for row in deployment.rows(tables.artifacts)} == {"mine", "default"}
    stored = {each.name for each in deployment.stored()}
    assert where == {"other": keys(tmp_path / "other"), "file": stored}
    assert len(where["other"]) == len(where["file"]) == 1


def test_the_default_pool_takes_the_rest(start, caller, live):
    deployment = start({"general": {"store": "other"}}, default_pool="general")
    life = live(deployment.parts, caller)
    life.upload(life.create(), "blob", b"bytes")

    assert [row.pool for row in deployment.rows(tables.artifacts)] == ["general"]
    assert [row.store for row in deployment.rows(tables.placements)] == ["other"]


def test_an_artifact_stays_in_its_pool_when_the_selectors_change(start, caller, live):
    first = live(start({"a": {"store": "other", "types": "samples"}}).parts, caller)
    artifact = first.create()
    second = start({"a": {"store": "other"}, "b": {"types": "samples"}})
    live(second.parts, caller).upload(artifact, "blob", b"bytes")

    assert [row.store for row in second.rows(tables.placements)] == ["other"]


def test_a_blob_is_no_larger_than_its_pool_allows(start, caller, live, source):
    deployment = start({"small": {"types": "samples", "max_blob_size": 5}})
    life = live(deployment.parts, caller)
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    for data in (b"123456", source(b"123", b"456")):  # of a length that is known, and not
        with pytest.raises(TooLarge, match="at most 5 bytes"):
            life.upload(artifact, "folder/more", data)

    assert life.read(artifact, "blob") == b"12345"
    assert len(deployment.stored()) == 1


def test_a_pool_that_is_gone_refuses_uploads_and_keeps_what_is_there(start, caller, live):
    life = live(start({"a": {"store": "other", "types": "samples"}}).parts, caller)
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    without = live(start({}).parts, caller)

    assert without.read(artifact, "blob") == b"bytes"
    with pytest.raises(StoreUnavailable, match="pool that this artifact is in"):
        without.upload(artifact, "folder/more", b"more")


@pytest.mark.parametrize(
    ("pools", "general", "told"),
    [
        ({"a": {"store": "tape"}}, {}, r"\[pool:a\] store: there is no store tape"),
        ({"a": {"types": "sample"}}, {}, r"\[pool:a\] types: there is no type sample"),
        ({"a": {"types": "all"}}, {}, r"\[pool:a\] types: there is no type all"),
        ({"a": {"download": "pigeon"}}, {}, "download"),
        ({"a": {"max_blob_size": "-2"}}, {}, "max_blob_size"),
        ({"a": {"max_blob_size": "many"}}, {}, "max_blob_size"),
        ({"a/b": {}}, {}, r"\[pool:a/b\]: a pool's name has"),
        ({"": {}}, {}, r"\[pool:\]: a pool's name has"),
        ({}, {"default_pool": "a"}, "default_pool: there is no pool a"),
        ({}, {"default_store": "tape"}, "default_store: there is no store tape"),
        ({"a": {"types": "samples"}, "b": {"types": "samples"}}, {}, "both pools take"),
    ],
)
def test_what_cannot_be_is_told_at_the_start(start, pools, general, told):
    with pytest.raises(Misconfigured, match=told):
        start(pools, **general)


def test_a_pool_may_speak_of_a_type_that_another_process_serves(start):
    only = {"enabled_artifact_types": "images"}

    assert start({"a": {"types": "samples"}}, **only).parts.pools.choose("samples", "x") == "a"


def test_a_type_s_own_store_and_a_pool_that_takes_the_type_stop_the_start(deploy):
    options = {"artifact_type:samples": {"default_store": "memory"}, "pool:a": {"types": "samples"}}
    with pytest.raises(
        Misconfigured, match=r"\[artifact_type:samples\] default_store .*\[pool:a\]"
    ):
        deploy({**STORES, **options})


def test_what_is_only_linked_may_be_larger_than_what_the_pool_keeps(start, caller, live):
    deployment = start({"small": {"types": "samples", "max_blob_size": 5}})
    uploads = deployment.parts.blobs._uploads
    artifact = live(deployment.parts, caller).create()
    limits = []
    for kept in (True, False):
        claim = Claim(caller, "samples", artifact.id, "blob", "artifact:upload", kept=kept)
        with suppress(KeyboardInterrupt), uploads.reserved(claim) as held:
            limits.append(held.limit)
            raise KeyboardInterrupt

    assert limits[0] == 5 < limits[1]
