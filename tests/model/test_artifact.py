"""Artifacts: what a creator may give, and what the life cycle lets change (contract 1.2, 8)."""

from datetime import UTC, datetime, timedelta

import pytest

from artifacts.errors import Forbidden, Invalid
from artifacts.model import Blob, Slot

NOW = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
BLOB = Blob(5, {"sha256": "0" * 64}, "text/plain")


class TestADraft:
    def test_has_a_value_for_every_field(self, sample, draft):
        artifact = draft(string="s")

        assert artifact.values.keys() == {
            name for name, field in sample.fields.items() if not field.holds_blobs
        }
        assert artifact.values | {"metadata": {}} == artifact.values
        assert (artifact.id, artifact.owner, artifact.status) == (ID, "p", "drafted")
        assert (artifact.created_at, artifact.updated_at) == (NOW, NOW)
        assert artifact.activated_at is None
        assert (artifact.version, artifact.visibility) == ("0.0.0", "private")
        assert artifact.display_type_name == "Samples"
        assert (artifact.string, artifact.choice, artifact.description) == ("s", "a", "")
        assert (artifact.blob, artifact.folder, artifact.blobs) == (None, {}, {})

    @pytest.mark.parametrize("values", [{}, {"name": ""}, {"name": None}, {"name": 0}])
    def test_needs_a_name(self, sample, values):
        with pytest.raises(Invalid, match=r"^name: "):
            sample.draft(values, id=ID, owner="p", now=NOW)

    @pytest.mark.parametrize("name", ["visibility", "status", "display_type_name"])
    def test_is_not_told_who_sees_it_or_where_it_is_in_its_life(self, draft, name):
        with pytest.raises(Invalid, match=f"^{name}: "):
            draft(**{name: "private"})

    @pytest.mark.parametrize("name", ["blob", "folder"])
    @pytest.mark.parametrize("value", [None, {}, "x"])
    def test_gets_no_blob_by_value(self, draft, name, value):
        with pytest.raises(Invalid, match=f"^{name}: "):
            draft(**{name: value})

    def test_has_no_other_fields(self, draft):
        with pytest.raises(Invalid, match="no field unheard_of in samples"):
            draft(unheard_of=1)

    def test_does_not_repeat_a_strange_name_of_a_field(self, draft):
        with pytest.raises(Invalid) as refusal:
            draft(**{"<script>" * 100: 1})

        assert "script" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("id", ID), ("owner", "q"), ("created_at", "2026-01-31"), ("hidden", "x")],
    )
    def test_lets_the_service_set_what_is_the_services(self, draft, name, value):
        with pytest.raises(Forbidden, match=f"^{name}: "):
            draft(**{name: value})

    @pytest.mark.parametrize(
        ("name", "value"), [("id", "x"), ("owner", []), ("created_at", "x"), ("hidden", {})]
    )
    def test_calls_a_value_invalid_before_it_calls_it_forbidden(self, draft, name, value):
        with pytest.raises(Invalid, match=f"^{name}: "):
            draft(**{name: value})

    def test_has_every_value_checked_before_any_name(self, draft):
        with pytest.raises(Invalid, match=r"^integer: "):
            draft(hidden="x", unheard_of=1, blob=None, integer="x")

    def test_names_what_is_wrong_in_the_order_of_the_body(self, draft):
        with pytest.raises(Invalid, match=r"^blob: "):
            draft(blob=None, hidden="x")
        with pytest.raises(Forbidden, match=r"^hidden: "):
            draft(hidden="x", blob=None)


MOVES = [
    ("drafted", "drafted", None),
    ("drafted", "active", "activate"),
    ("drafted", "deactivated", Forbidden),
    ("drafted", "deleted", Forbidden),
    ("active", "drafted", Forbidden),
    ("active", "active", None),
    ("active", "deactivated", "deactivate"),
    ("active", "deleted", Forbidden),
    ("deactivated", "drafted", Forbidden),
    ("deactivated", "active", "reactivate"),
    ("deactivated", "deactivated", None),
    ("deactivated", "deleted", Forbidden),
    *[("deleted", status, Forbidden) for status in ("drafted", "active", "deleted", "other")],
    *[
        (status, other, Invalid)
        for status in ("drafted", "active", "deactivated")
        for other in ("other", "Active", None, 1, [], {}, True)
    ],
]

SHOWINGS = [
    *[
        (status, "private", "private", None)
        for status in ("drafted", "active", "deactivated", "deleted")
    ],
    ("active", "private", "public", "publish"),
    ("drafted", "private", "public", Forbidden),
    ("deactivated", "private", "public", Forbidden),
    ("active", "public", "public", None),
    ("deactivated", "public", "public", Forbidden),
    ("active", "public", "private", Forbidden),
    ("deactivated", "public", "private", Forbidden),
    *[("active", "private", other, Invalid) for other in ("SHARED", "PUBLIC", None, 1, [])],
    *[
        ("active", before, after, move)
        for before in ("private", "shared", "community")
        for after, move in (
            ("private", "withdraw"),
            ("shared", "share"),
            ("community", "communitize"),
            ("public", "publish"),
        )
        if before != after
    ],
    *[("active", same, same, None) for same in ("shared", "community")],
    *[
        (status, "private", after, Forbidden)
        for status in ("drafted", "deactivated", "deleted")
        for after in ("shared", "community")
    ],
    *[("active", "public", after, Forbidden) for after in ("shared", "community")],
    ("deactivated", "shared", "private", "withdraw"),
    ("deactivated", "shared", "community", Forbidden),
    ("deactivated", "shared", "public", Forbidden),
    ("deleted", "shared", "private", Forbidden),
]


def in_state(sample, **values):
    return sample({"id": ID, "name": "n", "required": "r", **values}, {}, 1)


class TestItsLife:
    @pytest.mark.parametrize(("before", "after", "outcome"), MOVES)
    def test_has_three_moves(self, sample, before, after, outcome):
        """D17."""
        artifact = in_state(sample, status=before)

        if outcome in (Forbidden, Invalid):
            with pytest.raises(outcome, match=r"^status: "):
                artifact.move_to(after, NOW)
            assert artifact.status == before
        else:
            assert artifact.move(after) == outcome
            assert artifact.move_to(after, NOW) == outcome
            assert artifact.status == after

    def test_needs_every_required_field_to_become_active(self, draft):
        artifact = draft()
        with pytest.raises(Forbidden, match=r"^required: must be set before activation"):
            artifact.move_to("active", NOW)
        artifact.change("required", "r")

        assert artifact.move_to("active", NOW) == "activate"

    def test_notes_every_time_that_it_becomes_active(self, active):
        artifact = active()
        assert artifact.activated_at == NOW

        artifact.move_to("active", LATER)
        assert artifact.activated_at == NOW

        artifact.move_to("deactivated", LATER)
        assert artifact.activated_at == NOW

        artifact.move_to("active", LATER)
        assert artifact.activated_at == LATER

    @pytest.mark.parametrize(("status", "before", "after", "outcome"), SHOWINGS)
    def test_is_shown_to_others_while_active_and_to_everybody_for_ever(
        self, sample, status, before, after, outcome
    ):
        artifact = in_state(sample, status=status, visibility=before)

        if outcome in (Forbidden, Invalid):
            with pytest.raises(outcome, match=r"^visibility: "):
                artifact.show_to(after)
            assert artifact.visibility == before
        else:
            assert artifact.show_to(after) == outcome
            assert artifact.visibility == after

    def test_counts_its_revisions_and_never_goes_back_in_time(self, draft):
        artifact = draft()
        artifact.mark_changed(LATER)
        artifact.mark_changed(NOW)

        assert (artifact.revision, artifact.updated_at) == (3, LATER)

    def test_ends_with_a_revision_too(self, active):
        artifact = active()
        artifact.mark_deleted(LATER)

        assert (artifact.status, artifact.revision, artifact.updated_at) == ("deleted", 2, LATER)


class TestAChange:
    @pytest.mark.parametrize(
        ("status", "name", "outcome"),
        [
            ("drafted", "string", None),
            ("drafted", "fixed", None),
            ("drafted", "name", None),
            ("drafted", "version", None),
            ("drafted", "hidden", Forbidden),
            ("drafted", "id", Forbidden),
            ("drafted", "updated_at", Forbidden),
            ("drafted", "unheard_of", Invalid),
            ("active", "string", None),
            ("active", "description", None),
            ("active", "fixed", Forbidden),
            ("active", "name", Forbidden),
            ("active", "version", Forbidden),
            ("active", "metadata", Forbidden),
            ("active", "hidden", Forbidden),
            ("active", "unheard_of", Invalid),
            ("deactivated", "string", Forbidden),
            ("deactivated", "unheard_of", Invalid),
            ("deleted", "string", Forbidden),
            ("deleted", "unheard_of", Invalid),
        ],
    )
    def test_is_for_the_life_cycle_and_the_field_to_allow(self, sample, status, name, outcome):
        artifact = in_state(sample, status=status)

        if outcome is None:
            artifact.check_may_change(name)
        else:
            with pytest.raises(outcome):
                artifact.check_may_change(name)
            with pytest.raises(outcome):
                artifact.change(name, artifact.values.get(name))

    @pytest.mark.parametrize(("name", "value"), [("status", "active"), ("visibility", "public")])
    def test_never_replaces_a_move(self, draft, name, value):
        """D17."""
        artifact = draft(required="r")
        with pytest.raises(Forbidden):
            artifact.change(name, value)

        assert artifact.values[name] != value

    def test_that_is_refused_leaves_the_value(self, draft):
        artifact = draft(integer=5)
        with pytest.raises(Invalid, match=r"^integer: "):
            artifact.change("integer", "x")

        assert artifact.integer == 5

    def test_by_a_hook_is_checked_but_not_by_the_life_cycle(self, active):
        artifact = active()
        artifact.fixed = 5
        artifact.hidden = "seen"
        with pytest.raises(Invalid, match=r"^bounded: "):
            artifact.bounded = 1
        with pytest.raises(Invalid, match=r"^blob: "):
            artifact.blob = BLOB

        assert (artifact.fixed, artifact.hidden, artifact.bounded) == ("5", "seen", None)

    def test_of_a_list_in_place_changes_nothing(self, draft):
        artifact = draft(strings=["a"])
        artifact.strings.append("b")
        artifact.values["strings"].append("b")

        assert artifact.strings == ["a"]


class TestWhatChanged:
    def test_is_every_value_of_a_new_artifact(self, draft):
        artifact = draft(integer=5)
        changes = artifact.changes_since({})

        assert changes.keys() == artifact.values.keys()
        assert changes["integer"] == 5
        assert changes["created_at"] == "2026-01-31T12:30:15.123456Z"

    def test_is_the_value_that_each_changed_field_has_now(self, draft):
        artifact = draft(integer=5, string="x")
        before = artifact.values
        artifact.change("integer", 6)
        artifact.change("string", "y")
        artifact.change("string", "x")

        assert artifact.changes_since(before) == {"integer": 6}


class TestRecorded:
    def test_it_is_what_was_recorded_without_another_check(self, sample):
        artifact = in_state(sample, bounded=5, status="active")

        assert (artifact.bounded, artifact.status, artifact.revision) == (5, "active", 1)

    def test_it_shows_the_default_of_a_field_that_its_type_has_gained(self, sample):
        assert in_state(sample).choice == "a"

    def test_it_has_its_blobs(self, sample):
        blobs = {Slot("blob"): BLOB, Slot("folder", "b"): BLOB, Slot("folder", "a"): BLOB}
        artifact = sample({"id": ID, "name": "n"}, blobs, 7)

        assert (artifact.blob, artifact.folder) == (BLOB, {"a": BLOB, "b": BLOB})
        assert artifact.blobs == blobs
        assert artifact.slots_of("folder") == [Slot("folder", "a"), Slot("folder", "b")]


class TestItsSlots:
    @pytest.mark.parametrize(
        ("path", "slot"),
        [
            ("blob", Slot("blob")),
            ("blob/", Slot("blob")),
            ("folder/x", Slot("folder", "x")),
            ("folder//x", Slot("folder", "/x")),
            ("folder/x/", Slot("folder", "x/")),
            ("folder/a/b/c", Slot("folder", "a/b/c")),
            ("folder/.", Slot("folder", ".")),
            ("folder/../../etc/passwd", Slot("folder", "../../etc/passwd")),
            ("folder/größe 𝄞", Slot("folder", "größe 𝄞")),
            ("folder/" + "k" * 255, Slot("folder", "k" * 255)),
        ],
    )
    def test_are_named_by_field_and_key(self, sample, path, slot):
        assert sample.slot(path) == slot
        assert sample.slot(str(slot)) == slot

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/",
            "/blob",
            "blob/x",
            "folder",
            "folder/",
            "folder/" + "k" * 256,
            "folder/a\0b",
            "folder/\ud800",
            "string",
            "string/x",
            "labels/k",
            "unheard_of",
            "unheard_of/x",
            "Blob",
            "tags",
        ],
    )
    def test_are_no_other_paths(self, sample, path):
        with pytest.raises(Invalid):
            sample.slot(path)

    def test_have_limits(self, sample):
        assert sample.size_limits(Slot("blob")) == (1000, None)
        assert sample.size_limits(Slot("folder", "k")) == (10 * 1024 * 1024, 5000)

    def test_are_filled_and_emptied(self, draft):
        artifact = draft()
        artifact.fill(Slot("blob"), BLOB)
        artifact.fill(Slot("folder", "k"), BLOB)
        assert (artifact.blob, artifact.folder) == (BLOB, {"k": BLOB})

        artifact.empty(Slot("blob"))
        artifact.empty(Slot("folder", "k"))
        assert (artifact.blob, artifact.folder) == (None, {})

    def test_follow_the_life_cycle(self, active):
        artifact = active()
        artifact.check_may_fill(Slot("folder", "k"))
        with pytest.raises(Forbidden, match=r"^blob: "):
            artifact.check_may_fill(Slot("blob"))
        artifact.move_to("deactivated", NOW)
        with pytest.raises(Forbidden, match=r"^status: "):
            artifact.check_may_fill(Slot("folder", "k"))

    def test_are_no_more_than_the_folder_may_hold(self, draft):
        artifact = draft()
        for key in ("a", "b"):
            artifact.check_may_fill(Slot("folder", key))
            artifact.fill(Slot("folder", key), BLOB)
        artifact.check_may_fill(Slot("folder", "a"))

        with pytest.raises(Invalid, match=r"^folder: must have at most 2 keys"):
            artifact.check_may_fill(Slot("folder", "c"))


def test_every_hook_does_nothing_until_a_type_says_so(draft):
    artifact, stream, slot = draft(), object(), Slot("blob")
    for verb in (
        "create", "change", "activate", "deactivate", "reactivate", "publish", "delete",
    ):  # fmt: skip
        told = [[]] if verb == "change" else []
        assert getattr(artifact, f"before_{verb}")(*told) is None
        assert getattr(artifact, f"after_{verb}")() is None
    assert artifact.before_upload(slot, stream) is stream
    for name in ("after_upload", "after_link", "before_unlink", "after_unlink"):
        assert getattr(artifact, name)(slot) is None
    for hook in (artifact.before_download, artifact.after_download):
        assert hook(slot) is None
    assert artifact.before_link(slot, "https://mirror.example/disk", False) is None
    assert artifact.format_all({"name": "x"}) == {"name": "x"}
