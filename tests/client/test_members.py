"""Members from the other side: what is asked for, and answers that are none."""

import json

import pytest

from artifacts.client import Client, NotUnderstood

MEMBER = {"member": "a/b", "status": "pending", "created_at": "2026-01-01T00:00:00Z"}
PATH = "/artifacts/images/1/members"


@pytest.fixture
def client(origin):
    with Client(origin.url, timeout=10) as client:
        yield client


@pytest.mark.parametrize(
    ("ask", "method", "path", "body"),
    [
        (lambda client: client.add_member("images", "1", "a/b"), "POST", PATH, {"member": "a/b"}),
        (
            lambda client: client.add_member("images", "1", "p", expires_at="2027-01-01"),
            "POST",
            PATH,
            {"member": "p", "expires_at": "2027-01-01"},
        ),
        (
            lambda client: client.set_member_status("images", "1", "a/b", "accepted"),
            "PUT",
            f"{PATH}/a%2Fb",
            {"status": "accepted"},
        ),
    ],
)
def test_a_member_is_asked_for_by_its_project(origin, client, say, ask, method, path, body):
    say(MEMBER)

    assert ask(client) == MEMBER
    asked = origin.requests[0]
    assert (asked.method, asked.path, json.loads(asked.body)) == (method, path, body)


def test_members_come_as_a_list(origin, client, say):
    say({"members": [MEMBER]})

    assert client.members("images", "1") == [MEMBER]
    assert (origin.requests[0].method, origin.requests[0].path) == ("GET", PATH)


@pytest.mark.parametrize("told", [{}, {"members": None}, {"members": ["p"]}])
def test_what_is_no_list_of_members_is_not_understood(client, say, told):
    say(told)

    with pytest.raises(NotUnderstood):
        client.members("images", "1")


@pytest.mark.parametrize(("verb", "visibility"), [("share", "shared"), ("withdraw", "private")])
def test_sharing_is_a_change_of_the_visibility(origin, client, say, verb, visibility):
    say({"id": "1"})
    getattr(client, verb)("images", "1")

    operation = {"op": "replace", "path": "/visibility", "value": visibility}
    assert json.loads(origin.requests[0].body) == [operation]


def test_a_member_is_deleted_by_its_project(origin, client, answer):
    origin.answer = lambda request: answer(status=204)
    client.delete_member("images", "1", "a/b")

    assert (origin.requests[0].method, origin.requests[0].path) == ("DELETE", f"{PATH}/a%2Fb")
