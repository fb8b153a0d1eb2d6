"""Who may do what with a token of today's Keystone: roles, scopes, application credentials."""

import json
import uuid

import pytest

IMAGES = "/artifacts/images"
PATCH = {"op": "replace", "path": "/description", "value": "new"}
WRITING = ("create", "change", "upload", "delete")
WRITES = {
    "read": 200,
    "download": 200,
    "create": 201,
    "change": 200,
    "upload": 200,
    "delete": 204,
}
READS = WRITES | dict.fromkeys(WRITING, 403)
SEES_NOTHING = dict.fromkeys(WRITES, 404) | {"create": 403}
IS_NOBODY = dict.fromkeys(WRITES, 401)


@pytest.fixture
def acts(service, create, token):
    """What somebody may do with a draft of the project red: the status of each act."""

    def of(theirs: str, **headers: str) -> dict[str, int]:
        path = create(service, "red-member")
        service.ask("PUT", f"{path}/image", b"bytes", X_Auth_Token=token("red-member"))
        headers = {"X_Auth_Token": theirs, **headers}
        body = json.dumps({"name": uuid.uuid4().hex})
        typed = {"Content_Type": "application/json", **headers}
        return {
            "read": service.ask("GET", path, **headers).status,
            "download": service.ask("GET", f"{path}/image", **headers).status,
            "create": service.ask("POST", IMAGES, body, **typed).status,
            "change": service.patch(path, PATCH, **headers).status,
            "upload": service.ask("PUT", f"{path}/image", b"other", **headers).status,
            "delete": service.ask("DELETE", path, **headers).status,
        }

    return of


@pytest.mark.parametrize("role", ["reader", "member", "manager", "admin", "service"])
def test_a_role_in_the_project(acts, token, role):
    assert acts(token(f"red-{role}")) == (READS if role == "reader" else WRITES)


@pytest.mark.parametrize("role", ["reader", "member", "manager", "admin", "service"])
def test_a_role_in_another_project(acts, token, role):
    """D44."""
    seen = acts(token(f"blue-{role}"))

    if role == "admin":
        assert seen == WRITES
    else:
        assert seen == SEES_NOTHING | {"create": 403 if role == "reader" else 201}


def test_a_role_of_the_operator_s_own_neither_gives_nor_takes(cloud, acts):
    cloud.user("auditor", "red", "auditor", "reader")
    cloud.user("builder", "red", "builder")

    assert acts(cloud.token("auditor", project="red")) == READS
    assert acts(cloud.token("builder", project="red")) == WRITES


def test_no_name_makes_anybody_an_admin_or_the_owner(cloud, acts):
    """D38: of a role, a project, a user or a domain, however alike it is to one that counts."""
    domain = cloud.make("domain", name="admin")["id"]
    project = cloud.make("project", name="admin", domain_id=domain)["id"]
    user = cloud.user("service")
    for role in ("admin-x", "xadmin", "service admin"):
        cloud.grant(user, role, f"projects/{project}")
    theirs = cloud.adapter("service", project_id=project).get_token()

    assert acts(theirs) == SEES_NOTHING | {"create": 201}
    cloud.user(cloud.project("red"), "blue", "reader")  # called as the owner is
    assert acts(cloud.token(cloud.project("red"), project="blue")) == SEES_NOTHING


class TestScopes:
    def test_an_admin_of_the_system_sees_and_does_all_but_owns_nothing(self, cloud, acts):
        assert acts(cloud.token("admin", system_scope="all")) == WRITES | {"create": 403}

    def test_a_reader_of_the_system_sees_what_is_public(self, cloud, acts, service, create):
        cloud.grant(cloud.user("watcher"), "reader", "system")
        theirs = cloud.token("watcher", system_scope="all")
        public = create(service, "red-member", public=True)

        assert acts(theirs) == SEES_NOTHING
        assert service.ask("GET", public, X_Auth_Token=theirs).status == 200

    def test_an_admin_of_a_domain_is_no_admin_here(self, cloud, acts, service, create):
        cloud.grant(cloud.user("head"), "admin", "domains/default")
        theirs = cloud.token("head", domain_id="default")
        public = create(service, "red-member", public=True)

        assert acts(theirs) == SEES_NOTHING
        assert service.ask("GET", public, X_Auth_Token=theirs).status == 200
        assert service.ask("DELETE", public, X_Auth_Token=theirs).status == 403

    def test_a_token_without_scope_sees_what_is_public(self, cloud, acts):
        assert acts(cloud.token("red-admin", unscoped=True)) == SEES_NOTHING


class TestApplicationCredentials:
    def test_one_may_do_what_its_user_may(self, cloud, acts):
        assert acts(cloud.credential("red-member", "red")) == WRITES

    def test_one_with_fewer_roles_may_do_less(self, cloud, acts):
        assert acts(cloud.credential("red-member", "red", roles=[{"name": "reader"}])) == READS

    def test_access_rules_hold(self, cloud, acts):
        """D48."""
        rules = [{"service": "artifact", "method": "GET", "path": "/artifacts/**"}]
        reads = acts(cloud.credential("red-member", "red", access_rules=rules))

        assert reads == READS | dict.fromkeys(WRITING, 401)

    def test_access_rules_of_another_service_let_in_nowhere(self, cloud, acts):
        rules = [{"service": "image", "method": "GET", "path": "/**"}]

        assert acts(cloud.credential("red-member", "red", access_rules=rules)) == IS_NOBODY

    def test_what_only_looks_like_a_service_s_token_does_not_lift_access_rules(
        self, cloud, acts, token
    ):
        """D48: keystonemiddleware reads no rules of a request that carries one, whatever it is."""
        rules = [{"service": "artifact", "method": "GET", "path": "/nothing"}]
        theirs = cloud.credential("red-member", "red", access_rules=rules)

        for wrong in ("nonsense", token("red-member"), token("red-admin")):
            assert acts(theirs, X_Service_Token=wrong) == IS_NOBODY

    def test_a_path_that_is_no_text_is_refused_before_the_rules_are_read(self, cloud, service):
        rules = [{"service": "artifact", "method": "GET", "path": "/artifacts/**"}]
        theirs = cloud.credential("red-member", "red", access_rules=rules)

        assert service.ask("GET", "/artifacts/%ff", X_Auth_Token=theirs).status == 400


def test_a_service_speaks_for_a_user_with_the_user_s_rights(cloud, acts, token):
    service_token = cloud.token("artifacts", project="service")

    assert acts(token("red-reader"), X_Service_Token=service_token) == READS
    assert acts(token("blue-member"), X_Service_Token=service_token) == SEES_NOTHING | {
        "create": 201
    }


def test_the_roles_of_a_service_do_not_become_those_of_the_user(cloud, acts, token):
    """Neither does its scope, which keystonemiddleware writes over the user's."""
    user = cloud.user("mighty", "service", "service", "admin")
    cloud.grant(user, "admin", "system")
    cloud.grant(user, "service", "system")
    service_token = cloud.token("mighty", system_scope="all")
    unscoped = cloud.token("red-admin", unscoped=True)

    assert acts(token("red-reader"), X_Service_Token=service_token) == READS
    assert acts(unscoped, X_Service_Token=service_token) == SEES_NOTHING
