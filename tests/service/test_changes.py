"""Changes: a patch is applied whole or not at all, and no concurrent one is lost."""

from contextlib import suppress

import pytest

from artifacts import errors
from artifacts.db import tables


@pytest.fixture
def artifact(life):
    return life.create()


def patient(change):
    """Make a change again where others were quicker too often, as who is told so would."""
    for _ in range(20):
        with suppress(errors.Busy):
            return change()
    return change()


def test_patches_at_once_lose_nothing(deploy, live, caller, life, artifact, at_once):
    """Two processes, four threads each: every tag that was added is there, once."""
    lives = [life, live(deploy().parts, caller)]

    def add(number):
        for turn in range(20):
            value = f"{number}-{turn}"
            patient(
                lambda value=value: lives[number % 2].patch(
                    artifact, {"op": "add", "path": "/tags/-", "value": value}
                )
            )

    failed = [each for each in at_once([lambda n=n: add(n) for n in range(8)]) if each]

    assert failed == []
    changed = life.show(artifact)
    assert set(changed.tags) == {f"{n}-{turn}" for n in range(8) for turn in range(20)}
    assert changed.revision == 161


def test_patches_and_uploads_at_once_lose_nothing(life, artifact, at_once):
    def change(number):
        for turn in range(5):
            values = {["string", "number", "ratio", "flag"][number]: turn}
            patient(lambda values=values: life.change(artifact, **values))

    def upload(number):
        for turn in range(5):
            life.upload(artifact, f"folder/{number}", f"{number} {turn}".encode())

    works = [lambda n=n: change(n) for n in range(4)] + [lambda n=n: upload(n) for n in range(4)]
    failed = [each for each in at_once(works) if each]
    after = life.show(artifact)

    assert failed == []
    assert (after.string, after.number, after.ratio, after.flag) == ("4", 4, 4.0, False)
    assert {key: life.read(artifact, f"folder/{key}") for key in "0123"} == {
        key: f"{key} 4".encode() for key in "0123"
    }
    assert after.revision == 1 + 18 + 20  # setting `flag` to what it is changes nothing, twice


def test_nothing_is_saved_when_one_operation_fails(deployment, life, artifact):
    with pytest.raises(errors.Invalid):
        life.change(artifact, string="new", number="none")

    assert life.show(artifact).string is None
    assert len(deployment.rows(tables.revisions)) == 1


def test_a_patch_that_changes_nothing_writes_nothing(deployment, life, artifact):
    life.change(artifact, description="")
    life.patch(artifact)

    assert life.show(artifact).updated_at == artifact.updated_at
    assert len(deployment.rows(tables.revisions)) == 1


def test_what_was_changed_is_what_is_shown_and_found(life, artifact):
    values = {
        "string": "é\U0001f600",
        "number": 2**63 - 1,
        "ratio": 1.5e300,
        "flag": True,
        "moment": "2026-01-31T12:30:15.123456Z",
        "level": "1.2.3-rc.1",
        "words": ["a", "b"],
        "labels": {"k": "v"},
        "link": "https://example.org/",
        "metadata": {"k": "v"},
        "tags": ["x", "y"],
    }
    changed = life.change(artifact, **values)

    assert life.show(artifact).values == changed.values
    assert life.show(artifact).updated_at == changed.updated_at


@pytest.mark.parametrize(
    "operations", [{"a": 1}, "text", [1], [{"op": "jump", "path": "/x"}], [{"op": "add"}]]
)
def test_what_is_no_patch_is_told_before_the_artifact_is_looked_for(life, operations):
    with pytest.raises(errors.Invalid):
        life.parts.artifacts.change(life.caller, "samples", "nobody", operations)


class TestNames:
    """Name and version are unique in a scope: the owner's private ones, or all public ones."""

    def test_an_owner_has_a_name_and_version_once(self, life):
        life.create("n", version="1")
        with pytest.raises(errors.NameTaken):
            life.create("n", version="1.0.0")

        life.create("n", version="1.0.0+b1")
        life.create("N", version="1")
        life.create("n ", version="1")

    def test_renaming_into_a_taken_name_is_refused(self, life, artifact):
        life.create("taken")
        with pytest.raises(errors.NameTaken):
            life.change(artifact, name="taken")

        assert life.show(artifact).name == "name"
        life.change(artifact, name="free")
        life.create("name")

    def test_projects_do_not_share_names_until_they_are_public(
        self, deployment, life, live, admin, other, artifact
    ):
        stranger, operator = live(deployment.parts, other), live(deployment.parts, admin)
        twin = stranger.create()
        for each in (life.activate(artifact), stranger.activate(twin)):
            last = each
        operator.change(artifact, visibility="public")
        with pytest.raises(errors.NameTaken):
            operator.change(last, visibility="public")

        life.create()  # the private name is free again

    def test_a_deleted_name_is_free(self, life, artifact):
        life.delete(artifact)

        assert life.create().id != artifact.id

    def test_of_many_creating_at_once_one_has_the_name(self, life, at_once, usage):
        outcomes = at_once([lambda: life.create("n")] * 8)

        assert [type(each) for each in outcomes].count(errors.NameTaken) == 7
        assert usage() == (1, 0, 0)

    def test_an_order_key_that_is_taken_is_no_name_that_is_taken(self, life, monkeypatch):
        keys = iter([5, 5, 5, 6])
        monkeypatch.setattr("artifacts.db.artifacts.new_order_key", lambda at: next(keys))
        one, two = life.create("one"), life.create("two")

        assert [life.show(each).name for each in (one, two)] == ["one", "two"]


class TestMoves:
    @pytest.fixture
    def operator(self, deployment, live, admin):
        return live(deployment.parts, admin)

    def test_only_a_complete_artifact_is_activated(self, deployment, live, caller):
        strict = live(deployment.parts, caller, "strict_samples")
        artifact = strict.create()
        with pytest.raises(errors.Forbidden, match="needed, payload"):
            strict.activate(artifact)
        strict.upload(artifact, "payload", b"1")

        assert strict.change(artifact, needed="x", status="active").status == "active"

    def test_only_admins_deactivate_reactivate_and_publish(self, life, operator, artifact):
        life.activate(artifact)
        for change in ({"status": "deactivated"}, {"visibility": "public"}):
            with pytest.raises(errors.PolicyForbids):
                life.change(artifact, **change)
        operator.change(artifact, status="deactivated")
        with pytest.raises(errors.PolicyForbids):
            life.change(artifact, status="active")

        assert operator.change(artifact, status="active").status == "active"
        assert operator.change(artifact, visibility="public").visibility == "public"

    def test_what_is_public_is_for_admins_to_change(self, life, operator, artifact):
        life.activate(artifact)
        operator.change(artifact, visibility="public")
        with pytest.raises(errors.PolicyForbids):
            life.change(artifact, description="mine")
        with pytest.raises(errors.PolicyForbids):
            life.delete(artifact)

        operator.change(artifact, description="ours")

    def test_hooks_run_around_their_moves(self, deployment, operator, monkeypatch):
        called = []
        sample = deployment.parts.types["samples"]
        moves = ("create", "change", "activate", "deactivate", "reactivate", "publish", "delete")
        for name in (f"{when}_{move}" for when in ("before", "after") for move in moves):
            monkeypatch.setattr(sample, name, lambda self, *told, name=name: called.append(name))
        artifact = operator.create()
        replace = [
            ("status", "active"),
            ("status", "deactivated"),
            ("status", "active"),
            ("visibility", "public"),
        ]
        operator.patch(
            artifact,
            *[{"op": "replace", "path": f"/{name}", "value": value} for name, value in replace],
        )
        operator.delete(artifact)
        steps = ["activate", "deactivate", "reactivate", "publish"]

        assert called == [
            "before_create",
            "after_create",
            "before_change",
            *[f"before_{step}" for step in steps],
            "after_change",
            *[f"after_{step}" for step in steps],
            "before_delete",
            "after_delete",
        ]

    def test_a_hook_that_refuses_leaves_everything(self, deployment, life, artifact, monkeypatch):
        def refuse(self):
            self.string = "changed"
            raise errors.Invalid("string: no")

        monkeypatch.setattr(deployment.parts.types["samples"], "before_activate", refuse)
        with pytest.raises(errors.Invalid):
            life.activate(artifact)

        assert (life.show(artifact).status, life.show(artifact).string) == ("drafted", None)

    def test_what_is_published_is_not_public_before_its_hook_lets_it_be(
        self, deployment, life, operator, artifact, monkeypatch
    ):
        """As with every other move: first policy, then the hook, then the change."""
        seen = []

        def look(self):
            seen.append(self.visibility)
            self.string = "by hook"

        life.activate(artifact)
        monkeypatch.setattr(deployment.parts.types["samples"], "before_publish", look)
        with pytest.raises(errors.PolicyForbids):
            life.change(artifact, visibility="public")
        published = operator.change(artifact, visibility="public")

        assert seen == ["private"]
        assert (published.visibility, published.string) == ("public", "by hook")

    def test_a_hook_may_set_fields(self, deployment, life, artifact, monkeypatch):
        def complete(self):
            self.string = "by hook"

        monkeypatch.setattr(deployment.parts.types["samples"], "before_activate", complete)
        life.activate(artifact)

        assert life.show(artifact).string == "by hook"
