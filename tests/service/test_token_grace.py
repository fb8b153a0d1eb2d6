"""What a token began goes on after the token's end, but not for as long as anybody likes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.service.leases import Lease

GRACE = 100


@pytest.fixture
def deployment(deploy):
    return deploy({"blobs": {"token_grace": GRACE}})


@pytest.fixture
def artifact(life):
    return life.create()


@pytest.fixture
def act(deployment, live, caller):
    """Act with a token that expired so many seconds ago."""

    def ago(seconds):
        end = datetime.now(UTC) - timedelta(seconds=seconds)
        return live(deployment.parts, replace(caller, valid_until=end))

    return ago


@pytest.fixture
def let_it_end(uploads):
    """Let the grace of all that is under way be over."""

    def end():
        assert uploads._leases._held
        for lease in uploads._leases._held:
            assert 0 < lease._end < inf
            lease._end = -inf

    return end


def test_an_upload_goes_on_behind_the_end_of_its_token(act, artifact, source):
    life = act(GRACE / 4)
    life.upload(artifact, "blob", source(b"12", b"345"))

    assert life.read(artifact, "blob") == b"12345"


def test_it_does_not_behind_the_grace(deployment, act, artifact, usage):
    with pytest.raises(errors.TokenExpired):
        act(GRACE + 1).upload(artifact, "blob", b"12345")

    assert deployment.stored() == []
    assert usage() == (1, 0, 0)


def test_it_is_cut_off_within_a_block_and_leaves_nothing(
    deployment, act, let_it_end, life, artifact, source, usage
):
    """D13: whoever deletes meanwhile is told to wait, the stream is cut, nothing is left."""
    asked = []

    def meddle():
        asked.append("delete")
        with pytest.raises(errors.Conflict):
            life.delete(artifact)

    def late():
        asked.append("late")

    blocks = (b"12", meddle, b"34", let_it_end, b"5", late, b"6")
    with pytest.raises(errors.TokenExpired):
        act(0).upload(artifact, "blob", source(*blocks))

    assert asked == ["delete"]
    assert deployment.stored() == []
    assert deployment.rows(tables.uploads) == []
    assert usage() == (1, 0, 0)
    life.delete(artifact)


def test_bytes_that_all_came_in_time_are_refused_if_their_store_took_too_long(
    deployment, act, let_it_end, artifact, monkeypatch, usage
):
    store = type(deployment.parts.pools.store("file"))
    save = store.save

    def slow(self, key, stream):
        save(self, key, stream)
        let_it_end()

    monkeypatch.setattr(store, "save", slow)
    with pytest.raises(errors.TokenExpired):
        act(0).upload(artifact, "blob", b"12345")

    assert deployment.stored() == []
    assert usage() == (1, 0, 0)


def test_what_a_type_stores_in_their_place_is_refused_too(
    deployment, act, let_it_end, artifact, source, monkeypatch, usage
):
    def slow(self, slot, stream):
        return source(stream.read(3), let_it_end, b"more")

    monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", slow)
    with pytest.raises(errors.TokenExpired):
        act(0).upload(artifact, "blob", b"12345")

    assert usage() == (1, 0, 0)


def test_its_slot_is_not_held_any_longer_whatever_the_stream_does():
    """Who sends a byte now and then keeps a thread, but after a lease nothing else."""
    held, over = Lease("token", 3600.0), Lease("token", -1.0)
    held.kept = over.kept = True

    assert (held.idle(), over.idle()) == (0.0, inf)


def test_who_has_no_token_has_no_end(deploy, live, caller):
    life = live(deploy({"blobs": {"token_grace": 0}}).parts, caller)
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")

    assert life.read(artifact, "blob") == b"12345"
