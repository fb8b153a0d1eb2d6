"""Links: text that is set, shown and listed; nobody is ever asked what lies behind."""

import json
import socket

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def nobody_connects():
    """Let every way to another machine raise, names included."""

    def fail(*anything, **more):
        raise AssertionError("a connection was opened")

    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(socket.socket, "connect", fail)
        cut.setattr(socket.socket, "connect_ex", fail)
        cut.setattr(socket, "getaddrinfo", fail)
        cut.setattr(socket, "gethostbyname", fail)
        yield


@pytest.fixture
def warm(deployment, client):
    """A database whose connection is already there, on which the network may be cut."""
    client.simulate_post("/artifacts/samples", json={"name": "first"})
    client.simulate_get("/artifacts/samples")
    return client


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:9/x",
        "https://mirror.example/disk",
        "http://169.254.169.254/latest/meta-data",
        "/artifacts/samples/{target}",
    ],
)
def test_setting_and_showing_a_link_connects_to_nobody(warm, artifact, nobody_connects, link):
    """D29, promise 5."""
    link = link.format(target=artifact.id)
    document = {"name": "n", "link": link, "links": [link, link]}
    made = warm.simulate_post("/artifacts/samples", json=document)
    path = f"/artifacts/samples/{made.json['id']}"
    patch = json.dumps([{"op": "add", "path": "/links/-", "value": link}])

    assert made.status_code == 201
    assert warm.simulate_patch(path, body=patch, headers=PATCH).status_code == 200
    assert warm.simulate_get(path).json["links"] == [link] * 3
    assert warm.simulate_get("/artifacts/samples").json["total_count"] == 3
    assert warm.simulate_delete(path).status_code == 204


@pytest.mark.parametrize(
    "link",
    [
        *("file:///etc/passwd", "ftp://x/y", "javascript:alert(1)", "http:", "http:///x", "x"),
        *("/artifacts/samples", "/artifacts/a/b/c", "artifacts/a/b", "http://x y/", "http://x/\n"),
    ],
)
def test_what_is_no_link_is_refused(client, link):
    answer = client.simulate_post("/artifacts/samples", json={"name": "n", "link": link})

    assert answer.status_code == 400
    assert "link" in answer.json["error"]["message"]


def test_a_link_to_what_is_gone_hurts_nobody(client, life):
    """Glare answers 400 to everything that touches the linking artifact."""
    target = life.create("target")
    linking = life.create("linking", link=f"/artifacts/samples/{target.id}")
    life.delete(target)

    assert client.simulate_get(f"/artifacts/samples/{linking.id}").status_code == 200
    assert client.simulate_get("/artifacts/samples").json["total_count"] == 1
    life.change(linking, string="x")
    life.delete(linking)
