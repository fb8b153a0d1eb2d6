"""Watch: times the steps of requests, for the meters and for traces."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from artifacts import errors
from artifacts.watching.catalogue import CIRCUIT, Metric
from artifacts.watching.meters import Meters

DONE, FAULT = "done", "Fault"


class Watch:
    """Who is handed one lets it see what is done, and need not know what becomes of that."""

    def __init__(self, meters: Meters) -> None:
        self.meters = meters

    def circuit(self, store: str, is_open: bool) -> None:
        """Hear whether a store is asked for now."""
        self.meters.set(CIRCUIT, float(is_open), store)

    @contextmanager
    def step(self, metric: Metric, *labels: str) -> Iterator[None]:
        """Time what is done meanwhile; its outcome is the last of the labels."""
        begun = time.perf_counter()
        outcome = DONE
        try:
            yield
        except BaseException as error:
            outcome = outcome_of(error)
            raise
        finally:
            self.meters.observe(metric, time.perf_counter() - begun, *labels, outcome)


def outcome_of(error: BaseException) -> str:
    """Name an error, by our own names alone: of others there is no end."""
    return type(error).__name__ if isinstance(error, errors.ArtifactsError) else FAULT
