"""Revisions: every change of an artifact is recorded with it, by whom, when and what."""

import pytest

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db import tables


@pytest.fixture
def revisions(deployment):
    def revisions():
        rows = deployment.rows(tables.revisions)
        return sorted(rows, key=lambda row: (row.artifact, row.number))

    return revisions


def test_a_life_is_recorded_with_who_when_and_what(life, revisions, deployment):
    artifact = life.create("n", tags=["t"])
    life.change(artifact, description="words", string="text")
    life.upload(artifact, "blob", b"12345")
    life.activate(artifact)
    activated = life.show(artifact)
    life.delete(artifact)
    rows = revisions()

    assert [row.action for row in rows] == ["create", "change", "upload", "activate", "delete"]
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert {(row.user, row.project, row.request_id) for row in rows} == {
        ("user", "project", "req-1")
    }
    assert [row.made_at for row in rows] == sorted(row.made_at for row in rows)
    assert rows[0].made_at == artifact.created_at
    assert rows[3].made_at == activated.updated_at
    created, changed, uploaded, active, deleted = [row.changes for row in rows]
    assert (created["name"], created["tags"], created["status"]) == ("n", ["t"], "drafted")
    assert changed == {"description": "words", "string": "text"}
    assert set(uploaded) == {"blob"}
    assert uploaded["blob"].items() >= {
        ("sha256", activated.blob.sha256),
        ("size", 5),
        ("content_type", "text/plain"),
        ("external", False),
    }
    assert active["status"] == "active"
    assert set(active) == {"status", "activated_at"}
    assert deleted == {"status": "deleted"}


def test_who_made_it_is_who_asked(deployment, life, live, admin, revisions):
    artifact = life.activate(life.create())
    live(deployment.parts, admin).change(artifact, visibility="public")
    published = revisions()[-1]

    assert (published.action, published.user) == ("publish", "operator")
    assert published.changes == {"visibility": "public"}


def test_emptying_a_slot_is_a_change(life, revisions):
    artifact = life.create()
    life.upload(artifact, "blob", b"12345")
    life.empty(artifact, "blob")
    last = revisions()[-1]

    assert (last.number, last.action, last.changes) == (3, "delete_blob", {"blob": None})


def test_what_failed_is_not_recorded(life, revisions):
    artifact = life.create()
    for attempt in (
        lambda: life.change(artifact, number="none"),
        lambda: life.upload(artifact, "blob", b"x" * 10**7),
        lambda: life.create(),
    ):
        with pytest.raises(errors.ArtifactsError):
            attempt()

    assert [row.action for row in revisions()] == ["create"]


def test_the_number_is_the_artifacts_own(life, revisions):
    artifact = life.create()
    for number in range(3):
        life.change(artifact, number=number)

    assert life.show(artifact).revision == revisions()[-1].number == 4


def test_the_record_outlives_the_artifact(deploy, live, caller, revisions):
    life = live(deploy({"DEFAULT": {"delayed_delete": True}}).parts, caller)
    artifact = life.create()
    life.delete(artifact)
    life.parts.scrub.run()

    assert [row.action for row in revisions()] == ["create", "delete"]


def test_a_request_by_http_is_recorded_under_its_id(deployment, revisions):
    answer = deployment.client().simulate_post("/artifacts/samples", json={"name": "n"})

    assert revisions()[0].request_id == answer.headers["X-Openstack-Request-Id"]


def test_nobody_s_name_is_recorded_as_none(deployment, live, revisions):
    live(deployment.parts, Caller(None, "project")).create()

    assert revisions()[0].user is None
