"""Quotas: how much a project may keep, as the operator set it for all, or for that one alone.

What was set for a project is read in the transaction that counts or reserves, so that a change is
in force at once, in every process.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.db.quotas import Values
from artifacts.db.records import Record
from artifacts.db.tables import ALL_TYPES
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.db.usage import UNLIMITED, Limits
from artifacts.policy import Policy

QUOTAS = ARTIFACTS, BYTES = ("max_artifact_number", "max_uploaded_data")


@dataclass(frozen=True)
class Quota:
    """A limit of one project; `usage` is None if the name limits nothing that we keep."""

    name: str
    value: int
    usage: int | None


def of_type(name: str, type_name: str) -> str:
    """Return the name of a type's quota; of that for all types together, if there is no type."""
    return f"{name}:{type_name}" if type_name else name


class Quotas:
    def __init__(self, database: Database, policy: Policy, defaults: Values) -> None:
        self.defaults = defaults
        self._database = database
        self._policy = policy

    def replace(self, caller: Caller, quotas: Mapping[str, Values]) -> None:
        """Let each project have those quotas, and none that were set for it before."""
        if caller.read_only:
            raise errors.Forbidden("who may only read sets no quotas")
        self._policy.check("artifact:set_quotas", caller)
        self._database.write(lambda tx: tx.quotas.replace(quotas))

    def find(self, caller: Caller) -> dict[str, Values]:
        """Return what was set for single projects."""
        self._policy.check("artifact:list_all_quotas", caller)
        with self._database.reading() as tx:
            return tx.quotas.by_project()

    def of_project(self, caller: Caller, project: str) -> list[Quota]:
        """Return what holds for a project, and how much of it is used."""
        self._policy.check("artifact:list_project_quotas", caller, {"project_id": project})
        with self._database.reading() as tx:
            number = tx.numbers.known_project(project)
            values = {**self.defaults, **tx.quotas.of(number)}
            usage = _used(tx, number)
        return [Quota(name, value, usage.get(name)) for name, value in values.items()]

    def count(self, tx: Transaction, record: Record) -> None:
        """Count one artifact more; raise TooManyArtifacts if a limit is reached."""
        limits = self._limits(tx, record.owner, record.artifact.type_name)
        tx.usage.count(record.owner, record.type, limits)

    def reserve(self, tx: Transaction, upload: Upload, size: int) -> None:
        """Reserve *size* bytes more for an upload; raise TooLarge if a limit would be passed."""
        limits = self._limits(tx, upload.project, tx.numbers.type_name(upload.type))
        tx.usage.reserve(upload.project, upload.type, size, limits)

    def left(self, tx: Transaction, upload: Upload) -> int:
        """Return how many bytes more could be reserved at this moment."""
        limits = self._limits(tx, upload.project, tx.numbers.type_name(upload.type))
        return tx.usage.left(upload.project, upload.type, limits)

    def settle(self, tx: Transaction, upload: Upload, *, kept: int) -> None:
        """Turn an upload's reservation into the bytes that its project now keeps more, or fewer.

        What it replaced may have been deleted meanwhile, so that the reservation does not do.
        """
        short = max(0, kept - upload.reserved)
        if short:
            self.reserve(tx, upload, short)
        tx.usage.settle(upload.project, upload.type, reserved=upload.reserved + short, kept=kept)

    def _limits(self, tx: Transaction, project: int, type_name: str) -> Limits:
        names = (ARTIFACTS, BYTES, of_type(ARTIFACTS, type_name), of_type(BYTES, type_name))
        values = {**self.defaults, **tx.quotas.of(project, names)}
        return Limits(*(values.get(name, UNLIMITED) for name in names))


def _used(tx: Transaction, project: int) -> dict[str, int]:
    """Return what a project uses of every quota that limits something."""
    rows = tx.usage.of(project)
    used: dict[str, int] = {}
    for number, type_name in {ALL_TYPES: "", **tx.types.names()}.items():
        row = rows.get(number)
        used[of_type(ARTIFACTS, type_name)] = row.artifacts if row else 0
        used[of_type(BYTES, type_name)] = row.bytes + row.reserved if row else 0
    return used
