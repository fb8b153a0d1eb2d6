"""What is shipped to run the service with: units of systemd, and the deployment of two machines."""

import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from artifacts import config, plugins
from artifacts.cli import main, manage
from artifacts.config.stores import store_options

ROOT = Path(__file__).parents[1]
UNITS = sorted((ROOT / "etc" / "systemd").glob("*"))
COMMANDS = {"artifacts": main.main, "artifacts-manage": manage.main}


def unit(path):
    parsed = ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str
    parsed.read_string(path.read_text())
    return parsed


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_each_unit(path, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    here = str(Path(sys.executable).parent)
    for each in UNITS:
        text = each.read_text().replace("/opt/artifacts/bin", here)
        (tmp_path / each.name).write_text(text)

    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (told.returncode, [x for x in told.stderr.splitlines() if path.name in x]) == (0, [])


@pytest.mark.parametrize(
    "path", [each for each in UNITS if each.suffix == ".service"], ids=lambda path: path.name
)
def test_each_service_runs_a_command_that_there_is(path):
    program, *arguments = shlex.split(unit(path)["Service"]["ExecStart"])
    answer = CliRunner().invoke(COMMANDS[Path(program).name], [*arguments, "--help"])

    assert answer.exit_code == 0, answer.output


def deployment():
    text = (ROOT / "docs" / "operating.md").read_text()
    found = re.search(r"<!-- two machines -->\s+```ini\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return re.sub(r"^ {3}", "", found[1], flags=re.MULTILINE)


def test_two_machines_are_configured_by_options_that_there_are(tmp_path):
    """A name that means nothing is ignored by the service, so it is looked for here."""
    sample = (ROOT / "etc" / "artifacts.conf.sample").read_text()
    known, section = set(), ""
    for line in sample.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif named := re.match(r"#?(\w+) =", line):
            known.add((section, named[1]))
    file = tmp_path / "artifacts.conf"
    file.write_text(deployment())
    given = ConfigParser(interpolation=None, default_section="")
    given.read_string(file.read_text())
    conf = config.load([str(file)])
    store = plugins.find_store(config.store_kind(conf, "swift"))
    known |= {("store:swift", option.name) for option in store_options(store)}
    known |= {("store:swift", "kind")}
    of_plugin = {"auth_url", "username", "password", "project_name"}
    of_plugin |= {"user_domain_name", "project_domain_name"}
    known |= {("keystone_authtoken", name) for name in of_plugin}

    assert {(name, option) for name in given.sections() for option in given[name]} <= known
    assert conf.enabled_stores == ["swift"]
