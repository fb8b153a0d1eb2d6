"""Access: who sees and changes what, by project, role, visibility and status (contract 8.5)."""

import pytest

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model.query import Query

UNKNOWN, FORBIDDEN = errors.ArtifactNotFound, errors.Forbidden
CALLERS = {
    "owner": Caller("user", "project", frozenset({"member"})),
    "stranger": Caller("stranger", "elsewhere", frozenset({"member"})),
    "admin": Caller("operator", "admins", frozenset({"Admin"})),
    "nobody": Caller(None, None),
    "anonymous": Caller(None, None, read_only=True),
}
ACTS = ("show", "read", "change", "upload", "delete")
# What each may do to a private and to a public active artifact of `project`.
ALLOWED = {
    ("private", "owner"): (None, None, None, None, None),
    ("private", "stranger"): (UNKNOWN,) * 5,
    ("private", "admin"): (None, None, None, None, None),
    ("private", "nobody"): (UNKNOWN,) * 5,
    ("private", "anonymous"): (UNKNOWN,) * 5,
    ("public", "owner"): (None, None, FORBIDDEN, None, FORBIDDEN),
    ("public", "stranger"): (None, None, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    ("public", "admin"): (None, None, None, None, None),
    ("public", "nobody"): (None, None, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    ("public", "anonymous"): (None, None, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    ("deactivated", "owner"): (None, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    ("deactivated", "admin"): (None, None, FORBIDDEN, FORBIDDEN, None),
}


@pytest.mark.parametrize(("state", "who"), ALLOWED)
def test_who_may_do_what(deployment, live, life, state, who):
    artifact = life.create()
    life.upload(artifact, "loose", b"12345")
    life.activate(artifact)
    operator = live(deployment.parts, CALLERS["admin"])
    if state == "public":
        operator.change(artifact, visibility="public")
    if state == "deactivated":
        operator.change(artifact, status="deactivated")
    mine = live(deployment.parts, CALLERS[who])
    acts = {
        "show": lambda: mine.show(artifact),
        "read": lambda: mine.read(artifact, "loose"),
        "change": lambda: mine.change(artifact, description="new"),
        "upload": lambda: mine.upload(artifact, "loose", b"67890"),
        "delete": lambda: mine.delete(artifact),
    }

    for act, error in zip(ACTS, ALLOWED[state, who], strict=True):
        if error is None:
            acts[act]()
        else:
            with pytest.raises(error):
                acts[act]()


@pytest.mark.parametrize("who", ["nobody", "anonymous"])
def test_who_acts_for_no_project_creates_nothing(deployment, live, who):
    with pytest.raises(errors.Forbidden):
        live(deployment.parts, CALLERS[who], "no such type").create()


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("owner", {"private", "public"}),
        ("stranger", {"public"}),
        ("nobody", {"public"}),
        ("anonymous", {"public"}),
        ("admin", {"private", "public"}),
    ],
)
@pytest.mark.parametrize("type_name", ["samples", "all"])
def test_lists_show_what_may_be_seen(deployment, live, life, who, seen, type_name):
    """D44."""
    life.create("private")
    public = life.activate(life.create("public"))
    live(deployment.parts, CALLERS["admin"]).change(public, visibility="public")
    page = deployment.parts.artifacts.find(CALLERS[who], type_name, Query())

    assert {artifact.name for artifact in page.artifacts} == seen
    assert page.total == len(seen)


def test_an_artifact_is_found_under_its_own_type_alone(deployment, live, life, caller):
    """D37."""
    artifact = life.create()
    for type_name in ("images", "strict_samples"):
        for verb in ("show", "activate", "delete"):
            with pytest.raises(errors.ArtifactNotFound):
                getattr(live(deployment.parts, caller, type_name), verb)(artifact)

    assert live(deployment.parts, caller, "all").show(artifact).id == artifact.id


def test_everything_can_be_looked_at_but_not_changed_as_all(deployment, live, life, caller):
    artifact = life.create()
    everything = live(deployment.parts, caller, "all")

    for verb in (everything.activate, everything.delete, lambda it: everything.create("n")):
        with pytest.raises(errors.Forbidden):
            verb(artifact)
    assert everything.patch(artifact).id == artifact.id


def test_what_all_does_not_show_cannot_be_named_under_it(deployment, live, life, caller):
    artifact = life.create()
    everything = live(deployment.parts, caller, "all")

    with pytest.raises(errors.Invalid, match="no field string in all"):
        everything.change(artifact, string="x")
    with pytest.raises(errors.Invalid, match="no field blob in all"):
        everything.upload(artifact, "blob", b"1")
    assert everything.change(artifact, description="").id == artifact.id


def test_a_delete_asks_again_for_rights_once_nobody_else_can_change_the_artifact(
    deployment, live, life, admin, monkeypatch
):
    artifact = life.activate(life.create())
    operator = live(deployment.parts, admin)

    def publish(self):
        operator.change(artifact, visibility="public")

    monkeypatch.setattr(deployment.parts.types["samples"], "before_delete", publish)
    with pytest.raises(errors.PolicyForbids):
        life.delete(artifact)

    assert life.show(artifact).visibility == "public"


def test_who_may_only_read_writes_nothing_whatever_else_is_known_of_it(deployment, live, life):
    artifact = life.create()
    reader = live(deployment.parts, Caller("user", "project", read_only=True))

    assert reader.show(artifact).id == artifact.id
    for verb in (reader.activate, reader.delete, lambda it: reader.upload(it, "blob", b"1")):
        with pytest.raises(errors.Forbidden):
            verb(artifact)


@pytest.mark.parametrize("id", ["", "nobody", "é", "a\x00b", "x" * 5000, "' OR 1=1 --"])
def test_what_is_no_id_is_not_found(life, id):
    with pytest.raises(errors.ArtifactNotFound):
        life.parts.artifacts.show(life.caller, "samples", id)
