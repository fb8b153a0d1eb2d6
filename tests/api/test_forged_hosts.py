"""No answer repeats a host that a request names: what a cache or a mail keeps leads to us alone."""

import pytest
from falcon.testing import TestClient

from artifacts.app import create_app
from artifacts.caller import Caller

PATH = "/artifacts/samples"
EVIL = "evil.example"
FORGED = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-For": EVIL,
    "X-Forwarded-Proto": "evil",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": f"/{EVIL}",
    "X-Script-Name": f"/{EVIL}",
    "X-Original-URL": f"/{EVIL}",
    "X-Rewrite-URL": f"/{EVIL}",
    "X-Real-IP": EVIL,
    "X-Host": EVIL,
    "Forwarded": f"for={EVIL};host={EVIL};proto=evil",
    "Via": f"1.1 {EVIL}",
    "Origin": f"https://{EVIL}",
    "Referer": f"https://{EVIL}/",
}


@pytest.fixture
def clients(deploy):
    """Two who hold a token: one forges whatever headers there are, the other does not."""
    deployment = deploy({"api": {"auth": "keystone"}, "DEFAULT": {"default_api_limit": 1}})
    caller = Caller("user", "project", frozenset({"member"}))
    app = create_app(deployment.parts, lambda environ: caller, challenge='Keystone uri="k"')
    token = {"X-Auth-Token": "token", "OpenStack-API-Version": "artifact 1.2"}
    return TestClient(app, headers=token | FORGED), TestClient(app, headers=token)


def told(answer):
    headers = {name: value for name, value in answer.headers.items() if "request-id" not in name}
    return answer.status, headers, answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/versions", "/docs", "/openapi.json", "/schemas", "/schemas/samples", "/nowhere"),
        *(PATH, f"{PATH}?sort=name&limit=1", f"{PATH}/nobody", f"{PATH}?nope=1", "/quotas"),
    ],
)
def test_what_is_read_is_the_same_whatever_host_is_named(clients, path):
    forger, honest = clients
    for name in "ab":
        honest.simulate_post(PATH, json={"name": name})

    assert told(forger.simulate_get(path)) == told(honest.simulate_get(path))


def test_where_things_are_is_told_without_a_host(clients):
    forger, _ = clients
    made = forger.simulate_post(PATH, json={"name": "n"})
    where = made.headers["Location"]
    tagged = forger.simulate_put(f"{where}/tags/t")
    forger.simulate_put(f"{where}/blob", body=b"bytes", headers={"Content-Type": "text/plain"})
    answers = [made, tagged, *(forger.simulate_get(f"{where}{more}") for more in ("", "/blob"))]
    refused = TestClient(forger.app, headers=FORGED).simulate_get(where)

    assert where.startswith(f"{PATH}/")
    assert tagged.headers["Location"].startswith(where)
    assert [each.status_code for each in (*answers, refused)] == [201, 201, 200, 200, 401]
    for answer in (*answers, refused):
        assert "evil" not in f"{answer.headers} {answer.text}"
