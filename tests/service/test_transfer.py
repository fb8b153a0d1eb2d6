"""Transfer: what one project keeps becomes another's, whatever stops it (promises 3, 4)."""

from itertools import count

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.model import Artifact
from artifacts.model.query import Condition, Query
from artifacts.service import projects
from artifacts.service.transfer import DELETED, DISABLED, TAKEN, UPLOADING, Transfer

OPERATOR = projects.operator("req-of-it")


@pytest.fixture
def heir(deployment, live, other):
    """The verbs of the project `elsewhere`, which artifacts are given to."""
    return live(deployment.parts, other)


@pytest.fixture
def transfer(deployment):
    """Give what `project` has to `elsewhere`; return why each was left, by its name."""

    def transfer(giver="project", receiver="elsewhere", *, of=None, limited=True, verb="run"):
        parts = deployment.parts
        giving = Transfer(parts.database, parts.quotas, parts.scrub, OPERATOR, limited=limited)
        return {each.name: each.left for each in getattr(giving, verb)(giver, receiver, of)}

    return transfer


@pytest.fixture
def owners(deployment):
    def owners():
        names = {row.number: row.name for row in deployment.rows(tables.projects)}
        return {row.name: names[row.owner] for row in deployment.rows(tables.artifacts)}

    return owners


@pytest.fixture
def several(life):
    """Four artifacts, two of which have the same bytes, one of them twice."""
    made = [life.create(f"n{number}", tags=["red"], number=number) for number in range(4)]
    for artifact, slot, data in (
        (made[0], "blob", b"the same"),
        (made[0], "folder/k", b"the same"),
        (made[1], "blob", b"the same"),
        (made[2], "blob", b"others"),
    ):
        life.upload(artifact, slot, data)
    return made


def found(verbs, *conditions):
    query = Query(tuple(Condition(*each) for each in conditions))
    page = verbs.parts.artifacts.find(verbs.caller, "samples", query)
    return {seen.name: seen for seen in page.artifacts}


def test_all_of_it_is_the_other_projects(life, heir, several, transfer, usage):
    before = [life.show(artifact) for artifact in several]

    assert transfer() == dict.fromkeys(("n0", "n1", "n2", "n3"))
    assert found(life) == {}
    assert found(heir, ("tags", "all", ("red",)), ("number", "gt", (1,))).keys() == {"n2", "n3"}
    assert [usage(), usage("elsewhere")] == [(0, 0, 0), (4, 30, 0)]
    assert heir.read(several[1], "blob") == b"the same"
    for artifact in before:
        shown = heir.show(artifact)
        assert shown.values == artifact.values | {
            "owner": "elsewhere",
            "updated_at": shown.updated_at,
        }
        with pytest.raises(errors.ArtifactNotFound):
            life.show(artifact)
    assert heir.activate(several[0]).status == "active"


def test_no_bytes_move(deployment, several, transfer):
    files = deployment.stored()
    transfer()

    assert deployment.stored() == files


def test_it_is_a_revision_by_the_operator(deployment, life, transfer):
    life.create("one")
    transfer()
    made = max(deployment.rows(tables.revisions), key=lambda row: row.number)

    assert (made.action, made.number, made.changes) == ("transfer", 2, {"owner": "elsewhere"})
    assert (made.user, made.project, made.request_id) == ("operator", None, "req-of-it")


def test_bytes_that_both_have_are_kept_once(deployment, life, heir, several, transfer, usage):
    own = heir.create("own")
    heir.upload(own, "blob", b"the same")
    assert len(deployment.stored()) == 3
    transfer()

    assert len(deployment.stored()) == 2
    heir.delete(own)
    assert {heir.read(several[0], slot) for slot in ("blob", "folder/k")} == {b"the same"}
    assert usage("elsewhere") == (4, 30, 0)


def test_bytes_that_some_left_behind_refer_to_are_there_for_both(
    deployment, life, heir, live, caller, transfer
):
    """D34: what the one deletes, or brings again, tells it nothing of the other's."""
    stays, goes = life.create("stays"), live(deployment.parts, caller, "images").create("goes")
    images = live(deployment.parts, heir.caller, "images")
    for artifact, verbs, slot in (
        (stays, life, "blob"),
        (goes, live(deployment.parts, caller, "images"), "image"),
    ):
        verbs.upload(artifact, slot, b"the same")
    transfer(of="images")

    assert len(deployment.stored()) == 1
    life.upload(life.create("again"), "blob", b"the same")
    life.delete(stays)
    assert images.read(goes, "image") == b"the same"
    images.delete(goes)
    assert len(deployment.stored()) == 1


def test_what_went_comes_back(life, several, transfer, owners, usage):
    transfer()
    transfer("elsewhere", "project")

    assert set(owners().values()) == {"project"}
    assert life.read(several[0], "folder/k") == b"the same"
    assert [usage(), usage("elsewhere")] == [(4, 30, 0), (0, 0, 0)]


def test_a_taken_name_stays_and_keeps_no_other_from_going(life, heir, several, transfer, owners):
    heir.create("n1")

    assert transfer() == {"n0": None, "n1": TAKEN, "n2": None, "n3": None}
    assert transfer() == {"n1": TAKEN}
    assert life.read(several[1], "blob") == b"the same"


def test_what_is_public_goes_whatever_its_name_is(deployment, life, heir, live, admin, transfer):
    artifact = life.activate(life.create("one"))
    live(deployment.parts, admin).change(artifact, visibility="public")
    heir.create("one")

    assert transfer() == {"one": None}
    assert life.show(artifact).owner == "elsewhere"


def test_the_new_owner_is_no_member_of_its_own(deployment, life, heir, transfer):
    artifact = life.change(life.activate(life.create()), visibility="shared")
    for project in ("elsewhere", "third"):
        deployment.parts.members.add(life.caller, "samples", artifact.id, project, None)
    transfer()
    members = deployment.parts.members.find(heir.caller, "samples", artifact.id)

    assert [member.project for member in members] == ["third"]


def test_what_is_being_uploaded_stays_until_it_is_done(
    deployment, life, heir, source, transfer, owners, usage
):
    artifact, outcomes = life.create("one"), []
    life.upload(artifact, "blob", source(b"12", lambda: outcomes.append(transfer()), b"345"))

    assert outcomes == [{"one": UPLOADING}]
    assert owners() == {"one": "project"}
    assert transfer() == {"one": None}
    assert [usage(), usage("elsewhere")] == [(0, 0, 0), (1, 5, 0)]


def test_uploads_that_died_are_given_up(deployment, life, source, die, expire, transfer, usage):
    with pytest.raises(KeyboardInterrupt):
        life.upload(life.create("one"), "blob", source(b"12", die), length=5)
    expire()

    assert transfer() == {"one": None}
    assert [usage(), usage("elsewhere")] == [(0, 0, 0), (1, 0, 0)]
    assert deployment.rows(tables.uploads) == []


def test_an_upload_whose_lease_ends_between_two_looks_is_charged_to_nobody(
    life, source, transfer, usage, monkeypatch
):
    """Promise 3: when the artifact is read its lease still runs, and a moment later no more."""
    artifact = life.create("one")
    life.upload(artifact, "loose", b"kept")
    monkeypatch.setattr("artifacts.db.uploads.Uploads.under_way", lambda *_: False)
    outcomes = []

    with pytest.raises(errors.ArtifactsError):
        life.upload(
            artifact, "blob", source(b"12", lambda: outcomes.append(transfer()), b"3"), length=3
        )

    assert outcomes == [{"one": None}]
    assert [usage(), usage("elsewhere")] == [(0, 0, 0), (1, 4, 0)]


def test_rights_that_were_had_before_it_are_none_behind_it(deployment, life, transfer):
    """Between the look at the rights and the lock somebody gave it away."""
    artifact = life.create()
    transfer()

    with pytest.raises(errors.Busy):
        deployment.parts.database.write(lambda tx: tx.artifacts.lock(artifact.id, owner="project"))


class TestQuotas:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"artifact_type:samples": {"max_uploaded_data": 30}})

    @pytest.fixture
    def limit(self, deployment, admin):
        return lambda **values: deployment.parts.quotas.replace(admin, {"elsewhere": values})

    def test_of_the_receiver_hold(self, several, transfer, limit, owners, usage):
        limit(max_artifact_number=2)
        with pytest.raises(errors.TooManyArtifacts):
            transfer()

        assert list(owners().values()).count("elsewhere") == 2
        limit(**{"max_uploaded_data:samples": 29})
        with pytest.raises(errors.TooLarge):
            transfer()

        assert usage("elsewhere") == (2, 24, 0)
        assert transfer(limited=False) == {"n2": None, "n3": None}
        assert [usage(), usage("elsewhere")] == [(0, 0, 0), (4, 30, 0)]

    def test_that_lack_are_told_before(self, deployment, heir, several, limit):
        lacking = deployment.parts.quotas.lacking
        heir.upload(heir.create("own"), "blob", b"1")
        limit(max_artifact_number=4, max_uploaded_data=-1)

        assert lacking("project", "elsewhere") == [
            "max_artifact_number of elsewhere is 4, and 5 would be kept",
            "max_uploaded_data:samples of elsewhere is 30, and 31 would be kept",
        ]
        assert lacking("project", "elsewhere", "images") == []


def test_what_is_deleted_in_name_waits_for_the_scrub(deploy, life, caller, live, transfer):
    later = live(deploy({"DEFAULT": {"delayed_delete": True}}).parts, caller)
    later.delete(life.create("gone"))

    assert transfer(verb="preview") == transfer() == {"gone": DELETED}


def test_those_of_a_type_that_is_not_enabled_stay(deploy, deployment, life):
    life.create("one")
    parts = deploy({"DEFAULT": {"custom_artifact_types_modules": ""}}).parts
    giving = Transfer(parts.database, parts.quotas, parts.scrub, OPERATOR)

    for verb in (giving.preview, giving.run):
        assert [each.left for each in verb("project", "elsewhere")] == [DISABLED]


def test_a_preview_says_what_would_be_and_changes_nothing(
    deployment, life, heir, source, several, transfer, owners
):
    heir.create("n1")
    told = []
    life.upload(
        several[3], "blob", source(b"1", lambda: told.append(transfer(verb="preview")), b"2")
    )

    assert told == [{"n0": None, "n1": TAKEN, "n2": None, "n3": UPLOADING}]
    assert [name for name, owner in owners().items() if owner == "elsewhere"] == ["n1"]


def test_a_project_that_was_never_met_has_nothing_to_give(transfer):
    with pytest.raises(errors.NotFound, match="project nobody: never kept anything here"):
        transfer("nobody")
    with pytest.raises(errors.Invalid):
        transfer("project", "project")


def test_whatever_statement_it_stops_at_it_goes_on_from_there(
    deployment, life, heir, several, transfer, owners, fail_at, usage
):
    """Promise 3: each artifact is wholly the one's or the other's, and usage is what rows say."""
    heir.upload(heir.create("own"), "blob", b"others")
    members = deployment.parts.members
    shared = life.change(life.activate(several[3]), visibility="shared")
    members.add(life.caller, "samples", shared.id, "elsewhere", None)
    fail, stop = fail_at
    for statement in count():
        fail(statement)
        try:
            transfer()
        except KeyboardInterrupt:
            stop()
        else:
            break
        sums = [usage(project)[0] for project in ("project", "elsewhere")]
        owned = list(owners().values())
        assert sums == [owned.count("project"), owned.count("elsewhere")]
    stop()

    assert [usage(), usage("elsewhere")] == [(0, 0, 0), (5, 36, 0)]


def test_several_at_once_and_there_and_back_lose_nothing(
    life, heir, transfer, owners, at_once, usage
):
    for number in range(6):
        for verbs, name in ((life, "a"), (heir, "b")):
            artifact = verbs.create(f"{name}{number}")
            verbs.upload(artifact, "blob", str(number % 2).encode())
    at_once([transfer, lambda: transfer("elsewhere", "project")] * 2)

    counted = list(owners().values())
    for project in ("project", "elsewhere"):
        number = counted.count(project)
        assert usage(project) == (number, number, 0)


def test_who_creates_uploads_and_deletes_meanwhile_is_counted(
    life, heir, transfer, owners, at_once, usage
):
    made = [life.create(f"n{number}") for number in range(8)]
    outcomes = at_once(
        [
            transfer,
            *(lambda each=each: life.upload(each, "blob", b"same") for each in made[:4]),
            *(lambda each=each: life.delete(each) for each in made[4:6]),
            lambda: life.create("late"),
        ]
    )

    refused = (errors.ArtifactNotFound, errors.Forbidden, errors.Conflict)
    assert all(isinstance(each, (dict, Artifact, *refused, type(None))) for each in outcomes)
    while any(transfer().values()):
        pass
    kept = sum(blob.size for each in found(heir).values() for blob in each.blobs.values())
    assert usage() == (0, 0, 0)
    assert usage("elsewhere") == (len(owners()), kept, 0)
