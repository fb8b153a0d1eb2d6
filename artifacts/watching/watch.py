"""Watch: times the steps of requests, for the meters and for traces."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from artifacts.watching.catalogue import CIRCUIT, Metric
from artifacts.watching.meters import Meters
from artifacts.watching.outcomes import DONE, outcome_of
from artifacts.watching.tracing import Tracing


class Watch:
    """Who is handed one lets it see what is done, and need not know what becomes of that."""

    def __init__(self, meters: Meters, tracing: Tracing | None = None) -> None:
        self.meters = meters
        self.tracing = tracing

    def circuit(self, store: str, is_open: bool) -> None:
        """Hear whether a store is asked for now."""
        self.meters.set(CIRCUIT, float(is_open), store)

    @contextmanager
    def step(self, metric: Metric, *labels: str) -> Iterator[None]:
        """Time what is done meanwhile; its outcome is the last of the labels."""
        begun = time.perf_counter()
        outcome = DONE
        try:
            with self._span(metric, labels):
                yield
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            self.meters.observe(metric, time.perf_counter() - begun, *labels, outcome)

    def _span(self, metric: Metric, labels: tuple[str, ...]) -> AbstractContextManager[None]:
        if self.tracing is None:
            return nullcontext()
        name = " ".join((metric.step, *labels[-1:]))
        known = zip(metric.labels, labels, strict=False)
        return self.tracing.step(name, {f"artifacts.{each}": value for each, value in known})
