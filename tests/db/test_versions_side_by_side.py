"""Two versions of the service over one database, as in a rolling upgrade."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sample_types
from sqlalchemy import text

from artifacts.db import schema
from artifacts.db.database import connect

# The last commit before the schema grew beyond 0006: what it runs is a version that knows nothing
# of all that came since, and that is still there to be run whatever the next commits do.
BEFORE = "86400d7"
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "servers" / "old_service.py"
SAMPLES = "/artifacts/samples"
JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/json-patch+json"}
BYTES = {"Content-Type": "application/octet-stream"}
WHO = {
    "Host": "localhost",
    "X-Identity-Status": "Confirmed",
    "X-User-Id": "user",
    "X-Project-Id": "project",
    "X-Roles": "member",
}


def git(*arguments):
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)


@pytest.fixture(scope="session")
def code_before(tmp_path_factory):
    """A folder with the code of the version before."""
    if shutil.which("git") is None or git("cat-file", "-e", f"{BEFORE}^{{commit}}").returncode:
        pytest.skip(f"the version before: no git, or no commit {BEFORE} in it")
    folder = tmp_path_factory.mktemp("before")
    packed = git("archive", BEFORE, "artifacts", "artifact_types", "migrations").stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    (folder / "artifacts" / "migrations").symlink_to(folder / "migrations")
    return folder


class Old:
    """The version before, as a process of its own."""

    def __init__(self, code, config):
        types = Path(sample_types.__file__).parent
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ARTIFACTS_")
        }
        environment["PYTHONPATH"] = os.pathsep.join([str(code), str(types)])
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=code,
        )
        self.said = self.process.stdout.readline().strip()

    def ask(self, method, path, body=None, **headers):
        self.process.stdin.write(json.dumps([method, path, body, {**WHO, **headers}]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class New:
    """This version, in this process."""

    def __init__(self, service):
        self._client = service.plain_client(WHO)

    def ask(self, method, path, body=None, **headers):
        answer = self._client.simulate_request(method, path, body=body, headers=headers)
        return answer.status_code, answer.text


@pytest.fixture
def old(code_before, tmp_path, database_url):
    """The version before, over a database that it has made itself."""
    (tmp_path / "old.conf").write_text(
        "[DEFAULT]\ncustom_artifact_types_modules = sample_types\n[api]\nauth = headers\n"
        f"[database]\nconnection = {database_url}\n[store:file]\npath = {tmp_path / 'store'}\n"
    )
    running = Old(code_before, tmp_path / "old.conf")
    assert running.said == "ready"
    yield running
    running.end()


@pytest.fixture
def upgraded(old, database_url):
    """The schema of this version, made while the version before goes on."""
    engine = connect(database_url, pool_size=1)
    assert schema.current(engine) == "0006"
    schema.upgrade(engine)
    engine.dispose()


def made(asked):
    status, body = asked
    assert status in (200, 201, 204), body
    return json.loads(body) if body.startswith("{") else body


def names(process):
    return {each["name"] for each in made(process.ask("GET", SAMPLES))["artifacts"]}


def draft(process, name):
    made_ = made(process.ask("POST", SAMPLES, json.dumps({"name": name, "string": name}), **JSON))
    return f"{SAMPLES}/{made_['id']}"


def change(process, path, field, value):
    steps = [{"op": "replace", "path": f"/{field}", "value": value}]
    return made(process.ask("PATCH", path, json.dumps(steps), **PATCH))


def test_a_version_and_the_one_before_serve_the_same_artifacts_side_by_side(old, upgraded, deploy):
    """Each makes, fills, finds, changes and deletes what the other has made, in turns."""
    service = deploy()
    new = New(service)
    for first, second in ((old, new), (new, old)):
        name = type(first).__name__
        path, other = draft(first, name), draft(first, f"{name} beside")
        made(first.ask("PUT", f"{path}/blob", f"bytes of {name}", **BYTES))
        made(second.ask("PUT", f"{other}/blob", f"bytes of {name}", **BYTES))

        assert names(second) == names(first) == {name, f"{name} beside"}
        assert made(second.ask("GET", f"{path}/blob")) == f"bytes of {name}"
        assert made(first.ask("GET", f"{other}/blob")) == f"bytes of {name}"

        change(second, path, "string", "changed")
        change(first, path, "status", "active")
        found = made(second.ask("GET", f"{SAMPLES}?string=changed"))["artifacts"]
        assert [each["status"] for each in found] == ["active"]

        made(second.ask("DELETE", path))
        made(first.ask("DELETE", other))
        assert names(old) == names(new) == set()
    service.parts.scrub.run()

    assert service.stored() == []


def test_a_version_before_that_ends_meanwhile_does_not_hold_the_next_one_up(old, upgraded, deploy):
    path = draft(old, "kept")
    old.process.kill()

    assert made(New(deploy()).ask("GET", path))["name"] == "kept"


def test_this_version_starts_over_the_schema_of_the_next(deploy, database_url):
    """What the version after this one adds, this one need not know."""
    first = deploy()
    with first.parts.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_the_next (number INTEGER)"))
        connection.execute(text("ALTER TABLE artifacts ADD COLUMN of_the_next INTEGER"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    again = New(deploy())
    path = draft(again, "name")

    assert change(again, path, "string", "changed")["string"] == "changed"
    assert names(again) == {"name"}
