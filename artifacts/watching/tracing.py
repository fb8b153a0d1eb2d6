"""Tracing: requests and their steps as spans of OpenTelemetry, sent to a collector.

Imported where somebody wants traces, and only then is the library. It is no part of the process's
globals, and nothing else in the process is made to tell it anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from artifacts import __version__
from artifacts.errors import Misconfigured
from artifacts.watching.outcomes import outcome_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

Attributes = Mapping[str, str | int]


class Tracing:
    """Spans have names of ours and ids: no URL, no key of a store, and no words of an error."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._context = context
        self._trace = trace
        self._provider = provider
        self._tracer = provider.get_tracer("artifacts", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def step(self, name: str, attributes: Attributes) -> Iterator[None]:
        """Tell of a step of the request that is served here; of what is none of it, nothing."""
        if not self._trace.get_current_span().get_span_context().is_valid:
            yield
            return
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(self._trace.StatusCode.ERROR, outcome_of(error))
                raise

    def request(self, traceparent: str | None) -> Request:
        """Begin to tell of a request; it is part of another trace if *traceparent* says which."""
        return Request(self, traceparent)

    def close(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()


class Request:
    """One request, from its head to the head of its answer, all in one thread."""

    def __init__(self, tracing: Tracing, traceparent: str | None) -> None:
        trace, context = tracing._trace, tracing._context
        sent = {} if traceparent is None else {"traceparent": traceparent}
        before = tracing._propagator.extract(sent, context=context.Context())
        self._span = tracing._tracer.start_span(
            "request", context=before, kind=trace.SpanKind.SERVER
        )
        self._failed = trace.StatusCode.ERROR
        self._detach = context.detach
        self._token = context.attach(trace.set_span_in_context(self._span, before))

    def end(self, name: str, attributes: Attributes, *, failed: bool) -> None:
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(self._failed)
        self._span.end()
        self._detach(self._token)


def begin(endpoint: str, sample: float) -> Tracing:
    """Send a part of all traces to a collector; raise Misconfigured where the library lacks."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise Misconfigured("[tracing] endpoint: needs what `.[tracing]` installs") from error
    return traced(OTLPSpanExporter(endpoint=endpoint), sample)


def traced(exporter: SpanExporter, sample: float) -> Tracing:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    resource = Resource.create({"service.name": "artifacts", "service.version": __version__})
    provider = TracerProvider(ParentBased(TraceIdRatioBased(sample)), resource)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)
