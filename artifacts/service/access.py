"""Access: who may see and change which artifacts, the questions that every verb begins with."""

from collections.abc import Collection
from dataclasses import dataclass

from artifacts import errors
from artifacts.caller import NOBODY, Caller, Viewer
from artifacts.db.records import Record
from artifacts.db.transaction import Transaction
from artifacts.model import Artifact, Slot, Types
from artifacts.model.every_type import EveryType
from artifacts.model.membership import SEEING
from artifacts.model.outlook import Outlook
from artifacts.model.sight import Seen, Sight
from artifacts.policy import Policy


@dataclass(frozen=True)
class Access:
    types: Types
    policy: Policy
    pools: frozenset[str] | None = None  # that are served; None is every one

    def outlook(self, caller: Caller, type_name: str) -> Outlook:
        """Return what the caller may know of a type, or of all at once."""
        name = self.selector(type_name)
        return self.policy.outlook(caller, self.types if name is None else [name])

    def described(self, caller: Caller, type_name: str) -> type[Artifact]:
        """Return a type, or the one of every artifact, as the caller may know it."""
        return self.outlook(caller, type_name).of_type(self.type(type_name))

    def public(self, artifact_type: type[Artifact]) -> type[Artifact]:
        """Return what everybody may know of a type: what nobody in particular always sees."""
        return self.outlook(NOBODY, artifact_type.type_name).surely(artifact_type)

    def type(self, name: str) -> type[Artifact]:
        """Return an enabled type, or the one of every artifact; raise TypeNotFound."""
        if name == EveryType.type_name:
            return EveryType
        if name not in self.types:
            raise errors.TypeNotFound(f"type {name}: there is no such type")
        return self.types[name]

    def viewer(self, caller: Caller, rule: str) -> Viewer:
        """Return whose eyes to look through; *rule* says who sees everything."""
        everything = self.policy.allows(rule, caller)
        return Viewer(caller.project, everything=everything, pools=self.pools)

    def visible(
        self,
        tx: Transaction,
        caller: Caller,
        type_name: str,
        id: str,
        rule: str = "artifact:get_any_artifact",
        statuses: Collection[str] = SEEING,
    ) -> Record:
        """Return the artifact; raise ArtifactNotFound if the caller may not know of it.

        It may if it has a membership with one of *statuses*.
        """
        viewer = self.viewer(caller, rule)
        return tx.artifacts.find(self.selector(type_name), id, viewer, statuses)

    def selector(self, type_name: str) -> str | None:
        """Return the type to look among, None for every type."""
        artifact_type = self.type(type_name)
        return None if artifact_type is EveryType else artifact_type.type_name

    def slot(self, type_name: str, path: str, sight: Sight) -> Slot:
        """Return the slot that *path* names; raise Invalid if none is seen of the type."""
        return sight.of_type(self.type(type_name)).slot(path)

    def sight(self, caller: Caller, artifact: Artifact) -> Sight:
        return self.policy.sight(caller, artifact)

    def seen(self, caller: Caller, artifact: Artifact) -> Seen:
        """Return what the caller sees of an artifact, which alone may be answered."""
        return self.policy.sight(caller, artifact).of(artifact)

    def writable(self, tx: Transaction, caller: Caller, type_name: str, id: str) -> Record:
        """Return the artifact; raise Forbidden if the caller sees it, but it is another's.

        Or if it may not be shown: what changes it answers with it, and may compare its values.
        """
        record = self.visible(tx, caller, type_name, id)
        self.check_writes(caller, record.artifact)
        self.policy.check("artifact:get", caller, record.artifact)
        return record

    def check_writes(self, caller: Caller, artifact: Artifact) -> None:
        if not self.policy.writes(caller, artifact):
            raise errors.Forbidden("only its owner and admins may change an artifact")
