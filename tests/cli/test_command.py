"""How the command behaves as a process, whatever the service says."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from artifacts.cli.main import HOMES

CLIENT_COMMANDS = sorted(set(HOMES) - {"serve"})
SERVER_ROOMS = ("api", "app", "config", "db", "model", "remote", "service", "stores")
SERVER_MODULES = tuple(f"artifacts.{room}" for room in SERVER_ROOMS)


@pytest.fixture
def silent():
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def url(listener):
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("command", CLIENT_COMMANDS)
def test_every_command_has_help(run, command):
    code, out, _ = run(command, "--help")

    assert code == 0
    assert out.startswith(f"Usage: artifacts {command} [OPTIONS]")
    assert "--json" in out
    assert "ARTIFACTS_ENDPOINT" in out


def test_the_help_names_every_command(run):
    code, out, _ = run("--help")

    assert code == 0
    for command in HOMES:
        assert f"  {command} " in out


def test_what_the_command_is_made_of_leaves_the_server_out():
    """Starting fast, and where only the client is wanted, needs no server."""
    homes = {HOMES[command].partition(":")[0] for command in CLIENT_COMMANDS}
    code = f"import sys, {', '.join(homes)}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()

    assert not [
        name for name in loaded if name.startswith(tuple(f"artifacts.{r}" for r in SERVER_ROOMS))
    ]
    assert not {"falcon", "sqlalchemy", "oslo_config", "tqdm"} & set(loaded)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["show", "images"],
        ["create", "images"],
        ["list", "images", "--limit", "0"],
        ["list", "images", "--filter", "name"],
        ["link", "images", "a", "image"],
        ["types", "--no-such-option"],
        ["types", "--ca-file", "no-such-file"],
    ],
)
def test_wrong_usage_is_code_2(run, arguments):
    code, out, error = run(*arguments)

    assert (code, out) == (2, "")
    assert error.startswith("Usage: artifacts")


def test_a_server_that_is_not_there_is_one_sentence_and_code_1(run):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        code, out, error = run("types", "--endpoint", url(closed))

        assert (code, out) == (1, "")
        assert error == f"artifacts: {url(closed)} cannot be reached: connection refused\n"


@pytest.mark.parametrize(
    "arguments", [["--endpoint", "{}", "types"], ["types", "--endpoint", "{}"]]
)
def test_an_endpoint_is_taken_before_and_after_the_command_and_beats_the_environment(
    run, environment, arguments
):
    environment["ARTIFACTS_ENDPOINT"] = "http://no-such-host.invalid"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _, _, error = run(*(argument.format(url(closed)) for argument in arguments))

        assert url(closed) in error


def test_an_endpoint_is_taken_from_the_environment(run, environment):
    environment["ARTIFACTS_ENDPOINT"] = "no-url"

    code, _, error = run("types")

    assert code == 1
    assert error == "artifacts: endpoint: must begin with http:// or https:// and name a host\n"


def test_a_token_is_sent_but_never_shown(start, environment, silent):
    environment["ARTIFACTS_TOKEN"] = "hunter2"
    process = start("types", "--endpoint", url(silent))
    connection, _ = silent.accept()
    with connection:
        assert b"X-Auth-Token: hunter2\r\n" in connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        out, error = process.communicate(timeout=30)

    assert process.returncode == 1
    assert b"hunter2" not in out + error
    assert error == b"artifacts: the server answered 401 Unauthorized\n"


def test_ctrl_c_ends_in_one_line_and_code_130(start, silent):
    process = start("types", "--endpoint", url(silent))
    connection, _ = silent.accept()
    with connection:
        connection.recv(10_000)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)

    assert (process.returncode, out, error) == (130, b"", b"artifacts: interrupted\n")


def test_a_missing_file_is_one_sentence_and_code_1(run):
    artifact = "11111111-1111-4111-8111-111111111111"

    code, _, error = run("upload", "images", artifact, "image", "none.iso")

    assert code == 1
    assert error == "artifacts: none.iso cannot be read: No such file or directory\n"


def test_output_that_nobody_reads_is_no_traceback(start, environment):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        process = start("--help", stdout=closed)
        _, error = process.communicate(timeout=30)

    assert error == b""
