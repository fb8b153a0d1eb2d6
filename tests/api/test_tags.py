"""Tags by URLs of their own."""

import pytest

from artifacts.db import tables

V12 = {"OpenStack-API-Version": "artifact 1.2"}


def ask(client, method, url, **more):
    return client.simulate_request(method, url, headers={**V12}, **more)


@pytest.fixture
def tags(client, life):
    url = f"/artifacts/samples/{life.create(tags=['a', 'b']).id}/tags"
    assert ask(client, "GET", url).json == {"tags": ["a", "b"]}
    return url


def held(client, tags):
    return ask(client, "GET", tags).json["tags"]


def test_are_set_all_together_and_deleted(client, tags):
    answer = ask(client, "PUT", tags, json={"tags": ["c", "a", "c"]})

    assert (answer.status_code, answer.json) == (200, {"tags": ["c", "a"]})
    assert ask(client, "DELETE", tags).status_code == 204
    assert held(client, tags) == []


def test_come_and_go_one_by_one(client, tags):
    for method, tag, status, left in (
        ("GET", "a", 204, ["a", "b"]),
        ("HEAD", "a", 204, ["a", "b"]),
        ("GET", "c", 404, ["a", "b"]),
        ("PUT", "b", 204, ["a", "b"]),
        ("PUT", "c%20d", 201, ["a", "b", "c d"]),
        ("PUT", "c%20d", 204, ["a", "b", "c d"]),
        ("DELETE", "a", 204, ["b", "c d"]),
        ("DELETE", "a", 404, ["b", "c d"]),
    ):
        answer = ask(client, method, f"{tags}/{tag}")

        assert answer.status_code == status
        assert answer.headers.get("location") == (f"{tags}/{tag}" if status == 201 else None)
        assert held(client, tags) == left


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "", {"tags": "a"}, 400),
        ("PUT", "", {"tags": None}, 400),
        ("PUT", "", {"tags": ["a/b"]}, 400),
        ("PUT", "", {"tags": [str(each) for each in range(256)]}, 400),
        ("PUT", "", {}, 400),
        ("PUT", "", ["a"], 400),
        ("PUT", "/a,b", None, 400),
        ("PUT", "/" + "x" * 256, None, 400),
        ("PUT", "/a%00b", None, 400),
        ("GET", "/a%00b", None, 404),
        ("PUT", "/a/b", None, 400),
        ("POST", "", {}, 405),
    ],
)
def test_are_refused_where_they_cannot_be(client, tags, method, path, body, status):
    """D21: there are at most as many as the field allows."""
    answer = ask(client, method, tags + path, **({} if body is None else {"json": body}))

    assert answer.status_code == status
    assert held(client, tags) == ["a", "b"]


def test_are_changed_by_who_may_change_the_artifact(deployment, client, tags):
    """D22, D37."""
    stranger = deployment.client("stranger")
    requests = [("GET", ""), ("PUT", ""), ("DELETE", "")]
    requests += [("GET", "/a"), ("PUT", "/c"), ("DELETE", "/a")]
    for method, path in requests:
        body = {"json": {"tags": []}} if (method, path) == ("PUT", "") else {}

        assert ask(stranger, method, tags + path, **body).status_code == 404
        every = tags.replace("/samples/", "/all/")
        told = ask(client, method, every + path, **body).status_code
        assert told == (403 if method != "GET" else 204 if path else 200)
    assert held(client, tags) == ["a", "b"]


def test_make_a_revision_only_where_something_changes(deployment, client, tags):
    """Promise 10."""
    for method, path in (("PUT", "/a"), ("PUT", "/c"), ("DELETE", "/b"), ("DELETE", "/b")):
        ask(client, method, tags + path)
    told = [row.changes.get("tags") for row in deployment.rows(tables.revisions)]

    assert told == [["a", "b"], ["a", "b", "c"], ["a", "c"]]


def test_are_lost_by_nobody_who_changes_them_at_once(deploy, client, tags, at_once):
    other = deploy().client()
    works = [
        lambda place=place, each=each: ask(each, "PUT", f"{tags}/t{place % 6}")
        for place in range(6)
        for each in (client, other)
    ]
    works += [lambda: ask(other, "DELETE", f"{tags}/a")]
    statuses = [each.status_code for each in at_once(works)]

    assert sorted(statuses) == [201] * 6 + [204] * 7
    assert sorted(held(client, tags)) == ["b", *(f"t{place}" for place in range(6))]
