"""Purge: nothing of a project is left but what a delete leaves (promises 3, 4 and 10)."""

from itertools import count

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.service import projects
from artifacts.service import purge as purging
from artifacts.service.purge import DISABLED, FAILED, Purge
from artifacts.service.transfer import Transfer

OPERATOR = projects.operator("req-of-it")


@pytest.fixture
def purge(deployment):
    """Purge `project`; return why each artifact is left, by its name."""

    def purge(parts=deployment.parts):
        work = Purge(parts.database, parts.scrub, OPERATOR)
        left = {each.name: each.left for each in work.artifacts("project")}
        left |= {each.name: each.left for each in work.memberships("project")}
        work.quotas("project")
        return {name: why for name, why in left.items() if why}

    return purge


@pytest.fixture
def heir(deployment, live, other):
    return live(deployment.parts, other)


@pytest.fixture
def estate(deployment, life, heir, live, admin):
    """What a project can have: in every status and visibility, and with others."""
    made = [life.create(f"n{number}", tags=["red"], number=number) for number in range(5)]
    for artifact in made[:3]:
        life.upload(artifact, "blob", b"the same")
        life.activate(artifact)
    operator = live(deployment.parts, admin)
    operator.change(made[0], visibility="public")
    operator.change(made[1], status="deactivated")
    members = deployment.parts.members
    life.change(made[2], visibility="shared")
    members.add(life.caller, "samples", made[2].id, "elsewhere", None)
    theirs = heir.change(heir.activate(heir.create("theirs")), visibility="shared")
    members.add(heir.caller, "samples", theirs.id, "project", None)
    members.add(heir.caller, "samples", theirs.id, "third", None)
    deployment.parts.quotas.replace(admin, {"project": {"max_artifact_number": 9}})
    return [*made, theirs]


def rows_of(deployment, *names):
    return {name: len(deployment.rows(tables.metadata.tables[name])) for name in names}


def test_nothing_is_left_but_tombstones_and_what_happened(deployment, heir, estate, purge, usage):
    assert purge() == {}
    assert deployment.stored() == []
    assert usage() == (0, 0, 0)
    assert rows_of(deployment, "artifacts", "members", "quotas", "contents", "uploads") == {
        "artifacts": 1,
        "members": 1,
        "quotas": 0,
        "contents": 0,
        "uploads": 0,
    }
    buried = deployment.rows(tables.tombstones)
    assert {row.id for row in buried} == {artifact.id for artifact in estate[:5]}
    assert {(row.user, row.project) for row in buried} == {("operator", None)}
    assert heir.show(estate[5]).revision == 6


def test_both_are_revisions_by_the_operator(deployment, estate, purge):
    purge()
    made = [row for row in deployment.rows(tables.revisions) if row.user == "operator"]
    by_operator = [row for row in made if row.request_id == "req-of-it"]

    assert [row.action for row in by_operator].count("delete") == 5
    assert [row.changes for row in by_operator if row.action == "delete_member"] == [
        {"members/project": None}
    ]


def test_twice_is_no_error(estate, purge):
    assert purge() == purge() == {}


def test_what_others_were_given_of_it_stays_theirs(deployment, life, heir, purge):
    """A content that the two refer to is the project's that has it last."""
    given, kept = life.create("given"), life.create("kept")
    for artifact in (given, kept):
        life.upload(artifact, "blob", b"the same")
    parts = deployment.parts
    next(Transfer(parts.database, parts.quotas, parts.scrub, OPERATOR).run("project", "elsewhere"))

    assert purge() == {}
    assert heir.read(given, "blob") == b"the same"


def test_an_upload_that_is_under_way_is_given_up(deployment, life, source, purge, usage):
    artifact = life.create()
    # Whether the store misses what it had begun, or the slot is missing in the end.
    with pytest.raises((errors.Conflict, errors.ArtifactNotFound)):
        life.upload(artifact, "blob", source(b"12", purge, b"345"), length=5)

    assert deployment.stored() == []
    assert usage() == (0, 0, 0)


def test_uploads_that_died_are_freed(deployment, life, source, die, purge, usage):
    with pytest.raises(KeyboardInterrupt):
        life.upload(life.create(), "blob", source(b"12", die), length=5)

    assert purge() == {}
    assert usage() == (0, 0, 0)


def test_what_is_deleted_in_name_goes_with_one_tombstone(deploy, deployment, life, live, purge):
    later = live(deploy({"DEFAULT": {"delayed_delete": True}}).parts, life.caller)
    artifact = later.create()
    later.upload(artifact, "blob", b"12345")
    later.delete(artifact)

    assert purge() == {}
    assert rows_of(deployment, "artifacts", "tombstones") == {"artifacts": 0, "tombstones": 1}


def test_delayed_deletion_delays_no_purge(deploy, deployment, life, purge):
    life.upload(life.create(), "blob", b"12345")

    assert purge(deploy({"DEFAULT": {"delayed_delete": True}}).parts) == {}
    assert deployment.stored() == []


def test_those_of_a_type_that_is_not_enabled_are_left(deploy, estate, purge):
    without = deploy({"DEFAULT": {"custom_artifact_types_modules": ""}}).parts

    assert purge(without) == dict.fromkeys((each.name for each in estate), DISABLED)


def test_one_that_cannot_go_keeps_no_other(deployment, life, purge, monkeypatch):
    for name in ("one", "two"):
        life.create(name)

    def erase(tx, record):
        if record.artifact.name == "one":
            raise RuntimeError
        return erase_really(tx, record)

    erase_really = purging.erase
    monkeypatch.setattr(purging, "erase", erase)

    assert purge() == {"one": FAILED}
    assert Purge(deployment.parts.database, deployment.parts.scrub, OPERATOR).left("project") == 1


def test_whatever_statement_it_stops_at_it_goes_on_from_there(
    deployment, life, source, die, estate, purge, fail_at, usage
):
    """Promise 3; the `consistent` fixture looks at all of it afterwards."""
    with pytest.raises(KeyboardInterrupt):
        life.upload(estate[3], "folder/k", source(b"12", die), length=5)
    fail, stop = fail_at
    for statement in count(1):
        fail(statement)
        try:
            purge()
        except KeyboardInterrupt:
            stop()
            theirs = 1
            assert usage()[0] == len(deployment.rows(tables.artifacts)) - theirs
        else:
            break
    stop()

    assert usage() == (0, 0, 0)
    assert rows_of(deployment, "artifacts", "tombstones") == {"artifacts": 1, "tombstones": 5}


def test_who_creates_uploads_and_deletes_meanwhile_leaves_nothing(
    deployment, life, purge, at_once, usage
):
    made = [life.create(f"n{number}") for number in range(8)]
    at_once(
        [
            purge,
            purge,
            *(lambda each=each: life.upload(each, "blob", b"same") for each in made[:4]),
            *(lambda each=each: life.delete(each) for each in made[4:6]),
            lambda: life.create("late"),
        ]
    )

    assert purge() == {}
    assert usage() == (0, 0, 0)
    assert deployment.stored() == []
