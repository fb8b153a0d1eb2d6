"""The access log of a real server: what it sent, also to a client that hung up before the end."""

import json
import re
import socket
import struct
import uuid

import pytest

SIZE = 24 * 1024 * 1024
LINGER = struct.pack("ii", 1, 0)  # to hang up at once, and throw away what is on its way


@pytest.fixture(scope="module")
def path(server):
    """The path of a blob that no socket takes at once."""
    path = f"{server.create(name=uuid.uuid4().hex)}/image"
    assert server.ask("PUT", path, bytes(SIZE)).status == 200
    return path


@pytest.fixture
def told(server, path, wait_until):
    """Return what the log says of a request by its id."""

    def read(method, status, request_id):
        begin = f"artifacts.access {request_id} method={method} status={status} "
        wait_until(lambda: begin in server.logged())
        line = server.logged().partition(begin)[2].partition("\n")[0]
        return dict(re.findall(r"(\w+)=(\S+)", line))

    return read


def request(path, *headers, method="GET"):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("method", "asked", "status", "sent"),
    [
        ("GET", None, 200, SIZE),
        ("GET", "bytes=5-20000004", 206, 20_000_000),
        ("GET", "bytes=0-0,7-8", 206, None),
        ("HEAD", None, 200, 0),
    ],
)
def test_what_was_sent_is_told(server, path, told, method, asked, status, sent):
    answer = server.ask(method, path, **({"Range": asked} if asked else {}))
    line = told(method, status, answer.headers["x-openstack-request-id"])

    assert answer.status == status
    assert line["sent"] == str(len(answer.body) if sent is None else sent)
    assert line["address"] == "127.0.0.1"
    assert line["project"] == "local"


@pytest.mark.parametrize("asked", [None, "bytes=0-1,5-"])
def test_of_a_client_that_hung_up_it_is_told_how_far_it_got(server, path, told, asked):
    with server.connect() as connection:
        connection.sendall(request(path, *([f"Range: {asked}"] if asked else [])))
        heard = b""
        while len(heard) < 100_000:
            heard += connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    request_id = re.search(rb"(?i)x-openstack-request-id: (\S+)", heard)[1].decode()
    line = told("GET", 206 if asked else 200, request_id)

    assert 90_000 < int(line["sent"]) < int(line["length"])
    assert int(line["length"]) >= SIZE


def test_it_is_there_whatever_else_is_not_logged(make_server, wait_until):
    """Who pays for bytes, or looks for who took them, needs every line."""
    server = make_server(config="[DEFAULT]\nlog_level = error\n").start(workers=1)
    answer = server.ask("GET", f"{server.create()}/image")

    line = f"INFO artifacts.access {answer.headers['x-openstack-request-id']}"
    wait_until(lambda: line in server.logged())


def test_in_json_every_line_is_an_object(make_server, wait_until):
    """gunicorn's own too; but not what is told to whoever has just begun, on standard output."""
    server = make_server(config="[DEFAULT]\nlog_format = json\n").start(workers=1)
    answer = server.ask("GET", f"{server.create()}/image")
    id = answer.headers["x-openstack-request-id"]
    wait_until(lambda: f'"request_id": "{id}"' in server.logged())
    server.stop()
    lines = [line for line in server.logged().splitlines() if line.startswith(("{", "["))]
    told = [json.loads(line) for line in lines]

    assert {"gunicorn.error", "artifacts.access"} <= {each["name"] for each in told}
    assert len(told) > 4
