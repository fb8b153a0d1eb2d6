"""What is left of an artifact for somebody who does not see, or not set, all of it."""

from importlib import import_module

import pytest

from artifacts.errors import Invalid, PolicyForbids
from artifacts.model import Artifact, Blob, Slot, field, patch
from artifacts.model.sight import EVERYTHING, Sight
from artifacts.testing import TypeContract


class TestGuarded(TypeContract):
    @pytest.fixture
    def artifact_type(self):
        return import_module("protected_types").Guarded


class Thing(Artifact):
    """Has a field of each sort that can be hidden."""

    type_name = "things"

    plain: str | None = field("Text.", mutable=True)
    secret: str | None = field("Text.", default="default")
    labels: dict[str, str] | None = field("Texts.")
    given: dict[str, str] | None = field("Texts.", default={"a": "1", "x": "2"})
    blob: Blob | None = field("Bytes.")
    folder: dict[str, Blob] | None = field("Bytes by key.")


def is_x(key):
    return key.startswith("x")


BLOB = Blob(size=1, digests={}, content_type=None)
HIDING = Sight(
    hidden=frozenset({"secret", "blob"}),
    hidden_keys={"labels": is_x, "given": is_x, "folder": is_x},
)
FIXING = Sight(fixed=frozenset({"plain", "blob"}), fixed_keys={"labels": is_x, "folder": is_x})


def thing(**values):
    blobs = {Slot("blob"): BLOB, Slot("folder", "a"): BLOB, Slot("folder", "x"): BLOB}
    return Thing({"name": "name", "secret": "told", **values}, blobs, revision=7)


def steps(artifact, *operations, sight=HIDING):
    return [
        (step.field, step.value) for step in patch.steps(artifact, list(operations), sight=sight)
    ]


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def test_who_sees_everything_is_shown_the_artifact_itself():
    artifact = thing()

    assert EVERYTHING.of(artifact) is artifact
    assert FIXING.of(artifact) is artifact


def test_what_is_hidden_is_not_there():
    seen = HIDING.of(thing(labels={"a": "1", "x": "2"}))

    assert not {"secret", "blob"} & seen.fields.keys()
    assert not {"secret", "blob"} & seen.values.keys()
    assert seen.labels == {"a": "1"}
    assert [str(slot) for slot in seen.blobs] == ["folder/a"]
    assert (seen.name, seen.revision, seen.type_name) == ("name", 7, "things")


def test_what_is_hidden_has_its_default_for_a_type_that_asks():
    assert HIDING.of(thing()).secret == "default"
    assert HIDING.of(thing()).blob is None


def test_what_is_shown_is_no_longer_the_artifact():
    artifact = thing(labels={"a": "1", "x": "2"})
    HIDING.of(artifact)

    assert artifact.labels == {"a": "1", "x": "2"}
    assert artifact.secret == "told"


def test_a_dict_of_hidden_keys_alone_looks_as_one_that_never_had_any():
    hidden, bare = thing(labels={"x": "2"}, given={"x": "2"}), thing()

    assert HIDING.of(hidden).values == HIDING.of(bare).values
    assert HIDING.of(hidden).given == {"a": "1"}


@pytest.mark.parametrize(
    "operation",
    [
        replace("/secret", "told"),
        {"op": "test", "path": "/secret", "value": "told"},
        {"op": "copy", "from": "/secret", "path": "/plain"},
        {"op": "test", "path": "/blob", "value": "x"},
    ],
)
def test_a_patch_of_what_is_hidden_finds_no_such_field(operation):
    with pytest.raises(Invalid, match=r"there is no field (secret|blob) in things"):
        steps(thing(), operation)


@pytest.mark.parametrize("op", ["test", "replace", "remove"])
@pytest.mark.parametrize("labels", [{"a": "1", "x": "2"}, {"a": "1"}])
def test_a_patch_of_a_hidden_key_finds_no_such_key(op, labels):
    with pytest.raises(Invalid, match=r"no such place in labels|is another one"):
        steps(thing(labels=labels), {"op": op, "path": "/labels/x", "value": "2"})


@pytest.mark.parametrize("labels", [{"a": "1", "x": "2"}, {"a": "1"}])
@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/labels/x", "value": "2"},
        {"op": "copy", "from": "/labels/a", "path": "/labels/x"},
        {"op": "move", "from": "/labels/a", "path": "/labels/x"},
        replace("/labels", {"a": "1", "x": "2"}),
        replace("/labels", {"a": "1", "x": None}),
    ],
)
def test_a_hidden_key_is_set_by_nobody_who_does_not_see_it(labels, operation):
    with pytest.raises(PolicyForbids, match="labels/x: is protected"):
        steps(thing(labels=labels), operation)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        ({"b": "3"}, {"b": "3", "x": "2"}),
        ({}, {"x": "2"}),
        (None, {"x": "2"}),
    ],
)
def test_hidden_keys_stay_when_the_others_are_replaced(wanted, held):
    [(_, value)] = steps(thing(labels={"a": "1", "x": "2"}), replace("/labels", wanted))

    assert value == held


def test_hidden_keys_stay_beside_a_default_too():
    [(_, value)] = steps(thing(given={"b": "3", "x": "9"}), replace("/given", None))

    assert value == {"a": "1", "x": "9"}


def test_what_changes_nothing_leaves_hidden_keys_as_they_are():
    labels = {"a": "1", "x": "2"}

    assert steps(thing(labels=labels), replace("/labels", {"a": "1"})) == [("labels", labels)]


@pytest.mark.parametrize("op", ["replace", "add"])
def test_a_fixed_field_is_not_set_even_to_what_it_is(op):
    operation = {"op": op, "path": "/plain", "value": "same"}

    with pytest.raises(PolicyForbids, match="plain: is protected"):
        steps(thing(plain="same"), operation, sight=FIXING)


def test_a_fixed_field_is_seen():
    tested = {"op": "test", "path": "/plain", "value": "same"}
    copied = {"op": "copy", "from": "/plain", "path": "/secret"}

    assert steps(thing(plain="same"), tested, copied, sight=FIXING) == [
        ("plain", "same"),
        ("secret", "same"),
    ]


@pytest.mark.parametrize(
    "operation",
    [
        replace("/labels/x", "3"),
        {"op": "remove", "path": "/labels/x"},
        {"op": "move", "from": "/labels/x", "path": "/labels/b"},
        replace("/labels", {"a": "1"}),
        replace("/labels", None),
        replace("/labels", {"x": "3"}),
    ],
)
def test_a_fixed_key_is_not_changed_or_taken_away(operation):
    with pytest.raises(PolicyForbids, match="labels/x: is protected"):
        steps(thing(labels={"a": "1", "x": "2"}), operation, sight=FIXING)


def test_a_dict_is_replaced_whose_fixed_keys_stay_as_they_are():
    wanted = {"b": "3", "x": "2"}

    assert steps(thing(labels={"a": "1", "x": "2"}), replace("/labels", wanted), sight=FIXING) == [
        ("labels", wanted)
    ]


@pytest.mark.parametrize("sight", [HIDING, FIXING])
@pytest.mark.parametrize("slot", [Slot("blob"), Slot("folder", "x")])
def test_a_protected_slot_is_not_filled(sight, slot):
    with pytest.raises(PolicyForbids, match="is protected"):
        sight.check_fills(slot)

    sight.check_fills(Slot("folder", "a"))


def test_what_lacks_is_not_named_to_who_does_not_see_it():
    class Needy(Artifact):
        """Needs two fields."""

        type_name = "needy"
        first: str = field("Text.")
        second: str = field("Text.")

    artifact = Needy({"name": "name", "status": "drafted"}, {}, revision=1)

    with pytest.raises(Exception, match=r"^second: must be set"):
        artifact.move("active", {"first"})
    artifact.second = "text"
    with pytest.raises(Exception, match=r"^a field that is hidden from the caller: must be set"):
        artifact.move("active", {"first"})
