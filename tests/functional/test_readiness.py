"""A service whose store hangs says so in its time, and serves all else."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

READY = "/healthcheck/ready"
THREADS = 4
HANGING = """\
[DEFAULT]
enabled_stores = file,bucket
[api]
threads = {threads}
ready_timeout = 2
[store:bucket]
kind = s3
bucket = canary-bucket
endpoint = http://127.0.0.1:{port}
access_key_id = canary-id
secret_access_key = canary-secret
"""


@pytest.fixture
def hanging(on_files, make_server):
    """A server one of whose stores is a socket that accepts, and then says nothing."""
    pytest.importorskip("obstore")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        config = HANGING.format(threads=THREADS, port=silent.getsockname()[1])
        yield make_server(config=config).start(workers=1)


def states(answer):
    return {each["name"]: each["state"] for each in answer.json["dependencies"]}


def test_a_store_that_hangs_is_told_and_whoever_asks_often_hangs_nobody(hanging):
    """D23: neither the answer nor the log says where the store is."""
    answer = hanging.ask("GET", READY)

    assert answer.status == 503
    assert states(answer) == {"database": "ready", "store-1": "ready", "store-2": "silent"}
    with ThreadPoolExecutor(4 * THREADS) as crowd:
        begun = time.monotonic()
        asked = [crowd.submit(hanging.ask, "GET", READY) for _ in range(20 * THREADS)]
        path = hanging.create()
        assert hanging.ask("PUT", f"{path}/image", b"bytes").status == 200
        assert {each.result().status for each in asked} == {503}
        # One after the other in four threads, each for two seconds, would take forty.
        assert time.monotonic() - begun < 25
    assert hanging.ask("GET", "/healthcheck").status == 200
    assert "ready: store bucket is silent" in hanging.logged()
    assert not [each for each in ("canary", "Traceback") if each in hanging.logged()]


def test_a_service_whose_store_is_there_is_ready(server):
    answer = server.ask("GET", READY)

    assert (answer.status, answer.json["ready"]) == (200, True)
