"""nginx as it runs, over the site that we ship, with its addresses and folders replaced."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ports
import pytest
import urllib3

SITE = Path(__file__).parents[2] / "etc" / "nginx" / "artifacts.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
PATIENCE = 30.0
MAIN = """\
daemon off;
master_process off;
error_log {folder}/error.log info;
pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/artifacts.conf;
}}
"""


class Nginx:
    """Our site, in front of some processes of the service, whose files are in *blobs*."""

    def __init__(self, folder: Path, machines: Sequence[int], blobs: Path) -> None:
        (self.port,) = ports.free(1)
        self.folder = folder
        self.url = f"https://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pool = urllib3.PoolManager(ca_certs=str(folder / "cert.pem"), retries=False)
        self._write(machines, blobs)

    def _write(self, machines: Sequence[int], blobs: Path) -> None:
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        make += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        make += ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(make, check=True, capture_output=True, timeout=60)
        site = SITE.read_text()
        own = {
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "10.0.0.11:9494": f"127.0.0.1:{machines[0]}",
            "10.0.0.12:9494": f"127.0.0.1:{machines[1]}",
            "/etc/nginx/artifacts.pem": str(certificate),
            "/etc/nginx/artifacts.key": str(key),
            "/var/lib/artifacts/blobs/": f"{blobs}/",
        }
        for shipped, here in own.items():
            assert site.count(shipped) == 1, shipped
            site = site.replace(shipped, here)
        assert not re.search(r"/etc/|/var/|10\\.", site)
        (self.folder / "artifacts.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder))

    def start(self) -> "Nginx":
        command = [str(NGINX), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        command += ["-e", str(self.folder / "error.log")]
        with (self.folder / "nginx.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return self
            assert self._process.poll() is None, (self.folder / "nginx.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """Send one request; `Content_Type=...` gives a header."""
        named = {"OpenStack-API-Version": "artifact 1.2"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._pool.request(
            method, self.url + path, body=body, headers=named, redirect=False, timeout=60
        )

    def logged(self) -> str:
        return (self.folder / "error.log").read_text()


@pytest.fixture(scope="session")
def make_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Nginx]]:
    """Start an nginx; tests that need it are skipped where it is not installed."""
    if NGINX is None:
        pytest.skip("needs nginx")
    started: list[Nginx] = []

    def start(*machines: int, blobs: Path) -> Nginx:
        started.append(Nginx(tmp_path_factory.mktemp("nginx"), machines, blobs))
        return started[-1].start()

    yield start
    for each in started:
        each.stop()
