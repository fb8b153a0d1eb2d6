"""Deletes: at once, or in name until they are scrubbed; a tombstone stays either way."""

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.db.contents import Contents
from artifacts.model.query import Query


@pytest.fixture
def artifact(life):
    artifact = life.create("name", version="2", tags=["a"], number=5)
    life.upload(artifact, "blob", b"12345")
    life.upload(artifact, "folder/k", b"67")
    return life.show(artifact)


def test_nothing_is_left_but_a_tombstone_and_what_happened(deployment, life, artifact, usage):
    life.delete(artifact)
    left = {
        table.name: len(deployment.rows(table))
        for table in tables.metadata.sorted_tables
        if deployment.rows(table)
    }

    kept = {"projects", "types", "fields", "usage", "tombstones", "revisions"}
    assert set(left) == kept | {"commits"}  # which say nothing of what they wrote
    assert left["tombstones"] == 1
    assert deployment.stored() == []
    assert usage() == (0, 0, 0)


def test_the_tombstone_says_what_it_was_and_who_deleted_it(deployment, live, admin, artifact):
    live(deployment.parts, admin).delete(artifact)
    (tombstone,) = deployment.rows(tables.tombstones)

    assert (tombstone.id, tombstone.name, tombstone.version) == (artifact.id, "name", "2.0.0")
    assert (tombstone.user, tombstone.project) == ("operator", "admins")
    assert set(tombstone.digests) == {"blob", "folder/k"}
    assert tombstone.digests["blob"] == artifact.blob.digests
    assert tombstone.deleted_at >= artifact.updated_at


def test_deleting_again_finds_nothing(life, artifact):
    life.delete(artifact)

    for verb in (life.delete, life.show, life.activate):
        with pytest.raises(errors.ArtifactNotFound):
            verb(artifact)


@pytest.mark.parametrize("delayed", [False, True])
def test_others_can_delete_nothing(deploy, live, caller, other, delayed):
    """D25: in every mode, what is another's is unknown, and stays."""
    parts = deploy({"DEFAULT": {"delayed_delete": delayed}}).parts
    artifact = live(parts, caller).create()
    with pytest.raises(errors.ArtifactNotFound):
        live(parts, other).delete(artifact)

    assert live(parts, caller).show(artifact).status == "drafted"


def test_an_upload_under_way_keeps_its_artifact(life, source):
    artifact = life.create()

    def delete():
        with pytest.raises(errors.Conflict):
            life.delete(artifact)

    life.upload(artifact, "blob", source(b"12", delete, b"345"))

    assert life.read(artifact, "blob") == b"12345"


def test_an_upload_that_died_goes_with_its_artifact(deployment, life, source, expire, die, usage):
    artifact = life.create()
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "blob", source(b"12", die), length=5)
    expire()

    life.delete(artifact)

    assert deployment.rows(tables.uploads) == []
    assert usage() == (0, 0, 0)


def test_a_hook_may_refuse(deployment, life, artifact, monkeypatch):
    def refuse(self):
        raise errors.Invalid("name: is needed")

    monkeypatch.setattr(deployment.parts.types["samples"], "before_delete", refuse)
    with pytest.raises(errors.Invalid):
        life.delete(artifact)

    assert life.read(artifact, "blob") == b"12345"


def test_a_store_that_does_not_answer_loses_nothing(deployment, life, artifact, monkeypatch):
    """The rows go, the bytes are nobody's, and scrub deletes them later."""
    store = deployment.parts.pools.store("file")

    def fail(key):
        raise errors.StoreUnavailable("the store does not answer")

    monkeypatch.setattr(store, "delete", fail)
    life.delete(artifact)
    monkeypatch.undo()
    assert len(deployment.stored()) == 2
    assert {row.state for row in deployment.rows(tables.placements)} == {"doomed"}

    assert deployment.parts.scrub.run().finished == 2
    assert deployment.stored() == []
    assert deployment.rows(tables.placements) == []


def test_a_database_that_is_full_after_the_commit_fails_nothing(
    deployment, life, artifact, monkeypatch, caplog
):
    def fail(self, store, key):
        raise errors.StoreFull("no space is left for the database")

    monkeypatch.setattr(Contents, "forget", fail)
    life.delete(artifact)
    monkeypatch.undo()

    assert "store file" in caplog.text
    assert "no space is left for the database" in caplog.text
    assert str(deployment.store_folder) not in caplog.text
    assert deployment.parts.scrub.run().finished == 2
    assert deployment.rows(tables.placements) == []


def test_of_many_deleting_at_once_one_does(deployment, life, artifact, at_once, usage):
    outcomes = at_once([lambda: life.delete(artifact)] * 6)

    assert outcomes.count(None) == 1
    assert {type(each) for each in outcomes if each} == {errors.ArtifactNotFound}
    assert usage() == (0, 0, 0)


class TestDelayed:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"artifact_type:samples": {"delayed_delete": True}})

    def test_it_is_shown_until_it_is_scrubbed(self, deployment, life, artifact, usage):
        life.delete(artifact)
        shown = life.show(artifact)

        assert (shown.status, shown.blob.status) == ("deleted", "active")
        assert usage() == (1, 7, 0)
        with pytest.raises(errors.Forbidden):
            life.read(artifact, "blob")
        for change in ({"description": "x"}, {"status": "active"}, {"visibility": "public"}):
            with pytest.raises(errors.Forbidden):
                life.change(artifact, **change)

    def test_what_was_public_is_shown_to_its_owner_alone(
        self, deployment, life, live, admin, other, artifact
    ):
        operator, stranger = live(deployment.parts, admin), live(deployment.parts, other)
        life.activate(artifact)
        operator.change(artifact, visibility="public")
        assert stranger.show(artifact).status == "active"

        operator.delete(artifact)

        assert life.show(artifact).status == "deleted"
        assert operator.show(artifact).status == "deleted"
        with pytest.raises(errors.ArtifactNotFound):
            stranger.show(artifact)

    def test_it_is_in_no_list(self, life, live, admin, artifact):
        life.delete(artifact)

        for caller in (life.caller, admin):
            page = life.parts.artifacts.find(caller, "samples", Query())
            assert (page.artifacts, page.total) == ([], 0)

    def test_its_name_is_free(self, life, artifact):
        life.delete(artifact)

        life.create("name", version="2")

    def test_deleting_it_again_changes_nothing(self, deployment, life, artifact):
        life.delete(artifact)
        life.delete(artifact)

        assert len(deployment.rows(tables.tombstones)) == 1

    def test_scrub_erases_it(self, deployment, life, artifact, usage):
        life.delete(artifact)
        assert len(deployment.stored()) == 2

        deployment.parts.scrub.run()

        assert deployment.stored() == []
        assert usage() == (0, 0, 0)
        assert len(deployment.rows(tables.tombstones)) == 1
        with pytest.raises(errors.ArtifactNotFound):
            life.show(artifact)

    def test_scrub_leaves_what_lives(self, deployment, life, artifact):
        deployment.parts.scrub.run()

        assert life.read(artifact, "blob") == b"12345"

    def test_two_that_scrub_at_once_do_it_once(self, deployment, life, at_once, usage):
        for number in range(6):
            artifact = life.create(f"n{number}")
            life.upload(artifact, "blob", b"1")
            life.delete(artifact)
        failed = [
            each
            for each in at_once([deployment.parts.scrub.run] * 3)
            if isinstance(each, Exception)
        ]

        assert failed == []
        assert usage() == (0, 0, 0)

    def test_the_type_beats_the_default(self, deployment, live, caller):
        images = live(deployment.parts, caller, "images")
        image = images.create()
        images.delete(image)

        with pytest.raises(errors.ArtifactNotFound):
            images.show(image)
