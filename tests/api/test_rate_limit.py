"""The limit of requests: 429, said early, and to nobody who does not have to wait."""

import json

import pytest
from sqlalchemy import update

from artifacts.api.middleware import OPEN_PATHS
from artifacts.db import tables
from artifacts.db.database import connect
from artifacts.errors import Misconfigured

LIST = "/artifacts/samples"
PROBLEM = "application/problem+json"


@pytest.fixture
def limited(deploy):
    """Start a process in which a project may send three requests, and none come back in a test."""

    def start(burst=3, **more):
        return deploy({"rate_limit": {"requests": 0.001, "burst": burst}, **more})

    return start


def statuses(client, number, path=LIST):
    return [client.simulate_get(path).status_code for _ in range(number)]


def test_who_sends_too_many_is_told_when_to_send_the_next(limited):
    """D21."""
    client = limited().client()

    assert statuses(client, 4) == [200, 200, 200, 429]
    refused = client.simulate_get(LIST)
    assert 900 < int(refused.headers["Retry-After"]) <= 1000
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers["X-Openstack-Request-Id"].startswith("req-")
    assert (refused.json["code"], refused.json["title"]) == (429, "Too Many Requests")
    assert refused.json["error"]["type"] == "TooManyRequests"
    assert "0.001 a second and 3 at once" in refused.json["error"]["message"]
    problem = client.simulate_get(LIST, headers={"Accept": PROBLEM})
    assert problem.headers["Content-Type"] == PROBLEM
    assert (problem.json["status"], problem.json["name"]) == (429, "TooManyRequests")


def test_the_bucket_fills_again(limited):
    deployment = limited()
    client = deployment.client()
    statuses(client, 4)
    another = limited()  # which does not know yet that the bucket was empty
    fuller = update(tables.buckets).values(full_at=tables.buckets.c.full_at - 10**9)
    another.parts.database.write(lambda tx: tx.buckets._connection.execute(fuller))

    assert statuses(another.client(), 2) == [200, 429]


def test_a_flood_of_some_starves_nobody_else(limited):
    """D21: of one project, of another user of it, and of nobody at all."""
    deployment = limited(DEFAULT={"allow_anonymous_access": True})
    flood, nobody = deployment.client("flood"), deployment.plain_client()

    assert statuses(flood, 5)[-1] == statuses(nobody, 5)[-1] == 429
    assert statuses(deployment.client("flood", user="another"), 1) == [429]
    assert statuses(deployment.client(), 3) == [200] * 3


def test_admins_and_services_may_send_any_number(limited):
    deployment = limited()

    assert statuses(deployment.admin(), 6) == [200] * 6
    assert statuses(deployment.client("services", roles="service"), 6) == [200] * 6
    assert statuses(deployment.client("services", roles="member"), 4)[-1] == 429


def test_a_rule_says_who_may_send_any_number(limited, tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text('"artifact:unlimited_requests": "project_id:trusted"')
    deployment = limited(oslo_policy={"policy_file": file})

    assert statuses(deployment.client("trusted"), 6) == [200] * 6
    assert statuses(deployment.admin(), 4)[-1] == 429


@pytest.mark.parametrize("path", sorted(OPEN_PATHS))
def test_what_needs_no_authentication_is_not_counted(limited, path):
    client = limited().client()
    statuses(client, 4)

    assert client.simulate_get(path).status_code in (200, 300)
    assert statuses(client, 5, path) == [client.simulate_get(path).status_code] * 5


def test_every_other_request_counts_whatever_comes_of_it(limited):
    client = limited(burst=8).client()
    asked = [
        ("GET", "/nothing/here"),
        ("GET", f"{LIST}/unknown"),
        ("POST", LIST),
        ("OPTIONS", LIST),
        ("HEAD", "/schemas"),
        ("PUT", f"{LIST}/unknown/blob"),
        ("DELETE", f"{LIST}/unknown"),
        ("PATCH", "/nothing/here"),
    ]
    first = [client.simulate_request(*each).status_code for each in asked]

    assert first == [404, 404, 415, 200, 200, 404, 404, 404]
    assert {client.simulate_request(*each).status_code for each in asked} == {429}


def test_who_is_not_known_is_not_counted(limited):
    deployment = limited()

    assert statuses(deployment.plain_client(), 5) == [401] * 5
    assert deployment.rows(tables.buckets) == []


def test_an_upload_is_refused_before_a_byte_of_it_is_read(limited):
    client = limited().client()
    made = client.simulate_post(LIST, json={"name": "n"})
    statuses(client, 3)
    refused = client.simulate_put(f"{LIST}/{made.json['id']}/blob", body=b"x" * 100_000)

    assert refused.status_code == 429
    assert json.loads(refused.text)["error"]["type"] == "TooManyRequests"


@pytest.mark.parametrize("requests", ["0.0009", "1e-300", "nan"])
def test_a_rate_that_is_none_stops_the_start(deploy, requests):
    with pytest.raises(Misconfigured, match=r"must be 0, or at least 0\.001"):
        deploy({"rate_limit": {"requests": requests}})


def test_without_the_option_nothing_is_counted(deployment):
    assert deployment.parts.buckets is None
    assert statuses(deployment.client(), 2) == [200] * 2
    assert deployment.rows(tables.buckets) == []


def test_a_database_that_does_not_answer_is_503(limited, monkeypatch):
    deployment = limited()
    client = deployment.client()
    nobody = connect("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1)
    monkeypatch.setattr(deployment.parts.database, "engine", nobody)
    refused = client.simulate_get(LIST)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.json["error"]["message"] == "the database does not answer"
