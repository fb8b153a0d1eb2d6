"""Promise 1: once an artifact was active, no sequence of requests changes what is behind it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifacts import errors

REFUSALS = (errors.Invalid, errors.Forbidden, errors.NotFound, errors.Conflict)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["owner", "admin", "stranger"]),
        st.sampled_from(
            [
                ("upload", "blob"),
                ("upload", "loose"),
                ("empty", "blob"),
                ("empty", "loose"),
                ("change", "status", "drafted"),
                ("change", "status", "active"),
                ("change", "status", "deactivated"),
                ("change", "status", "deleted"),
                ("change", "visibility", "public"),
                ("change", "visibility", "private"),
                ("change", "fixed", "other"),
                ("change", "name", "other"),
                ("change", "version", "9"),
                ("change", "blob", None),
                ("change", "owner", "elsewhere"),
                ("move", "/labels/k", "/fixed"),
                ("remove", "/metadata/k"),
                ("delete",),
            ]
        ),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_nothing_changes_what_is_behind_an_id_that_was_active(
    deployment, live, caller, admin, other, steps
):
    """D17, D18."""
    callers = {"owner": caller, "admin": admin, "stranger": other}
    lives = {name: live(deployment.parts, each) for name, each in callers.items()}
    owner = lives["owner"]
    artifact = owner.create("n", fixed="f", metadata={"k": "v"}, labels={"k": "v"})
    owner.upload(artifact, "blob", b"original")
    owner.activate(artifact)
    before = owner.show(artifact)
    for who, (verb, *arguments) in steps:
        try:
            act(lives[who], artifact, verb, arguments)
        except REFUSALS:
            pass  # most of what is tried here is refused, and that is all right
        try:
            after = owner.show(artifact)
        except errors.ArtifactNotFound:
            return
        assert after.blob == before.blob
        assert lives["admin"].read(artifact, "blob") == b"original"
        for name in ("id", "name", "version", "owner", "fixed", "metadata", "created_at"):
            assert getattr(after, name) == getattr(before, name)
        assert after.status in ("active", "deactivated")
    lives["admin"].delete(artifact)


def act(life, artifact, verb, arguments):
    match verb, *arguments:
        case "upload", path:
            life.upload(artifact, path, b"other bytes")
        case "empty", path:
            life.empty(artifact, path)
        case "change", name, value:
            life.change(artifact, **{name: value})
        case "move", start, end:
            life.patch(artifact, {"op": "move", "from": start, "path": end})
        case "remove", path:
            life.patch(artifact, {"op": "remove", "path": path})
        case "delete":
            life.delete(artifact)


def test_an_id_is_never_given_out_again(deployment, life):
    """D20."""
    artifact = life.create()
    life.delete(artifact)

    with pytest.raises(errors.Forbidden, match="id"):
        life.create(id=artifact.id)
    with pytest.raises(errors.ArtifactNotFound):
        life.show(artifact)
