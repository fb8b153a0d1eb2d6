"""`openstack artifact …` with real tokens: the page's own lines, from a draft to its end."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from artifacts.client import Client

PAGE = Path(__file__).parents[3] / "docs" / "openstackclient.md"
BYTES = os.urandom(200_000)
FORM = {"-f", "--fit-width"}


def lines() -> list[str]:
    """Return what the page says to type."""
    life = PAGE.read_text().partition("<!-- life -->")[2].partition("<!-- /life -->")[0]
    typed = [line for line in life.splitlines() if "openstack " in line]
    assert len(typed) > 20
    return typed


@pytest.fixture(scope="module")
def environment(clouds_yaml, service) -> dict[str, str]:
    return {"OS_CLIENT_CONFIG_FILE": str(clouds_yaml)}


@pytest.fixture(scope="module")
def openstack(make_openstack, environment):
    return make_openstack(**environment)


@pytest.fixture
def typed(openstack):
    """Run a line as a shell would, and return what it printed; in JSON unless it says how."""

    def run(line: str, variables: dict[str, str]) -> str:
        words = [
            re.sub(r"^\$(\w+)$", lambda found: variables[found[1]], word)
            for word in shlex.split(line)[1:]
        ]
        if not FORM & {*words} and words[words.index("artifact") + 1] != "delete":
            words += ["-f", "json"]
        return openstack(*words).out

    return run


def test_the_page_drives_the_whole_life_and_a_share(typed, openstack, cloud, origin):
    (openstack.folder / "debian.qcow2").write_bytes(BYTES)
    variables = {"GREEN": cloud.project("green")}
    answers = {}
    for line in lines():
        line = line.replace("https://cdn.example/debian.qcow2", origin.serve(BYTES))
        name, assigned, command = re.fullmatch(r"(?:(\w+)(=)\$\()?(.*?)\)?", line).groups()
        printed = typed(command, variables)
        if assigned:
            variables[name] = printed.strip()
        words = command.split()
        answers[" ".join(words[2:3] + words[4:7])] = printed

    told = {asked: json.loads(said) for asked, said in answers.items() if said[:1] in ("{", "[")}
    assert {row["Field"] for row in told["red type show images"]} >= {"image", "mirrors"}
    assert told["red set images debian"]["properties"] == {"hw_machine_type": "q35"}
    assert told["red unset images debian"]["min_ram"] is None
    assert told["red unset images debian"]["tags"] == ["stable"]
    assert told["red upload images debian"]["size"] == len(BYTES)
    assert told["red link images debian"]["external"] is True
    assert told["red activate images debian"]["status"] == "active"
    assert [row["Status"] for row in told["red member add images"]] == ["pending"]
    assert [row["Status"] for row in told["green member set images"]] == ["accepted"]
    assert [row["ID"] for row in told["green list images --filter"]] == [variables["ID"]]
    assert (openstack.folder / "copy.qcow2").read_bytes() == BYTES
    assert told["red member list images"][0]["Member"] == variables["GREEN"]
    assert told["red member remove images"] == []
    assert told["admin deactivate images $ID"]["status"] == "deactivated"
    assert told["admin reactivate images $ID"]["status"] == "active"
    assert told["admin publish images $ID"]["visibility"] == "public"
    assert "public" in answers["green show images debian"]
    assert {"Quota": "max_artifact_number:images", "Limit": 100, "Used": 0} in told[
        "green quota show -f"
    ]
    assert variables["GREEN"] in {row["Project ID"] for row in told["admin quota list"]}


def test_the_end_of_a_share_ends_it_for_openstack_too(openstack, cloud, service, token):
    def run(who: str, *words: str, fails: bool = False):
        return openstack("--os-cloud", who, "artifact", *words, fails=fails)

    with Client(service.url, token=token("red-member")) as client:
        fields = {"disk_format": "raw", "container_format": "bare"}
        made = client.create("images", name="ended", **fields)["id"]
        client.upload("images", made, "image", io.BytesIO(BYTES))
        client.activate("images", made)
    before = run("green", "show", "images", made, fails=True)
    run("red", "member", "add", "images", made, cloud.project("green"))
    run("green", "show", "images", made)
    run("red", "member", "remove", "images", made, cloud.project("green"))
    after = run("green", "show", "images", made, fails=True)

    assert "404" not in before.errors
    assert len(after.errors.splitlines()) == 1
    assert run("green", "publish", "images", made, fails=True).errors == after.errors


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--os-interface", "internal"), "internal endpoint for artifact service"),
        (("--os-password", "wrong"), "401"),
    ],
)
def test_what_keystone_does_not_give_is_said_in_one_line(openstack, more, said):
    ran = openstack("--os-cloud", "red", *more, "artifact", "type", "list", fails=True)

    assert said in ran.errors
    assert len(ran.errors.splitlines()) == 1


def test_a_project_that_keystone_does_not_know_is_refused(openstack):
    command = ("artifact", "quota", "show", "no-such-project")

    assert "no-such-project" in openstack("--os-cloud", "admin", *command, fails=True).errors


def test_who_may_not_look_up_projects_is_told_that_a_name_is_taken_for_an_id(openstack, cloud):
    command = ("--os-cloud", "red", "artifact", "quota", "show")

    assert "'green' is taken for an id" in openstack(*command, "green", fails=True).errors
    assert "taken for" not in openstack(*command, cloud.project("green"), fails=True).errors


def test_the_command_itself_does_it_too(openstack, environment):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openstackclient.shell", "--os-cloud", "green"),
            *("artifact", "type", "list", "-f", "value", "-c", "Type"),
        ],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
        timeout=60,
    )

    assert "images" in done.stdout.split(), done.stderr
