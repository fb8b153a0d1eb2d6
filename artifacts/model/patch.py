"""Patches: JSON Patch, taken apart into the changes that it asks of an artifact."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import jsonpatch
from jsonpointer import JsonPointerException

from artifacts.errors import Invalid
from artifacts.model import lifecycle
from artifacts.model.artifact import Artifact
from artifacts.model.sight import EVERYTHING, Sight

_NEEDS = {
    "add": "value",
    "replace": "value",
    "test": "value",
    "move": "from",
    "copy": "from",
    "remove": "path",
}
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_DEEPEST = 2
LONGEST_POINTER = 1024  # characters of a pointer: a field, and a key with every slash escaped

Operation = dict[str, Any]


class Step(NamedTuple):
    """One field, and the whole value that an operation leaves it with."""

    field: str
    value: Any
    op: str


def check(operations: object, most: int | None = None) -> list[Operation]:
    """Refuse what is no list of well-formed operations, or of more of them than the *most*.

    Which artifact they are for makes no difference.
    """
    if operations == {}:  # Glare takes it for a list with nothing in it
        return []
    if not isinstance(operations, list):
        raise Invalid("patch: must be a list of operations")
    if most is not None and len(operations) > most:
        raise Invalid(f"patch: must have at most {most} operations")
    for number, operation in enumerate(operations):
        _check_form(operation, f"patch/{number}")
    return operations


def steps(
    artifact: Artifact, operations: object, *, sharing: bool = True, sight: Sight = EVERYTHING
) -> Iterator[Step]:
    """Yield what each operation asks for; the caller makes each change before the next is asked.

    Each operation sees the artifact as the ones before it, and any hooks, have left it; without
    *sharing*, as clients are told of it that know of none; and of it what is in *sight*.
    """
    for number, operation in enumerate(check(operations)):
        where = f"patch/{number}"
        seen = sight.of(artifact)
        before = _document(seen)
        if not sharing:
            before["visibility"] = lifecycle.as_glare_knows(artifact.visibility)
        fields = _fields(seen, before, operation, where)
        if operation["op"] != "test":
            for name in fields:
                sight.check_sets(name)
        after = _applied(before, operation, where)
        if not sharing and after["visibility"] not in lifecycle.GLARES:
            raise Invalid("visibility: must be private or public")
        for name in fields:
            # What callers see of a time is cut: where nothing changes, keep what is stored.
            known = artifact.fields[name]
            held, shown, wanted = artifact.value_of(known), before[name], after[name]
            value = held if shown == wanted else sight.merged(known, held, shown, wanted)
            yield Step(name, value, operation["op"])


def _check_form(operation: object, where: str) -> None:
    if not isinstance(operation, dict):
        raise Invalid(f"{where}: must be an object")
    kind = operation.get("op")
    if not isinstance(kind, str) or kind not in _NEEDS:
        raise Invalid(f"{where}: op must be one of {', '.join(_NEEDS)}")
    if _NEEDS[kind] not in operation:
        raise Invalid(f"{where}: needs a {_NEEDS[kind]!r}")
    for member in _ends_of(kind):
        pointer = operation.get(member)
        if not isinstance(pointer, str) or len(pointer) > LONGEST_POINTER:
            raise Invalid(f"{where}: {member} must be text of at most {LONGEST_POINTER} characters")
        if not _POINTER.fullmatch(pointer):
            raise Invalid(f"{where}: {member} must be a JSON pointer that begins with a slash")


def _ends_of(kind: str) -> tuple[str, ...]:
    return ("from", "path") if _NEEDS[kind] == "from" else ("path",)


def _fields(artifact: Artifact, document: Operation, operation: Operation, where: str) -> list[str]:
    """Name the fields that an operation changes: a move changes two, where it takes and puts."""
    kind = operation["op"]
    ends = [_steps_of(operation[end]) for end in _ends_of(kind)]
    if kind == "remove" and len(ends[0]) == 1:
        raise Invalid(f"{where}: a whole field cannot be removed; set it to null")
    if kind == "move" and len(ends[0]) == 1:
        raise Invalid(f"{where}: a whole field cannot be moved")
    for end in ends:
        _check_end(artifact, document, end, where)
    changed = ends if kind == "move" else ends[-1:]
    return list(dict.fromkeys(end[0] for end in changed))


def _check_end(artifact: Artifact, document: Operation, end: list[str], where: str) -> None:
    if artifact.field_named(end[0]).holds_blobs:
        raise Invalid(f"{end[0]}: holds blobs, which take no part in patches")
    if len(end) > _DEEPEST or (len(end) > 1 and not isinstance(document[end[0]], (list, dict))):
        raise Invalid(f"{where}: there is nothing below that place of {end[0]}")


def _applied(document: Operation, operation: Operation, where: str) -> Operation:
    try:
        after: Operation = jsonpatch.JsonPatch([operation]).apply(document)
    except jsonpatch.JsonPatchTestFailed:
        raise Invalid(f"{where}: the value is another one") from None
    except (jsonpatch.JsonPatchException, JsonPointerException, LookupError, TypeError, ValueError):
        ends = (_steps_of(operation[end])[0] for end in _ends_of(operation["op"]))
        fields = " or ".join(dict.fromkeys(ends))
        raise Invalid(f"{where}: there is no such place in {fields}") from None
    return after


def _document(artifact: Artifact) -> Operation:
    return {name: artifact.fields[name].show(value) for name, value in artifact.values.items()}


def _steps_of(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
