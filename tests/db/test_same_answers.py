"""The same answers on every database, however its server and database are set up.

Each database has the settings that its makers would like least: another time zone, no strictness,
a collation that knows neither case nor accents.
"""

import json
import uuid

import pytest
from sqlalchemy import create_engine, make_url, text

from artifacts.db import tables
from artifacts.db.comparisons import like

SAMPLES = "/artifacts/samples"
PATCH = {"Content-Type": "application/json-patch+json"}
BIG = 2**63 - 1
TEXTS = [
    *("x", "x ", " x", "X", "xx", "e", "é", "e\u0301", "É", "ß", "ss", "i", "I", "\u0131", "İ"),
    *("\U0001f600", "\U0001f601", "\uffff", "\ue000", "~", "-", "_", "a_b", "aXb", "a%b"),
    *("a\\b", "a/b", "a'b", 'a"b', "0", "00", "10", "9", "null", "日本語", "日本", "\U0010ffff"),
]
NUMBERS = [0, 1, -1, 9, 10, BIG, -BIG - 1, 2**53, 2**53 + 1, None]
RATIOS = [0.0, 0.1, 0.1 + 0.2, 0.3, -1.5, 1e-300, 1.7976931348623157e308, 5e-324, 1e16, None]
MOMENTS = [
    *("1970-01-01T00:00:00.000001Z", "1999-12-31T23:59:59.999999Z", "2026-03-29T02:30:00Z"),
    *("2026-03-29T03:30:00Z", "2038-01-19T03:14:08Z", "9999-12-31T23:59:59.999999Z", None),
]
HOSTILE = {
    "postgresql": [
        "ALTER DATABASE {} SET timezone = 'Asia/Tokyo'",
        "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'",
        "ALTER DATABASE {} SET standard_conforming_strings = off",
        "ALTER DATABASE {} SET datestyle = 'SQL, DMY'",
        "ALTER DATABASE {} SET extra_float_digits = -5",
        "ALTER DATABASE {} SET client_encoding = 'LATIN1'",
    ],
    "mariadb": ["ALTER DATABASE {} CHARACTER SET latin1 COLLATE latin1_german1_ci"],
}
LAX = "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT', time_zone = '+09:00'"


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def service(request, shared_database, deploy_in, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    if request.param == "sqlite":
        url = make_url(f"sqlite:///{folder / 'answers.db'}")
    else:
        url = make_url(shared_database(request.param))
        _set_up(url, HOSTILE[request.param])
    if request.param == "mariadb":
        url = url.update_query_dict({"init_command": LAX, "charset": "latin1"})
    return deploy_in(folder, {"database": {"connection": url.render_as_string(False)}})


def _set_up(url, statements):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement.format(url.database)))
    engine.dispose()


@pytest.fixture(scope="module")
def client(service):
    """A member of a project, who sees times to the microsecond."""
    who = {"X-Identity-Status": "Confirmed", "X-User-Id": "user", "X-Roles": "member"}
    return service.plain_client(
        {**who, "X-Project-Id": "project", "OpenStack-API-Version": "artifact 1.2"}
    )


@pytest.fixture(scope="module")
def kept(client):
    """What was made, as it was told when it was made, the newest first."""
    made = []
    fields = {"name": TEXTS, "string": TEXTS, "number": NUMBERS, "ratio": RATIOS, "moment": MOMENTS}
    for place in range(len(TEXTS)):
        values = {name: each[place % len(each)] for name, each in fields.items()}
        values |= {"flag": [True, False, None][place % 3], "tags": [TEXTS[place].replace("/", "|")]}
        made.insert(0, _made(client, values))
    return made


def _made(client, values):
    answer = client.simulate_post(SAMPLES, json=values)
    assert answer.status_code == 201, (values, answer.text)
    assert {name: answer.json[name] for name in ("name", "number", "ratio")} == {
        name: values[name] for name in ("name", "number", "ratio")
    }
    return answer.json


def ask(client, **query):
    """Return the names on all pages, each of a few."""
    names, link, params = [], SAMPLES, {"limit": "11", **query}
    while link:
        answer = client.simulate_get(link, params=params)
        assert answer.status_code == 200, answer.text
        names += [each["name"] for each in answer.json["artifacts"]]
        link, params = answer.json.get("next"), None
    return names


def names(found):
    return [each["name"] for each in found]


def test_text_is_another_with_any_other_character(client, kept):
    for each in TEXTS:
        assert ask(client, name=f"eq:{each}") == [each]
        assert ask(client, string=f"eq:{each}") == [each]


def test_two_names_may_differ_by_case_accent_or_a_space_alone(client, kept):
    again = client.simulate_post(SAMPLES, json={"name": "x "})

    assert again.status_code == 409
    assert len(kept) == len(TEXTS)


def test_tags_are_found_as_they_are(client, kept):
    for each in kept:
        (tag,) = each["tags"]
        if '"' not in tag:
            assert ask(client, tags=tag) == [each["name"]]


@pytest.mark.parametrize(
    "pattern", ["x%", "%b", "a_b", "_", "a\\%", "a/%", "a%%b", "É%", "日本_", "I%"]
)
def test_patterns_match_alike(client, kept, pattern):
    found = [name for name in names(kept) if like(pattern, name)]

    assert ask(client, name=f"like:{pattern}") == found


@pytest.mark.parametrize("field", ["name", "string"])
def test_text_is_in_the_order_of_its_code_points(client, kept, field):
    assert ask(client, sort=f"{field}:asc") == sorted(TEXTS)
    assert ask(client, sort=f"{field}:desc") == sorted(TEXTS, reverse=True)


@pytest.mark.parametrize("field", ["number", "ratio", "moment", "flag"])
@pytest.mark.parametrize("falling", [False, True])
def test_what_is_unset_comes_last_in_either_order(client, kept, field, falling):
    """And what is equal, the newest first, on all pages."""
    there = [each for each in kept if each[field] is not None]
    there.sort(key=lambda each: each[field], reverse=falling)  # which leaves equal ones in order
    unset = [each for each in kept if each[field] is None]

    assert ask(client, sort=f"{field}:{'desc' if falling else 'asc'}") == names(there + unset)


@pytest.mark.parametrize("number", [n for n in NUMBERS if n is not None])
def test_numbers_are_compared_as_whole_numbers(client, kept, number):
    assert ask(client, number=f"eq:{number}") == [
        each["name"] for each in kept if each["number"] == number
    ]
    assert ask(client, number=f"gt:{number}") == [
        each["name"] for each in kept if each["number"] is not None and each["number"] > number
    ]


@pytest.mark.parametrize("ratio", [r for r in RATIOS if r is not None])
def test_fractions_are_kept_to_their_last_digit(client, kept, ratio):
    assert ask(client, ratio=f"eq:{ratio!r}") == [
        each["name"] for each in kept if each["ratio"] == ratio
    ]
    assert ask(client, ratio=f"lte:{ratio!r}") == [
        each["name"] for each in kept if each["ratio"] is not None and each["ratio"] <= ratio
    ]


def test_times_are_those_of_utc_to_the_microsecond(client, kept):
    for each in kept[:5]:
        shown = client.simulate_get(f"{SAMPLES}/{each['id']}").json
        assert shown["created_at"] == each["created_at"]
        assert shown["moment"] == each["moment"]


def test_what_is_too_long_or_no_text_is_refused_and_never_cut(client, kept):
    for name in ("x" * 256, "x\x00", "\U0001f600" * 256):
        assert client.simulate_post(SAMPLES, json={"name": name}).status_code == 400
    longest = "\U0001f600" * 255
    made = client.simulate_post(SAMPLES, json={"name": longest, "string": "beside"})

    assert made.json["name"] == longest
    assert ask(client, string="eq:beside") == [longest]
    client.simulate_delete(f"{SAMPLES}/{made.json['id']}")


def test_a_change_to_what_it_is_already_finds_its_row(service, client, kept):
    """Some drivers count the rows that changed, not those that were found."""
    steps = [{"op": "replace", "path": "/string", "value": "changed"}]
    path = f"{SAMPLES}/{_made(client, {'name': uuid.uuid4().hex, 'number': 1, 'ratio': 1.0})['id']}"
    for _ in range(2):
        changed = client.simulate_patch(path, body=json.dumps(steps), headers=PATCH)
        assert changed.status_code == 200, changed.text
    with service.parts.database.engine.begin() as connection:
        same = connection.execute(tables.projects.update().values(name=tables.projects.c.name))
        assert same.rowcount == 1
    client.simulate_delete(path)
