"""Markers: a walk goes on from where it stood, whatever became of the artifact that it stood on."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import event

from artifacts.caller import Viewer
from artifacts.db import schema, tables
from artifacts.db.database import Database
from artifacts.errors import ArtifactNotFound
from artifacts.model import Artifact, Version, field
from artifacts.model.query import Query, Sort

SORTS = [
    "id",
    "name",
    "owner",
    "status",
    "created_at",
    "updated_at",
    "activated_at",
    "visibility",
    "version",
    "display_type_name",
    "string",
    "number",
    "ratio",
    "flag",
    "moment",
    "level",
]
VALUES = {"string": "s", "number": 2**62 + 1, "ratio": 0.1, "flag": True}
MINE = Viewer("project")


class Numbered(Artifact):
    type_name = "numbered"

    size: int | None = field("A number.", sortable=True)
    level: Version | None = field("A version.", sortable=True)
    word: str | None = field("A word.", sortable=True)


class Worded(Artifact):
    """Fields by the same names, of other kinds."""

    type_name = "worded"

    size: str | None = field("A word.", sortable=True)
    level: str | None = field("A word.", sortable=True)
    word: list[str] | None = field("Words.")


@pytest.fixture(params=[False, True], ids=["erased", "delayed"])
def deployment(request, deploy):
    return deploy({"DEFAULT": {"delayed_delete": request.param}})


@pytest.fixture
def several(life):
    """Artifacts with and without values, some changed since they were created."""
    made = []
    for number in range(6):
        artifact = life.create(
            f"n{number % 3}", version=f"1.0.{number}", **(VALUES if number % 2 else {})
        )
        if number % 3 == 0:
            artifact = life.change(artifact, moment="2026-01-31T12:00:00.5Z", level=f"1.{number}")
        if number > 3:
            artifact = life.activate(artifact)
        made.append(artifact)
    return made


@pytest.fixture
def ids(read):
    def ids(viewer=MINE, type_name="samples", **query):
        page = read(lambda tx: tx.lists.page(type_name, Query(**query), viewer))
        return [record.artifact.id for record in page.records]

    return ids


@pytest.mark.parametrize("ascending", [True, False])
def test_a_walk_goes_on_behind_what_was_deleted(several, life, admin, live, ids, ascending):
    operator = live(life.parts, admin)
    orders = {name: ids(sorts=(Sort(name, ascending),)) for name in SORTS}
    marker = several[3]
    operator.delete(marker)

    for name, order in orders.items():
        following = order[order.index(marker.id) + 1 :]
        assert ids(sorts=(Sort(name, ascending),), marker=marker.id) == following, name


def test_what_was_public_still_leads_others_on(several, life, admin, live, ids):
    operator = live(life.parts, admin)
    shown = several[4:]
    for each in shown:
        operator.change(each, visibility="public")
    operator.delete(shown[1])

    assert ids(Viewer("stranger"), marker=shown[1].id) == [shown[0].id]
    assert ids(Viewer(None), None, marker=shown[1].id) == [shown[0].id]


def test_what_was_private_is_unknown_to_others_also_when_it_is_gone(several, life, ids):
    """D22, D44: a marker of another project tells nothing."""
    life.delete(several[2])

    for viewer in (Viewer("stranger"), Viewer(None)):
        with pytest.raises(ArtifactNotFound):
            ids(viewer, marker=several[2].id)
    assert ids(Viewer("operator", everything=True), marker=several[2].id)


def test_everything_may_be_deleted_under_a_walk(several, life, admin, live, ids):
    operator = live(life.parts, admin)
    for each in several:
        operator.delete(each)

    assert ids(marker=several[3].id) == []


def test_a_deleted_marker_is_one_row_however_often_it_was_changed(several, life, database, read):
    """Its owner pays for each change once; whoever lists must not pay for all of them again."""
    artifact = several[0]
    for number in range(20):
        artifact = life.change(artifact, number=number)
    life.delete(artifact)
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    read(lambda tx: tx.lists.page("samples", Query(marker=artifact.id, limit=2), MINE))

    assert 1 <= len([each for each in statements if each.startswith("SELECT")]) <= 3
    assert not [each for each in statements if "revisions" in each]


def test_a_tombstone_from_before_places_were_kept_is_no_marker(several, life, deployment, ids):
    """What is not known is not guessed."""
    life.delete(several[1])
    with deployment.parts.database.engine.begin() as connection:
        connection.execute(tables.tombstones.update().values(place=None))

    with pytest.raises(ArtifactNotFound):
        ids(marker=several[1].id)


@pytest.fixture
def two_types(database_url):
    database = Database(database_url, {each.type_name: each for each in (Numbered, Worded)})
    schema.prepare(database.engine)
    database.write(lambda tx: tx.types.register())
    yield database
    database.close()


@pytest.mark.parametrize("name", ["size", "level", "word"])
@pytest.mark.parametrize("ascending", [True, False])
def test_a_marker_of_another_type_has_no_value_of_the_fields_of_this_one(
    two_types, name, ascending
):
    def add(artifact_type, second, **values):
        moment = datetime(2026, 1, 31, 12, 0, second, tzinfo=UTC)
        artifact = artifact_type.draft(
            {"name": "name", **values}, id=str(uuid4()), owner="project", now=moment
        )
        two_types.write(lambda tx: tx.artifacts.add(artifact, pool="default"))
        return artifact.id

    add(Numbered, 1, version="1.0.0", size=5, level="1.0.0", word="a")
    unset = add(Numbered, 2)
    marker = add(Worded, 3, size="many", level="high", word=["a"])
    query = Query(sorts=(Sort(name, ascending),), marker=marker)
    with two_types.reading() as tx:
        found = tx.lists.page("numbered", query, MINE)

    assert [each.artifact.id for each in found.records] == [unset]
    assert found.total == 2
