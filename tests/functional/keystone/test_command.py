"""`artifacts` in a cloud: by OS_* variables or clouds.yaml, it comes to its tokens itself."""

import io
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from clouds import PASSWORD
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from artifacts.client import NoEndpoint, Unauthenticated, keystone

ARTIFACTS = str(Path(sys.executable).with_name("artifacts"))


def variables(cloud: Any, user: str, **more: str) -> dict[str, str]:
    """Return what an openrc file exports, for `PROJECT-ROLE`."""
    return {
        "OS_AUTH_URL": cloud.url,
        "OS_USERNAME": user,
        "OS_PASSWORD": PASSWORD,
        "OS_PROJECT_NAME": user.partition("-")[0],
        "OS_USER_DOMAIN_ID": "default",
        "OS_PROJECT_DOMAIN_ID": "default",
        **more,
    }


@pytest.fixture
def run(tmp_path, service):
    """Run `artifacts` in an environment, and return its output, or what it failed with."""

    def run(environment: dict[str, str], *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [ARTIFACTS, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment},
            timeout=60,
        )
        assert (done.returncode != 0) == fails, done
        return done.stderr if fails else done.stdout

    return run


def session(cloud: Any, user: str, **scope: str) -> Session:
    known = {"username": user, "password": PASSWORD, "user_domain_id": "default"}
    return Session(v3.Password(cloud.url, **known, **scope))


def in_red(cloud: Any) -> Session:
    return session(cloud, "red-member", project_name="red", project_domain_id="default")


def test_a_share_is_accepted_and_found_by_its_name(run, cloud, tmp_path):
    red, green = variables(cloud, "red-member"), variables(cloud, "green-member")
    name = uuid.uuid4().hex
    with keystone.connect(in_red(cloud)) as client:
        made = client.create("images", name=name, disk_format="raw", container_format="bare")["id"]
        client.upload("images", made, "image", io.BytesIO(b"bytes"))
        client.activate("images", made)
    run(red, "share", "images", name, cloud.project("green"))

    said = run(green, "accept", "images", made)
    run(green, "download", "images", name, "image", "-o", "copy")

    assert "accepted" in said
    assert (tmp_path / "copy").read_bytes() == b"bytes"


def test_clouds_yaml_names_who_asks(run, clouds_yaml):
    known = {"OS_CLIENT_CONFIG_FILE": str(clouds_yaml)}

    assert "images" in run(known, "--os-cloud", "red", "types")
    assert "images" in run({**known, "OS_CLOUD": "green"}, "types")
    unknown = run({**known, "OS_CLOUD": "blue"}, "types", fails=True)
    assert "blue" in unknown
    assert len(unknown.splitlines()) == 1


def test_a_broken_clouds_yaml_is_told_in_one_line(run, tmp_path):
    (tmp_path / "clouds.yaml").write_text("clouds: {red: {auth: 5}}")

    error = run({}, "--os-cloud", "red", "types", fails=True)

    assert error == "artifacts: cloud red: clouds.yaml is not written as it has to be\n"


def test_a_token_and_an_endpoint_that_are_given_beat_the_cloud(run, cloud, service, token):
    nowhere = {"OS_AUTH_URL": "http://127.0.0.1:9/v3"}
    given = ("--endpoint", service.url, "--token", token("red-member"))

    assert "images" in run(nowhere, *given, "types")
    # The token of the cloud goes to the endpoint that is given.
    elsewhere = variables(cloud, "red-member", OS_REGION_NAME="Nowhere")
    assert "images" in run(elsewhere, "--endpoint", service.url, "types")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"OS_PASSWORD": "wrong"}, "Keystone says: The request you have made requires"),
        ({"OS_PASSWORD": ""}, "OS_PASSWORD"),
        ({"OS_REGION_NAME": "Nowhere"}, "artifact service in Nowhere region not found"),
        ({"OS_AUTH_URL": "http://127.0.0.1:9/v3"}, "http://127.0.0.1:9/v3 cannot be reached"),
        ({"OS_AUTH_URL": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ({"OS_AUTH_TYPE": "nonsense"}, "nonsense"),
        ({"OS_PROJECT_NAME": ""}, "is a project named?"),
        ({"OS_CACERT": "/no/such/file", "OS_AUTH_URL": "https://127.0.0.1:9"}, "/no/such/file"),
    ],
)
def test_what_the_cloud_does_not_give_is_said_in_one_line(run, cloud, change, said):
    environment = {**variables(cloud, "red-member"), **change}

    error = run({name: value for name, value in environment.items() if value}, "types", fails=True)

    assert said in error
    assert len(error.splitlines()) == 1


def test_an_application_credential_and_a_token_do_as_well(run, cloud, token):
    who = cloud.adapter("red-member", project="red")
    path = f"/users/{who.get_user_id()}/application_credentials"
    made = who.post(path, json={"application_credential": {"name": uuid.uuid4().hex}}).json()
    known = made["application_credential"]
    credential = {
        "OS_AUTH_URL": cloud.url,
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_APPLICATION_CREDENTIAL_ID": known["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": known["secret"],
    }

    assert "images" in run(credential, "types")
    held = {
        "OS_AUTH_URL": cloud.url,
        "OS_AUTH_TYPE": "v3token",
        "OS_TOKEN": token("red-member"),
        "OS_PROJECT_ID": cloud.project("red"),
    }
    assert "images" in run(held, "types")


def test_a_token_that_was_revoked_is_replaced_in_the_middle(cloud, service, tmp_path):
    (tmp_path / "disk").write_bytes(b"bytes" * 500_000)
    person = in_red(cloud)
    fields = {"disk_format": "raw", "container_format": "bare"}
    with keystone.connect(person) as client:
        cloud.revoke(person.get_token())
        made = client.create("images", name=uuid.uuid4().hex, **fields)
        person.invalidate()
        cloud.revoke(person.get_token())  # before the service has seen it
        stored = client.upload("images", made["id"], "image", tmp_path / "disk")

    assert stored["image"]["size"] == 2_500_000


def test_what_cannot_be_read_again_is_not_sent_again(cloud, service, tmp_path):
    person = in_red(cloud)
    fields = {"disk_format": "raw", "container_format": "bare"}
    with keystone.connect(person) as client:
        made = client.create("images", name=uuid.uuid4().hex, **fields)
        person.invalidate()
        cloud.revoke(person.get_token())
        pipe = subprocess.Popen(["/bin/echo", "bytes"], stdout=subprocess.PIPE)
        assert pipe.stdout is not None
        with pipe, pytest.raises(Unauthenticated):
            client.upload("images", made["id"], "image", pipe.stdout)


def test_a_person_without_a_project_is_shown_no_service(cloud, service):
    with pytest.raises(NoEndpoint):
        keystone.connect(session(cloud, "red-member"))
