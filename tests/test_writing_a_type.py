"""The package of docs/writing-a-type.md, taken word for word: it installs, and it is served.

It goes into a virtual environment of its own, which sees the packages of this one beside its own.
"""

import http.client
import io
import json
import os
import re
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "writing-a-type.md"
MAIN = "from artifacts.cli.main import main; main()"
READY = re.compile(r"ready on (http://\S+?),")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Write each block of the page to the file that the line above it names."""
    folder = tmp_path_factory.mktemp("package")
    blocks = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    for name, block in blocks:
        (folder / name).write_text(block)
    return folder


@pytest.fixture(scope="module")
def python(package, tmp_path_factory):
    """The interpreter of an environment that the package is installed in."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home)
    python = home / "bin" / "python"
    [own] = home.glob("lib/python*/site-packages")
    ours = [path for path in [*site.getsitepackages(), site.getusersitepackages()] if path]
    lines = [f"import site; site.addsitedir({path!r})" for path in ours if Path(path).is_dir()]
    (own / "ours.pth").write_text("\n".join(lines) + "\n")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", package)
    return python


@pytest.fixture(scope="module")
def server(python, tmp_path_factory):
    with serving(python, tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture(scope="module")
def unpacking(package, python, tmp_path_factory):
    """A server with the second example, found as a module."""
    data = tmp_path_factory.mktemp("bundles")
    conf = data / "artifacts.conf"
    modules = "custom_artifact_types_modules = artifacts_bundles"
    conf.write_text(f"[DEFAULT]\n{modules}\n[api]\nauth = none\n")
    with serving(python, data, "--config-file", conf, path=package) as url:
        yield url


def run(*command: object, **options: object) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(python: Path, data: Path, *more: object, path: Path | None = None) -> Iterator[str]:
    """Run `artifacts serve` until it says that it is ready, and stop it in the end."""
    command = [python, "-c", MAIN, "serve", "--port", "0", "--workers", "1", "--data", data]
    env = {**os.environ, "PYTHONPATH": str(path)} if path else None
    with (data / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, *more], stdout=subprocess.PIPE, stderr=log, text=True, cwd=data, env=env
        )
    try:
        for line in process.stdout:
            if found := READY.search(line):
                yield found[1]
                break
        else:
            pytest.fail((data / "log").read_text())
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ask(server, method, path, body=None, media_type="application/json"):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)) as connection:
        connection.request(method, path, body=data, headers={"Content-Type": media_type})
        response = connection.getresponse()
        answer = response.read()
        if "json" in (response.getheader("Content-Type") or ""):
            answer = json.loads(answer)
        return response.status, answer


def create(server, name, of="firmware", **fields):
    status, made = ask(server, "POST", f"/artifacts/{of}", {"name": name, **fields})
    assert status == 201, made
    return f"/artifacts/{of}/{made['id']}"


def test_the_type_on_the_page_keeps_the_contract(package, python):
    told = run(
        *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", package),
        cwd=package,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )

    assert re.search(r"^\d+ passed", told, re.M)


def test_the_type_on_the_page_is_served_with_its_schema(server):
    status, told = ask(server, "GET", "/schemas/firmware")
    properties = told["schemas"]["firmware"]["properties"]

    assert status == 200
    assert properties["device"]["enum"] == ["bmc", "bios", "nic"]
    assert properties["manuals"]["glareType"] == "BlobDict"


def test_an_artifact_of_the_page_s_type_is_created_filled_activated_and_read(server):
    firmware = create(server, "bios", vendor="example", device="bios", boards=["a1", "b2"])
    bytes_of_it = b"FIRMWARE" + b"\x00" * 1000
    octets = "application/octet-stream"

    uploaded, _ = ask(server, "PUT", f"{firmware}/image", bytes_of_it, octets)
    activate = [{"op": "replace", "path": "/status", "value": "active"}]
    activated, shown = ask(server, "PATCH", firmware, activate, "application/json-patch+json")
    read, image = ask(server, "GET", f"{firmware}/image")

    assert (uploaded, activated, read) == (200, 200, 200)
    assert (shown["status"], shown["boards"], shown["signed"]) == ("active", ["a1", "b2"], False)
    assert image == bytes_of_it


@pytest.mark.parametrize("bytes_of_it", [b"", b"FIRM", b"something else"])
def test_the_page_s_upload_hook_refuses_what_is_no_firmware(server, bytes_of_it):
    firmware = create(server, f"not {bytes_of_it.decode()}")

    status, told = ask(server, "PUT", f"{firmware}/image", bytes_of_it, "application/octet-stream")
    _, left = ask(server, "GET", firmware)

    assert status == 400
    assert told["error"]["message"] == "image: must begin with FIRMWARE"
    assert left["image"] is None


def test_the_page_s_activation_hook_refuses_what_lacks_its_signature(server):
    firmware = create(server, "signed", vendor="example", device="nic", signed=True)
    ask(server, "PUT", f"{firmware}/image", b"FIRMWARE", "application/octet-stream")

    activate = [{"op": "replace", "path": "/status", "value": "active"}]
    status, told = ask(server, "PATCH", firmware, activate, "application/json-patch+json")

    assert status == 400
    assert told["error"]["message"] == "signature: must be there when signed is true"


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_the_second_example_unpacks_what_is_uploaded(unpacking):
    bundle = create(unpacking, "tools", "bundles")
    package = zipped(README="read me first", tool="#!/bin/sh")
    uploaded, shown = ask(unpacking, "PUT", f"{bundle}/archive", package, "application/zip")
    _, tool = ask(unpacking, "GET", f"{bundle}/files/tool")
    activate = [{"op": "replace", "path": "/status", "value": "active"}]
    _, active = ask(unpacking, "PATCH", bundle, activate, "application/json-patch+json")

    assert (uploaded, sorted(shown["files"])) == (200, ["README", "tool"])
    assert tool == b"#!/bin/sh"
    assert active["readme"] == "read me first"


def test_the_second_example_refuses_what_is_no_archive_and_files_without_one(unpacking):
    bundle = create(unpacking, "broken", "bundles")
    octets = "application/octet-stream"
    broken, _ = ask(unpacking, "PUT", f"{bundle}/archive", b"no zip", octets)
    alone, told = ask(unpacking, "PUT", f"{bundle}/files/tool", b"data", octets)
    _, left = ask(unpacking, "GET", bundle)

    assert (broken, alone) == (400, 400)
    assert told["error"]["message"] == "files: come with the archive"
    assert (left["archive"], left["files"]) == (None, {})
