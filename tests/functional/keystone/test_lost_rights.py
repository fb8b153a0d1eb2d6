"""D36: what somebody may do is what the token of the request says, and no other or older one."""

import uuid

import pytest
from keystoneauth1.exceptions import ClientException

GONE = (401, 401)
CHANGE = {"op": "replace", "path": "/description", "value": "new"}


@pytest.fixture(scope="module")
def forgetful(cloud, make_lasting_server):
    """A service that remembers no token."""
    return make_lasting_server(config=cloud.options(token_cache_time=-1)).start(workers=1)


@pytest.fixture
def path(service, create):
    return create(service, "red-member")


def rights(server, path, token):
    """Return whether a token reads, and whether it changes."""
    read = server.ask("GET", path, X_Auth_Token=token).status
    return read, server.patch(path, CHANGE, X_Auth_Token=token).status


@pytest.fixture
def next_rights(service, path, wait_until):
    """What a token gives that is new: Keystone ends those of the same second with the right."""

    def of(new_token):
        told = wait_until(lambda: (found := rights(service, path, new_token())) != GONE and found)
        return tuple(told)

    return of


def test_a_role_that_was_taken_is_in_no_new_token(cloud, service, path, next_rights):
    where, name = f"projects/{cloud.project('red')}", uuid.uuid4().hex
    user = cloud.user(name, "red", "reader", "member")
    assert rights(service, path, cloud.token(name, project="red")) == (200, 200)
    cloud.take(user, "member", where)

    assert next_rights(lambda: cloud.token(name, project="red")) == (200, 403)
    cloud.take(user, "reader", where)
    with pytest.raises(ClientException):
        cloud.token(name, project="red")
    assert next_rights(lambda: cloud.token(name, unscoped=True)) == (404, 404)


def test_a_role_that_was_taken_is_gone_at_once_where_no_token_is_remembered(
    cloud, forgetful, create
):
    name, path = uuid.uuid4().hex, create(forgetful, "red-member")
    user = cloud.user(name, "red", "reader", "admin")
    token = cloud.token(name, project="red")
    assert rights(forgetful, path, token) == (200, 200)
    cloud.take(user, "admin", f"projects/{cloud.project('red')}")

    # Keystone may end the token with the role.
    assert rights(forgetful, path, token) in ((200, 403), GONE)


def test_who_leaves_a_group_has_its_roles_no_longer(cloud, service, path, next_rights):
    """As GHSA-c9p4-xwr9-rfhx."""
    operator, name = cloud.adapter("admin", project="admin"), uuid.uuid4().hex
    user = cloud.user(name, "red", "reader")
    group = cloud.make("group", name=name, domain_id="default")["id"]
    role = operator.get("/roles?name=member").json()["roles"][0]["id"]
    operator.put(f"/projects/{cloud.project('red')}/groups/{group}/roles/{role}")
    operator.put(f"/groups/{group}/users/{user}")
    assert rights(service, path, cloud.token(name, project="red")) == (200, 200)
    operator.delete(f"/groups/{group}/users/{user}")

    assert next_rights(lambda: cloud.token(name, project="red")) == (200, 403)


def test_rights_of_one_token_are_none_of_another_of_the_same_user(cloud, service, path, token):
    """Each is of one project, in whatever order they come."""
    name = uuid.uuid4().hex
    user = cloud.user(name, "red", "reader")
    cloud.grant(user, "admin", f"projects/{cloud.project('green')}")
    cloud.grant(user, "member", f"projects/{cloud.project('blue')}")
    tokens = {each: cloud.token(name, project=each) for each in ("red", "green", "blue")}
    expected = {"red": (200, 403), "green": (200, 200), "blue": (404, 404)}

    for project in ("green", "red", "blue", "red", "green", "blue"):
        assert rights(service, path, tokens[project]) == expected[project]
    service.ask("DELETE", path, X_Auth_Token=token("red-member"))
    assert rights(service, path, tokens["green"]) == (404, 404)
