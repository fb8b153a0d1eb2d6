"""Over HTTP: what a token began ends with 401 when that has expired for too long."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from falcon.testing import TestClient

from artifacts.app import create_app
from artifacts.caller import Caller

LOCATION = "application/vnd+openstack.glare-custom-location+json"
CHALLENGE = 'Keystone uri="https://keystone.example"'


@pytest.fixture
def page(origin):
    return origin[0]


@pytest.fixture
def deployment(deploy, origin):
    return deploy({"api": {"auth": "keystone"}, "blobs": {"token_grace": 100}, **origin[1]})


@pytest.fixture
def client(deployment):
    """Ask with a token that Keystone lets pass, although it expired so long ago."""

    def ago(seconds):
        end = datetime.now(UTC) - timedelta(seconds=seconds)
        caller = Caller("user", "project", frozenset({"member"}), valid_until=end)
        app = create_app(deployment.parts, lambda environ: caller, challenge=CHALLENGE)
        return TestClient(app, headers={"X-Auth-Token": "token"})

    return ago


@pytest.mark.parametrize(("seconds", "status"), [(10, 200), (101, 401)])
@pytest.mark.parametrize("kind", ["bytes", "external", "internal"])
def test_bytes_of_every_kind(deployment, client, life, artifact, url, page, kind, seconds, status):
    if kind == "bytes":
        body, typed = b"bytes", "text/plain"
    else:
        body, typed = json.dumps({"url": page, "location_type": kind}), LOCATION
    answer = client(seconds).simulate_put(f"{url}/blob", body=body, headers={"Content-Type": typed})

    assert answer.status_code == status, answer.text
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == CHALLENGE
        assert "expired" in answer.json["error"]["message"]
        assert life.show(artifact).blobs == {}
        assert deployment.stored() == []
