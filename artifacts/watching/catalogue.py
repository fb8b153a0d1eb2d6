"""Catalogue: every metric, with what it counts. docs/operating.md has the same list."""

from dataclasses import dataclass

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

# Seconds: from what a database answers at once to what is slow for a large upload.
SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)


@dataclass(frozen=True)
class Metric:
    """A name, and what its labels are; labels have few values, none of which a stranger makes.

    `step` is what a span is called that times the same.
    """

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    step: str = ""

    @property
    def size(self) -> int:
        """How many numbers it has: for a histogram those of its buckets, of +Inf, and the sum."""
        return len(self.buckets) + 2 if self.kind == HISTOGRAM else 1


PROCESSES = Metric("artifacts_processes", GAUGE, "Processes that serve, and are counted here.")
REQUESTS = Metric(
    "artifacts_requests",
    COUNTER,
    "Requests by route, method and status. The route is `none` where there is no such path, or the "
    "request was refused before that was looked up, as without a token; the method is `other` "
    "where HTTP has no such.",
    ("route", "method", "status"),
)
REQUEST_SECONDS = Metric(
    "artifacts_request_seconds",
    HISTOGRAM,
    "Time from the head of a request to the head of its answer: with the body of an upload, "
    "without that of a download.",
    ("route", "method"),
    LONG,
)
RECEIVED = Metric("artifacts_received_bytes", COUNTER, "Bytes of bodies of requests.", ("route",))
SENT = Metric(
    "artifacts_sent_bytes", COUNTER, "Bytes of bodies of answers, as far as they went.", ("route",)
)
UPLOADS = Metric(
    "artifacts_uploads_in_flight",
    GAUGE,
    "Slots that are being filled: by an `upload`, by a `link` or a `copy` of an external blob.",
    ("kind",),
)
STORE_SECONDS = Metric(
    "artifacts_store_seconds",
    HISTOGRAM,
    "Time that a store took, each try by itself; a `save` is as slow as who sends the bytes, a "
    "`read` is of one block, and of a store nearby none is seen. The outcome is `done`, or the "
    "error.",
    ("store", "verb", "outcome"),
    LONG,
    "store",
)
CIRCUIT = Metric(
    "artifacts_circuit_open",
    GAUGE,
    "Processes that do not ask a store for now, since it failed several times in a row.",
    ("store",),
)
TRANSACTION_SECONDS = Metric(
    "artifacts_transaction_seconds",
    HISTOGRAM,
    "Time that a transaction took, with the tries that lost a race; those that read, and those "
    "that write. The outcome is `done`, or the error, which may be a refusal.",
    ("kind", "outcome"),
    SHORT,
    "transaction",
)
RETRIES = Metric(
    "artifacts_transaction_retries",
    COUNTER,
    "Times that a transaction which writes had no effect, since it lost a race or its "
    "connection; it is then run again.",
)
QUOTA_REFUSALS = Metric(
    "artifacts_quota_refusals",
    COUNTER,
    "Requests that were refused since a quota is used up: of `artifacts`, or of `bytes`.",
    ("quota",),
)
FETCH_SECONDS = Metric(
    "artifacts_fetch_seconds",
    HISTOGRAM,
    "Time that the fetch of an external blob took. The outcome is `done`, or the error.",
    ("outcome",),
    LONG,
    "fetch",
)
FETCHED = Metric("artifacts_fetched_bytes", COUNTER, "Bytes that were fetched of external blobs.")

METRICS = (
    *(PROCESSES, REQUESTS, REQUEST_SECONDS, RECEIVED, SENT, UPLOADS, QUOTA_REFUSALS),
    *(STORE_SECONDS, CIRCUIT, TRANSACTION_SECONDS, RETRIES, FETCH_SECONDS, FETCHED),
)
