"""A cloud: Keystone from PyPI as it runs, in an environment of its own, with people in it."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ports
import pytest
from keystoneauth1 import adapter, session
from keystoneauth1.exceptions import ClientException
from keystoneauth1.identity import v3

RELEASES = ("keystone==30.0.0", "gunicorn==27.0.1")
PATIENCE = 60.0
PASSWORD = "secret"
PROJECTS = ("red", "green", "blue")
ROLES = ("reader", "member", "manager", "admin", "service")
# Keystone reads the arguments of whoever imports it.
WRAPPER = "import sys\nsys.argv = ['keystone']\nfrom keystone.wsgi.api import application\n"
CONFIGURATION = """\
[database]
connection = sqlite:///{folder}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credentials
[identity]
password_hash_rounds = 4
"""


class Cloud:
    """A Keystone with three projects, in each a user for each role, and a service's user.

    Whoever tests with it makes what else is needed, and changes nothing that is there.
    """

    def __init__(self, python: Path, folder: Path) -> None:
        (port,) = ports.free(1)
        self.url = f"http://127.0.0.1:{port}/v3"
        self.folder = folder
        self._bin = python.parent
        self._address = f"127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._roles: dict[str, str] = {}
        self._projects: dict[str, str] = {}
        self._service = ""

    def start(self) -> "Cloud":
        configuration = self.folder / "keystone.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "wrapper.py").write_text(WRAPPER)
        owner = ("--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid()))
        self._manage("db_sync")
        self._manage("fernet_setup", *owner)
        self._manage("credential_setup", *owner)
        self._manage(
            *("bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", "RegionOne"),
            *("--bootstrap-public-url", self.url, "--bootstrap-admin-url", self.url),
        )
        with (self.folder / "keystone.log").open("ab") as log:
            self._process = subprocess.Popen(
                # What two threads ask of it at first, at once, it may answer with 500.
                [
                    *(self._bin / "gunicorn", "--worker-class", "gthread", "--threads", "1"),
                    *("-b", self._address, "wrapper:application"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {"OS_KEYSTONE_CONFIG_FILES": str(configuration)},
                start_new_session=True,
            )
        self._admin = self.adapter("admin", project="admin")
        self._wait()
        self._people()
        return self

    def _manage(self, *arguments: str) -> None:
        configured = ["--config-file", str(self.folder / "keystone.conf")]
        command = [str(self._bin / "keystone-manage"), *configured, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._admin.get_token()
            except ClientException:
                assert time.monotonic() < deadline, (self.folder / "keystone.log").read_text()
                time.sleep(0.1)
            else:
                return

    def _people(self) -> None:
        for role in self._admin.get("/roles").json()["roles"]:
            self._roles[role["name"]] = role["id"]
        for project in (*PROJECTS, "service"):
            self._projects[project] = self.make("project", name=project)["id"]
        for project in PROJECTS:
            for role in ROLES:
                self.user(f"{project}-{role}", project, role)
        self.user("artifacts", "service", "service")
        self._service = self.make("service", type="artifact", name="artifacts")["id"]

    def project(self, name: str) -> str:
        """Return a project's id."""
        return self._projects[name]

    def make(self, kind: str, **values: Any) -> dict[str, Any]:
        made: dict[str, Any] = self._admin.post(f"/{kind}s", json={kind: values}).json()[kind]
        return made

    def user(self, name: str, project: str | None = None, *roles: str) -> str:
        """Make a user with roles in a project, and return the id."""
        user = str(self.make("user", name=name, password=PASSWORD, domain_id="default")["id"])
        for role in roles:
            self.grant(user, role, f"projects/{self._projects[str(project)]}")
        return user

    def grant(self, user: str, role: str, where: str) -> None:
        """Give a user a role: in `projects/ID`, in `domains/ID` or in the `system`."""
        if role not in self._roles:
            self._roles[role] = self.make("role", name=role)["id"]
        self._admin.put(f"/{where}/users/{user}/roles/{self._roles[role]}")

    def take(self, user: str, role: str, where: str) -> None:
        """Take a role back."""
        self._admin.delete(f"/{where}/users/{user}/roles/{self._roles[role]}")

    def endpoint(self, url: str) -> None:
        """Put a service into the catalog as the one of the type `artifact`."""
        more = {"interface": "public", "region_id": "RegionOne"}
        self.make("endpoint", service_id=self._service, url=url, **more)

    def adapter(self, user: str, **scope: Any) -> adapter.Adapter:
        """Return what speaks to Keystone as somebody; in a project, if one is named."""
        if "project" in scope:
            scope["project_name"] = scope.pop("project")
            scope["project_domain_id"] = "default"
        known = {"username": user, "password": PASSWORD, "user_domain_id": "default"}
        person = session.Session(v3.Password(self.url, **known, **scope), timeout=PATIENCE)
        return adapter.Adapter(person, endpoint_override=self.url)

    def token(self, user: str, **scope: Any) -> str:
        return str(self.adapter(user, **scope).get_token())

    def credential(self, user: str, project: str, **values: Any) -> str:
        """Make an application credential of a user's, and return a token that it gave."""
        who = self.adapter(user, project=project)
        path = f"/users/{who.get_user_id()}/application_credentials"
        body = {"name": uuid.uuid4().hex, **values}
        made = who.post(path, json={"application_credential": body}).json()
        known = made["application_credential"]
        plugin = v3.ApplicationCredential(self.url, known["secret"], known["id"])
        return str(session.Session(plugin).get_token())

    def revoke(self, token: str) -> None:
        self._admin.delete("/auth/tokens", headers={"X-Subject-Token": token})

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it accept connections, and answer nobody."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)
            self._wait()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def close(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._signal(signal.SIGCONT)
                self._signal(signal.SIGKILL)
            self._process.wait(timeout=PATIENCE)

    def options(self, **more: Any) -> str:
        """Return the configuration of a service that asks this Keystone."""
        options = {
            "www_authenticate_uri": "https://keystone.example/v3",
            "auth_type": "password",
            "auth_url": self.url,
            "username": "artifacts",
            "password": PASSWORD,
            "project_name": "service",
            "user_domain_id": "default",
            "project_domain_id": "default",
            "interface": "public",
            **more,
        }
        lines = [f"{name} = {value}" for name, value in options.items() if value is not None]
        return "\n".join(["[api]", "auth = keystone", "[keystone_authtoken]", *lines, ""])


@pytest.fixture(scope="session")
def make_cloud(
    python_with: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Cloud]]:
    """Start one more Keystone, which takes ten seconds."""
    python = python_with(*RELEASES)
    started: list[Cloud] = []

    def make() -> Cloud:
        started.append(Cloud(python, tmp_path_factory.mktemp("keystone")))
        return started[-1].start()

    yield make
    for each in started:
        each.close()
        shutil.rmtree(each.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cloud(make_cloud: Callable[[], Cloud]) -> Cloud:
    """The Keystone that tests share; skipped if PyPI does not give it."""
    return make_cloud()
