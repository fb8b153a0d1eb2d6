"""Envelopes: an error is Glare's JSON, or RFC 9457's for who asks for it."""

import pytest

PROBLEM = "application/problem+json"
PATH = "/artifacts/samples/nobody"


@pytest.mark.parametrize(
    "accept", [PROBLEM, PROBLEM.upper(), f"application/json, {PROBLEM};q=0.5", f"{PROBLEM}, */*"]
)
def test_a_problem_is_for_who_asks_for_it(deployment, accept):
    answer = deployment.client().simulate_get(PATH, headers={"Accept": accept})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no such artifact",
        "name": "ArtifactNotFound",
        "request_id": answer.headers["X-Openstack-Request-Id"],
    }


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", "application/json", f"{PROBLEM};q=0, */*", f"{PROBLEM};q=x"]
)
def test_others_get_the_envelope_that_glares_clients_know(deployment, accept):
    answer = deployment.client().simulate_get(PATH, headers={"Accept": accept})

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["error"] == {
        "message": "there is no such artifact",
        "type": "ArtifactNotFound",
    }


def test_a_problem_says_what_the_envelope_would_say_besides(deployment):
    headers = {"Accept": PROBLEM, "OpenStack-API-Version": "artifact 9.9"}
    answer = deployment.client().simulate_get("/schemas", headers=headers)

    assert answer.status_code == answer.json["status"] == 406
    assert (answer.json["min_version"], answer.json["max_version"]) == ("1.0", "1.2")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/schemas", 405), ("BREW", "/nowhere", 501)],
)
def test_what_the_router_refuses_is_a_problem_too(deployment, method, path, status):
    answer = deployment.client().simulate_request(method, path, headers={"Accept": PROBLEM})

    assert answer.status_code == answer.json["status"] == status
    assert answer.headers["Content-Type"] == PROBLEM


def test_a_broken_body_is_a_problem_too(deployment):
    headers = {"Accept": PROBLEM, "Content-Type": "application/json"}
    answer = deployment.client().simulate_post("/artifacts/samples", headers=headers, body="{")

    assert answer.status_code == 400
    assert answer.json["detail"] == "body: must be JSON"
