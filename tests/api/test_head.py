"""HEAD: what GET would answer, without its body, for every route that has a GET."""

import pytest
from falcon.inspect import inspect_routes

PATHS = [
    "/",
    "/versions",
    "/healthcheck",
    "/schemas",
    "/schemas/images",
    "/schemas/nothing",
    "/artifacts/samples",
    "/artifacts/samples?limit=1&sort=name",
    "/artifacts/all",
    "/artifacts/nothing",
    "{url}",
    "{url}x",
    "{url}/blob",
    "{url}/loose",
    "{url}/string",
    "{url}/folder/k",
]


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(client, filled, life, url, path):
    life.upload(filled, "folder/k", b"more")
    path = path.format(url=url)
    get, head = client.simulate_get(path), client.simulate_head(path)

    assert head.status_code == get.status_code
    assert head.content == b""
    assert _told(head) == _told(get)


def _told(answer):
    own = "x-openstack-request-id"
    return {name: value for name, value in answer.headers.items() if name.lower() != own}


def test_every_route_with_a_get_has_a_head(deployment):
    for route in inspect_routes(deployment.wsgi):
        methods = {method.method for method in route.methods if not method.internal}

        assert ("GET" in methods) == ("HEAD" in methods), route.path


def test_head_opens_no_bytes(deployment, client, filled, url, monkeypatch):
    store = deployment.parts.pools.store("file")
    monkeypatch.setattr(store, "open", lambda *where: pytest.fail("it was opened"))

    assert client.simulate_head(f"{url}/blob").headers["Content-Length"] == "10"


def test_a_range_is_for_get_alone(client, filled, url):
    answer = client.simulate_head(f"{url}/blob", headers={"Range": "bytes=0-1"})

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "10")
