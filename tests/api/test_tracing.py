"""Traces: a request and its steps, in names of ours, and under whose trace is for us to say."""

from dataclasses import replace

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from artifacts import errors
from artifacts.parts import build
from artifacts.watching.board import Board
from artifacts.watching.catalogue import FETCH_SECONDS
from artifacts.watching.meters import Meters, is_gauge
from artifacts.watching.tracing import traced
from artifacts.watching.watch import Watch

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


@pytest.fixture
def trace(deploy):
    """Serve with traces, and return the service and what reads its spans by name."""
    closing = []

    def start(sample=1.0, **options):
        known = deploy({"tracing": options})
        exporter = InMemorySpanExporter()
        tracing = traced(exporter, sample)
        watch = Watch(Meters(Board(passing=is_gauge, parts=2)), tracing)
        parts = build(known.parts.conf, watch=watch)
        closing.append((tracing, parts.database))

        def spans():
            tracing._provider.force_flush()
            found = exporter.get_finished_spans()
            exporter.clear()
            return found

        return replace(known, parts=parts), spans

    yield start
    for tracing, database in closing:
        tracing.close()
        database.close()


def test_a_request_is_a_span_and_its_steps_are_below_it(trace):
    service, spans = trace()
    client = service.client()
    url = client.simulate_post("/artifacts/samples", json={"name": "n"}).headers["Location"]
    spans()
    answer = client.simulate_put(f"{url}/blob", body=b"canary")
    found = spans()
    (root,) = [each for each in found if each.parent is None]
    steps = [each for each in found if each.parent is not None]

    assert root.name == "PUT /artifacts/{type_name}/{id}/{path:path}"
    assert root.attributes == {
        "http.request.method": "PUT",
        "http.route": "/artifacts/{type_name}/{id}/{path:path}",
        "http.response.status_code": 200,
        "artifacts.request_id": answer.headers["X-Openstack-Request-Id"],
    }
    assert {"store save", "transaction write"} <= {each.name for each in steps}
    assert {each.parent.span_id for each in steps} == {root.context.span_id}
    (save,) = [each for each in steps if each.name == "store save"]
    assert set(save.attributes) == {"artifacts.store", "artifacts.verb"}


def test_nothing_that_is_secret_or_a_strangers_is_told(trace, monkeypatch):
    """D23: no key, no path, no token and no words of what failed."""
    service, spans = trace()
    client = service.client()
    url = client.simulate_post("/artifacts/samples", json={"name": "canary"}).headers["Location"]
    client.simulate_put(f"{url}/folder/canary", body=b"canary")
    client.simulate_get("/canary?canary=canary", headers={"X-Auth-Token": "canary"})

    def fail(tx):
        raise errors.StoreUnavailable("https://user:canary@inside.example")

    monkeypatch.setattr(service.parts.artifacts, "list_types", lambda *_: fail(None))
    client.simulate_get("/schemas")
    told = "".join(each.to_json() for each in spans())

    assert "canary" not in told
    assert str(service.store_folder) not in told


def test_a_step_that_fails_says_which_error_and_not_its_words(trace):
    service, spans = trace()
    watch = service.parts.watch
    request = watch.tracing.request(None)
    with pytest.raises(errors.Unfetchable), watch.step(FETCH_SECONDS):
        raise errors.Unfetchable("http://canary.example answered")
    request.end("PUT /", {}, failed=True)
    step, root = spans()

    assert (step.status.status_code, step.status.description) == (StatusCode.ERROR, "Unfetchable")
    assert root.status.status_code == StatusCode.ERROR
    assert not step.events


def test_whoever_is_not_trusted_cannot_put_a_request_into_a_trace(trace):
    service, spans = trace(trusted_callers="192.0.2.0/24")
    service.client().simulate_get("/schemas", headers=SENT, remote_addr="198.51.100.1")
    root = spans()[-1]

    assert root.parent is None
    assert f"{root.context.trace_id:032x}" != TRACE


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7"])
def test_whoever_is_trusted_can(trace, address):
    service, spans = trace(trusted_callers="192.0.2.0/24")
    service.client().simulate_get("/schemas", headers=SENT, remote_addr=address)

    assert f"{spans()[-1].context.trace_id:032x}" == TRACE


def test_a_traceparent_that_is_none_begins_a_new_trace(trace):
    service, spans = trace(trusted_callers="192.0.2.0/24")
    for sent in ("", "canary", f"00-{TRACE}-0000000000000000-01", "\u00e9" * 100):
        headers = {"traceparent": sent}
        answer = service.client().simulate_get("/schemas", headers=headers, remote_addr="192.0.2.7")
        assert answer.status_code == 200
        assert spans()[-1].parent is None


def test_only_the_part_that_is_asked_for_is_sent(trace):
    service, spans = trace(sample=0.0)
    service.client().simulate_get("/schemas")

    assert spans() == ()


def test_what_belongs_to_no_request_is_not_told(trace, live, caller):
    """Leases that go on, and what a command does, would be traces of one span each."""
    service, spans = trace()
    service.client().simulate_get("/schemas")
    spans()
    live(service.parts, caller).create()

    assert spans() == ()
