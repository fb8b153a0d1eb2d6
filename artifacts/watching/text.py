"""Text: what was counted, in the words of OpenMetrics."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from prometheus_client import core
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from artifacts.watching.catalogue import COUNTER, GAUGE, Metric
from artifacts.watching.meters import Meters, Sums

MEDIA_TYPE = CONTENT_TYPE_LATEST


def render(meters: Meters) -> bytes:
    return bytes(generate_latest(_Collected(meters)))  # type: ignore[no-untyped-call]


class _Collected(Collector):
    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def collect(self) -> Iterator[core.Metric]:
        for metric, sums in self._meters.sums().items():
            yield _family(metric, sums)


def _family(metric: Metric, sums: Sums) -> core.Metric:
    rows = sorted(sums.items())
    if metric.kind == COUNTER:
        counter = core.CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, values in rows:
            counter.add_metric(labels, values[0])
        return counter
    if metric.kind == GAUGE:
        gauge = core.GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, values in rows:
            gauge.add_metric(labels, values[0])
        return gauge
    histogram = core.HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, values in rows:
        histogram.add_metric(labels, list(_buckets(metric, values)), sum_value=values[-1])
    return histogram


def _buckets(metric: Metric, values: Iterable[float]) -> Iterator[tuple[str, float]]:
    """Return how many were at most as long as each bound."""
    bounds = [*map(str, metric.buckets), "+Inf"]
    return zip(bounds, accumulate(values), strict=False)
