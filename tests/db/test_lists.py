"""Lists: a union of branches and a keyset, held against a plain filter over the same artifacts."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import Integer, event

from artifacts.caller import Caller, Viewer
from artifacts.db.ordering import order_of
from artifacts.errors import ArtifactNotFound
from artifacts.model import version
from artifacts.model.query import Condition, Query, Sort

NAMES = ["a", "A", "ab", "b", "é", "x ", "x", "50%", "a_b", "a/b", "a\\b", "\U0001f600"]
VERSIONS = ["0.0.0", "1.0.0", "2.0.0", "10.0.0"]  # with build metadata behind them they tie
TAGS = ["red", "green", "blue", "Blue"]
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
]
VIEWERS = [
    Viewer("p0"),
    Viewer("p1"),
    Viewer("p2"),
    Viewer("stranger"),
    Viewer(None),
    Viewer("p0", everything=True),
]
OPERATORS = {
    "name": ("eq", "neq", "in", "like"),
    "version": ("eq", "neq", "in", "gt", "gte", "lt", "lte"),
    "status": ("eq", "neq", "in"),
    "visibility": ("eq", "neq", "in"),
    "owner": ("eq", "neq", "in"),
    "id": ("eq", "neq", "in"),
    "created_at": ("lt", "gt"),
    "updated_at": ("lt", "gt"),
    "activated_at": ("lt", "gt"),
    "display_type_name": ("eq", "neq", "in", "like"),
    "tags": ("all", "any"),
}


@pytest.fixture
def deployment(deploy):
    return deploy({"DEFAULT": {"delayed_delete": True}})


@pytest.fixture
def many(deployment, live, admin):
    """Artifacts of three projects and two types, with ties and nulls, and some that are deleted."""
    chance = random.Random(42)
    made = []
    for number in range(100):
        owner = Caller("u", f"p{number % 3}", frozenset())
        mine = live(
            deployment.parts, owner, chance.choice(["samples", "samples", "heat_templates"])
        )
        operator = live(deployment.parts, admin, mine.type_name)
        artifact = mine.create(
            chance.choice(NAMES),
            version=f"{chance.choice(VERSIONS)}{chance.choice(['+', '-', '-a.'])}{number}",
            tags=chance.sample(TAGS, chance.randint(0, 3)),
        )
        if mine.type_name == "samples" and chance.random() < 0.6:
            artifact = mine.activate(artifact)
            if chance.random() < 0.5:
                artifact = operator.change(artifact, visibility="public")
            if chance.random() < 0.2:
                artifact = operator.change(artifact, status="deactivated")
        if chance.random() < 0.1:
            operator.delete(artifact)
        else:
            made.append(artifact)
    return made


@pytest.fixture
def page(read):
    def page(type_name, query, viewer):
        found = read(lambda tx: tx.lists.page(type_name, query, viewer))
        return [record.artifact for record in found.records], found.total

    return page


def visible(viewer, artifact):
    return viewer.everything or artifact.visibility == "public" or artifact.owner == viewer.project


def like(value, pattern):
    parts = [{"%": ".*", "_": "."}.get(each, re.escape(each)) for each in pattern]
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


HOLDS = {
    "eq": lambda value, wanted: value == wanted[0],
    "neq": lambda value, wanted: value != wanted[0],
    "in": lambda value, wanted: value in wanted,
    "gt": lambda value, wanted: value > wanted[0],
    "gte": lambda value, wanted: value >= wanted[0],
    "lt": lambda value, wanted: value < wanted[0],
    "lte": lambda value, wanted: value <= wanted[0],
    "like": lambda value, wanted: like(value, wanted[0]),
    "all": lambda value, wanted: set(wanted) <= set(value),
    "any": lambda value, wanted: bool(set(wanted) & set(value)),
}


def holds(condition, artifact):
    value, wanted = artifact.values[condition.field], condition.values
    if condition.field == "version" and condition.operator in ("gt", "gte", "lt", "lte"):
        value, wanted = version.key(value), [version.key(each) for each in wanted]
    return value is not None and HOLDS[condition.operator](value, wanted)


def expected(artifacts, type_name, query, viewer):
    """What a page without limit and marker must be, worked out without a database."""
    found = [
        artifact
        for artifact in artifacts
        if visible(viewer, artifact)
        and type_name in (None, artifact.type_name)
        and all(holds(each, artifact) for each in query.conditions if not each.alternative)
        and (
            not any(each.alternative for each in query.conditions)
            or any(holds(each, artifact) for each in query.conditions if each.alternative)
        )
    ]
    found.sort(key=lambda artifact: artifact.created_at, reverse=True)
    for sort in reversed(query.sorts):
        # Python's sort keeps the order of ties, also in reverse; what is absent comes last.
        present = [each for each in found if each.values[sort.field] is not None]
        absent = [each for each in found if each.values[sort.field] is None]
        present.sort(key=lambda each: sort_key(sort.field, each), reverse=not sort.ascending)
        found = present + absent
    return found


def sort_key(field, artifact):
    value = artifact.values[field]
    return version.key(value) if field == "version" else value


def some_condition(chance, artifacts):
    field = chance.choice(list(OPERATORS))
    operator = chance.choice(OPERATORS[field])
    example = [chance.choice(artifacts).values[field] for _ in range(3)]
    if field == "tags":
        values = tuple(chance.sample(TAGS, chance.randint(1, 2)))
    elif operator == "like":
        values = (chance.choice(["a%", "%b", "_", "x%", "%\\%", "50%", "%/%", "a_b", "Sam%"]),)
    elif operator == "in":
        values = tuple(example[: chance.randint(0, 3)])
    elif field == "activated_at":
        values = (example[0] or chance.choice(artifacts).created_at,)
    elif field.endswith("_at"):
        values = (example[0] + timedelta(microseconds=chance.choice([-1, 0, 1])),)
    else:
        values = (example[0],)
    return Condition(field, operator, values, alternative=chance.random() < 0.3)


def test_a_list_is_what_a_plain_filter_finds(many, page):
    chance = random.Random(7)
    for _ in range(120):
        query = Query(
            tuple(some_condition(chance, many) for _ in range(chance.randint(0, 3))),
            tuple(
                Sort(field, chance.random() < 0.5)
                for field in chance.sample(SORTS, chance.randint(0, 2))
            ),
            limit=chance.choice([0, 1, 10, 1000]),
        )
        viewer = chance.choice(VIEWERS)
        type_name = chance.choice([None, "samples", "heat_templates", "images"])
        found, total = page(type_name, query, viewer)
        wanted = expected(many, type_name, query, viewer)

        assert [each.id for each in found] == [each.id for each in wanted[: query.limit]], query
        assert total == len(wanted), query


@pytest.mark.parametrize("ascending", [True, False])
def test_markers_lead_through_every_order_and_lose_nothing(many, page, ascending):
    """Names, statuses and owners tie, and what was never activated has no time: all come once."""
    for field in SORTS:
        for viewer in (VIEWERS[0], VIEWERS[-1]):
            query = Query(sorts=(Sort(field, ascending),))
            wanted = [each.id for each in expected(many, None, query, viewer)]
            seen, marker = [], None
            while True:
                step = Query(sorts=query.sorts, limit=7, marker=marker)
                found, total = page(None, step, viewer)
                assert total == len(wanted)
                seen += [each.id for each in found]
                if len(found) < 7:
                    break
                marker = found[-1].id

            assert seen == wanted, field


def test_any_number_of_tags_can_be_asked_for(many, page):
    tags = tuple(f"t{number}" for number in range(500))
    queries = [Query((Condition("tags", operator, tags),) * 3) for operator in ("all", "any")]

    for query in queries:
        assert page("samples", query, Viewer("p0")) == ([], 0)


def test_a_tag_that_is_asked_for_twice_is_one(many, page):
    for tags in (("red",), ("red", "green")):
        once = Query((Condition("tags", "all", tags),), limit=1000)
        twice = Query((Condition("tags", "all", tags * 2),), limit=1000)

        found, total = page(None, once, VIEWERS[-1])
        again, total_again = page(None, twice, VIEWERS[-1])

        assert [each.id for each in found] == [each.id for each in again]
        assert total == total_again == len(found) > 0


@pytest.mark.parametrize("field", ["type_name", "display_type_name"])
def test_types_are_ordered_by_place_which_no_collation_changes(deployment, field):
    types = dict(enumerate(deployment.parts.types.values()))

    assert isinstance(order_of([Sort(field)], types)[0].column.type, Integer)


def test_what_is_found_is_whole(many, page):
    found, _ = page(None, Query(limit=1000), VIEWERS[-1])
    by_id = {each.id: each for each in many}

    assert {each.id: each.values for each in found} == {
        each.id: by_id[each.id].values for each in found
    }


def test_a_marker_that_the_viewer_may_not_see_is_unknown(many, page):
    """D22, D44: a marker of another project tells nothing."""
    foreign = next(each for each in many if each.owner == "p1" and each.visibility == "private")

    with pytest.raises(ArtifactNotFound):
        page("samples", Query(marker=foreign.id), Viewer("p0"))
    with pytest.raises(ArtifactNotFound):
        page("samples", Query(marker="nobody"), Viewer("p0", everything=True))
    page("samples", Query(marker=foreign.id), Viewer("p1"))


@pytest.mark.parametrize("limit", [1, 60])
@pytest.mark.parametrize("viewer", [Viewer("p0"), Viewer("p0", everything=True)])
def test_a_page_is_at_most_three_selects(deploy, many, viewer, limit):
    database = deploy({"DEFAULT": {"delayed_delete": True}}).parts.database
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    query = Query(sorts=(Sort("owner", True), Sort("version", True)), limit=limit)
    with database.reading() as tx:  # a process learns the numbers of names once
        marker = tx.lists.page("samples", query, viewer).records[0].artifact.id
    cold, statements[:] = list(statements), []
    with database.reading() as tx:
        found = tx.lists.page("samples", query, viewer).records
    first, statements[:] = list(statements), []
    with database.reading() as tx:
        tx.lists.page("samples", Query(sorts=query.sorts, limit=limit, marker=marker), viewer)
    selects = [each for each in statements if each.startswith("SELECT")]

    assert found
    assert len([each for each in first if each.startswith("SELECT")]) <= 3
    assert len(selects) <= 3
    assert len(cold) < 3 + 20, "names are learnt together, and not by the row"
