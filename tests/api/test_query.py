"""Query strings, as Glare reads them (contract, 10.1 to 10.5 and 10.7)."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts.api import filters, query
from artifacts.errors import Invalid, InvalidParameter
from artifacts.model import Artifact
from artifacts.model.every_type import EveryType
from artifacts.model.query import Condition, Sort


def parse(text, artifact_type=EveryType):
    return query.parse(query.pairs(text), lambda: artifact_type, default_limit=25, most=1000)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", 25),
        ("&&", 25),
        ("&limit=5", 5),
        ("limit=0", 0),
        ("limit=%20%2B7%20", 7),
        ("limit=1000", 1000),
        ("limit=1001", 1000),
        ("limit=999999999", 1000),
        ("limit=" + "9" * 4000, 1000),
    ],
)
def test_limits(text, limit):
    """D39: a large one is clamped."""
    assert parse(text).limit == limit


@pytest.mark.parametrize("limit", ["", "-1", "x", "1.0", "1e3", "0x10", "9" * 4001, "%1C5"])
def test_what_is_no_limit(limit):
    with pytest.raises(Invalid, match="limit"):
        parse(f"limit={limit}")


@pytest.mark.parametrize("name", ["limit", "marker", "sort"])
def test_what_may_be_given_once(name):
    with pytest.raises(Invalid, match="once"):
        parse(f"{name}=1&{name}=1")


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("name", [Sort("name", False)]),
        ("name:", [Sort("name", False)]),
        ("name:desc", [Sort("name", False)]),
        ("name:asc", [Sort("name", True)]),
        ("name:asc,version,id:asc", [Sort("name", True), Sort("version"), Sort("id", True)]),
    ],
)
def test_sorts(text, sorts):
    assert list(parse(f"sort={text}").sorts) == sorts


@pytest.mark.parametrize(
    "text",
    ["", ":asc", "nothing", "name:up", "name:ASC", "tags", "metadata.k", "name,,id", "a:b:c"],
)
def test_what_is_no_sort(text):
    with pytest.raises(Invalid, match="sort"):
        parse(f"sort={text}")


CONDITIONS = {
    "name=a": Condition("name", "eq", ("a",)),
    "name=eq:a": Condition("name", "eq", ("a",)),
    "name=and:a": Condition("name", "eq", ("a",)),
    "name=or:a": Condition("name", "eq", ("a",), alternative=True),
    "name=or:neq:a": Condition("name", "neq", ("a",), alternative=True),
    "name=and:like:a%25": Condition("name", "like", ("a%",)),
    "name=eq:a:b": Condition("name", "eq", ("a:b",)),
    "name=eq:and:x": Condition("name", "eq", ("and:x",)),
    "name=in:a,b": Condition("name", "in", ("a", "b")),
    "name=in:": Condition("name", "in", ()),
    "name=in:a,": Condition("name", "in", ("a",)),
    'name=in:"a,b",c': Condition("name", "in", ("a,b", "c")),
    "name=in: a ,b": Condition("name", "in", (" a ", "b")),
    'name="a,b"': Condition("name", "eq", ('"a,b"',)),
    "version=1": Condition("version", "eq", ("1.0.0",)),
    "version=gte:1.5": Condition("version", "gte", ("1.5.0",)),
    "status=active": Condition("status", "eq", ("active",)),
    "created_at=lt:2026-01-31T12:30:00Z": Condition(
        "created_at", "lt", (datetime(2026, 1, 31, 12, 30, tzinfo=UTC),)
    ),
    "type_name=images": Condition("type_name", "eq", ("images",)),
    "tags=a,b": Condition("tags", "all", ("a", "b")),
    "tags=or:a": Condition("tags", "all", ("a",), alternative=True),
    "tags-any=and:a,b": Condition("tags", "any", ("a", "b")),
    "tags-any=": Condition("tags", "any", ()),
}


@pytest.mark.parametrize(("text", "condition"), CONDITIONS.items())
def test_conditions(text, condition):
    (found,) = parse(text).conditions
    if condition.field == "tags":
        assert set(found.values) == set(condition.values)
        found = Condition(
            found.field, found.operator, condition.values, alternative=found.alternative
        )

    assert found == condition


OWN_CONDITIONS = {
    "number=7": Condition("number", "eq", (7,)),
    "number=or:gte:-9223372036854775808": Condition("number", "gte", (-(2**63),), alternative=True),
    "ratio=lt:0.5": Condition("ratio", "lt", (0.5,)),
    "flag=bogus": Condition("flag", "eq", (False,)),
    "level=gt:1": Condition("level", "gt", ("1.0.0",)),
    "moment=gt:2026-01-31": Condition("moment", "gt", (datetime(2026, 1, 31, tzinfo=UTC),)),
    "words=in:a,b": Condition("words", "in", ("a", "b")),
    "labels=k": Condition("labels", "eq", ("k",)),
    "labels=in:k,l": Condition("labels", "in", ("k", "l")),
    "labels=": Condition("labels", "eq", ("",)),
    "labels.k=v": Condition("labels", "eq", ("v",), key="k"),
    "labels.k=neq:v": Condition("labels", "neq", ("v",), key="k"),
    "metadata.k=in:v,w": Condition("metadata", "in", ("v", "w"), key="k"),
    "labels.k=": Condition("labels", "in", (), key="k"),
    "labels.": Condition("labels", "in", (), key=""),
    "labels.=v": Condition("labels", "eq", ("v",), key=""),
    "folder=k": Condition("folder", "in", ()),
    "folder=in:k": Condition("folder", "in", ()),
    "link=/artifacts/images/x": Condition("link", "eq", ("/artifacts/images/x",)),
    "string=": Condition("string", "eq", ("",)),
    "string=neq:with:colons": Condition("string", "neq", ("with:colons",)),
}


@pytest.fixture
def samples(deployment):
    return deployment.parts.types["samples"]


@pytest.mark.parametrize(("text", "condition"), OWN_CONDITIONS.items())
def test_conditions_on_fields_of_the_type(samples, text, condition):
    assert parse(text, samples).conditions == (condition,)


@pytest.mark.parametrize(
    "text",
    [
        "labels=neq:k",
        "labels=gt:k",
        "labels.k=gt:v",
        "labels.a.b.c=like:v",
        "folder=neq:k",
        "folder.k=v",
        "blob=x",
        "blob.k=x",
        "string.k=x",
        "words.0=a",
        "nothing.k=x",
        ".k=x",
        "number=",
        "number=abc",
        "number=1.5",
        "number=9223372036854775808",
        "ratio=nan",
        "ratio=1e999",
        "level=dummy",
        "choice=three",
        "link=gopher",
        "string=like:a",
        "moment=eq:2026-01-31",
        "labels=%00",
        "labels.%00=v",
        "metadata.k=" + "x" * 256,
        "with_count=true",
        "tags.k=v",
    ],
)
def test_what_is_no_filter_of_the_type(samples, text):
    with pytest.raises(Invalid):
        parse(text, samples)


def test_a_key_that_no_dict_has_is_not_repeated(samples):
    with pytest.raises(Invalid) as refusal:
        parse("labels.secret=gt:v", samples)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sort=words", "sort: every key must be one of id, name, .*, number, ratio"),
        ("moment=eq:2026-01-31", "moment: cannot be filtered by eq, only by lt, gt"),
        ("labels=like:x", "labels: cannot be filtered by like, only by eq, in"),
        ("blob=x", "blob: cannot be filtered$"),
        ("string=a:b", "string: a value with a colon needs an operator"),
        ('string=in:"x', "string: double quotes must stand around a whole item"),
        ('tags=a,"x', "tags: double quotes must stand around a whole item"),
        ("no-field=x", "there is no such field in samples"),
        ("with_count=true", "with_count: is there from microversion 1.2 on"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_taken(samples, text, said):
    with pytest.raises(Invalid, match=f"^{said}"):
        parse(text, samples)


def test_sorts_by_fields_of_the_type(samples):
    sorts = parse("sort=number:asc,ratio,name:asc", samples).sorts

    assert sorts == (Sort("number", True), Sort("ratio"), Sort("name", True))


@pytest.mark.parametrize("text", ["words", "labels", "link", "choice", "labels.k"])
def test_what_the_type_does_not_sort_by(samples, text):
    with pytest.raises(Invalid, match="sort"):
        parse(f"sort={text}", samples)


def test_the_latest_versions_are_one_pair():
    assert parse("version=latest").latest
    assert parse("version=latest&version=gt:1").conditions == (
        Condition("version", "gt", ("1.0.0",)),
    )
    assert not parse("version=1").latest
    with pytest.raises(Invalid):
        parse("version=eq:latest")


@pytest.mark.parametrize(
    ("text", "item"),
    [
        (r'"a,\"b\\"', 'a,"b' + "\\"),
        (r"a\"b", 'a"b'),
        ("a\\b", "a\\b"),
    ],
)
def test_quotes_can_be_part_of_an_item(text, item):
    assert filters.items(text, "name") == [item]


def test_an_empty_item_in_front_is_an_empty_text():
    assert filters.items(",b", "name") == ["", "b"]
    assert filters.items("a,,b", "name") == ["a", "", "b"]


@pytest.mark.parametrize("text", ["tags", "tags=", "&&", ""])
def test_what_is_no_condition(text):
    assert parse(text).conditions == ()


def test_conditions_add_up():
    assert len(parse("name=neq:a&name=neq:b").conditions) == 2


@pytest.mark.parametrize(
    "text",
    [
        "nothing=1",
        "blob=1",
        "description=x",
        "name=",
        "name=a:b",
        "name=gt:a",
        "name=gt:a:b",
        "status=bogus",
        "visibility=blabla",
        "id=nope",
        "version=dummy",
        "created_at=2026-01-31T12:30:00Z",
        "created_at=gte:2026-01-31",
        "created_at=lt:yesterday",
        "name.k=v",
        "tags=a:b",
        "tags=or:a:b",
        "tags-any=in:a",
        "tags=a/b",
        f"name={'x' * 256}",
    ],
)
def test_what_is_no_filter(text):
    with pytest.raises(Invalid):
        parse(text)


@pytest.mark.parametrize("text", ['"a', 'a"', '"a"b', 'a"b"', '"a"b"', '"'])
def test_quotes_stand_around_whole_items(text):
    with pytest.raises(InvalidParameter):
        parse(f"name=in:{quote(text)}")


def test_parameters_and_values_are_bounded():
    """D39."""
    with pytest.raises(Invalid, match="64 parameters"):
        parse("&".join(["name=neq:a"] * 65))
    with pytest.raises(Invalid, match="1000 values"):
        parse("name=in:" + ",".join(["a"] * 1001))
    with pytest.raises(Invalid, match="16 keys"):
        parse("sort=" + ",".join(["name"] * 17))
    assert len(parse("sort=" + ",".join(["name"] * 16)).sorts) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "in:" + ",".join(["a"] * 251)),
        ("tags", ",".join(f"t{number}" for number in range(251))),
        ("tags-any", ",".join(f"t{number}" for number in range(251))),
    ],
)
def test_values_are_bounded_over_the_whole_query(name, value):
    """D39: conditions add up, in the database too."""
    assert len(parse("&".join([f"{name}={value}"] * 3)).conditions) == 3
    with pytest.raises(Invalid, match="1000 values"):
        parse("&".join([f"{name}={value}"] * 4))


@pytest.mark.parametrize("text", ["name=%ff", "name=%00", "name=in:%00", "tags=%00", "marker=%ff"])
def test_what_is_no_text(text):
    with pytest.raises(Invalid):
        parse(text)


@given(st.lists(st.tuples(st.sampled_from(["name", "tags", "sort", "id", "x"]), st.text())))
def test_whatever_is_sent_is_read_or_refused(given_pairs):
    text = "&".join(f"{name}={quote(value)}" for name, value in given_pairs)
    try:
        parse(text)
    except Invalid:
        pass  # anything else would be a fault of ours


class TestPages:
    """Links are relative, keep the parameters, and lead from page to page."""

    @pytest.fixture(autouse=True)
    def several(self, life):
        return [life.create(f"n{number}", tags=["a b"]) for number in range(5)]

    def test_pages_lead_to_the_end(self, client):
        path, seen = "/artifacts/samples?limit=2&sort=name:asc", []
        for _ in range(4):
            page = client.simulate_get(path).json
            seen += [each["name"] for each in page["artifacts"]]
            assert page["total_count"] == 5
            assert page["first"] == "/artifacts/samples?limit=2&sort=name%3Aasc"
            if "next" not in page:
                break
            path = page["next"]
            assert path.startswith("/artifacts/samples?limit=2&sort=name%3Aasc&marker=")

        assert seen == ["n0", "n1", "n2", "n3", "n4"]

    def test_a_full_last_page_still_has_a_next(self, client):
        page = client.simulate_get("/artifacts/samples?limit=5").json
        last = client.simulate_get(page["next"]).json

        assert last["artifacts"] == []
        assert "next" not in last

    def test_nothing_asked_is_nothing_repeated(self, client):
        page = client.simulate_get("/artifacts/samples").json

        assert page["first"] == "/artifacts/samples"
        assert (page["type_name"], page["schema"]) == ("samples", "/schemas/samples")

    def test_repeated_parameters_are_all_kept(self, client):
        page = client.simulate_get(
            "/artifacts/samples?name=neq:n0&&tags=a%20b&name=neq:n1&limit=1"
        ).json

        assert page["total_count"] == 3
        assert page["first"] == ("/artifacts/samples?name=neq%3An0&tags=a+b&name=neq%3An1&limit=1")
        assert client.simulate_get(page["next"]).json["total_count"] == 3

    def test_a_limit_of_nothing(self, client):
        page = client.simulate_get("/artifacts/samples?limit=0").json

        assert (page["artifacts"], page["total_count"]) == ([], 5)
        assert "next" not in page

    def test_newest_comes_first(self, client):
        page = client.simulate_get("/artifacts/samples").json

        assert [each["name"] for each in page["artifacts"]] == ["n4", "n3", "n2", "n1", "n0"]

    @pytest.mark.parametrize("marker", ["nobody", "", "%C3%A9"])
    def test_an_unknown_marker_is_not_found(self, client, marker):
        assert client.simulate_get(f"/artifacts/samples?marker={marker}").status_code == 404

    def test_everything_is_listed_as_all(self, client):
        page = client.simulate_get("/artifacts/all?type_name=in:samples,images").json

        assert page["total_count"] == 5
        assert set(page["artifacts"][0]) == {
            *(name for name in Artifact.fields),
            "type_name",
        }
        assert client.simulate_get("/artifacts/all?type_name=like:im%25").json["total_count"] == 0
