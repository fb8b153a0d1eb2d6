"""Lists: a union of branches and a keyset, held against a plain filter over the same artifacts."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import Integer, event

from artifacts.caller import Caller, Viewer
from artifacts.db import drivers
from artifacts.db.database import Database
from artifacts.db.ordering import order_of
from artifacts.db.segments import Segment
from artifacts.db.sources import artifacts_of
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
    "metadata": ("eq", "in"),
    "metadata.k": ("eq", "neq", "in"),
}
OWN = {
    "string": ("eq", "neq", "in"),
    "number": ("eq", "neq", "in", "gt", "gte", "lt", "lte"),
    "ratio": ("eq", "neq", "in", "gt", "gte", "lt", "lte"),
    "flag": ("eq", "neq"),
    "moment": ("lt", "gt"),
    "level": ("eq", "neq", "in", "gt", "gte", "lt", "lte"),
    "choice": ("eq", "neq", "in"),
    "words": ("eq", "neq", "in"),
    "labels": ("eq", "in"),
    "labels.k": ("eq", "neq", "in"),
    "labels.a.b": ("eq", "neq", "in"),
    "link": ("eq", "neq"),
    "links": ("eq", "neq"),
}
OWN_SORTS = ["string", "number", "ratio", "flag", "moment", "level"]
VALUES = {
    "string": ["a", "A", "é", "x ", "x", "\U0001f600", ""],
    "number": [0, -1, 2**63 - 1, -(2**63), 2**62 + 1, 7],
    "ratio": [0.0, -1.5, 1e300, 0.1, 1 / 3],
    "flag": [True, False],
    "moment": ["2026-01-31T12:00:00.000001Z", "2026-01-31T12:00:00Z", "1969-07-20T20:17:40Z"],
    "level": ["1.0.0", "1.0.0+b", "1.0.0-rc.1", "1.0.0-rc.1.x", "1.0.0-rc.1+b", "0.9.0"],
    "choice": ["one", "two"],
    "words": [["a"], ["a", "a"], ["a", "b", ","], ["B"]],
    "labels": [{"k": "a"}, {"k": "b", "a.b": "a"}, {"x": "y"}],
    "metadata": [{"k": "a"}, {"k": "b", "other": "a"}],
    "link": ["http://example.test/x", "http://example.test/" + "y" * 300],
    "links": [["http://example.test/x"], ["http://example.test/z", "http://example.test/x"]],
}


@pytest.fixture(scope="module")
def deployment(deploy_in, tmp_path_factory):
    return deploy_in(tmp_path_factory.mktemp("many"), {"DEFAULT": {"delayed_delete": True}})


@pytest.fixture(scope="module")
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
            **some_values(chance, mine.type_name),
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


def some_values(chance, type_name):
    """Values for some of the fields, so that each is unset here and there."""
    names = list(VALUES) if type_name == "samples" else ["metadata"]
    return {name: chance.choice(VALUES[name]) for name in names if chance.random() < 0.7}


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
    value, wanted = artifact.values.get(condition.field), condition.values
    ordered = condition.operator in ("gt", "gte", "lt", "lte")
    if condition.field in ("version", "level") and ordered and value is not None:
        value, wanted = version.key(value), [version.key(each) for each in wanted]
    if condition.field == "tags":
        return HOLDS[condition.operator](value, wanted)
    return any(HOLDS[condition.operator](each, wanted) for each in stored(condition, value))


def stored(condition, value):
    """The values that a condition is held against: none, one, or each of a list or a dict."""
    match value:
        case None:
            return []
        case list():
            return value
        case dict() if condition.key is None:
            return list(value)
        case dict():
            return [value[condition.key]] if condition.key in value else []
        case _:
            return [value]


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
    if query.latest:
        found = [each for each in found if not any(newer(other, each) for other in found)]
    found.sort(key=lambda artifact: artifact.created_at, reverse=True)
    for sort in reversed(query.sorts):
        # Python's sort keeps the order of ties, also in reverse; what is absent comes last.
        present = [each for each in found if each.values[sort.field] is not None]
        absent = [each for each in found if each.values[sort.field] is None]
        present.sort(key=lambda each: sort_key(sort.field, each), reverse=not sort.ascending)
        found = present + absent
    return found


def newer(other, artifact):
    mine, others = version.key(artifact.version), version.key(other.version)
    return other.name == artifact.name and others > mine


def sort_key(field, artifact):
    value = artifact.values[field]
    return version.key(value) if field in ("version", "level") else value


def some_condition(chance, artifacts, type_name):
    operators = OPERATORS | (OWN if type_name == "samples" else {})
    name = chance.choice(list(operators))
    operator = chance.choice(operators[name])
    field, _, key = name.partition(".")
    return Condition(
        field,
        operator,
        some_wanted(chance, artifacts, field, key, operator),
        key=key or None,
        alternative=chance.random() < 0.3,
    )


def some_wanted(chance, artifacts, field, key, operator):
    if field == "tags":
        return tuple(chance.sample(TAGS, chance.randint(1, 2)))
    if operator == "like":
        return (chance.choice(["a%", "%b", "_", "x%", "%\\%", "50%", "%/%", "a_b", "Sam%"]),)
    if field in ("labels", "metadata"):
        return some_of(chance, ["a", "b", "y"] if key else ["k", "a.b", "none"], operator)
    if field in VALUES:
        known = next(each for each in artifacts if each.type_name == "samples").fields[field]
        several = field in ("words", "links")
        values = [each for value in VALUES[field] for each in value] if several else VALUES[field]
        return some_of(chance, values if several else map(known.coerce, values), operator)
    example = [chance.choice(artifacts).values[field] for _ in range(3)]
    if field == "activated_at":
        return (example[0] or chance.choice(artifacts).created_at,)
    if field.endswith("_at"):
        return (example[0] + timedelta(microseconds=chance.choice([-1, 0, 1])),)
    return some_of(chance, example, operator)


def some_of(chance, values, operator):
    values = list(values)
    if operator == "in":
        return tuple(chance.sample(values, chance.randint(0, 2)))
    return (chance.choice(values),)


def test_a_list_is_what_a_plain_filter_finds(many, page):
    chance = random.Random(7)
    for _ in range(150):
        viewer = chance.choice(VIEWERS)
        type_name = chance.choice([None, "samples", "samples", "heat_templates", "images"])
        sorts = SORTS + (OWN_SORTS if type_name == "samples" else [])
        query = Query(
            tuple(some_condition(chance, many, type_name) for _ in range(chance.randint(0, 3))),
            tuple(
                Sort(field, chance.random() < 0.5)
                for field in chance.sample(sorts, chance.randint(0, 3))
            ),
            limit=chance.choice([0, 1, 10, 1000]),
            latest=chance.random() < 0.2,
        )
        found, total = page(type_name, query, viewer)
        wanted = expected(many, type_name, query, viewer)

        assert [each.id for each in found] == [each.id for each in wanted[: query.limit]], query
        assert total == len(wanted), query


@pytest.mark.parametrize("few", [0, 3])
def test_no_driver_changes_what_is_found(many, page, monkeypatch, few):
    """What is too much to sort is walked, and gives the same."""
    monkeypatch.setattr(drivers, "FEW", few)
    test_a_list_is_what_a_plain_filter_finds(many, page)


@pytest.mark.parametrize("ascending", [True, False])
def test_markers_lead_through_every_order_and_lose_nothing(many, page, ascending):
    """Names, statuses and owners tie, and what was never activated has no time: all come once."""
    for field in [*SORTS, *OWN_SORTS]:
        for viewer in (VIEWERS[0], VIEWERS[-1]):
            type_name = "samples" if field in OWN_SORTS else None
            query = Query(sorts=(Sort(field, ascending),))
            wanted = [each.id for each in expected(many, type_name, query, viewer)]
            seen, marker = [], None
            while True:
                step = Query(sorts=query.sorts, limit=7, marker=marker)
                found, total = page(type_name, step, viewer)
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
    first = order_of([Sort(field)], types, None).keys[0]

    assert isinstance(first.on(artifacts_of(Segment((1,), 0))).type, Integer)


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


@pytest.fixture
def another_process(deployment):
    """What has learnt no number of a name yet."""
    url = deployment.parts.database.engine.url.render_as_string(hide_password=False)
    database = Database(url, deployment.parts.types, pool_size=1)
    yield database
    database.close()


@pytest.mark.parametrize("limit", [1, 60])
@pytest.mark.parametrize("viewer", [Viewer("p0"), Viewer("p0", everything=True)])
def test_a_page_is_at_most_three_selects(another_process, many, viewer, limit):
    database = another_process
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
