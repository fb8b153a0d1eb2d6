"""Callers: who is asking is said by authentication alone (promise 8)."""

import logging

import pytest

from artifacts import logs
from artifacts.db import tables

PATH = "/artifacts/samples"
CONFIRMED = {"X-Identity-Status": "Confirmed", "X-User-Id": "u", "X-Project-Id": "p"}
PROXIED = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"]
PROXIED += ["X-Forwarded-Port", "X-Forwarded-Prefix", "X_Forwarded_For"]
LOCAL = [
    "localhost",
    "LOCALHOST",
    "127.0.0.1",
    "127.0.0.1:9494",
    "[::1]",
    "[::1]:9494",
    "127.8.8.8",
]
FOREIGN = [
    "example.org",
    "evil.example:9494",
    "localhost.evil.example",
    "192.168.0.1",
    "127.0.0.1.evil.example",
    "169.254.169.254",
    "[fe80::1]",
    "0.0.0.0",
]


@pytest.fixture(params=["none", "headers"])
def open_deployment(request, deploy):
    """A deployment that asks nobody to prove who they are."""
    return deploy({"api": {"auth": request.param}})


@pytest.mark.parametrize("header", PROXIED)
def test_what_came_through_a_proxy_is_refused(open_deployment, header):
    answer = open_deployment.plain_client(CONFIRMED).simulate_get(PATH, headers={header: "x"})

    assert answer.status_code == 403
    assert "proxy" in answer.json["error"]["message"]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused(open_deployment, host):
    """A name that a web page had resolved to this machine does not let it in."""
    answer = open_deployment.plain_client({**CONFIRMED, "Host": host}).simulate_get(PATH)

    assert answer.status_code == 403
    assert "Host" in answer.json["error"]["message"]


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_this_machine_are_served(open_deployment, host):
    answer = open_deployment.plain_client({**CONFIRMED, "Host": host}).simulate_get(PATH)

    assert answer.status_code == 200


@pytest.mark.parametrize("auth", ["none", "headers"])
def test_the_operator_may_name_hosts(deploy, auth):
    deployment = deploy({"api": {"auth": auth, "allowed_hosts": "service.example"}})

    for host, status in (("service.example:80", 200), ("other.example", 403)):
        answer = deployment.plain_client({**CONFIRMED, "Host": host}).simulate_get(PATH)
        assert answer.status_code == status


class TestNone:
    """One local user, whatever headers say."""

    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"api": {"auth": "none"}})

    def test_everybody_is_the_local_admin(self, deployment):
        """D27: identity headers mean nothing where nobody checks them."""
        claimed = {**CONFIRMED, "X-Roles": "reader", "X_Project_Id": "q"}
        made = deployment.plain_client(claimed).simulate_post(PATH, json={"name": "n"})
        (revision,) = deployment.rows(tables.revisions)

        assert made.json["owner"] == "local"
        assert (revision.user, revision.project) == ("local", "local")


class TestHeaders:
    """Identity headers are believed as they are sent; for tests alone."""

    @pytest.fixture
    def ask(self, deployment):
        def ask(**headers):
            return deployment.plain_client(headers)

        return ask

    @pytest.mark.parametrize("status", [None, "", "Invalid", "confirmed", "CONFIRMED"])
    def test_who_is_not_confirmed_is_nobody(self, ask, status):
        headers = {**CONFIRMED, "X-Roles": "admin"} | (
            {} if status is None else {"X-Identity-Status": status}
        )
        if status is None:
            del headers["X-Identity-Status"]

        assert ask(**headers).simulate_get(PATH).status_code == 401

    @pytest.mark.parametrize("header", ["X-Project-Id", "X-Tenant-Id", "X-Tenant"])
    def test_the_project_has_three_names(self, ask, header):
        made = ask(**{"X-Identity-Status": "Confirmed", header: "p"}).simulate_post(
            PATH, json={"name": "n"}
        )

        assert made.json["owner"] == "p"

    def test_the_first_of_them_counts(self, ask):
        headers = {**CONFIRMED, "X-Tenant-Id": "q", "X-Tenant": "r"}

        assert ask(**headers).simulate_post(PATH, json={"name": "n"}).json["owner"] == "p"

    def test_confirmed_without_project_reads_what_is_public(self, ask):
        client = ask(**{"X-Identity-Status": "Confirmed", "X-User-Id": "u"})

        assert client.simulate_get(PATH).status_code == 200
        assert client.simulate_post(PATH, json={"name": "n"}).status_code == 403

    @pytest.mark.parametrize(
        ("roles", "status"),
        [("admin", 200), ("Admin", 200), (" x , ADMIN ", 200), ("administrator", 404), ("", 404)],
    )
    def test_the_role_admin_is_all_that_makes_an_admin(self, ask, artifact, roles, status):
        client = ask(**{**CONFIRMED, "X-Project-Id": "q", "X-Roles": roles})

        assert client.simulate_get(f"{PATH}/{artifact.id}").status_code == status

    def test_a_project_named_as_another_but_for_case_is_another(self, ask, artifact):
        """D38: no decision rests on what merely looks alike."""
        for name in ("Project", "project2", "projec"):
            client = ask(**{**CONFIRMED, "X-Project-Id": name})
            assert client.simulate_get(f"{PATH}/{artifact.id}").status_code == 404

    @pytest.mark.parametrize("header", ["X-Project-Id", "X-User-Id"])
    @pytest.mark.parametrize("value", ["x" * 256, "x" * 5000])
    def test_a_name_that_is_too_long_is_no_fault_of_ours(self, ask, header, value):
        """Promise 9."""
        client = ask(**{**CONFIRMED, header: value})

        assert client.simulate_post(PATH, json={"name": "n"}).status_code == 400


class TestAnonymous:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"DEFAULT": {"allow_anonymous_access": True}})

    def test_nobody_reads_what_is_public_and_changes_nothing(
        self, deployment, life, live, admin, artifact, url, patch_headers
    ):
        nobody = deployment.plain_client({"X-Roles": "admin", "X-Project-Id": "project"})
        assert nobody.simulate_get(url).status_code == 404
        life.upload(artifact, "loose", b"1")
        life.activate(artifact)
        live(deployment.parts, admin).change(artifact, visibility="public")
        patch = {"body": '[{"op": "add", "path": "/description", "value": "x"}]'}

        assert nobody.simulate_get(url).status_code == 200
        assert nobody.simulate_get(f"{url}/loose").content == b"1"
        assert nobody.simulate_get(PATH).json["total_count"] == 1
        assert nobody.simulate_post(PATH, json={"name": "n"}).status_code == 403
        assert nobody.simulate_patch(url, headers=patch_headers, **patch).status_code == 403
        assert nobody.simulate_put(f"{url}/loose", body=b"2").status_code == 403
        assert nobody.simulate_delete(url).status_code == 403


class TestRequestIds:
    GIVEN = "req-0f8fad5b-d9cb-469f-a165-70867728950e"

    @pytest.fixture
    def logged(self, client):
        """Ask, and return the id that is told, and those that each line of the log has."""

        def ask(method, **more):
            seen = []
            handler = logging.Handler()
            handler.emit = lambda record: seen.append((logs.request_id.get(), record.getMessage()))
            logger = logging.getLogger("artifacts")
            before = logger.level
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
            answer = client.simulate_request(method, PATH, **more)
            logger.removeHandler(handler)
            logger.setLevel(before)
            return answer.headers["X-Openstack-Request-Id"], seen

        return ask

    def test_each_request_has_its_own_whatever_another_service_calls_it(self, client):
        """Else a caller could hide in the log behind another."""
        headers = {"X-Openstack-Request-Id": self.GIVEN}
        told = {
            client.simulate_get(PATH, headers=headers).headers["X-Openstack-Request-Id"]
            for _ in range(2)
        }

        assert len(told) == 2
        assert self.GIVEN not in told

    def test_the_log_ties_both_where_something_may_have_changed(self, logged):
        headers = {"X-Openstack-Request-Id": self.GIVEN}
        told, lines = logged("POST", json={"name": "n"}, headers=headers)

        assert lines == [(f"{told}/{self.GIVEN}", f"POST {PATH}: 201 Created")]
        assert logged("GET", headers=headers)[1] == []

    @pytest.mark.parametrize("given_id", ["x", GIVEN.upper(), f"{GIVEN}x", f"{GIVEN}/{GIVEN}", ""])
    def test_what_has_another_form_is_nobody_s_id(self, logged, given_id):
        headers = {"X-Openstack-Request-Id": given_id}
        told, lines = logged("POST", json={"name": "n"}, headers=headers)

        assert told.startswith("req-")
        assert told != given_id
        assert lines == []

    @pytest.mark.parametrize("accept", ["*/*", "application/problem+json"])
    def test_an_error_is_logged_under_both_and_told_under_ours(
        self, deployment, logged, client, accept, monkeypatch
    ):
        def fail(*_, **__):
            raise RuntimeError("a fault")

        monkeypatch.setattr(deployment.parts.artifacts, "find", fail)
        headers = {"X-Openstack-Request-Id": self.GIVEN, "Accept": accept}
        told, lines = logged("GET", headers=headers)
        body = client.simulate_get(PATH, headers=headers)

        assert lines == [(f"{told}/{self.GIVEN}", f"GET {PATH} failed")]
        assert body.headers["X-Openstack-Request-Id"] in body.text
        assert self.GIVEN not in body.text
