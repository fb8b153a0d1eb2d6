"""JSON Patch (contract 9), row by row, applied as the service does."""

from datetime import UTC, datetime

import pytest

from artifacts.errors import Forbidden, Invalid
from artifacts.model import Blob, Slot, patch

NOW = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)


def apply(artifact, *operations):
    for step in patch.steps(artifact, list(operations)):
        if step.field == "status":
            artifact.move_to(step.value, NOW)
        elif step.field == "visibility":
            artifact.show_to(step.value)
        else:
            artifact.change(step.field, step.value)
    return artifact


def op(name, path, value=..., **members):
    given = {} if value is ... else {"value": value}
    return {"op": name, "path": path, **given, **members}


ILL_FORMED = [
    {"op": "add"},
    "text",
    None,
    5,
    ["x"],
    [None],
    [[]],
    [{}],
    [{"path": "/string", "value": 1}],
    [op("increase", "/string", 1)],
    [op("ADD", "/string", 1)],
    [op(None, "/string", 1)],
    [op(["add"], "/string", 1)],
    [{"op": "add", "value": 1}],
    [op("add", None, 1)],
    [op("add", 5, 1)],
    [op("add", "", 1)],
    [op("add", "string", 1)],
    [op("add", "/a~2b", 1)],
    [op("add", "/string~", 1)],
    [op("add", "/string")],
    [op("replace", "/string")],
    [op("test", "/string")],
    [op("move", "/string")],
    [op("copy", "/string")],
    [op("move", "/string", **{"from": None})],
    [op("copy", "/string", **{"from": "fixed"})],
]

CHANGES = [
    ({}, [op("add", "/string", "x")], {"string": "x"}),
    ({}, [op("replace", "/string", 5)], {"string": "5"}),
    ({"string": "x"}, [op("replace", "/string", None)], {"string": None}),
    ({"choice": "b"}, [op("add", "/choice", None)], {"choice": "a"}),
    ({}, [op("replace", "/description", None)], {"description": None}),
    ({}, [op("replace", "/strings", ["a", 1])], {"strings": ["a", "1"]}),
    ({"strings": ["a"]}, [op("add", "/strings/-", "b")], {"strings": ["a", "b"]}),
    ({"strings": ["a"]}, [op("add", "/strings/0", "b")], {"strings": ["b", "a"]}),
    ({"strings": ["a"]}, [op("add", "/strings/1", "b")], {"strings": ["a", "b"]}),
    ({"strings": ["a", "b"]}, [op("replace", "/strings/1", "c")], {"strings": ["a", "c"]}),
    ({"strings": ["a", "b"]}, [op("remove", "/strings/0")], {"strings": ["b"]}),
    ({"strings": ["a"]}, [op("remove", "/strings/0")], {"strings": []}),
    ({"labels": {"k": "v"}}, [op("add", "/labels/l", 5)], {"labels": {"k": "v", "l": "5"}}),
    ({"labels": {"k": "v"}}, [op("add", "/labels/k", "w")], {"labels": {"k": "w"}}),
    ({"labels": {"k": "v"}}, [op("replace", "/labels/k", "w")], {"labels": {"k": "w"}}),
    ({"labels": {"k": "v"}}, [op("remove", "/labels/k", "ignored")], {"labels": {}}),
    ({}, [op("add", "/labels/a~1b~0c", "v")], {"labels": {"a/b~c": "v"}}),
    ({"string": "x"}, [op("test", "/string", "x")], {"string": "x"}),
    ({"strings": ["a"]}, [op("test", "/strings/0", "a")], {"strings": ["a"]}),
    ({"string": "x"}, [op("copy", "/fixed", **{"from": "/string"})], {"fixed": "x"}),
    ({}, [op("copy", "/string", **{"from": "/id"})], {"string": "0f8fad5b"}),
    ({"strings": ["a"]}, [op("copy", "/string", **{"from": "/strings/0"})], {"string": "a"}),
    ({"strings": ["a"]}, [op("copy", "/strings/-", **{"from": "/name"})], {"strings": ["a", "n"]}),
    (
        {"strings": ["a", "b"]},
        [op("move", "/string", **{"from": "/strings/0"})],
        {"strings": ["b"], "string": "a"},
    ),
    (
        {"strings": ["a", "b"]},
        [op("move", "/strings/1", **{"from": "/strings/0"})],
        {"strings": ["b", "a"]},
    ),
    (
        {"labels": {"k": "v", "l": "w"}},
        [op("move", "/labels/l", **{"from": "/labels/k"})],
        {"labels": {"l": "v"}},
    ),
    (
        {"labels": {"k": "v"}, "strings": ["a"]},
        [op("move", "/strings/-", **{"from": "/labels/k"})],
        {"labels": {}, "strings": ["a", "v"]},
    ),
    # An operation that changes nothing does not undo those before it.
    ({}, [op("replace", "/integer", 5), op("test", "/integer", 5)], {"integer": 5}),
    ({}, [op("replace", "/integer", 5), op("replace", "/integer", 5)], {"integer": 5}),
    # Each sees what the ones before it made of the artifact, coercion included.
    ({}, [op("add", "/integer", "5"), op("test", "/integer", 5)], {"integer": 5}),
    ({}, [op("add", "/tags", ["a", "a"]), op("test", "/tags", ["a"])], {"tags": ["a"]}),
    ({"labels": {"k": "v"}}, [op("add", "/labels", None), op("add", "/labels/l", 1)],
     {"labels": {"l": "1"}}),
]  # fmt: skip

REFUSED = [
    ({}, op("add", "/blob", {}), Invalid),
    ({}, op("replace", "/blob", None), Invalid),
    ({}, op("test", "/blob", None), Invalid),
    ({}, op("add", "/folder/k", {}), Invalid),
    ({}, op("remove", "/folder/k"), Invalid),
    ({}, op("replace", "/folder/k/size", 5), Invalid),
    ({}, op("move", "/string", **{"from": "/folder/k"}), Invalid),
    ({}, op("remove", "/string"), Invalid),
    ({}, op("remove", "/labels"), Invalid),
    ({}, op("add", "/unheard_of", 1), Invalid),
    ({}, op("replace", "/unheard_of", 1), Invalid),
    ({}, op("remove", "/unheard_of/k"), Invalid),
    ({}, op("test", "/unheard_of", None), Invalid),
    ({}, op("add", "/", 1), Invalid),
    ({}, op("copy", "/string", **{"from": "/unheard_of"}), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/2", "b"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/-1", "b"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/01", "b"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/x", "b"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/", "b"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/" + "9" * 5000, "b"), Invalid),
    ({"strings": ["a"]}, op("replace", "/strings/1", "b"), Invalid),
    ({"strings": ["a"]}, op("replace", "/strings/-", "b"), Invalid),
    ({"strings": ["a"]}, op("remove", "/strings/1"), Invalid),
    ({"strings": ["a"]}, op("remove", "/strings/-"), Invalid),
    ({"strings": ["a"]}, op("test", "/strings/-", "a"), Invalid),
    ({"strings": ["a"]}, op("test", "/strings/0/0", "a"), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/0/0", "a"), Invalid),
    ({"strings": ["a"]}, op("copy", "/string", **{"from": "/strings/-"}), Invalid),
    ({"strings": ["a"]}, op("copy", "/string", **{"from": "/strings/0/0"}), Invalid),
    ({"strings": ["a"]}, op("move", "/string", **{"from": "/strings/-"}), Invalid),
    ({"strings": ["a"]}, op("move", "/string", **{"from": "/strings/0/0"}), Invalid),
    ({"strings": ["a"]}, op("add", "/strings/-", None), Invalid),
    ({"strings": ["a"]}, op("replace", "/strings", "b"), Invalid),
    ({}, op("replace", "/labels/k", "v"), Invalid),
    ({}, op("remove", "/labels/k"), Invalid),
    ({}, op("test", "/labels/k", "v"), Invalid),
    ({}, op("add", "/labels/", "v"), Invalid),
    ({}, op("remove", "/labels/"), Invalid),
    ({"labels": {"k": "v"}}, op("add", "/labels/k/l", "v"), Invalid),
    ({}, op("add", "/labels/" + "k" * 256, "v"), Invalid),
    ({}, op("add", "/counts/k", 5), Invalid),
    ({"string": "x"}, op("add", "/string/0", "y"), Invalid),
    ({"string": "x"}, op("test", "/string/0", "x"), Invalid),
    ({"string": "x"}, op("copy", "/fixed", **{"from": "/string/0"}), Invalid),
    ({"integer": 5}, op("add", "/integer/x", "y"), Invalid),
    ({"integer": 5}, op("copy", "/fixed", **{"from": "/integer/x"}), Invalid),
    ({"string": "x"}, op("test", "/string", "y"), Invalid),
    ({"string": "x"}, op("move", "/fixed", **{"from": "/string"}), Invalid),
    ({"labels": {"k": "v"}}, op("move", "/labels/k/l", **{"from": "/labels/k"}), Invalid),
    ({}, op("copy", "/integer", **{"from": "/name"}), Invalid),
    ({}, op("replace", "/integer", "x"), Invalid),
    ({}, op("replace", "/name", None), Invalid),
    ({}, op("replace", "/id", "0f8fad5bd9cb469fa16570867728950e"), Forbidden),
    ({}, op("test", "/owner", "p"), Forbidden),
    ({}, op("test", "/owner", "q"), Invalid),
    ({}, op("replace", "/hidden", "x"), Forbidden),
    ({}, op("replace", "/status", "bogus"), Invalid),
    ({}, op("replace", "/status", None), Invalid),
    ({}, op("replace", "/status", "deactivated"), Forbidden),
    ({}, op("remove", "/status"), Invalid),
    ({}, op("add", "/status/x", "y"), Invalid),
    ({}, op("replace", "/visibility", "public"), Forbidden),
    ({}, op("replace", "/visibility", None), Invalid),
]


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        (op("remove", "/labels/k"), "labels"),
        (op("move", "/labels/k", **{"from": "/strings/7"}), "strings or labels"),
    ],
)
def test_a_place_that_is_not_there_is_told_by_its_field(draft, operation, fields):
    with pytest.raises(Invalid, match=f"^patch/0: there is no such place in {fields}$"):
        apply(draft(), operation)


@pytest.mark.parametrize("operations", ILL_FORMED, ids=lambda value: str(value)[:60])
def test_what_is_no_list_of_operations_is_refused_before_anything_is_done(draft, operations):
    """D49."""
    with pytest.raises(Invalid, match=r"^patch"):
        patch.check(operations)
    with pytest.raises(Invalid, match=r"^patch"):
        next(patch.steps(draft(), operations))


def test_a_patch_has_a_most(draft):
    """D49."""
    operations = [op("test", "/name", "n")] * 3

    assert len(patch.check(operations, 3)) == 3
    with pytest.raises(Invalid, match=r"^patch: must have at most 2 operations$"):
        patch.check(operations, 2)


@pytest.mark.parametrize("operations", [[], {}])
def test_nothing_to_do_is_done(draft, operations):
    assert list(patch.steps(draft(), operations)) == []


@pytest.mark.parametrize(("values", "operations", "changed"), CHANGES)
def test_an_operation_changes_what_it_names(draft, values, operations, changed):
    before = draft(**values).values
    after = apply(draft(**values), *operations).values

    if changed == {"string": "0f8fad5b"}:
        changed = {"string": before["id"]}
    assert after == before | changed


@pytest.mark.parametrize(("values", "operation", "error"), REFUSED)
def test_an_operation_that_cannot_be_is_refused(draft, values, operation, error):
    artifact = draft(**values)
    before = artifact.values
    with pytest.raises(error):
        apply(artifact, operation)

    assert artifact.values == before


@pytest.mark.parametrize(
    "operation",
    [
        op("replace", "/fixed", "new"),
        op("replace", "/fixed", "old"),
        op("test", "/fixed", "old"),
        op("copy", "/fixed", **{"from": "/string"}),
        op("add", "/kept/k", "v"),
        op("remove", "/kept/k"),
        op("move", "/string", **{"from": "/kept/k"}),
        op("move", "/kept/l", **{"from": "/kept/k"}),
        op("move", "/kept/l", **{"from": "/labels/k"}),
    ],
)
def test_nothing_changes_an_immutable_field_of_an_active_artifact(active, operation):
    """D18; nor does a move out of it."""
    artifact = active(fixed="old", string="x", kept={"k": "v"}, labels={"k": "v"})
    with pytest.raises(Forbidden):
        apply(artifact, operation)

    assert (artifact.fixed, artifact.kept) == ("old", {"k": "v"})


def test_a_move_of_the_life_cycle_is_seen_by_the_operations_behind_it(draft, active):
    activate = op("replace", "/status", "active")
    deactivate = op("replace", "/status", "deactivated")
    describe = op("replace", "/description", "new")

    assert apply(draft(), op("add", "/required", "r"), activate).status == "active"
    assert apply(active(), describe, deactivate).status == "deactivated"
    assert apply(draft(required="r"), activate, describe).description == "new"
    assert (
        apply(draft(required="r"), activate, op("add", "/visibility", "public")).visibility
        == "public"
    )
    for artifact, operations in [
        (draft(), [activate, op("add", "/required", "r")]),
        (active(), [deactivate, describe]),
        (draft(required="r"), [op("add", "/visibility", "public"), activate]),
    ]:
        with pytest.raises(Forbidden):
            apply(artifact, *operations)


def test_an_operation_sees_what_a_hook_did_meanwhile(draft):
    artifact = draft()
    steps = patch.steps(artifact, [op("add", "/string", "x"), op("test", "/fixed", "hook")])
    next(steps)
    artifact.fixed = "hook"

    assert next(steps) == patch.Step("fixed", "hook", "test")


def test_a_test_of_a_time_keeps_its_microseconds(draft):
    artifact = draft(moment="2026-01-31T12:30:15.123456Z")
    apply(artifact, op("test", "/moment", "2026-01-31T12:30:15Z"))

    assert artifact.moment == NOW


@pytest.mark.parametrize("op_name", ["copy", "move"])
@pytest.mark.parametrize("source", ["/folder/k/sha256", "/folder/k", "/folder", "/blob/size"])
def test_nothing_is_taken_out_of_a_blob(draft, op_name, source):
    artifact = draft()
    for slot in (Slot("blob"), Slot("folder", "k")):
        artifact.fill(slot, Blob(5, {"sha256": "0" * 64}, "text/plain"))
    with pytest.raises(Invalid, match=r"^(blob|folder): |whole field"):
        apply(artifact, op(op_name, "/string", **{"from": source}))

    assert artifact.string is None


def test_copying_does_not_amplify(draft):
    """D49: whatever the operations, a value stays within its field's rules."""
    artifact = draft(labels={"a": "x" * 255})
    with pytest.raises(Invalid, match=r"^labels: must have at most 3 keys"):
        apply(
            artifact,
            *[op("copy", f"/labels/{number}", **{"from": "/labels/a"}) for number in range(200)],
        )


def test_the_given_operations_are_left_as_they_were(draft):
    operations = [op("add", "/labels", {"a": "1"}), op("add", "/labels/b", "2")]
    apply(draft(), *operations)

    assert operations == [op("add", "/labels", {"a": "1"}), op("add", "/labels/b", "2")]
