"""`openstack artifact …`, without a Keystone: its answers in every form, and its errors."""

import csv
import hashlib
import io
import json
import os
import pty
import subprocess
import sys
import termios
import uuid

import pytest
import yaml

OPENSTACK = sys.executable, "-m", "openstackclient.shell"
BYTES = os.urandom(300_000)


@pytest.fixture(scope="module")
def known(server) -> dict[str, str]:
    """What tells `openstack` where the service is, and that nobody asks who is there."""
    return {"OS_AUTH_TYPE": "none", "OS_ENDPOINT": server.url}


@pytest.fixture(scope="module")
def openstack(make_openstack, known):
    shell = make_openstack(**known)

    def run(*arguments: str, fails: bool = False):
        return shell("artifact", *arguments, fails=fails)

    return run


@pytest.fixture
def name() -> str:
    return f"osc-{uuid.uuid4().hex}"


@pytest.fixture
def draft(openstack, name) -> str:
    fields = ("--property", "disk_format=raw", "--property", "container_format=bare")
    openstack("create", "images", name, "--artifact-version", "1.2", *fields)
    return name


def test_a_list_comes_in_every_form(openstack, draft):
    asked = ("list", "images", "--filter", f"name={draft}", "--sort", "name:asc", "--limit", "1")
    columns = ("-c", "Name", "-c", "Version", "-c", "Status")
    row = {"Name": draft, "Version": "1.2.0", "Status": "drafted"}

    def form(name: str) -> str:
        return openstack(*asked, *columns, "-f", name).out

    assert json.loads(form("json")) == [row]
    assert yaml.safe_load(form("yaml")) == [row]
    assert [*csv.DictReader(io.StringIO(form("csv")))] == [row]
    assert form("value") == f"{draft} 1.2.0 drafted\n"
    assert f"| {draft} | 1.2.0   | drafted |" in form("table")


def test_an_artifact_comes_in_every_form(openstack, draft):
    openstack("set", "images", draft, "--property", "properties/hw=q35", "--tag", "b")
    asked = ("show", "images", draft, "-c", "min_ram", "-c", "properties", "-c", "tags")
    document = {"min_ram": None, "properties": {"hw": "q35"}, "tags": ["b"]}

    assert json.loads(openstack(*asked, "-f", "json").out) == document
    assert yaml.safe_load(openstack(*asked, "-f", "yaml").out) == document
    assert sorted(openstack(*asked, "-f", "value").out.splitlines()) == [
        "None",
        "['b']",
        "{'hw': 'q35'}",
    ]
    assert "min_ram=" in openstack(*asked, "-f", "shell").out
    assert '{"hw": "q35"}' in openstack(*asked, "-f", "table", "--fit-width").out


def test_fields_and_tags_go_back_to_what_they_were(openstack, draft):
    openstack("set", "images", draft, "--property", "min_ram=5", "--tag", "a", "--tag", "b")
    kept = openstack("unset", "images", draft, "--property", "min_ram", "--tag", "a", "-f", "json")
    bare = openstack("unset", "images", draft, "--tag", "b", "-f", "json")
    same = openstack("set", "images", draft, "-f", "json")

    assert (kept.json["min_ram"], kept.json["tags"]) == (None, ["b"])
    assert (bare.json["tags"], same.json["tags"]) == ([], [])


def test_other_peoples_text_does_not_steer_the_terminal(openstack, draft):
    openstack("set", "images", draft, "--property", "description=\x1b[2Jgone")

    assert "\x1b" not in openstack("show", "images", draft).out
    assert openstack("show", "images", draft, "-f", "json").json["description"] == "\x1b[2Jgone"


def test_bytes_are_held_to_what_was_expected(openstack, draft, tmp_path):
    (tmp_path / "disk").write_bytes(BYTES)
    slot = ("images", draft, "image")
    sha256 = hashlib.sha256(BYTES).hexdigest()

    wrong = openstack("upload", *slot, "--file", f"{tmp_path}/disk", "--md5", "0" * 32, fails=True)
    right = ("--sha256", sha256, "--content-type", "application/x-disk", "-f", "json")
    blob = openstack("upload", *slot, "--file", f"{tmp_path}/disk", *right).json

    assert "md5" in wrong.errors
    assert (blob["size"], blob["content_type"]) == (len(BYTES), "application/x-disk")
    saved = openstack("download", *slot, "--file", f"{tmp_path}/copy", "--restart", "-f", "json")
    assert saved.json == {"path": f"{tmp_path}/copy", "size": len(BYTES), "sha256": sha256}
    assert (tmp_path / "copy").read_bytes() == BYTES
    assert openstack("blob", "delete", *slot, "-f", "json").json["image"] is None


def test_a_link_is_measured_or_copied(openstack, draft, origin):
    url = origin.serve(b"bytes")
    slot = ("images", draft, "mirrors/eu")

    wrong = openstack("link", *slot, url, "--size", "6", fails=True)
    kept = openstack("link", *slot, url, "--size", "5", "--copy", "-f", "json").json

    assert "5" in wrong.errors
    assert (kept["external"], kept["size"]) == (False, 5)


def test_a_file_that_is_there_is_replaced_only_if_it_is_named(openstack, draft, tmp_path):
    openstack("upload", "images", draft, "image", "--file", __file__)

    saved = openstack("download", "images", draft, "image", "-f", "json").json
    again = openstack("download", "images", draft, "image", fails=True)

    assert saved["path"] == draft
    assert f"--file {draft}" in again.errors


def test_what_is_deleted_is_gone_and_what_is_not_there_is_told(openstack, draft):
    done = openstack("delete", "images", "no-such", draft, fails=True)

    assert "no-such" in done.errors
    assert "1 of 2" in done.errors
    assert openstack("list", "images", "--filter", f"name={draft}", "-f", "json").json == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "images", "no\x1bsuch"), "images has no artifact named 'no\\x1bsuch'"),
        (("create", "images", "a", "--property", "min_ram=lots"), "min_ram: 'lots' is no integer"),
        (
            ("create", "images", "a", "--property", "min_ram"),
            "'min_ram' is not written FIELD=VALUE",
        ),
        (("list", "nothing"), "nothing"),
        (("upload", "images", str(uuid.uuid4()), "image", "--file", "/no/such"), "/no/such"),
        (("quota", "set", "p", "max_artifact_number=few"), "'few' is no integer"),
    ],
)
def test_an_error_is_one_line(openstack, arguments, said):
    ran = openstack(*arguments, fails=True)

    assert (ran.code, ran.out) == (1, "")
    assert said in ran.errors
    assert len(ran.errors.splitlines()) == 1


def test_quotas_are_set_and_taken_back(openstack, name):
    limits = ("max_artifact_number=7", "max_artifact_number:imags=1")
    done = openstack("quota", "set", name, *limits, "-f", "json")

    assert {"Quota": "max_artifact_number", "Limit": 7, "Used": 0} in done.json
    assert "These limit nothing: max_artifact_number:imags" in done.errors
    rows = openstack("quota", "list", "-f", "json").json
    assert {"Project ID": name, "Quota": "max_artifact_number", "Limit": 7} in rows
    left = openstack("quota", "delete", name, "-f", "json").json
    assert {row["Quota"]: row["Limit"] for row in left}["max_artifact_number"] == -1


def test_pipes_carry_bytes_and_a_terminal_sees_how_they_flow(draft, known):
    environment = os.environ | known
    slot = ("images", draft, "image")
    terminal, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, 80))

    command = [*OPENSTACK, "artifact", "upload", *slot, "-f", "value", "-c", "size"]
    sent = subprocess.run(
        command, input=BYTES, stdout=subprocess.PIPE, stderr=screen, env=environment, timeout=60
    )
    os.close(screen)
    seen = os.read(terminal, 65536)
    os.close(terminal)
    command = [*OPENSTACK, "artifact", "download", *slot, "--file", "-"]
    came = subprocess.run(command, capture_output=True, env=environment, timeout=60)

    assert (sent.returncode, sent.stdout) == (0, f"{len(BYTES)}\n".encode())
    assert b"B/s" in seen
    assert (came.returncode, came.stdout == BYTES, came.stderr) == (0, True, b"")
