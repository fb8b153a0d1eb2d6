"""What reads and tries policy files: our commands, and those of oslo.policy."""

import json
import os
import subprocess
import sys

import pytest

MODULES = {
    "oslopolicy-sample-generator": "oslo_policy.generator:generate_sample",
    "oslopolicy-list-redundant": "oslo_policy.generator:list_redundant",
    "oslopolicy-policy-generator": "oslo_policy.generator:generate_policy",
    "oslopolicy-validator": "oslo_policy.generator:validate_policy",
    "oslopolicy-checker": "oslo_policy.shell:main",
    "artifacts-manage": "artifacts.cli.manage:main",
    "artifacts": "artifacts.cli.main:main",
}


@pytest.fixture
def run(tmp_path):
    """Run a command beside a configuration file, as its entry point does."""
    (tmp_path / "artifacts.conf").write_text("[DEFAULT]\ndata = data\n[api]\nauth = none\n")

    def run(command, *arguments, check=True):
        module, function = MODULES[command].split(":")
        call = f"import sys; from {module} import {function}; sys.exit({function}())"
        done = subprocess.run(
            [sys.executable, "-c", call, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path / "home")},
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "policy.yaml").write_text(text)

    return write


def test_the_generator_of_samples_prints_ours(run):
    theirs = run("oslopolicy-sample-generator", "--namespace", "artifacts").stdout
    ours = run("artifacts-manage", "policy", "sample").stdout

    assert "artifact:set_internal_location" in theirs
    assert ours.endswith(theirs.strip() + "\n")


def test_redundant_rules_are_listed(run, write):
    write('"artifact:list": "@"\n"artifact:get": "role:x"\n"artifact:publish": "role:admin"\n')
    options = ("--namespace", "artifacts", "--config-file", "artifacts.conf")
    listed = run("oslopolicy-list-redundant", *options).stdout

    assert listed.split() == ['"artifact:list":', '"@"']


def test_the_rules_that_hold_are_printed(run, write):
    write('"artifact:list": "role:x"\n')
    options = ("--namespace", "artifacts", "--config-file", "artifacts.conf")
    printed = run("oslopolicy-policy-generator", *options).stdout

    assert '"artifact:list": "role:x"' in printed
    assert '"artifact:publish": "rule:context_is_admin"' in printed


@pytest.mark.parametrize(
    ("roles", "project", "passed"),
    [(["member"], "project", False), (["admin"], "project", True), (["member"], "own", True)],
)
def test_a_token_is_tried(run, write, tmp_path, roles, project, passed):
    sample = run("artifacts-manage", "policy", "sample").stdout
    write(sample.replace('#"', '"'))
    token = {
        "user": {"id": "user"},
        "project": {"id": project},
        "roles": [{"name": role} for role in roles],
    }
    (tmp_path / "access.json").write_text(json.dumps({"token": token}))
    target = {"owner": "own", "visibility": "private", "status": "active"}
    (tmp_path / "target.json").write_text(json.dumps(target))
    options = ("--policy", "policy.yaml", "--access", "access.json", "--target", "target.json")
    tried = run("oslopolicy-checker", *options, "--rule", "artifact:delete").stdout

    assert tried.split() == [f"{'passed' if passed else 'failed'}:", "artifact:delete"]


def test_our_own_check_says_that_files_are_sound(run, write):
    write('"artifact:list": "role:x"\n')

    said = run("artifacts-manage", "--config-file", "artifacts.conf", "policy", "check").stdout

    assert said == "The rules are as they should be.\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"artifact:list": "not foo"', "policy: artifact:list: cannot be read as a rule"),
        ('"artifact:list": "role:a and"', "policy: artifact:list: cannot be read as a rule"),
        ('"artifact:list":', "policy: artifact:list: a rule must be a text, in quotes"),
        ("[", "policy.yaml: must be YAML, which ends at line 1, column 2"),
    ],
)
def test_our_own_check_says_what_is_wrong_and_so_does_the_start(run, write, text, sentence):
    write(text)
    location = ("--config-file", "artifacts.conf")
    for command in (
        ("artifacts-manage", "policy", "check", *location),
        ("artifacts", "serve", "--port", "0", *location),
    ):
        done = run(*command, check=False)

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].endswith(sentence)
        assert "Traceback" not in done.stderr


def test_a_mistake_in_what_is_protected_is_told_and_stops_the_start(run, tmp_path):
    with (tmp_path / "artifacts.conf").open("a") as configured:
        configured.write("[protection]\nfile = protection.conf\n")
    (tmp_path / "protection.conf").write_text("[images/min_rom]\nwrite = curator\n")
    location = ("--config-file", "artifacts.conf")

    for command in (
        ("artifacts-manage", "policy", "check", *location),
        ("artifacts", "serve", "--port", "0", *location),
    ):
        done = run(*command, check=False)

        sentence = "protection.conf: [images/min_rom]: there is no field min_rom"
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].endswith(sentence)
