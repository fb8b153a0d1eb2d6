"""artifacts-manage project: what it asks, says and exits with."""

import json

import pytest
from click.testing import CliRunner

from artifacts.cli import manage


@pytest.fixture
def run(deployment, tmp_path):
    """Run a subcommand of `project` on the deployment; return its exit code and what it said."""

    def run(*arguments, said=None):
        command = ["--config-file", str(tmp_path / "artifacts-0.conf"), "project", *arguments]
        done = CliRunner().invoke(manage.main, command, input=said)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


@pytest.fixture
def estate(life):
    for name in ("one", "two"):
        life.upload(life.create(name), "blob", b"12345")


def test_show_says_what_a_project_keeps(run, estate):
    code, said = run("show", "project")
    as_json, document = run("show", "project", "--json")

    assert code == as_json == 0
    assert ["samples", "drafted", "private", "2"] in [line.split() for line in said.splitlines()]
    assert json.loads(document) == {
        "project": "project",
        "artifacts": [
            {"type": "samples", "status": "drafted", "visibility": "private", "artifacts": 2}
        ],
        "bytes": 10,
        "reserved_bytes": 0,
        "external_blobs": 0,
        "uploads": 0,
        "memberships": 0,
        "shares": 0,
        "quotas": {},
    }


@pytest.mark.parametrize("command", [["show"], ["purge", "--yes"], ["transfer", "--dry-run"]])
def test_a_project_that_was_never_met_is_told_in_a_sentence(run, command):
    more = ["other"] if command[0] == "transfer" else []
    code, said = run(*command, "nobody", *more)

    assert code == 1
    assert "Error: project nobody: never kept anything here\n" in said


@pytest.mark.parametrize("name", ["", "x" * 256, "\udc80"])
def test_a_name_that_no_project_has_is_refused(run, estate, name):
    assert run("show", name)[0] == 2
    assert run("transfer", "project", name)[0] == 2


def test_transfer_names_what_stays(run, estate, life, live, other):
    live(life.parts, other).create("one")
    would, would_say = run("transfer", "project", "elsewhere", "--dry-run")
    code, said = run("transfer", "project", "elsewhere", "--type", "samples")

    assert would == code == 1
    assert "that would go to elsewhere: 1.\n" in would_say
    for each in (would_say, said):
        assert "left: samples " in each
        assert " one 0.0.0: the other project has one of this name and version\n" in each
        assert "that stay with project: 1.\n" in each
    assert "that went to elsewhere: 1.\n" in said
    assert run("transfer", "project", "elsewhere", "--type", "images")[0] == 0
    assert run("transfer", "project", "elsewhere", "--type", "nonsense")[0] == 1


def test_transfer_stops_at_a_quota_unless_told_to_go_on(run, estate, deployment, admin):
    deployment.parts.quotas.replace(admin, {"elsewhere": {"max_artifact_number": 1}})
    would, would_say = run("transfer", "project", "elsewhere", "--dry-run")
    code, said = run("transfer", "project", "elsewhere")

    assert would == code == 1
    assert "quota: max_artifact_number of elsewhere is 1, and 2 would be kept\n" in would_say
    assert "that went to elsewhere: 1.\nError: quota: the project may keep 1 artifacts\n" in said
    assert run("transfer", "project", "elsewhere", "--ignore-quota", "--dry-run")[0] == 0
    assert run("transfer", "project", "elsewhere", "--ignore-quota")[0] == 0


def test_purge_goes_on_only_when_somebody_says_so(run, estate, deployment, monkeypatch):
    dry, would_say = run("purge", "project", "--dry-run")
    unasked, refused = run("purge", "project", said="y\n")
    monkeypatch.setattr("artifacts.cli.projects._sees_questions", lambda: True)
    declined, _ = run("purge", "project", said="n\n")

    assert (dry, unasked, declined) == (0, 1, 1)
    assert would_say == (
        "Project project: 2 artifacts, 0 of them public, with 10 B; 0 uploads, 0 memberships.\n"
    )
    assert "Error: nobody is there to be asked: give --yes\n" in refused
    assert len(deployment.stored()) == 1
    code, said = run("purge", "project", said="y\n")

    assert code == 0
    assert "Delete all of project project for ever? [y/N]: y\n" in said
    assert "were deleted: 2.\nMemberships that were ended: 0.\nLeft: 0.\n" in said
    assert deployment.stored() == []
    assert run("purge", "project", "--yes")[0] == 0


def test_purge_that_leaves_something_says_so(run, estate, deploy, tmp_path, life):
    deploy({"DEFAULT": {"custom_artifact_types_modules": ""}})
    command = ["--config-file", str(tmp_path / "artifacts-1.conf"), "project", "purge", "project"]
    done = CliRunner().invoke(manage.main, [*command, "--yes"])

    assert done.exit_code == 1
    assert done.output.count(": its type is not enabled\n") == 2
    assert "Left: 2.\n" in done.output
