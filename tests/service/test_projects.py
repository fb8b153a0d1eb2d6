"""What a project keeps, for operators."""

import pytest

from artifacts import errors
from artifacts.service import projects


def test_what_a_project_keeps_is_shown(deployment, life, live, other, admin):
    heir = live(deployment.parts, other)
    several = [life.create(f"n{number}") for number in range(4)]
    life.upload(several[0], "blob", b"12345")
    active = life.change(life.activate(several[0]), visibility="shared")
    members = deployment.parts.members
    members.add(life.caller, "samples", active.id, "third", None)
    theirs = heir.change(heir.activate(heir.create()), visibility="shared")
    members.add(heir.caller, "samples", theirs.id, "project", None)
    deployment.parts.quotas.replace(admin, {"project": {"max_artifact_number": 9}})
    shown = projects.show(deployment.parts.database, "project")

    assert sorted(shown.artifacts) == [
        ("samples", "active", "shared", 1),
        ("samples", "drafted", "private", 3),
    ]
    assert (shown.bytes, shown.reserved_bytes, shown.external_blobs) == (5, 0, 0)
    assert (shown.uploads, shown.memberships, shown.shares) == (0, 1, 1)
    assert shown.quotas == {"max_artifact_number": 9}
    with pytest.raises(errors.NotFound):
        projects.show(deployment.parts.database, "nobody")
