"""Metrics: what requests did is counted, by labels that no stranger makes."""

import socket
from dataclasses import replace

import pytest
from falcon.testing import StartResponseMock, TestClient, create_environ

from artifacts import config, errors
from artifacts.api.doors import Doors
from artifacts.app import create_operators_app
from artifacts.db.failures import LostRace
from artifacts.parts import build
from artifacts.watching import catalogue
from artifacts.watching.board import Board
from artifacts.watching.catalogue import QUOTA_REFUSALS, RECEIVED, REQUESTS, SENT
from artifacts.watching.meters import Meters, is_gauge
from artifacts.watching.watch import Watch

TYPE, ITEM = "/artifacts/{type_name}", "/artifacts/{type_name}/{id}"
SLOT = f"{ITEM}/{{path:path}}"


@pytest.fixture
def watch():
    return Watch(Meters(Board(passing=is_gauge, parts=2)))


@pytest.fixture
def watched(deployment, watch):
    """The service with somebody who looks."""
    parts = build(deployment.parts.conf, watch=watch)
    yield replace(deployment, parts=parts)
    parts.database.close()


@pytest.fixture
def sums(watch):
    return lambda metric: {
        labels: values[0] if len(values) == 1 else sum(values[:-1])
        for labels, values in watch.meters.sums()[metric].items()
    }


@pytest.fixture
def url(watched):
    made = watched.client().simulate_post("/artifacts/samples", json={"name": "n"})
    return made.headers["Location"]


def test_requests_count_by_route_method_and_status(watched, url, sums):
    client = watched.client()
    client.simulate_get(url)
    client.simulate_get(f"{url}/blob")
    client.simulate_get("/artifacts/samples/another-id")
    client.simulate_request("BREW", url)
    client.simulate_get("/nowhere/at/all")
    client.simulate_get("/healthcheck")

    assert sums(REQUESTS) == {
        (TYPE, "POST", "201"): 1,
        (ITEM, "GET", "200"): 1,
        (SLOT, "GET", "404"): 1,
        (ITEM, "GET", "404"): 1,
        (ITEM, "other", "405"): 1,
        ("none", "GET", "404"): 1,
        ("/healthcheck", "GET", "200"): 1,
    }


def test_nothing_that_a_stranger_sends_becomes_a_label(watched, url, sums):
    """Else anybody could fill the memory, here and where it is kept: D21."""
    client = watched.client()
    for number in range(20):
        client.simulate_request("BREW", f"/canary-{number}?canary={number}")
        client.simulate_get(f"/artifacts/canary-{number}/x", headers={"X-Canary": "canary"})
        client.simulate_put(f"{url}/folder/canary-{number}", body=b"x")

    assert len(sums(REQUESTS)) <= 5  # the folder is full at some time
    assert not [labels for labels in sums(REQUESTS) if "canary" in str(labels).lower()]


def test_bytes_count_both_ways(watched, url, sums):
    client = watched.client()
    client.simulate_put(f"{url}/blob", body=b"0123456789")
    before = sums(SENT)[SLOT,]
    client.simulate_get(f"{url}/blob")
    client.simulate_get(f"{url}/blob", headers={"Range": "bytes=2-4"})
    client.simulate_head(f"{url}/blob")
    document = client.simulate_get(url).content

    assert sums(RECEIVED)[SLOT,] == 10
    assert sums(SENT)[SLOT,] - before == 13
    assert sums(SENT)[ITEM,] == len(document)


def test_a_chunked_body_counts_as_it_comes(watched, url, sums):
    watched.client().simulate_put(
        f"{url}/blob", body=b"12345", headers={"Transfer-Encoding": "chunked"}
    )

    assert sums(RECEIVED)[SLOT,] == 5


def test_a_file_is_still_sent_by_the_kernel_and_counts(on_files, watched, url, sums):
    """Both the access log and this look on, and the server still sees a file."""
    watched.client().simulate_put(f"{url}/blob", body=b"0123456789")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        known = {"Host": "localhost", "X-Identity-Status": "Confirmed", "Range": "bytes=2-8"}
        known["X-Project-Id"] = "project"
        environ = create_environ(f"{url}/blob", headers=known)
        environ |= {"gunicorn.socket": ours, "wsgi.file_wrapper": lambda file, _: file}
        before = sums(SENT)[SLOT,]
        body = watched.wsgi(environ, StartResponseMock())
        assert body.fileno() >= 0
        ours.sendfile(body, offset=2, count=7)
        body.close()

        assert theirs.recv(20) == b"2345678"
        assert sums(SENT)[SLOT,] - before == 7


def test_refusals_for_quota_count_by_what_is_used_up(deploy, watch, sums):
    limited = deploy({"DEFAULT": {"max_artifact_number": 1, "max_uploaded_data": 5}})
    parts = build(limited.parts.conf, watch=watch)
    client = replace(limited, parts=parts).client()
    made = client.simulate_post("/artifacts/samples", json={"name": "n"})
    refused = client.simulate_post("/artifacts/samples", json={"name": "m"})
    full = client.simulate_put(f"{made.headers['Location']}/blob", body=b"123456")
    parts.database.close()

    assert (refused.status_code, full.status_code) == (403, 413)
    assert sums(QUOTA_REFUSALS) == {("artifacts",): 1, ("bytes",): 1}


def test_uploads_are_in_flight_while_they_are(watched, watch, live, caller, sums, source):
    seen = []
    life = live(watched.parts, caller)
    artifact = life.create()
    life.upload(artifact, "blob", source(b"1", lambda: seen.append(sums(catalogue.UPLOADS))))

    assert seen == [{("upload",): 1}]
    assert sums(catalogue.UPLOADS) == {("upload",): 0}


def test_transactions_and_the_store_are_timed(on_files, watched, url, sums):
    watched.client().simulate_put(f"{url}/blob", body=b"1")
    watched.client().simulate_get(f"{url}/blob")

    assert sums(catalogue.STORE_SECONDS)["file", "save", "done"] == 1
    assert sums(catalogue.STORE_SECONDS)["file", "open", "done"] == 1
    assert sums(catalogue.TRANSACTION_SECONDS)["write", "done"] >= 3
    assert sums(catalogue.TRANSACTION_SECONDS)["read", "done"] >= 1


def test_a_transaction_that_runs_again_counts_as_one_with_its_retries(watched, sums):
    turns = []

    def work(tx):
        turns.append(tx)
        if len(turns) < 3:
            raise LostRace("another was first")

    before = sums(catalogue.TRANSACTION_SECONDS).get(("write", "done"), 0)
    watched.parts.database.write(work)

    assert sums(catalogue.TRANSACTION_SECONDS)["write", "done"] == before + 1
    assert sums(catalogue.RETRIES) == {(): 2}


def test_what_is_not_served_here_is_not_found(deployment):
    """D40: off, and on everybody's port, there are no metrics."""
    assert deployment.client().simulate_get("/metrics").status_code == 404


class TestOperators:
    @pytest.fixture
    def operators(self, watch):
        return TestClient(create_operators_app(watch))

    def test_they_read_what_was_counted(self, operators, watched, url):
        answer = operators.simulate_get("/metrics")

        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
        line = f'artifacts_requests_total{{method="POST",route="{TYPE}",status="201"}} 1.0'
        assert line in answer.text

    @pytest.mark.parametrize("path", ["/", "/artifacts/samples", "/healthcheck", "/schemas"])
    def test_they_reach_nothing_else_of_the_service(self, operators, path):
        assert operators.simulate_get(path).status_code == 404

    def test_they_only_read(self, operators):
        assert operators.simulate_post("/metrics").status_code == 405


class TestDoors:
    @pytest.fixture
    def opened(self):
        """Say which door a request is shown that came by a connection."""

        def ask(port, **environ):
            def door(name):
                return lambda environ, start_response: [name]

            return Doors(door("all"), door("operators"), port)(environ, None)

        return ask

    def test_the_port_of_the_connection_decides(self, opened):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                connection, _ = server.accept()
                with connection:
                    assert opened(port, **{"gunicorn.socket": connection}) == ["operators"]
                    assert opened(port + 1, **{"gunicorn.socket": connection}) == ["all"]

    def test_what_a_request_says_of_its_port_does_not(self, opened):
        """Behind a socket of a file gunicorn takes it from Host, which anybody writes."""
        said = {"SERVER_PORT": "9495", "HTTP_HOST": "localhost:9495"}
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert opened(9495, **said) == ["all"]
            assert opened(9495, **said, **{"gunicorn.socket": ours}) == ["all"]


@pytest.mark.parametrize("text", ["9495", "host:9495", "127.0.0.1:0", "127.0.0.1:x", "[::1"])
def test_what_is_no_address_stops_the_start(tmp_path, text):
    path = tmp_path / "artifacts.conf"
    path.write_text(f"[metrics]\nlisten = {text}\n")

    with pytest.raises(errors.Misconfigured, match="listen"):
        config.metrics_address(config.load([str(path)]))


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:9495", ("127.0.0.1", 9495)), ("[::1]:80", ("::1", 80)), ("", None)],
)
def test_an_address_is_read(tmp_path, text, address):
    path = tmp_path / "artifacts.conf"
    path.write_text(f"[metrics]\nlisten = {text}\n")

    assert config.metrics_address(config.load([str(path)])) == address
