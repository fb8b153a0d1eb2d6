"""Audit: every byte is read again and compared, at a pace, over as many runs as it takes."""

import pytest
from sqlalchemy import update

from artifacts import errors
from artifacts.db import tables
from artifacts.model import MiB
from artifacts.service.audit import Audit, Pace, Stopped, Watch
from artifacts.service.audit import reading as audit_reading
from artifacts.stores.filesystem import FilesystemStore

pytestmark = pytest.mark.usefixtures("on_files")


@pytest.fixture
def read(audit):
    return lambda **more: list(audit.run(read=Pace(), **more))


@pytest.fixture
def opened(monkeypatch):
    """The keys that were opened, in their order."""
    keys = []
    real = FilesystemStore.open

    def opening(self, key, start=0, end=None):
        keys.append(key)
        return real(self, key, start, end)

    monkeypatch.setattr(FilesystemStore, "open", opening)
    return keys


@pytest.fixture
def ten(life, deployment):
    """Ten contents; their files in the order of keys."""
    for number in range(10):
        life.upload(life.create(f"n{number}"), "blob", bytes([number]) * 1000)
    return sorted(deployment.stored(), key=lambda file: file.name)


@pytest.fixture
def stopped_at(deployment):
    """Read until the n-th place that is told of, as if the process had ended there."""

    def run(places, **more):
        left = iter(range(places))
        is_reading = lambda where: where.startswith("reading")  # noqa: E731
        told = lambda where, done: is_reading(where) and next(left, None)  # noqa: E731
        reached = []
        watch = Watch(
            lambda where, done: told(where, done) is None or reached.append(where),
            lambda: len(reached) >= places,
        )
        parts = deployment.parts
        audit = Audit(parts.database, parts.pools, parts.scrub, watch=watch)
        with pytest.raises(Stopped):
            list(audit.run(read=Pace(), **more))
        return audit.passes()

    return run


def flip(file):
    """Flip one bit in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x10
    file.write_bytes(data)


def test_bytes_that_are_as_they_came_are_no_finding(ten, read, opened, audit):
    assert read() == []
    assert opened == [file.name for file in ten]
    (at,) = audit.passes()
    assert (at.store, at.copies, at.bytes) == ("file", 10, 10_000)
    assert at.ended_at >= at.begun_at


def test_a_flipped_bit_is_told_with_all_that_refer_to_it_and_never_mended(
    deployment, life, read, audit
):
    artifacts = [life.create("one"), life.create("two")]
    for artifact in artifacts:
        life.upload(artifact, "folder/some key", b"a" * 1000)
    (file,) = deployment.stored()
    flip(file)

    assert list(audit.run(repair=True)) == []  # who does not read cannot know
    (finding,) = read(repair=True)
    assert (finding.kind, finding.repairable, finding.repaired) == ("damaged bytes", False, False)
    assert (finding.store, finding.key, finding.size) == ("file", file.name, 1000)
    assert finding.text.startswith("sha256 is ")
    assert {(each.id, each.slot) for each in finding.artifacts} == {
        (artifact.id, "folder/some key") for artifact in artifacts
    }
    assert {each.project for each in finding.artifacts} == {"project"}
    assert file.exists()
    flip(file)
    assert read() == []


@pytest.mark.parametrize("how", ["longer", "shorter"])
def test_bytes_of_another_number_are_told(deployment, life, read, how):
    life.upload(life.create(), "blob", b"12345")
    (file,) = deployment.stored()
    file.write_bytes(b"1234567" if how == "longer" else b"123")
    kinds = [each.kind for each in read()]
    file.write_bytes(b"12345")

    assert kinds == ["missing bytes", "damaged bytes"]


def test_another_digest_that_a_blob_says_is_compared_too(deployment, life, read, spoil):
    life.upload(life.create(), "blob", b"12345")
    (row,) = deployment.rows(tables.blobs)
    spoil(update(tables.blobs).values(digests={**row.digests, "md5": "0" * 32}))
    (finding,) = read()
    spoil(update(tables.blobs).values(digests=row.digests))

    assert finding.kind == "damaged bytes"
    assert "md5 is" in finding.text


def test_a_file_that_cannot_be_read_is_told_and_the_next_one_is_read(ten, read, monkeypatch, audit):
    real = FilesystemStore.open

    def failing(self, key, start=0, end=None):
        if key == ten[3].name:
            raise errors.StoreUnavailable("the store does not answer: Input/output error")
        return real(self, key, start, end)

    monkeypatch.setattr(FilesystemStore, "open", failing)
    (finding,) = read()

    assert (finding.kind, finding.key) == ("unreadable bytes", ten[3].name)
    assert "Input/output error" in finding.text
    assert audit.passes()[0].copies == 10


def test_a_store_that_is_away_keeps_its_place(
    ten, deployment, stopped_at, read, audit, opened, tmp_path
):
    stopped_at(7)
    before = audit.passes()
    deployment.store_folder.rename(tmp_path / "unmounted")
    found = [each.kind for each in read()]
    (tmp_path / "unmounted").rename(deployment.store_folder)

    assert found == ["store"]
    assert audit.passes() == before
    assert before[0].ended_at is None
    opened.clear()
    assert read() == []
    assert opened == [file.name for file in ten if file.name > before[0].position]


def test_what_was_stopped_goes_on_and_reads_nothing_twice(ten, stopped_at, read, opened, audit):
    (at,) = stopped_at(9)
    half = list(opened)
    opened.clear()

    assert at.ended_at is None
    assert 0 < at.copies < 10
    assert read() == []
    assert opened == [file.name for file in ten][at.copies :]
    assert half[: at.copies] + opened == [file.name for file in ten]
    (ended,) = audit.passes()
    assert (ended.copies, ended.bytes, ended.begun_at) == (10, 10_000, at.begun_at)


def test_a_pass_that_ended_begins_again(ten, read, opened):
    read()
    opened.clear()
    read()

    assert len(opened) == 10


def test_a_pass_can_be_begun_again(ten, stopped_at, opened, read):
    stopped_at(9)
    opened.clear()
    read(restart=True)

    assert opened == [file.name for file in ten]


def test_a_crash_loses_no_more_than_what_was_not_saved(ten, audit, opened, monkeypatch):
    """Killed between two copies: what was read before the last save is not read again."""
    monkeypatch.setattr(audit_reading, "SAVE_EVERY", 0.0)
    real, left = FilesystemStore.open, iter(range(6))

    def dying(self, key, start=0, end=None):
        if next(left, None) is None:
            # Nothing is saved on the way out of a process that was killed.
            monkeypatch.setattr(audit_reading.Reading, "_save", lambda self, at: at)
            raise KeyboardInterrupt
        return real(self, key, start, end)

    monkeypatch.setattr(FilesystemStore, "open", dying)
    with pytest.raises(KeyboardInterrupt):
        list(audit.run(read=Pace()))
    monkeypatch.undo()

    assert audit.passes()[0].position == ten[5].name
    assert audit.passes()[0].copies == 6


def test_what_is_deleted_while_it_is_read_is_no_finding(life, audit, deployment, monkeypatch):
    artifacts = [life.create(f"n{number}") for number in range(4)]
    for number, artifact in enumerate(artifacts):
        life.upload(artifact, "blob", bytes([number]) * (2 * MiB // 8))
    real, turns = FilesystemStore.open, iter(range(10))

    def opening(self, key, start=0, end=None):
        turn = next(turns)
        if turn == 0:
            life.delete(artifacts.pop())  # perhaps this one, perhaps one that comes later
        opened = real(self, key, start, end)
        if turn == 1:
            life.delete(artifacts.pop())
        return opened

    monkeypatch.setattr(FilesystemStore, "open", opening)

    assert list(audit.run(read=Pace())) == []


def test_a_rate_is_kept_and_what_was_not_used_is_gone():
    now, waited = [100.0], []

    def wait(seconds):
        waited.append(seconds)
        now[0] += seconds

    pace = Pace(1000, wait=wait, clock=lambda: now[0])
    for _ in range(3):
        pace.spend(500)
    now[0] += 60
    pace.spend(2000)

    assert waited == [0.5, 0.5, 0.5, 2.0]
    assert pace.block == 4096
    assert Pace().block == MiB
    Pace().spend(10**12)


def test_two_that_read_at_once_do_no_harm(ten, deployment, at_once):
    parts = deployment.parts
    audits = [Audit(parts.database, parts.pools, parts.scrub) for _ in range(2)]
    found = at_once([lambda audit=audit: list(audit.run(read=Pace())) for audit in audits])

    assert found == [[], []]
    (at,) = audits[0].passes()
    assert at.ended_at is not None
