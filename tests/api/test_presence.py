"""Whether the client still waits."""

import socket
from io import BytesIO

import pytest
from falcon.testing import create_req

from artifacts import errors
from artifacts.api.presence import Attended


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def attended(connection):
    req = create_req()
    req.env["gunicorn.socket"] = connection
    return Attended(BytesIO(b"bytes"), req)


def test_bytes_are_read_while_the_client_waits(pair):
    assert attended(pair[0]).read(5) == b"bytes"


def test_a_client_that_sends_its_next_request_already_still_waits(pair):
    pair[1].send(b"GET / HTTP/1.1")

    assert attended(pair[0]).read(5) == b"bytes"
    assert pair[0].recv(3) == b"GET"


def test_nothing_more_is_read_for_a_client_that_has_hung_up(pair):
    pair[1].close()

    with pytest.raises(errors.Invalid, match="went away"):
        attended(pair[0]).read(5)


def test_a_server_that_shows_no_connection_is_trusted():
    assert attended(None).read(5) == b"bytes"
