"""The prelude of a page: where its marker stands, and what else must be known before it.

A marker whose artifact was deleted meanwhile still stands where it stood, so that nobody who
walks through a list is thrown off by others: its tombstone tells where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from artifacts import errors
from artifacts.caller import Viewer
from artifacts.db import tables
from artifacts.db.artifacts import Artifacts
from artifacts.db.members import status_for, was_member
from artifacts.db.ordering import Stand
from artifacts.db.sources import ONE
from artifacts.model import Artifact
from artifacts.model.lifecycle import COMMUNITY, PUBLIC, SHARED

NO_SUCH = "marker: there is no such artifact"


@dataclass(frozen=True)
class Prelude:
    """What one SELECT has told: the scalars that were asked for, and the marker's place."""

    scalars: Sequence[Any]
    stand: Stand | None


class Markers:
    def __init__(
        self, connection: Connection, types: Mapping[str, type[Artifact]], artifacts: Artifacts
    ) -> None:
        self._connection = connection
        self._types = types
        self._artifacts = artifacts

    def prelude(
        self, marker: str | None, viewer: Viewer, scalars: Sequence[ColumnElement[Any]]
    ) -> Prelude:
        """Ask for *scalars* and the marker's place; raise ArtifactNotFound if it has none."""
        named = [scalar.label(f"s{place}") for place, scalar in enumerate(scalars)]
        if marker is None:
            return Prelude(self._connection.execute(select(*named)).one() if named else (), None)
        if not (marker.isascii() and marker.isprintable()):
            raise errors.ArtifactNotFound(NO_SUCH)
        row = self._connection.execute(_statement(marker, viewer, named)).one()
        stand = self._stand(row, viewer)
        if stand is None:
            raise errors.ArtifactNotFound(NO_SUCH)
        return Prelude([row._mapping[each.name] for each in named], stand)

    def _stand(self, row: Row[Any], viewer: Viewer) -> Stand | None:
        if viewer.pools is not None and row.order_key is not None and row.pool not in viewer.pools:
            return None
        if row.order_key is not None and row.audience is not None:
            stand, shared = self._living(row), row.membership is not None
        elif row.dead_place is not None:
            stand, shared = self._dead(row), was_member(row.dead_place, viewer.project)
        else:
            return None
        return stand if stand and _visible(stand.artifact, viewer, shared) else None

    def _living(self, row: Row[Any]) -> Stand | None:
        artifact = self._artifacts.restore(row, row.project_name)
        return None if artifact is None else Stand(artifact, row.order_key)

    def _dead(self, row: Row[Any]) -> Stand | None:
        artifact_type = self._types.get(row.dead_type)
        if artifact_type is None:
            return None
        restored = {
            name: artifact_type.fields[name].from_json(value)
            for name, value in row.dead_place.items()
            if name in artifact_type.fields
        }
        return Stand(artifact_type(restored, {}, revision=0), row.dead_key)


def _visible(artifact: Artifact, viewer: Viewer, shared: bool) -> bool:
    mine = artifact.owner is not None and artifact.owner == viewer.project
    seen = artifact.visibility in (PUBLIC, COMMUNITY)
    return viewer.everything or mine or seen or (shared and artifact.visibility == SHARED)


def _statement(marker: str, viewer: Viewer, scalars: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """SELECT the artifact, or its tombstone."""
    one = select(ONE.label("one")).subquery()
    living, project = tables.artifacts, tables.projects.alias()
    dead, kind = tables.tombstones, tables.types.alias()
    always = one.c.one == ONE  # what joins one row to another that it says nothing about
    found = (
        one.outerjoin(living, and_(always, living.c.id == marker))
        .outerjoin(project, project.c.number == living.c.owner)
        .outerjoin(dead, and_(always, dead.c.id == marker))
        .outerjoin(kind, kind.c.number == dead.c.type)
    )
    columns = [
        *living.c,
        project.c.name.label("project_name"),
        status_for(living.c.order_key, viewer.project).label("membership"),
        dead.c.order_key.label("dead_key"),
        kind.c.name.label("dead_type"),
        dead.c.place.label("dead_place"),
    ]
    return select(*scalars, *columns).select_from(found)
