"""Uploads: a slot is reserved, bytes are stored, and the slot is filled, or nothing is left."""

import hashlib
import resource
import threading
from contextlib import contextmanager

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.model import Expected, Invalid, KiB
from artifacts.model.blob import Slot
from artifacts.service.leases import Leases


@pytest.fixture
def artifact(life):
    return life.create()


def test_a_slot_is_reserved_while_bytes_flow(deployment, life, artifact, source, usage):
    seen = []

    def look():
        seen.append((life.show(artifact).blobs[Slot("blob")], usage()))

    life.upload(artifact, "blob", source(b"12", look, b"345"), length=5)
    (blob, kept), filled = seen[0], life.show(artifact).blobs[Slot("blob")]

    assert (blob.status, blob.size, blob.sha256) == ("saving", 5, None)
    assert kept == (1, 0, 5)
    assert (filled.status, filled.size) == ("active", 5)
    assert filled.sha256 == hashlib.sha256(b"12345").hexdigest()
    assert usage() == (1, 5, 0)
    assert deployment.rows(tables.uploads) == []


def test_the_store_key_is_known_before_the_first_byte(deployment, life, artifact, source):
    seen = []

    def look():
        row = deployment.rows(tables.uploads)[0]
        seen.append((row.store_key, [path.name for path in deployment.stored()]))

    life.upload(artifact, "blob", source(look, b"12345"))

    assert seen[0][1] in ([seen[0][0]], [])
    assert [path.name for path in deployment.stored()] == [seen[0][0]]


def test_no_transaction_is_open_while_bytes_flow(deployment, life, artifact, source):
    """Promise 2."""
    pool = deployment.parts.database.engine.pool
    seen = []

    life.upload(artifact, "blob", source(b"1", lambda: seen.append(pool.checkedout()), b"2"))

    assert seen == [0]


def test_a_slot_that_is_being_filled_is_taken(life, artifact, source):
    refused = []

    def second():
        for verb, more in ((life.upload, (b"second",)), (life.read, ()), (life.empty, ())):
            with pytest.raises(errors.SlotTaken):
                verb(artifact, "blob", *more)
            refused.append(verb)

    life.upload(artifact, "blob", source(b"fi", second, b"rst"))

    assert len(refused) == 3
    assert life.read(artifact, "blob") == b"first"


def test_another_slot_can_be_filled_meanwhile(life, artifact, source):
    life.upload(
        artifact, "blob", source(b"fi", lambda: life.upload(artifact, "loose", b"2"), b"rst")
    )

    assert (life.read(artifact, "blob"), life.read(artifact, "loose")) == (b"first", b"2")


def test_an_upload_whose_process_died_frees_slot_and_quota_after_its_lease(
    deployment, life, artifact, source, usage, expire, die
):
    """D31: the slot is not stuck, the next upload succeeds, and nobody's bytes stay."""
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", source(b"12", die), length=5)
    with pytest.raises(errors.SlotTaken):
        life.upload(artifact, "blob", b"again")
    assert usage() == (1, 0, 5)
    expire()

    life.upload(artifact, "blob", b"again")

    assert life.read(artifact, "blob") == b"again"
    assert usage() == (1, 5, 0)


def test_an_upload_that_died_behind_its_last_byte_leaves_nothing(
    deployment, life, artifact, monkeypatch, usage, expire, uploads, contents
):
    """D31: killed between the store's write and the commit."""
    monkeypatch.setattr(uploads, "_abandon", lambda upload: None)
    monkeypatch.setattr(contents, "_fill", _killed)
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", b"12345")
    monkeypatch.undo()
    assert len(deployment.stored()) == 1
    expire()

    deployment.parts.scrub.run()

    assert deployment.stored() == []
    assert usage() == (1, 0, 0)
    assert Slot("blob") not in life.show(artifact).blobs
    life.upload(artifact, "blob", b"again")


def _killed(*anything):
    raise KeyboardInterrupt


def test_an_expired_reservation_does_not_show(life, artifact, source, expire, die):
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", source(b"12", die), length=5)
    expire()

    assert life.show(artifact).blobs == {}
    life.activate(artifact)


def test_an_expired_reservation_of_a_project_is_freed_by_its_next_upload(
    deployment, life, artifact, source, expire, die, usage
):
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", source(b"12", die), length=5)
    expire()

    life.upload(life.create("another"), "blob", b"1")

    assert deployment.rows(tables.uploads) == []
    assert usage() == (2, 1, 0)


def test_the_upload_that_took_an_expired_slot_over_wins(
    deployment, life, artifact, source, expire, usage
):
    """Fencing: whoever comes late may not fill, and leaves no bytes."""

    def overtake():
        expire()
        life.upload(artifact, "blob", b"second")

    with pytest.raises(errors.UploadLost):
        life.upload(artifact, "blob", source(b"fi", overtake, b"rst"))

    assert life.read(artifact, "blob") == b"second"
    assert len(deployment.stored()) == 1
    assert usage() == (1, 6, 0)


def test_a_lease_is_renewed_while_bytes_come_and_while_the_store_finishes(
    deploy, live, caller, source, monkeypatch
):
    deployment = deploy({"blobs": {"upload_lease": 1}})
    life = live(deployment.parts, caller)
    artifact = life.create()
    seen, pause = [], threading.Event()

    def wait_for_renewal():
        first = deployment.rows(tables.uploads)[0].lease_until
        for _ in range(500):
            pause.wait(0.01)
            if deployment.rows(tables.uploads)[0].lease_until > first:
                seen.append(True)
                return

    store = type(deployment.parts.pools.store("file"))
    save = store.save

    def slow_save(self, key, stream):
        save(self, key, stream)
        wait_for_renewal()

    monkeypatch.setattr(store, "save", slow_save)
    life.upload(artifact, "blob", source(b"12", wait_for_renewal, b"345"))

    assert seen == [True, True]


class TestUnknownLength:
    """The reservation grows in steps where much is left, and with the bytes where little is."""

    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"DEFAULT": {"max_uploaded_data": 250}})

    @pytest.fixture(autouse=True)
    def step(self, monkeypatch):
        monkeypatch.setattr("artifacts.service.uploads.STEP", 100)
        monkeypatch.setattr("artifacts.service.uploads.SMALLEST_STEP", 1)

    @pytest.fixture
    def grown(self, live, caller, source, usage):
        """What was reserved before, between and after three blocks of 60 bytes."""

        def grown(deployment):
            seen = []
            life = live(deployment.parts, caller)

            def look():
                seen.append(usage()[2])

            blocks = (look, b"1" * 60, look, b"2" * 60, look, b"3" * 60, look)
            life.upload(life.create(), "blob", source(*blocks))
            return seen

        return grown

    def test_it_grows_in_steps(self, deployment, deploy, grown, usage):
        spacious = deploy({"DEFAULT": {"max_uploaded_data": 64 * 100 + 100}})

        assert grown(spacious) == [0, 100, 200, 200]
        assert usage() == (1, 180, 0)

    def test_nothing_is_reserved_ahead_where_little_is_left(self, deployment, grown, usage):
        assert grown(deployment) == [0, 60, 120, 180]
        assert usage() == (1, 180, 0)

    def test_a_step_is_a_part_of_what_is_left(self, deployment, deploy, grown):
        scarce = deploy({"DEFAULT": {"max_uploaded_data": 64 * 70}})

        assert grown(scarce) == [0, 70, 70 + 68, 70 + 68 + 67]

    def test_no_more_is_reserved_than_the_slot_may_hold(
        self, deployment, deploy, live, caller, source, usage
    ):
        life = live(deploy().parts, caller, "strict_samples")
        seen = []

        life.upload(life.create(), "payload", source(b"12", lambda: seen.append(usage()), b"345"))

        assert seen == [(1, 0, 10)]

    def test_a_quota_nearer_than_a_step_can_be_used_up(self, life, artifact, source, usage):
        life.upload(artifact, "blob", source(b"1" * 100, b"2" * 100, b"3" * 50))

        assert usage() == (1, 250, 0)

    def test_a_quota_is_not_passed(self, deployment, life, artifact, source, usage):
        with pytest.raises(errors.TooLarge, match="250"):
            life.upload(artifact, "blob", source(b"1" * 200, b"2" * 51))

        assert usage() == (1, 0, 0)
        assert deployment.stored() == []

    def test_others_are_not_starved_meanwhile(self, life, artifact, source, usage):
        life.upload(
            artifact, "blob", source(b"1", lambda: life.upload(artifact, "loose", b"2" * 150))
        )

        assert usage() == (1, 151, 0)

    def test_growing_after_the_lease_was_lost_is_refused(
        self, deployment, life, artifact, source, expire
    ):
        def overtake():
            expire()
            life.upload(artifact, "blob", b"second")

        with pytest.raises(errors.UploadLost):
            life.upload(artifact, "blob", source(b"1" * 100, overtake, b"2" * 100))

        assert life.read(artifact, "blob") == b"second"


class TestReplacing:
    """A slot that may change keeps its old bytes until the new ones are there."""

    def test_old_bytes_stay_readable_until_the_new_are_there(
        self, deployment, life, artifact, source, usage
    ):
        life.upload(artifact, "loose", b"old")
        seen = []

        def look():
            seen.append((life.read(artifact, "loose"), life.show(artifact).loose.status, usage()))

        life.upload(artifact, "loose", source(look, b"newer", look), length=5)

        assert seen == [(b"old", "active", (1, 3, 2))] * 2  # two bytes more than it has quota for
        assert life.read(artifact, "loose") == b"newer"
        assert usage() == (1, 5, 0)
        assert len(deployment.stored()) == 1

    def test_a_failed_replacement_leaves_the_old_bytes(self, deployment, life, artifact, usage):
        life.upload(artifact, "loose", b"old")
        with pytest.raises(errors.Mismatch):
            life.upload(artifact, "loose", b"newer", expected=Expected(size=4))

        assert life.read(artifact, "loose") == b"old"
        assert usage() == (1, 3, 0)
        assert len(deployment.stored()) == 1

    def test_bytes_replaced_by_the_same_bytes_are_still_there(self, deployment, life, artifact):
        life.upload(artifact, "loose", b"same")
        life.upload(artifact, "loose", b"same")

        assert life.read(artifact, "loose") == b"same"
        assert len(deployment.stored()) == 1

    def test_the_new_content_type_counts(self, deployment, life, artifact):
        life.upload(artifact, "loose", b"old")
        changed = deployment.client().simulate_put(
            f"/artifacts/samples/{artifact.id}/loose",
            body=b"new",
            headers={"Content-Type": "text/html; charset=utf-8"},
        )

        assert changed.json["loose"]["content_type"] == "text/html"

    def test_a_second_replacement_waits_for_the_first(self, life, artifact, source):
        life.upload(artifact, "loose", b"old")
        refused = []

        def second():
            with pytest.raises(errors.SlotTaken):
                life.upload(artifact, "loose", b"second")
            refused.append(True)

        life.upload(artifact, "loose", source(b"fi", second, b"rst"))

        assert refused
        assert life.read(artifact, "loose") == b"first"


class TestFailures:
    """A failed upload leaves neither rows nor bytes nor usage."""

    @pytest.fixture(autouse=True)
    def nothing_left(self, deployment, artifact, life, usage):
        yield
        assert deployment.rows(tables.uploads) == []
        assert deployment.rows(tables.contents) == []
        assert deployment.rows(tables.placements) == []
        assert deployment.stored() == []
        assert usage() == (1, 0, 0)
        assert life.show(artifact).blobs == {}
        assert [row.action for row in deployment.rows(tables.revisions)] == ["create"]

    @pytest.mark.parametrize(
        "expected",
        [
            Expected(size=4),
            Expected(digests={"md5": "0" * 32}),
            Expected(digests={"sha256": "0" * 64}),
            Expected(digests={"sha512": "0" * 128}),
        ],
    )
    @pytest.mark.parametrize("length", [5, None])
    def test_bytes_that_are_not_as_expected(self, life, artifact, source, expected, length):
        with pytest.raises(errors.Mismatch, match=r"expected .*, got "):
            life.upload(artifact, "blob", source(b"12", b"345"), length=length, expected=expected)

    def test_more_bytes_than_the_field_takes_declared(self, life, artifact, source):
        source = source(lambda: pytest.fail("it was read"))
        with pytest.raises(errors.TooLarge, match=r"^blob: at most 1024000 bytes"):
            life.upload(artifact, "blob", source, length=1000 * KiB + 1)

    def test_more_bytes_than_the_field_takes_undeclared(self, life, artifact, source):
        """D15: it stops at the limit and one byte, and reads no further."""
        block = b"x" * (100 * KiB)
        taken = source(*[block] * 10, b"1", lambda: pytest.fail("it was read further"))
        with pytest.raises(errors.TooLarge, match=r"^blob: at most 1024000 bytes"):
            life.upload(artifact, "blob", taken)

    def test_more_bytes_than_the_folder_takes(self, life, artifact):
        with pytest.raises(errors.TooLarge):
            life.upload(artifact, "folder/one", b"x" * (100 * KiB + 1))

    def test_a_client_that_goes_away(self, life, artifact, source):
        def leave():
            raise Invalid("body: 2 of 5 bytes came")

        with pytest.raises(Invalid):
            life.upload(artifact, "blob", source(b"12", leave), length=5)

    def test_a_hook_that_refuses(self, deployment, life, artifact, monkeypatch):
        def refuse(self, slot, stream):
            stream.read(2)
            raise Invalid("blob: not that one")

        monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", refuse)
        with pytest.raises(Invalid, match="not that one"):
            life.upload(artifact, "blob", b"12345")

    @pytest.mark.parametrize(
        ("rest", "expected", "error"),
        [
            (b"45", Expected(digests={"sha256": "0" * 64}), errors.Mismatch),
            (b"45", Expected(size=4), errors.Mismatch),
            (b"x" * 1000 * KiB, Expected(), errors.TooLarge),
        ],
    )
    def test_bytes_behind_what_a_hook_takes(
        self, deployment, life, artifact, source, monkeypatch, rest, expected, error
    ):
        """What came is still held to what was declared, and to the limit of its slot."""

        def take_the_head(self, slot, stream):
            return source(stream.read(3))

        monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", take_the_head)
        with pytest.raises(error):
            life.upload(artifact, "blob", source(b"123", rest), expected=expected)

    def test_a_hook_that_breaks(self, deployment, life, artifact, monkeypatch):
        def fail(self, slot, stream):
            raise ZeroDivisionError

        monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", fail)
        with pytest.raises(Invalid, match="cannot read these bytes"):
            life.upload(artifact, "blob", b"12345")

    def test_a_store_that_is_full(self, on_files, life, artifact, source):
        limit = 4 * 1024 * KiB  # beyond what a SQLite database of one artifact needs
        blocks = [b"x" * 1024 * KiB] * 5
        with files_of_at_most(limit), pytest.raises(errors.StoreFull):
            life.upload(artifact, "huge", source(*blocks))

    def test_a_store_that_does_not_answer(self, deployment, life, artifact, monkeypatch):
        def fail(self, key, stream):
            raise errors.StoreUnavailable("the store does not answer")

        monkeypatch.setattr(type(deployment.parts.pools.store("file")), "save", fail)
        with pytest.raises(errors.StoreUnavailable):
            life.upload(artifact, "blob", b"12345")

    def test_somebody_who_may_not(self, deployment, live, other, artifact):
        with pytest.raises(errors.ArtifactNotFound):
            live(deployment.parts, other).upload(artifact, "blob", b"12345")

    @pytest.mark.parametrize("path", ["string", "nothing", "", "blob/key", "folder", "folder/"])
    def test_what_is_no_slot(self, life, artifact, path):
        with pytest.raises(Invalid):
            life.upload(artifact, path, b"12345")


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_artifact_that_was_activated_meanwhile_keeps_its_slot_empty(
    life, artifact, contents, monkeypatch, usage
):
    """The life cycle is asked again when the slot is filled."""
    fill = contents._fill

    def late(tx, held, *rest):
        tx.artifacts._connection.execute(tables.artifacts.update().values(status="active"))
        return fill(tx, held, *rest)

    monkeypatch.setattr(contents, "_fill", late)
    with pytest.raises(errors.Forbidden):
        life.upload(artifact, "blob", b"12345")

    assert life.show(artifact).blobs == {}
    assert usage() == (1, 0, 0)


def test_an_artifact_cannot_be_activated_or_deleted_under_an_upload(life, artifact, source):
    """D13: the request that began keeps its place, and whoever deletes is told so."""
    refused = []

    def meddle():
        for verb in (life.activate, life.delete):
            with pytest.raises(errors.Conflict):
                verb(artifact)
            refused.append(verb)
        life.change(artifact, description="may change")

    life.upload(artifact, "blob", source(b"12", meddle, b"345"))

    assert len(refused) == 2
    assert life.read(artifact, "blob") == b"12345"
    assert life.show(artifact).description == "may change"


def test_a_fill_whose_answer_was_lost_does_not_delete_its_bytes(
    deployment, life, artifact, monkeypatch, usage
):
    """The commit reached the database, but we never heard of it."""
    database = deployment.parts.database
    write, lost = database.write, []

    def lose_the_answer(work):
        result = write(work)
        if isinstance(result, tuple) and len(result) == 2 and not lost:  # that of a fill
            lost.append(True)
            raise errors.DatabaseUnavailable("the database does not answer")
        return result

    monkeypatch.setattr(database, "write", lose_the_answer)
    with pytest.raises(errors.DatabaseUnavailable):
        life.upload(artifact, "blob", b"12345")
    monkeypatch.undo()

    assert lost
    assert life.read(artifact, "blob") == b"12345"
    assert usage() == (1, 5, 0)


def test_a_type_may_store_other_bytes_than_came(deployment, life, artifact, source, monkeypatch):
    def shout(self, slot, stream):
        return source(stream.read().upper())

    monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", shout)
    life.upload(artifact, "blob", b"quiet")

    assert life.read(artifact, "blob") == b"QUIET"
    assert life.show(artifact).blob.sha256 == hashlib.sha256(b"QUIET").hexdigest()


def test_a_type_may_store_less_than_came(deployment, life, artifact, source, monkeypatch, usage):
    def take_the_head(self, slot, stream):
        return source(stream.read(3))

    monkeypatch.setattr(deployment.parts.types["samples"], "before_upload", take_the_head)
    declared = Expected(size=5, digests={"md5": hashlib.md5(b"12345").hexdigest()})
    life.upload(artifact, "blob", source(b"123", b"45"), expected=declared)

    assert life.read(artifact, "blob") == b"123"
    assert usage() == (1, 3, 0)


def test_leases_are_renewed_again_after_whatever_went_wrong(
    deploy, live, caller, source, monkeypatch
):
    """A fault in one renewal must not end all uploads of the process."""
    deployment = deploy({"blobs": {"upload_lease": 1}})
    life = live(deployment.parts, caller)
    renewed, failed = threading.Event(), []
    renew = Leases._renew

    def fail_once(self, leases):
        if leases and not failed:
            failed.append(True)
            raise ZeroDivisionError
        renew(self, leases)
        if leases:
            renewed.set()

    monkeypatch.setattr(Leases, "_renew", fail_once)
    life.upload(life.create(), "blob", source(b"12", lambda: renewed.wait(10), b"345"))

    assert failed
    assert renewed.is_set()
