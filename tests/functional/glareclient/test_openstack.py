"""Our `openstack artifact …` in one environment with Glare's."""

import subprocess
import sys

import pytest

OURS, THEIRS = "provided by the artifacts plugin", "provided by the python-glareclient plugin"


@pytest.mark.parametrize(("command", "whose"), [("create", OURS), ("update", THEIRS)])
def test_what_both_have_is_ours_and_the_rest_is_theirs(glare_python, command, whose):
    (packages,) = glare_python.parents[1].glob("lib/python*/site-packages")
    done = subprocess.run(
        [sys.executable, "-m", "openstackclient.shell", "artifact", command, "--help"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages)},
        timeout=60,
    )

    assert (done.returncode, whose in done.stdout) == (0, True), done
