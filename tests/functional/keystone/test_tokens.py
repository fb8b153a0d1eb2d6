"""Tokens of a real Keystone: who asks is what they say, and nothing else."""

import http.client

import pytest

IMAGES = "/artifacts/images"
OPEN_PATHS = {
    "/": 300,
    "/versions": 300,
    "/healthcheck": 200,
    "/healthcheck/ready": 200,
    "/openapi.json": 200,
    "/docs": 200,
}
CHALLENGE = 'Keystone uri="https://keystone.example/v3"'
WRONG = {
    "of nobody": "gAAAAABnonsense",
    "empty": "",
    "a long one": "x" * 8000,
    "of two words": "two words",
    "of no ASCII": "caf\xe9",
    "twice": "a, b",
    "a path": "../../v3/users",
}


@pytest.fixture(params=["service", "open_service"])
def either(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("path", OPEN_PATHS)
def test_what_is_open_needs_no_token_and_looks_at_none(service, path):
    assert service.ask("GET", path).status == OPEN_PATHS[path]
    assert service.ask("GET", path, X_Auth_Token="nonsense").status == OPEN_PATHS[path]


@pytest.mark.parametrize("path", [IMAGES, "/schemas", "/quotas", "/nothing/here", IMAGES + "/1/a"])
def test_all_else_is_401_without_a_token_and_says_where_one_is_had(service, path):
    answer = service.ask("GET", path)

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == CHALLENGE
    assert answer.json["error"]["type"] == "Unauthorized"
    assert answer.json["error"]["message"] == "authentication is required"
    assert answer.headers["x-openstack-request-id"].startswith("req-")


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["X-Auth-Token", "X-Storage-Token"])
def test_a_wrong_token_is_401_also_where_nobody_may_read(either, wrong, name):
    answer = either.ask("GET", IMAGES, **{name: WRONG[wrong]})

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == CHALLENGE
    assert answer.json["error"]["message"] == "the token is not valid, or has expired"


def test_a_revoked_token_is_401_from_the_first_time_it_is_seen(cloud, service):
    """D36."""
    token = cloud.token("red-member", project="red")
    cloud.revoke(token)

    assert service.ask("GET", IMAGES, X_Auth_Token=token).status == 401


def test_what_a_member_makes_belongs_to_the_project_of_the_token(cloud, service, token, create):
    path = create(service, "red-member")
    mine = service.ask("GET", path, X_Auth_Token=token("red-reader"))
    others = service.ask("GET", path, X_Auth_Token=token("blue-member"))

    assert path.startswith(f"{IMAGES}/")  # and not with a host that a header said
    assert mine.json["owner"] == cloud.project("red")
    assert others.status == 404


def test_a_name_in_another_project_s_words_is_nobody_s_right(cloud, service, create):
    """D38: a project is its id, whatever others are called."""
    other = cloud.make("domain", name="elsewhere")["id"]
    twin = cloud.make("project", name="red", domain_id=other)["id"]
    cloud.grant(cloud.user("twin"), "member", f"projects/{twin}")
    user = cloud.adapter("twin", project_id=twin)
    path = create(service, "red-member")

    assert service.ask("GET", path, X_Auth_Token=user.get_token()).status == 404


def test_without_a_token_everybody_reads_what_is_public_where_that_is_allowed(open_service, create):
    public, private = (create(open_service, "red-member", public=it) for it in (True, False))

    assert open_service.ask("GET", public).status == 200
    assert open_service.ask("GET", private).status == 404
    assert open_service.ask("DELETE", public).status == 403
    made = open_service.ask("POST", IMAGES, '{"name": "n"}', Content_Type="application/json")
    assert made.status == 403


def test_an_upload_by_a_token_is_read_by_another(service, token, create):
    path = f"{create(service, 'red-member')}/image"
    service.ask("PUT", path, b"bytes", X_Auth_Token=token("red-member"))
    heard = service.ask("GET", path, X_Auth_Token=token("red-reader"))

    assert heard.body == b"bytes"


class TestRequestIds:
    def test_one_is_given_to_each_answer_also_to_who_is_refused(self, service):
        told = {service.ask("GET", IMAGES).headers["x-openstack-request-id"] for _ in range(2)}

        assert len(told) == 2

    def test_what_keystonemiddleware_logs_has_the_id_of_the_request(self, service):
        answer = service.ask("GET", IMAGES, X_Auth_Token="nonsense-to-be-logged")
        told = answer.headers["x-openstack-request-id"]
        lines = [line for line in service.logged().splitlines() if told in line]

        assert any("keystonemiddleware" in line for line in lines)
        assert "nonsense-to-be-logged" not in service.logged()


def test_the_answer_of_a_head_is_without_a_body(service, token):
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    connection.request("HEAD", IMAGES, headers={"X-Auth-Token": "nonsense"})
    response = connection.getresponse()

    assert response.status == 401
    assert response.read() == b""
