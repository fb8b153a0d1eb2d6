"""The service behind a real Keystone."""

import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from clouds import PASSWORD

OPEN = "[DEFAULT]\nallow_anonymous_access = true\n"


@pytest.fixture(scope="session")
def service(cloud, make_lasting_server, remote_options) -> Any:
    """A running service that asks the cloud, and serves nobody without a token."""
    started = make_lasting_server(config=cloud.options() + remote_options).start(workers=1)
    cloud.endpoint(started.url)
    return started


@pytest.fixture(scope="session")
def open_service(cloud, make_lasting_server) -> Any:
    """One that also lets everybody read what is public."""
    return make_lasting_server(config=cloud.options() + OPEN).start(workers=1)


@pytest.fixture(scope="session")
def token(cloud) -> Callable[[str], str]:
    """Return the token of `PROJECT-ROLE` in that project."""
    tokens: dict[str, str] = {}

    def of(user: str) -> str:
        if user not in tokens:
            tokens[user] = cloud.token(user, project=user.partition("-")[0])
        return tokens[user]

    return of


@pytest.fixture(scope="session")
def create(token) -> Callable[..., str]:
    """Draft an image as somebody, and return its path; public, if that is said."""

    def make(server: Any, user: str, *, public: bool = False) -> str:
        fields = {"disk_format": "raw", "container_format": "bare"}
        path = server.create(token=token(user), name=uuid.uuid4().hex, **fields)
        if public:
            for step in ({"status": "active"}, {"visibility": "public"}):
                change(server, path, token("green-admin"), **step)
        return path

    return make


@pytest.fixture
def timed() -> Callable[..., tuple[Any, float]]:
    """Ask, and tell how long that took."""

    def ask(server: Any, path: str, token: str | None = None) -> tuple[Any, float]:
        begun = time.monotonic()
        headers = {} if token is None else {"X_Auth_Token": token}
        return server.ask("GET", path, **headers), time.monotonic() - begun

    return ask


def change(server: Any, path: str, token: str, **values: str) -> None:
    steps = [
        {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
    ]
    answer = server.patch(path, *steps, X_Auth_Token=token)
    assert answer.status == 200, answer.body


@pytest.fixture(scope="session")
def said() -> Callable[[bytes], tuple[int, Any]]:
    """Return the status of a raw answer, and its document."""

    def read(heard: bytes) -> tuple[int, Any]:
        head, _, body = heard.partition(b"\r\n\r\n")
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        return int(head.split()[1]), document

    return read


@pytest.fixture(scope="session")
def clouds_yaml(cloud, tmp_path_factory) -> Path:
    """A file that says how `red`, `green` and `admin` come to their tokens."""

    def known(user: str, project: str) -> dict[str, Any]:
        domains = {"user_domain_id": "default", "project_domain_id": "default"}
        person = {"username": user, "password": PASSWORD, "project_name": project}
        return {"auth": {"auth_url": cloud.url, **person, **domains}, "region_name": "RegionOne"}

    people = {
        "red": known("red-member", "red"),
        "green": known("green-member", "green"),
        "admin": known("admin", "admin"),
    }
    file = tmp_path_factory.mktemp("clouds") / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": people}))
    return file
