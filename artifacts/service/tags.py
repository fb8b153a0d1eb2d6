"""Tags: a field of every artifact, which has URLs of its own; each change of it is a patch."""

from typing import Any

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model import Artifact
from artifacts.service.artifacts import Artifacts
from artifacts.service.changes import Changes

Operations = list[dict[str, Any]]


class Tags:
    def __init__(self, artifacts: Artifacts, changes: Changes) -> None:
        self._artifacts = artifacts
        self._changes = changes

    def find(self, caller: Caller, type_name: str, id: str) -> list[str]:
        return _held(self._artifacts.show(caller, type_name, id))

    def check_has(self, caller: Caller, type_name: str, id: str, tag: str) -> None:
        """Raise NotFound unless the artifact has the tag."""
        _check_held(tag, self.find(caller, type_name, id))

    def replace(self, caller: Caller, type_name: str, id: str, tags: object) -> list[str]:
        """Let the artifact have those tags, and no other."""
        operation = {"op": "replace", "path": "/tags", "value": tags}
        return _held(self._changes.make_of(caller, type_name, id, lambda artifact: [operation]))

    def add(self, caller: Caller, type_name: str, id: str, tag: str) -> bool:
        """Whether the artifact did not have the tag before."""
        added = False

        def ask(artifact: Artifact) -> Operations:
            nonlocal added
            added = tag not in _held(artifact)
            return [{"op": "add", "path": "/tags/-", "value": tag}] if added else []

        self._changes.make_of(caller, type_name, id, ask)
        return added

    def delete(self, caller: Caller, type_name: str, id: str, tag: str) -> None:
        """Delete a tag; raise NotFound if the artifact does not have it."""

        def ask(artifact: Artifact) -> Operations:
            held = _held(artifact)
            _check_held(tag, held)
            return [{"op": "remove", "path": f"/tags/{held.index(tag)}"}]

        self._changes.make_of(caller, type_name, id, ask)


def _held(artifact: Artifact) -> list[str]:
    return list(artifact.tags or [])


def _check_held(tag: str, held: list[str]) -> None:
    if tag not in held:
        raise errors.NotFound("tags: the artifact has no such tag")
