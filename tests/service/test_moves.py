"""Moves: artifacts go to another pool, their bytes into its store, and no reader is cut off."""

import uuid

import pytest

from artifacts.db import tables
from artifacts.errors import BlobNotFound, DatabaseUnavailable, Invalid, NotFound, StoreFull
from artifacts.service.audit import Audit
from artifacts.service.copying import Copying, Stopped
from artifacts.service.move import CHANGING, TURNS, UPLOADING, Move

POOLS = {"a": {"store": "file", "types": "samples"}, "b": {"store": "other"}}


@pytest.fixture(autouse=True)
def consistent(deployment):
    """After every test here, rows and the bytes of both stores agree: promise 3."""
    yield
    expire(deployment)
    deployment.parts.scrub.run()
    parts = deployment.parts

    assert list(Audit(parts.database, parts.pools, parts.scrub).run()) == []
    assert {row.state for row in deployment.rows(tables.placements)} <= {"live"}


@pytest.fixture
def deployment(deploy, tmp_path):
    second = {"kind": "file", "path": tmp_path / "other"}
    options = {f"pool:{name}": values for name, values in POOLS.items()}
    return deploy({"DEFAULT": {"enabled_stores": "file, other"}, "store:other": second, **options})


@pytest.fixture
def moving(deployment):
    """Make what moves, with what is called before each block is copied."""

    def moving(*, stopped=lambda: False, tell=lambda number: None, grace=3600.0, parts=None):
        parts = parts or deployment.parts
        base = (parts.database, parts.pools, parts.scrub)
        copying = Copying(*base, new_key=lambda: uuid.uuid4().hex, stopped=stopped, tell=tell)
        return Move(*base, copying, grace=grace, stopped=stopped)

    return moving


@pytest.fixture
def move(moving):
    """Move everything from a to b, and return why anything is left."""

    def move(source="a", target="b", *, type_name=None, project=None, **more):
        run = moving(**more).run(source, target, type_name, project)
        return [each.left for each, _ in run if each.left is not None]

    return move


def expire(deployment):
    """Let whatever waits have waited long enough."""
    row = tables.placements.c
    over = tables.placements.update().where(row.state == "waiting").values(waits_until=0)
    deployment.parts.database.write(lambda tx: tx.copies._connection.execute(over))


def places(deployment):
    """Return the store of each live copy."""
    rows = deployment.rows(tables.placements)
    return sorted(row.store for row in rows if row.state == "live")


def pools(deployment):
    return sorted(row.pool for row in deployment.rows(tables.artifacts))


@pytest.fixture
def files(deployment, tmp_path):
    """Return what lies in a store."""

    def files(store):
        other = [path for path in (tmp_path / "other").rglob("*") if path.is_file()]
        return sorted(each.read_bytes() for each in (other if store == "other" else kept()))

    kept = deployment.stored
    return files


def test_bytes_are_in_the_other_store_and_old_copies_go_after_the_grace(
    deployment, life, move, files
):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    life.upload(artifact, "folder/more", b"more")

    assert move() == []
    assert pools(deployment) == ["b"]
    assert places(deployment) == ["other", "other"]
    assert files("other") == files("file") == [b"bytes", b"more"]

    deployment.parts.scrub.run()
    assert files("file") == [b"bytes", b"more"]

    expire(deployment)
    deployment.parts.scrub.run()
    assert files("file") == []
    assert life.read(artifact, "blob") == b"bytes"


def test_what_was_opened_before_the_move_is_read_to_its_end(life, move, deployment):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    opened = life.parts.downloads.open(life.caller, "samples", artifact.id, "blob")
    move()

    with opened.open(0, 5) as handle:
        assert handle.read() == b"bytes"


def test_a_copy_that_vanished_between_rows_and_bytes_is_looked_up_again(life, move, deployment):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    read = []

    def answer(opened):
        if not read:
            read.append(b"")
            move(grace=0)
            expire(deployment)
            deployment.parts.scrub.run()
        with opened.open(0, 5) as handle:
            read.append(handle.read())

    life.parts.downloads.read(life.caller, "samples", artifact.id, "blob", answer=answer)

    assert read == [b"", b"bytes"]


def test_a_content_that_another_artifact_shares_stays_for_that_one(
    deployment, life, move, files, live, caller
):
    moved, stays = life.create("moved"), live(deployment.parts, caller, "images").create("stays")
    images = live(deployment.parts, caller, "images")
    life.upload(moved, "blob", b"same")
    images.upload(stays, "image", b"same")
    assert pools(deployment) == ["a", "default"]
    assert move() == []
    expire(deployment)
    deployment.parts.scrub.run()

    assert places(deployment) == ["file", "other"]
    assert files("file") == files("other") == [b"same"]

    assert move("default") == []
    expire(deployment)
    deployment.parts.scrub.run()
    assert places(deployment) == ["other"]
    assert images.read(stays, "image") == life.read(moved, "blob") == b"same"


def test_reads_take_the_copy_of_the_artifact_s_own_pool(deployment, life, move, live, caller):
    images = live(deployment.parts, caller, "images")
    moved, stays = life.create("moved"), images.create("stays")
    life.upload(moved, "blob", b"same")
    images.upload(stays, "image", b"same")
    move()
    opened = []
    for name in ("file", "other"):
        store = deployment.parts.pools.store(name)
        plain = store.open
        store.open = lambda *args, name=name, plain=plain: opened.append(name) or plain(*args)

    assert life.read(moved, "blob") == images.read(stays, "image") == b"same"
    assert opened == ["other", "file"]


def test_any_other_copy_is_read_where_that_of_the_pool_is_gone(
    deployment, life, move, live, caller, monkeypatch
):
    images = live(deployment.parts, caller, "images")
    moved, stays = life.create("moved"), images.create("stays")
    life.upload(moved, "blob", b"same")
    images.upload(stays, "image", b"same")
    move()

    def gone(*args):
        raise BlobNotFound("gone")

    monkeypatch.setattr(deployment.parts.pools.store("other"), "open", gone)

    assert life.read(moved, "blob") == b"same"


def test_only_what_is_asked_for_is_moved(deployment, life, move, live, other):
    life.create("mine")
    live(deployment.parts, other).create("theirs")
    move(project="elsewhere")
    assert pools(deployment) == ["a", "b"]

    move(type_name="images")
    assert pools(deployment) == ["a", "b"]

    move(type_name="samples")
    assert pools(deployment) == ["b", "b"]


def test_a_blob_that_is_being_uploaded_keeps_its_artifact_where_it_is(
    deployment, life, move, source
):
    artifact = life.create()
    left = []
    life.upload(artifact, "blob", source(b"by", lambda: left.extend(move()), b"tes"))

    assert left == [UPLOADING]
    assert move() == []
    assert life.read(artifact, "blob") == b"bytes"
    assert places(deployment) == ["other"]


def test_what_came_while_bytes_were_copied_is_copied_too(deployment, life, moving):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    more = []

    def tell(number):
        if not more:
            more.append(life.upload(artifact, "folder/more", b"more"))

    assert [each.left for each, _ in moving(tell=tell).run("a", "b")] == [None]
    assert places(deployment) == ["other", "other"]
    assert life.read(artifact, "folder/more") == b"more"


def test_what_never_ceases_to_change_is_left(deployment, life, moving):
    artifact = life.create()
    life.upload(artifact, "loose", b"0")
    turns = iter(range(1, 100))

    def tell(number):
        if number:
            life.upload(artifact, "loose", b"%d" % next(turns))

    assert [each.left for each, _ in moving(tell=tell).run("a", "b")] == [CHANGING]
    assert next(turns) == TURNS + 1
    assert pools(deployment) == ["a"]
    assert life.read(artifact, "loose") == b"%d" % TURNS


def test_what_is_deleted_while_bytes_are_copied_leaves_nothing(deployment, life, moving, files):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    gone = []

    def tell(number):
        if not gone:
            gone.append(life.delete(artifact))

    list(moving(tell=tell).run("a", "b"))

    assert deployment.rows(tables.placements) == []
    assert files("file") == files("other") == []


def _overwrite(kept, data):
    kept.unlink()  # a file is read-only
    kept.write_bytes(data)


def test_bytes_that_are_corrupt_are_told_and_left(deployment, life, move, files):
    good, bad = life.create("good"), life.create("bad")
    life.upload(good, "blob", b"good")
    life.upload(bad, "blob", b"bytes")
    [path] = [each for each in deployment.stored() if each.read_bytes() == b"bytes"]
    _overwrite(path, b"bites")
    left = move()

    assert left == [f"store file, {path.name}: the bytes are not those that were kept"]
    assert pools(deployment) == ["a", "b"]
    assert files("other") == [b"good"]


def test_bytes_that_are_missing_are_told_and_left(deployment, life, move):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    [path] = deployment.stored()
    path.unlink()
    [left] = move()
    path.write_bytes(b"bytes")

    assert left.startswith(f"store file, {path.name}: ")
    assert pools(deployment) == ["a"]


def test_a_blob_that_is_larger_than_the_pool_allows_is_left(deploy, deployment, life, move):
    options = {"pool:a": POOLS["a"], "pool:b": {"store": "file", "max_blob_size": 4}}
    small = deploy({"DEFAULT": {"enabled_stores": "file"}, **options})
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")

    assert move(parts=small.parts) == ["pool b keeps at most 4 bytes of a blob"]


def test_a_pool_whose_store_is_another_now_is_moved_to_itself(
    deploy, deployment, life, move, tmp_path
):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    second = {"kind": "file", "path": tmp_path / "other"}
    general = {"DEFAULT": {"enabled_stores": "file, other"}, "store:other": second}
    changed = deploy({**general, "pool:a": {"store": "other", "types": "samples"}})

    assert move("a", "a", parts=changed.parts) == []
    assert places(deployment) == ["other"]
    assert move("a", "a", parts=changed.parts) == []


def test_what_is_in_a_pool_that_is_gone_can_be_moved(deploy, deployment, life, move, tmp_path):
    life.upload(life.create(), "blob", b"bytes")
    second = {"kind": "file", "path": tmp_path / "other"}
    general = {"DEFAULT": {"enabled_stores": "file, other"}, "store:other": second}
    without = deploy({**general, "pool:b": {"store": "other"}})

    assert move("a", "b", parts=without.parts) == []
    assert places(deployment) == ["other"]


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (("a", "c"), Invalid, "pool c: is not configured"),
        (("c", "b"), Invalid, "pool c: is not configured, and nothing is in it"),
        (("a", "b", None, "nobody"), NotFound, "project nobody: never kept anything here"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(moving, arguments, error, told):
    with pytest.raises(error, match=told):
        list(moving().run(*arguments))


def test_a_stop_in_the_midst_of_bytes_leaves_each_artifact_whole(deployment, life, moving, files):
    for name in ("one", "two", "three"):
        life.upload(life.create(name), "blob", name.encode())
    copied = []
    stopping = moving(stopped=lambda: len(copied) > 1, tell=copied.append)
    with pytest.raises(Stopped):
        list(stopping.run("a", "b"))

    assert sorted(pools(deployment)) == ["a", "a", "b"]
    assert len(files("other")) == 1
    assert len(list(moving().run("a", "b"))) == 2
    assert pools(deployment) == ["b", "b", "b"]


def test_a_copy_whose_process_died_is_known_and_goes_when_its_lease_is_over(
    deployment, life, moving, files, monkeypatch
):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    monkeypatch.setattr(Copying, "give_up", lambda self, copies: None)
    dying = moving()
    monkeypatch.setattr(dying, "_enter", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(dying.run("a", "b"))
    monkeypatch.undo()
    parts = deployment.parts
    audit = Audit(parts.database, parts.pools, parts.scrub)

    assert files("other") == [b"bytes"]
    assert list(audit.run(repair=True)) == []

    expire(deployment)
    assert [each.kind for each in audit.run()] == ["bytes to delete"]
    assert [each.repairable for each in audit.run(repair=True)] == [True]
    assert list(audit.run()) == []
    assert files("other") == []
    assert life.read(artifact, "blob") == b"bytes"


def test_a_copy_whose_lease_was_over_is_made_again(deployment, life, moving):
    """Somebody may be deleting its bytes: nothing makes it live any more."""
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    slow = moving()
    plain, keys = slow._copy, []

    def copy(*arguments):
        plain(*arguments)
        keys.append({row.key for row in deployment.rows(tables.placements)})
        if len(keys) == 1:
            expire(deployment)
            deployment.parts.scrub.run()

    slow._copy = copy

    assert [each.left for each, _ in slow.run("a", "b")] == [None]
    assert places(deployment) == ["other"]
    assert len(keys) == 2
    assert len(keys[0] & keys[1]) == 1  # that of the content alone
    assert life.read(artifact, "blob") == b"bytes"


def test_two_moves_at_once_move_each_content_once(deployment, life, moving, at_once, files):
    for number in range(12):
        life.upload(life.create(f"n{number}"), "blob", b"%d" % (number // 3))
    failed = at_once([lambda: list(moving().run("a", "b"))] * 3)
    expire(deployment)
    deployment.parts.scrub.run()

    assert [each for each in failed if isinstance(each, Exception)] == []
    assert pools(deployment) == ["b"] * 12
    assert places(deployment) == ["other"] * 4
    assert files("other") == [b"0", b"1", b"2", b"3"]
    assert files("file") == []


def test_uploads_of_the_same_bytes_meet_a_move_and_lose_nothing(
    deployment, life, moving, at_once, files, live, caller
):
    """The race of a fill that shares a content with the move that takes it away."""
    images = live(deployment.parts, caller, "images")
    for number in range(6):
        life.upload(life.create(f"n{number}"), "blob", b"%d" % number)
    targets = [images.create(f"i{number}") for number in range(6)]

    def upload():
        for number, each in enumerate(targets):
            images.upload(each, "image", b"%d" % number)

    failed = at_once([lambda: list(moving(grace=0).run("a", "b")), upload])
    expire(deployment)
    deployment.parts.scrub.run()

    assert [each for each in failed if isinstance(each, Exception)] == []
    assert [images.read(each, "image") for each in targets] == [b"%d" % n for n in range(6)]
    assert files("other") == files("file") == [b"%d" % n for n in range(6)]


def test_a_commit_whose_answer_was_lost_loses_no_bytes(
    deployment, life, moving, monkeypatch, files
):
    artifact = life.create()
    life.upload(artifact, "blob", b"bytes")
    unlucky, database = moving(), deployment.parts.database
    plain = database.write

    def write(work):
        done = plain(work)
        if isinstance(done, tuple) and done[0]:
            raise DatabaseUnavailable("the answer was lost")
        return done

    monkeypatch.setattr(database, "write", write)
    with pytest.raises(DatabaseUnavailable):
        list(unlucky.run("a", "b"))
    monkeypatch.undo()

    assert pools(deployment) == ["b"]
    assert files("other") == [b"bytes"]
    assert life.read(artifact, "blob") == b"bytes"


def test_a_store_that_cannot_be_written_to_ends_the_move(deployment, life, moving, monkeypatch):
    life.upload(life.create(), "blob", b"bytes")

    def save(key, stream):
        raise StoreFull("no space is left")

    monkeypatch.setattr(deployment.parts.pools.store("other"), "save", save)
    with pytest.raises(StoreFull):
        list(moving().run("a", "b"))

    assert pools(deployment) == ["a"]
