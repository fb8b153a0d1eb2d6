"""What keeps the service from starting: one sentence, and exit code 1."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ARTIFACTS = str(Path(sys.executable).with_name("artifacts"))


@pytest.fixture
def refusal(tmp_path):
    """Try to serve; return the one sentence that says why not."""

    def serve(config: str | None, *options: str) -> str:
        arguments = ["--data", str(tmp_path / "data"), "--port", "0", *options]
        if config is not None:
            (tmp_path / "artifacts.conf").write_text(config)
            arguments += ["--config-file", str(tmp_path / "artifacts.conf")]
        ended = subprocess.run(
            [ARTIFACTS, "serve", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if not k.startswith("ARTIFACTS_")},
            timeout=30,
        )
        assert ended.returncode == 1, ended
        assert "Traceback" not in ended.stderr
        assert "Artifacts is ready" not in ended.stdout
        (sentence,) = ended.stderr.strip().splitlines()
        return sentence

    return serve


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[blobs]\nupload_lease = soon\n", ["upload_lease", "soon"]),
        ("[blobs]\nupload_lease = 0.5\n", ["upload_lease", "1"]),
        ("[blobs]\ndigests = sha256,crc32\n", ["digests", "crc32"]),
        ("[api]\nauth = nobody\n", ["auth", "nobody"]),
        ("[api]\nthreads = many\n", ["threads", "many"]),
        ("[remote]\nallowed_ports = 80,http\n", ["allowed_ports", "http"]),
        ("[api]\nauth = none\n[remote]\nallowed_networks = 10.0.0.1/8\n", ["allowed_networks"]),
        ("[api]\nauth = none\n[DEFAULT]\nenabled_artifact_types = images,nope\n", ["nope"]),
        (
            "[api]\nauth = none\n[DEFAULT]\ncustom_artifact_types_modules = no.such.module\n",
            ["no.such.module"],
        ),
        ("[api]\nauth = none\n[DEFAULT]\nenabled_stores = tape\n", ["tape"]),
        ("[api]\nauth = none\n[DEFAULT]\ndefault_store = tape\n", ["tape"]),
        ("[api]\nauth = none\n[store:file]\npath = /proc/nowhere\n", ["path"]),
        ("[api]\nauth = none\n[database]\nconnection = nonsense\n", ["connection"]),
        (
            "[api]\nauth = none\n[database]\nconnection = sqlite:////proc/nowhere/a.db\n",
            ["database"],
        ),
        ("this is no configuration\n", ["configuration"]),
    ],
)
def test_an_option_that_cannot_be_is_named(refusal, config, words):
    sentence = refusal(config)

    for word in words:
        assert word in sentence


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
@pytest.mark.parametrize("auth", ["none", "headers"])
def test_nobody_is_served_beyond_this_machine_without_authentication(refusal, host, auth):
    """D28."""
    sentence = refusal(f"[api]\nauth = {auth}\n", "--host", host)

    assert host in sentence
    assert "auth" in sentence
    assert "allowed_hosts" in sentence


def test_without_a_configuration_file_nobody_is_served_beyond_this_machine(refusal):
    """D28."""
    if Path("/etc/artifacts/artifacts.conf").exists():
        pytest.skip("this machine has a configuration file of its own")

    assert "0.0.0.0" in refusal(None, "--host", "0.0.0.0")


@pytest.mark.parametrize("revision", ["0000", "from-the-future"])
def test_another_schema_is_refused_with_the_command_that_upgrades_it(
    on_sqlite, make_server, refusal, tmp_path, revision
):
    server = make_server(data=tmp_path / "data").start()
    server.stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "artifacts.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [revision])
        database.commit()

    sentence = refusal("[api]\nauth = none\n")

    assert revision in sentence
    assert "artifacts-manage db upgrade" in sentence


def test_the_command_that_upgrades_makes_the_folder_and_the_database(tmp_path):
    data = tmp_path / "var" / "data"
    manage = [Path(sys.executable).with_name("artifacts-manage"), "--data", data, "db"]

    upgraded = subprocess.run([*manage, "upgrade"], check=False)
    checked = subprocess.run([*manage, "check"], check=False)

    assert (upgraded.returncode, checked.returncode) == (0, 0)
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_port_in_use_is_named(refusal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        sentence = refusal("[api]\nauth = none\n", "--port", port)

    assert port in sentence


def test_a_folder_for_the_data_is_made(on_sqlite, make_server, tmp_path):
    data = tmp_path / "not" / "yet" / "there"

    server = make_server(data=data).start()

    assert server.ask("GET", "/artifacts/images").status == 200
    assert (data / "artifacts.db").is_file()


def test_a_data_folder_that_is_a_file_is_named(refusal, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "blobs").write_text("a file")

    assert "blobs" in refusal("[api]\nauth = none\n")


def test_what_is_stopped_can_be_started_on_what_it_left(make_server):
    server = make_server().start()
    path = server.create()
    server.ask("PUT", f"{path}/image", b"bytes")

    for _ in range(2):
        assert server.stop() == 0
        server.start()

    assert server.ask("GET", f"{path}/image").body == b"bytes"


def test_auth_headers_is_warned_of_at_the_start(make_server):
    """D28."""
    server = make_server(config="[api]\nauth = headers\n").start()

    assert "headers" in server.logged()
    assert "WARNING" in server.logged()
    assert server.ask("GET", "/artifacts/images").status == 401
