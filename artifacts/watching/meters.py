"""Meters: count what happens, by the metrics of the catalogue, for all processes together."""

import json
import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from artifacts.watching import board
from artifacts.watching.board import Board, Full
from artifacts.watching.catalogue import GAUGE, METRICS, PROCESSES, Metric

logger = logging.getLogger(__name__)

Sums = dict[tuple[str, ...], list[float]]

_BY_NAME = {metric.name: metric for metric in METRICS}


class Meters:
    """What does not fit on the board any more is not counted, and never fails a request."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._told = False

    def begin(self) -> None:
        """Count this process from now on."""
        try:
            self._board.join()
        except Full:
            self._tell()

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        self._add(metric, labels, ((0, by),))

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Put one more duration into a histogram."""
        bucket = bisect_left(metric.buckets, seconds)
        self._add(metric, labels, ((bucket, 1), (metric.size - 1, seconds)))

    @contextmanager
    def under_way(self, metric: Metric, *labels: str) -> Iterator[None]:
        """Count one more for as long as it takes."""
        self.count(metric, *labels)
        try:
            yield
        finally:
            self.count(metric, *labels, by=-1)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        try:
            self._board.set(_name(metric, labels), value)
        except Full:
            self._tell()

    def sums(self) -> dict[Metric, Sums]:
        """Return what was counted of each metric, by its labels."""
        found: dict[Metric, Sums] = {metric: {} for metric in METRICS}
        for entry in self._board.entries():
            name, *labels = json.loads(entry.name)
            metric = _BY_NAME.get(name)
            if metric is None or (metric.kind == GAUGE and not entry.alive):
                continue
            sums = found[metric].setdefault(tuple(labels), [0.0] * metric.size)
            for number, value in enumerate(entry.values):
                sums[number] += value
        found[PROCESSES][()] = [self._board.living()]
        return found

    def _add(
        self, metric: Metric, labels: tuple[str, ...], amounts: Iterable[tuple[int, float]]
    ) -> None:
        try:
            self._board.add(_name(metric, labels), metric.size, amounts)
        except Full:
            self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            logger.warning("metrics: there is no room for all of them: some are not counted")


def of_family() -> Meters:
    """Return the meters of this process and of all that it begins."""
    return Meters(board.of_family(is_gauge))


def is_gauge(name: str) -> bool:
    metric = _BY_NAME.get(json.loads(name)[0])
    return metric is not None and metric.kind == GAUGE


@cache
def _name(metric: Metric, labels: tuple[str, ...]) -> str:
    """Name what is counted; there are few, since labels have few values."""
    return json.dumps([metric.name, *labels])
