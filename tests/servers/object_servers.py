"""Swift from PyPI as it runs: one device, one replica, on loopback.

A proxy has the S3 API and users of its own; another one asks Keystone who somebody is.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import ports
import pytest
import urllib3
from clouds import PASSWORD, Cloud

RELEASES = ("swift[keystone]==2.38.3",)
PATIENCE = 60.0
RINGS = ("account", "container", "object")
USER, ACCOUNT, KEY = "tester", "test", "testing"

HASHES = """\
[swift-hash]
swift_hash_path_prefix = artifacts
swift_hash_path_suffix = artifacts
[storage-policy:0]
name = gold
default = yes
"""
BACKEND = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
devices = {folder}/devices
swift_dir = {folder}
mount_check = false
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PIPELINE = (
    "catch_errors proxy-logging cache s3api tempurl tempauth bulk slo dlo copy proxy-logging"
    " proxy-server"
)
FILTERS = ("catch_errors", "proxy-logging", "tempurl", "bulk", "dlo", "copy", "s3api")
# A machine that is busy is not to be taken for a device that is broken: there is no other.
PATIENT = """\
conn_timeout = 20
node_timeout = 60
error_suppression_limit = 1000000
"""
PROXY = f"""\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {{port}}
swift_dir = {{folder}}
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = {PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{PATIENT}[filter:slo]
use = egg:swift#slo
# Else parts of what is deleted are left to a process that does not run here.
allow_async_delete = false
[filter:tempauth]
use = egg:swift#tempauth
user_{ACCOUNT}_{USER} = {KEY} .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{{memcached}}
""" + "".join(f"[filter:{name}]\nuse = egg:swift#{name.replace('-', '_')}\n" for name in FILTERS)

SEEN_BY_KEYSTONE = f"""\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {{port}}
swift_dir = {{folder}}
workers = 0
log_level = WARNING
[pipeline:main]
pipeline = catch_errors healthcheck cache tempurl authtoken keystoneauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{PATIENT}[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{{memcached}}
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = {{keystone}}
auth_type = password
auth_url = {{keystone}}
username = artifacts
password = {{password}}
project_name = service
user_domain_id = default
project_domain_id = default
interface = public
delay_auth_decision = true
cache = swift.cache
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = swiftoperator
""" + "".join(
    f"[filter:{name}]\nuse = egg:swift#{name}\n"
    for name in ("catch_errors", "healthcheck", "tempurl", "bulk", "slo", "dlo")
)


class ObjectServer:
    """A Swift that is there for the test run."""

    access_key_id = f"{ACCOUNT}:{USER}"
    secret_access_key = KEY
    region = "us-east-1"

    def __init__(self, python: Path, folder: Path) -> None:
        self._bin = python.parent
        self._folder = folder
        names = (*RINGS, "proxy", "keystone", "memcached")
        self._ports = dict(zip(names, ports.free(len(names)), strict=True))
        self.url = f"http://127.0.0.1:{self._ports['proxy']}"

    def start(self, stack: ExitStack) -> "ObjectServer":
        (self._folder / "devices" / "d1").mkdir(parents=True)
        (self._folder / "swift.conf").write_text(HASHES)
        for name in RINGS:
            self._ring(name)
            self._write(name, BACKEND)
        self._write("proxy", PROXY)
        memcached = ["memcached", "-U", "0", "-l", "127.0.0.1", "-p", str(self._ports["memcached"])]
        self._run(stack, "memcached", [*memcached, "-u", "root"])
        for name in (*RINGS, "proxy"):
            self._serve(stack, name)
        self._wait()
        return self

    def _serve(self, stack: ExitStack, name: str, conf: str = "") -> None:
        server = self._bin / f"swift-{name}-server"
        self._run(
            stack, conf or name, [str(server), str(self._folder / f"{conf or name}.conf"), "-v"]
        )

    def ask_keystone(self, stack: ExitStack, cloud: Cloud) -> dict[str, str]:
        """Start a proxy that asks *cloud*; return what the library of Glance must know of it."""
        url = f"http://127.0.0.1:{self._ports['keystone']}"
        self._write("keystone", SEEN_BY_KEYSTONE, keystone=cloud.url, password=PASSWORD)
        self._serve(stack, "proxy", "keystone")
        service = cloud.make("service", type="object-store", name="swift")
        cloud.make(
            "endpoint",
            service_id=service["id"],
            interface="public",
            region="RegionOne",
            url=f"{url}/v1/AUTH_%(project_id)s",
        )
        cloud.user("keeper", "service", "swiftoperator")
        _wait_for(f"{url}/healthcheck")
        return {
            "swift_store_auth_address": cloud.url,
            "swift_store_user": "service:keeper",
            "swift_store_key": PASSWORD,
        }

    def kept(self) -> int:
        """Return how many bytes of objects and their parts are on the disk."""
        files = (self._folder / "devices" / "d1" / "objects").rglob("*.data")
        return sum(file.stat().st_size for file in files)

    def _write(self, name: str, text: str, **more: str) -> None:
        values = {"name": name, "folder": self._folder, "port": self._ports[name], **more}
        values["memcached"] = self._ports["memcached"]
        (self._folder / f"{name}.conf").write_text(text.format(**values))

    def _ring(self, name: str) -> None:
        builder = [str(self._bin / "swift-ring-builder"), f"{name}.builder"]
        device = f"r1z1-127.0.0.1:{self._ports[name]}/d1"
        for step in (["create", "4", "1", "1"], ["add", device, "1"], ["rebalance"]):
            done = subprocess.run(
                [*builder, *step], cwd=self._folder, capture_output=True, text=True, timeout=60
            )
            assert done.returncode in (0, 1), done.stdout + done.stderr  # 1 is a warning

    def _run(self, stack: ExitStack, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )
        stack.callback(_stop, process)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        token = {"X-Storage-User": self.access_key_id, "X-Storage-Pass": KEY}
        while True:
            with suppress(urllib3.exceptions.HTTPError):
                answer = urllib3.request(
                    "GET", f"{self.url}/auth/v1.0", headers=token, retries=False, timeout=5
                )
                storage = {"X-Auth-Token": answer.headers.get("X-Auth-Token", "")}
                answer = urllib3.request(
                    "HEAD", f"{self.url}/v1/AUTH_{ACCOUNT}", headers=storage, timeout=5
                )
                if answer.status in (200, 204):
                    return
            assert time.monotonic() < deadline, (self._folder / "proxy.log").read_text()
            time.sleep(0.1)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(urllib3.exceptions.HTTPError):
            if urllib3.request("GET", url, retries=False, timeout=5).status == 200:
                return
        assert time.monotonic() < deadline, url
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


@pytest.fixture(scope="session")
def objects(
    python_with: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectServer]:
    """A Swift with the S3 API; tests that need it are skipped where memcached is not installed."""
    if shutil.which("memcached") is None:
        pytest.skip("needs memcached")
    with ExitStack() as stack:
        yield ObjectServer(python_with(*RELEASES), tmp_path_factory.mktemp("swift")).start(stack)


@pytest.fixture(scope="session")
def swift(objects: ObjectServer, cloud: Cloud) -> Iterator[dict[str, str]]:
    """The same Swift behind Keystone: options of Glance's driver, but for a container."""
    with ExitStack() as stack:
        yield objects.ask_keystone(stack, cloud)
