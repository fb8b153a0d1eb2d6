"""Handles: what hooks learn of the caller, and read and fill of their artifact."""

import io
from importlib import import_module

import pytest

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db import tables
from artifacts.model import KiB, Slot

BLOB = Slot("blob")
KEY = Slot("folder", "key")


@pytest.fixture
def hooked():
    found = import_module("hooked_types").Hooked
    found.called.clear()
    found.does.clear()
    yield found
    found.does.clear()


@pytest.fixture
def deployment(deploy, hooked):
    return deploy({"DEFAULT": {"custom_artifact_types_modules": "sample_types, hooked_types"}})


@pytest.fixture
def life(deployment, caller, live):
    return live(deployment.parts, caller, "hooked")


@pytest.fixture
def artifact(life):
    return life.create()


def test_a_hook_knows_who_calls_and_cannot_become_somebody_else(life, hooked):
    seen = []
    hooked.does["before_create"] = lambda self: seen.append(self.handle.caller)
    life.create()
    with pytest.raises(AttributeError):
        seen[0].project = "another"

    assert seen == [Caller("user", "project", frozenset({"member"}), "req-1")]


def test_the_handle_is_there_while_a_hook_is_called_and_no_longer(life, hooked):
    seen = []
    hooked.does["before_create"] = lambda self: seen.append(self.handle)
    artifact = life.create()

    assert seen
    with pytest.raises(LookupError):
        _ = artifact.handle


@pytest.mark.parametrize(
    "late",
    [
        lambda handle: handle.read_blob(BLOB),
        lambda handle: handle.open_blob(BLOB),
        lambda handle: handle.spool(io.BytesIO(b"abc")),
        lambda handle: handle.put(KEY, io.BytesIO(b"late")),
        lambda handle: handle.unpack(io.BytesIO(b""), "folder"),
    ],
)
def test_a_handle_that_a_type_keeps_does_nothing_any_more(
    deployment, life, artifact, hooked, late, usage
):
    kept = []

    def keep(self, slot, stream):
        kept.append(self.handle)
        return stream

    hooked.does["before_upload"] = keep
    shown = life.upload(artifact, "blob", b"12345")

    with pytest.raises(LookupError, match="handle"):
        late(kept[0])
    assert life.show(artifact).blobs == shown.blobs
    assert deployment.rows(tables.uploads) == []
    assert usage() == (1, 5, 0)


def test_a_hook_reads_what_a_slot_holds(life, artifact, hooked):
    life.upload(artifact, "blob", b"12345")
    seen = []
    hooked.does["before_change"] = lambda self, patch: seen.extend(
        [self.handle.read_blob(BLOB), self.handle.open_blob(BLOB).read(2)]
    )
    life.change(artifact, text="x")

    assert seen == [b"12345", b"12"]


def test_what_it_opened_is_closed_behind_it(life, artifact, hooked):
    life.upload(artifact, "blob", b"12345")
    seen = []
    hooked.does["before_change"] = lambda self, patch: seen.extend(
        [self.handle.open_blob(BLOB), self.handle.spool(io.BytesIO(b"abc"))]
    )
    life.change(artifact, text="x")

    assert all(each.closed for each in seen)


@pytest.mark.parametrize(("limit", "fits"), [(5, True), (4, False), (0, False)])
def test_a_blob_is_read_up_to_a_limit(life, artifact, hooked, limit, fits):
    life.upload(artifact, "blob", b"12345")
    hooked.does["before_activate"] = lambda self: self.handle.read_blob(BLOB, limit)

    if fits:
        life.activate(artifact)
    else:
        with pytest.raises(errors.TooLarge):
            life.activate(artifact)


def test_an_empty_slot_cannot_be_read(life, artifact, hooked):
    hooked.does["before_activate"] = lambda self: self.handle.read_blob(BLOB)

    with pytest.raises(errors.BlobNotFound):
        life.activate(artifact)


def test_an_artifact_that_is_not_there_yet_has_nothing_to_read(life, hooked):
    hooked.does["before_create"] = lambda self: self.handle.read_blob(BLOB)

    with pytest.raises(errors.NotFound):
        life.create("another")


class TestPutting:
    """Another slot is filled with the upload, or neither is."""

    @pytest.fixture
    def puts(self, hooked):
        def put(self, slot, stream):
            self.handle.put(KEY, io.BytesIO(b"beside"), "text/html")
            return stream

        hooked.does["before_upload"] = put

    def test_both_slots_are_filled(self, life, artifact, puts, usage):
        shown = life.upload(artifact, "blob", b"12345")

        assert life.read(artifact, "folder/key") == b"beside"
        assert shown.folder["key"].content_type == "text/html"
        assert life.show(artifact).revision == 2
        assert usage() == (1, 11, 0)

    def test_a_failed_upload_fills_neither(self, deployment, life, artifact, source, puts, usage):
        def leave():
            raise errors.Invalid("body: the client has gone")

        with pytest.raises(errors.Invalid):
            life.upload(artifact, "blob", source(b"12", leave))

        assert life.show(artifact).blobs == {}
        assert deployment.stored() == []
        assert usage() == (1, 0, 0)

    def test_an_artifact_activated_meanwhile_keeps_what_it_has(
        self, deployment, life, artifact, source, hooked, usage
    ):
        def deactivate(self, slot, stream):
            self.handle.put(KEY, io.BytesIO(b"beside"))
            table = tables.artifacts
            with deployment.parts.database.engine.begin() as connection:
                connection.execute(table.update().values(status="deactivated"))
            return stream

        hooked.does["before_upload"] = deactivate
        with pytest.raises(errors.Forbidden):
            life.upload(artifact, "blob", b"12345")

        assert life.show(artifact).blobs == {}
        assert deployment.stored() == []
        assert usage() == (1, 0, 0)

    @pytest.mark.parametrize(
        ("slot", "error"),
        [
            (Slot("blob"), errors.SlotTaken),
            (Slot("text"), errors.Invalid),
            (Slot("nothing"), errors.Invalid),
            (Slot("folder"), errors.Invalid),
            (Slot("folder", "x" * 300), errors.Invalid),
        ],
    )
    def test_a_slot_that_cannot_be_filled(self, life, artifact, hooked, slot, error):
        def put(self, _, stream):
            self.handle.put(slot, io.BytesIO(b"beside"))
            return stream

        hooked.does["before_upload"] = put
        with pytest.raises(error):
            life.upload(artifact, "blob", b"12345")

        assert life.show(artifact).blobs == {}

    def test_what_fails_and_is_forgiven_is_given_up(self, life, artifact, hooked, usage):
        """A hook may go on without what it could not put."""

        def put(self, slot, stream):
            with pytest.raises(errors.TooLarge):
                self.handle.put(KEY, io.BytesIO(bytes(11 * 1024 * KiB)))
            return stream

        hooked.does["before_upload"] = put
        shown = life.upload(artifact, "blob", b"12345")

        assert list(shown.blobs) == list(life.show(artifact).blobs) == [BLOB]
        assert usage() == (1, 5, 0)

    def test_a_hook_after_something_uploads_for_its_caller(self, life, artifact, hooked, usage):
        hooked.does["after_activate"] = lambda self: self.handle.put(KEY, io.BytesIO(b"later"))
        hooked.called.clear()
        shown = life.activate(artifact)
        called = [each[0] for each in hooked.called]

        assert life.read(artifact, "folder/key") == b"later"
        assert shown.folder == life.show(artifact).folder
        assert (shown.revision, shown.updated_at) == (3, life.show(artifact).updated_at)
        assert [name for name in called if "upload" in name] == []
        assert usage() == (1, 5, 0)

    def test_a_hook_after_something_may_do_no_more_than_the_life_cycle(
        self, deployment, life, live, admin, artifact, hooked, caplog
    ):
        hooked.does["after_deactivate"] = lambda self: self.handle.put(KEY, io.BytesIO(b"later"))
        life.activate(artifact)
        shown = live(deployment.parts, admin, "hooked").change(artifact, status="deactivated")

        assert shown.blobs == {}
        assert "after_deactivate failed" in caplog.text

    @pytest.mark.parametrize("verb", ["create", "change", "activate"])
    def test_before_anything_else_it_is_a_fault_of_the_type(self, life, artifact, hooked, verb):
        hooked.does[f"before_{verb}"] = lambda self, *told: self.handle.put(KEY, io.BytesIO(b"x"))

        with pytest.raises(LookupError):
            life.create("another") if verb == "create" else life.activate(artifact)


def test_a_temporary_file_holds_all_that_came_and_is_stored(life, artifact, hooked):
    seen = []

    def spool(self, slot, stream):
        file = self.handle.spool(stream)
        seen.append(file.read())
        file.seek(0)
        return file

    hooked.does["before_upload"] = spool
    life.upload(artifact, "blob", b"12345")

    assert seen == [b"12345"]
    assert life.read(artifact, "blob") == b"12345"


def test_a_temporary_file_takes_no_more_than_the_slot(life, artifact, hooked):
    hooked.does["before_upload"] = lambda self, slot, stream: self.handle.spool(stream)

    with pytest.raises(errors.TooLarge):
        life.upload(artifact, "blob", io.BytesIO(bytes(1001 * KiB)))


@pytest.mark.parametrize("size", [1, 500_000])
def test_a_temporary_file_on_a_full_disk_is_not_the_callers_fault(
    life, artifact, hooked, monkeypatch, size
):
    full = lambda prefix: open("/dev/full", "r+b")  # noqa: E731, SIM115
    monkeypatch.setattr("artifacts.service.handles.TemporaryFile", full)
    hooked.does["before_upload"] = lambda self, slot, stream: self.handle.spool(stream)

    with pytest.raises(errors.StoreFull):
        life.upload(artifact, "blob", bytes(size))


def test_a_folder_for_temporary_files_that_is_not_there_is_not_the_callers_fault(
    life, artifact, hooked, monkeypatch, tmp_path
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nothing"))
    hooked.does["before_upload"] = lambda self, slot, stream: self.handle.spool(stream)

    with pytest.raises(errors.StoreFull):
        life.upload(artifact, "blob", b"12345")
