"""Traces of a real server: what a collector gets, and what nobody else does."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

COLLECT = "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
UNUSED = """\
import sys
from artifacts import config, wsgi
conf = config.load([sys.argv[1]])
wsgi.make(conf)
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


@pytest.fixture
def collector():
    """A collector on loopback that keeps the names and attributes of spans."""
    request = pytest.importorskip(COLLECT).ExportTraceServiceRequest
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in request.FromString(body).resource_spans:
                got.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing among the tests' own words."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    server.got = got
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_them_and_no_strangers_server_a_header_of_them(
    make_server, collector, origin, remote_options
):
    """D46: whose blob is fetched is no part of our traces."""
    port = collector.server_port
    traces = f"[tracing]\nendpoint = http://127.0.0.1:{port}/v1/traces\n"
    trusted = "trusted_callers = 127.0.0.0/8\n"
    server = make_server(config=traces + trusted + remote_options).start(workers=1)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    url = origin.serve(b"canary", name="canary")
    path = server.create()
    answer = server.ask(
        "PUT",
        f"{path}/mirrors/canary",
        f'{{"url": "{url}"}}',
        Content_Type="application/vnd+openstack.glare-custom-location+json",
        traceparent=f"00-{trace}-00f067aa0ba902b7-01",
    )
    assert answer.status == 200, answer.body
    server.stop()  # which sends what has not been sent
    ours = [span for span in collector.got if span.trace_id.hex() == trace]

    assert {"fetch", "transaction write"} < {span.name for span in ours}
    assert "canary" not in str(collector.got)
    asked = [headers for method, path, headers in origin.requests if origin.url + path == url]
    assert len(asked) == 1
    sent = {name.lower() for name in asked[0]}
    assert not sent & {"traceparent", "tracestate", "baggage", "b3"}


def test_without_them_the_library_is_not_even_loaded(tmp_path):
    path = tmp_path / "artifacts.conf"
    path.write_text(f"[DEFAULT]\ndata = {tmp_path}\n[api]\nauth = none\n")
    told = subprocess.run(
        [sys.executable, "-c", UNUSED, str(path)], capture_output=True, text=True, timeout=120
    )

    assert told.stdout.strip() == "[]", told.stderr
