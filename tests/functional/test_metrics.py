"""Metrics of several processes: one sum on a port of its own, whoever of them is asked or dies."""

import http.client
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import ports
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

WORKERS = 3
HEALTH = ("artifacts_requests_total", "/healthcheck", "200", "GET")


@pytest.fixture
def port():
    return ports.free(1)[0]


@pytest.fixture
def served(make_server, port):
    config = f"[metrics]\nlisten = 127.0.0.1:{port}\n"
    return make_server(config=config).start(workers=WORKERS)


@pytest.fixture
def fetched(port):
    """Ask for something at the operators' port."""

    def ask(path="/metrics", method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    return ask


@pytest.fixture
def read(fetched):
    def parse():
        status, body = fetched()
        assert status == 200
        families = text_string_to_metric_families(body)
        samples = [sample for family in families for sample in family.samples]
        return {(each.name, *sorted(each.labels.values())): each.value for each in samples}

    return parse


def workers(server):
    return [each for each in server.processes() if each != server.process.pid]


def test_the_sum_is_that_of_all_processes_also_of_those_that_died(served, read, wait_until, port):
    wait_until(lambda: read()["artifacts_processes",] == WORKERS)
    before = read()[HEALTH]
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda _: served.ask("GET", "/healthcheck"), range(60)))
    wait_until(lambda: read()[HEALTH] == before + 60)

    old = workers(served)
    for each in old:
        os.kill(each, signal.SIGKILL)
    wait_until(lambda: len(new := workers(served)) == WORKERS and not set(new) & set(old))
    wait_until(lambda: read()["artifacts_processes",] == WORKERS)
    assert read()[HEALTH] == before + 60
    served.ask("GET", "/healthcheck")
    assert read()[HEALTH] == before + 61
    old = workers(served)
    served.signal(signal.SIGHUP)
    wait_until(lambda: workers(served) and not set(workers(served)) & set(old))
    wait_until(lambda: read()["artifacts_processes",] == WORKERS)

    assert read()[HEALTH] == before + 61
    assert not [path for path in served.folder.rglob("*") if "metric" in path.name]


def test_bytes_and_routes_are_those_of_real_requests(on_files, served, read):
    size = 3_000_000
    path = served.create()
    assert served.ask("PUT", f"{path}/image", bytes(size)).status == 200
    assert len(served.ask("GET", f"{path}/image").body) == size
    told = read()
    slot = "/artifacts/{type_name}/{id}/{path:path}"

    assert told["artifacts_received_bytes_total", slot] == size
    assert told["artifacts_sent_bytes_total", slot] >= size
    assert told["artifacts_requests_total", slot, "200", "PUT"] == 1
    assert told["artifacts_store_seconds_count", "done", "file", "save"] == 1


def test_each_port_serves_what_is_its_own(served, fetched, port):
    """Who reads metrics is who reaches their port; what a request says of it changes nothing."""
    there = f"127.0.0.1:{port}"

    assert served.ask("GET", "/metrics").status == 404
    assert served.ask("GET", "/metrics", Host=there).status in (403, 404)
    assert served.ask("GET", f"http://{there}/metrics").status == 404
    for path in ("/", "/healthcheck", "/artifacts/images", "/schemas"):
        assert fetched(path)[0] == 404
    assert fetched(method="POST")[0] == 405


def test_a_reload_that_would_leave_the_port_to_everybody_changes_nothing(
    served, fetched, wait_until
):
    """The port that is open would serve all else, with `auth = none` to whoever reaches it."""
    served.configure("")
    served.signal(signal.SIGHUP)
    wait_until(lambda: "stays as it was: [metrics] listen" in served.logged())

    assert fetched("/artifacts/images")[0] == 404
    assert fetched()[0] == 200
