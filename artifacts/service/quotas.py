"""Quotas: how much a project may keep, as the operator set it for all, or for that one alone.

What was set for a project is read in the transaction that counts or reserves, so that a change is
in force at once, in every process. Where another service says what projects may keep, it is asked
between two turns of the transaction, which is then run again: nobody waits inside of one.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.db.quotas import Values
from artifacts.db.records import Record
from artifacts.db.tables import ALL_TYPES
from artifacts.db.transaction import Transaction
from artifacts.db.uploads import Upload
from artifacts.db.usage import NO_LIMITS, UNLIMITED, Limits
from artifacts.policy import Policy

Result = TypeVar("Result")

TURNS = 10  # to ask for what the next turn of a transaction must know
QUOTAS = ARTIFACTS, BYTES = ("max_artifact_number", "max_uploaded_data")


@dataclass(frozen=True)
class Quota:
    """A limit of one project; `usage` is None if the name limits nothing that we keep."""

    name: str
    value: int
    usage: int | None


class Source(Protocol):
    """Another service that says what projects may keep."""

    def known(self, project: str) -> Values | None:
        """Return the quotas of a project without waiting; None if they must be asked for."""

    def ask(self, project: str) -> Values:
        """Ask for them, so that they are known; raise Unavailable if that cannot be done."""

    def defaults(self) -> Values:
        """Return what holds for projects for which nothing else was set."""


class Unmet(Exception):
    """The quotas of a project must be asked for, outside of any transaction."""

    def __init__(self, project: str) -> None:
        super().__init__(project)
        self.project = project


def of_type(name: str, type_name: str) -> str:
    """Return the name of a type's quota; of that for all types together, if there is no type."""
    return f"{name}:{type_name}" if type_name else name


class Quotas:
    def __init__(
        self,
        database: Database,
        policy: Policy,
        defaults: Values,
        source: Source | None = None,
    ) -> None:
        """Take what holds for all projects; or the *source* that says it in its place."""
        self._database = database
        self._policy = policy
        self._defaults = defaults
        self._source = source

    @property
    def defaults(self) -> Values:
        """What holds for projects for which nothing else was set."""
        return self._source.defaults() if self._source else self._defaults

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run *work*, which counts or reserves, in a writing transaction."""
        return self._informed(lambda: self._database.write(work))

    def read(self, work: Callable[[Transaction], Result]) -> Result:
        """Run *work*, which asks for quotas, in a reading transaction."""

        def turn() -> Result:
            with self._database.reading() as tx:
                return work(tx)

        return self._informed(turn)

    def _informed(self, turn: Callable[[], Result]) -> Result:
        for _ in range(TURNS):
            try:
                return turn()
            except Unmet as unmet:
                if self._source is None:
                    raise
                self._source.ask(unmet.project)
        raise errors.Unavailable("quotas: change faster than they can be read; try again")

    def replace(self, caller: Caller, quotas: Mapping[str, Values]) -> None:
        """Let each project have those quotas, and none that were set for it before."""
        if caller.read_only:
            raise errors.Forbidden("who may only read sets no quotas")
        self._policy.check("artifact:set_quotas", caller)
        if self._source:
            raise errors.Forbidden("quotas: they are Keystone's limits, and are set there")
        self._database.write(lambda tx: tx.quotas.replace(quotas))

    def find(self, caller: Caller) -> dict[str, Values]:
        """Return what was set for single projects."""
        self._policy.check("artifact:list_all_quotas", caller)
        if self._source:
            return {}  # what was set before it was asked holds for nobody
        with self._database.reading() as tx:
            return tx.quotas.by_project()

    def of_project(self, caller: Caller, project: str) -> list[Quota]:
        """Return what holds for a project, and how much of it is used."""
        self._policy.check("artifact:list_project_quotas", caller, {"project_id": project})

        def look(tx: Transaction) -> list[Quota]:
            number = tx.numbers.known_project(project)
            values = self._values(tx, number, project)
            usage = _used(tx, number)
            return [Quota(name, value, usage.get(name)) for name, value in values.items()]

        return self.read(look)

    def lacking(self, giver: str, receiver: str, type_name: str | None = None) -> list[str]:
        """Say which quotas of a project do not allow all that another keeps, of a type or any."""

        def look(tx: Transaction) -> list[str]:
            number = tx.numbers.known_project(receiver)
            more, used = _used(tx, tx.numbers.known_project(giver)), _used(tx, number)
            found = []
            for name, limit in self._values(tx, number, receiver).items():
                quota, _, of = name.partition(":")
                if limit < 0 or name not in used or (of and type_name and of != type_name):
                    continue
                kept = used[name] + more[of_type(quota, of or type_name or "")]
                if kept > limit:
                    found.append(f"{name} of {receiver} is {limit}, and {kept} would be kept")
            return found

        return self.read(look)

    def count(self, tx: Transaction, record: Record) -> None:
        """Count one artifact more; raise TooManyArtifacts if a limit is reached."""
        limits = self._limits(tx, record.owner, record.artifact.type_name)
        tx.usage.count(record.owner, record.type, limits)

    def take_over(self, tx: Transaction, record: Record, size: int, *, limited: bool) -> None:
        """Charge an artifact's owner with it and its bytes, which were another's until now."""
        type_name = record.artifact.type_name
        limits = self._limits(tx, record.owner, type_name) if limited else NO_LIMITS
        tx.usage.count(record.owner, record.type, limits)
        tx.usage.reserve(record.owner, record.type, size, limits)
        tx.usage.settle(record.owner, record.type, reserved=size, kept=size)

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

        Raise TooLarge if they are more than is allowed by now: a limit may have been lowered, or
        what was to be replaced may have been deleted, so that the reservation does not do.
        """
        if kept > 0:
            limits = self._limits(tx, upload.project, tx.numbers.type_name(upload.type))
        else:
            limits = NO_LIMITS  # what needs no room is allowed above any
        tx.usage.settle(
            upload.project, upload.type, reserved=upload.reserved, kept=kept, limits=limits
        )

    def _limits(self, tx: Transaction, project: int, type_name: str) -> Limits:
        names = (ARTIFACTS, BYTES, of_type(ARTIFACTS, type_name), of_type(BYTES, type_name))
        values = self._values(tx, project, tx.numbers.project_name(project), names)
        return Limits(*(values.get(name, UNLIMITED) for name in names))

    def _values(
        self, tx: Transaction, number: int, project: str, names: Collection[str] | None = None
    ) -> Values:
        if self._source is None:
            return {**self._defaults, **tx.quotas.of(number, names)}
        values = self._source.known(project)
        if values is None:
            raise Unmet(project)
        return values


def _used(tx: Transaction, project: int) -> dict[str, int]:
    """Return what a project uses of every quota that limits something."""
    rows = tx.usage.of(project)
    used: dict[str, int] = {}
    for number, type_name in {ALL_TYPES: "", **tx.types.names()}.items():
        row = rows.get(number)
        used[of_type(ARTIFACTS, type_name)] = row.artifacts if row else 0
        used[of_type(BYTES, type_name)] = row.bytes + row.reserved if row else 0
    return used
