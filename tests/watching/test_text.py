"""OpenMetrics: what is told can be read by others, and says what was counted."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from artifacts.watching import catalogue, text
from artifacts.watching.board import Board
from artifacts.watching.meters import Meters, is_gauge


@pytest.fixture
def meters():
    return Meters(Board(passing=is_gauge, parts=2))


@pytest.fixture
def read(meters):
    """Return every sample by its name and labels, as another program reads them."""

    def parse():
        families = text_string_to_metric_families(text.render(meters).decode())
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    return parse


def test_a_counter_says_how_many(meters, read):
    meters.count(catalogue.REQUESTS, "/a", "GET", "200")
    meters.count(catalogue.REQUESTS, "/a", "GET", "200", by=2)

    assert read()["artifacts_requests_total", "/a", "200", "GET"] == 3


def test_a_gauge_goes_up_and_down(meters, read):
    with meters.under_way(catalogue.UPLOADS, "upload"):
        assert read()["artifacts_uploads_in_flight", "upload"] == 1

    assert read()["artifacts_uploads_in_flight", "upload"] == 0


def test_a_histogram_counts_each_up_to_its_bound(meters, read):
    for seconds in (0.0005, 0.001, 0.002, 99.0):
        meters.observe(catalogue.TRANSACTION_SECONDS, seconds, "read", "done")
    told = read()
    name = "artifacts_transaction_seconds"

    assert told[f"{name}_bucket", "0.001", "done", "read"] == 2
    assert told[f"{name}_bucket", "0.0025", "done", "read"] == 3
    assert told[f"{name}_bucket", "10.0", "done", "read"] == 3
    assert told[f"{name}_bucket", "+Inf", "done", "read"] == 4
    assert told[f"{name}_count", "done", "read"] == 4
    assert told[f"{name}_sum", "done", "read"] == pytest.approx(99.0035)


@pytest.mark.parametrize("metric", catalogue.METRICS, ids=lambda metric: metric.name)
def test_every_metric_has_a_unit_in_its_name_and_a_sentence(metric):
    assert metric.help.endswith(".")
    assert metric.name.startswith("artifacts_")
    assert ("_seconds" in metric.name) == (metric.kind == catalogue.HISTOGRAM)
    assert list(metric.buckets) == sorted(metric.buckets)


def test_labels_with_odd_characters_are_escaped(meters, read):
    meters.count(catalogue.RECEIVED, 'a"b\\c\nd')

    assert read()["artifacts_received_bytes_total", 'a"b\\c\nd'] == 1
