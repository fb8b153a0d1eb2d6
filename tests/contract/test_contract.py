"""Every row of the contract's tables, from rows.yaml: sent, compared, and compared flipped."""

import re
from pathlib import Path

import pytest
from harness.expectations import failures, flips

pytestmark = pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")

DEVIATIONS = Path(__file__).parents[2] / "docs/glare.md"


def test_a_row_is_answered_as_the_contract_says(row, answered):
    expected, answer = answered(row)

    assert failures(expected, answer) == [], answer.body[:2000]
    if answer.status >= 400 and answer.body:
        check_envelope(answer)


def check_envelope(answer):
    """Section 3.1: every error is told in the same form."""
    assert answer.headers["content-type"] in ("application/json", "application/problem+json")
    if answer.headers["content-type"] == "application/json":
        assert answer.json["code"] == answer.status
        assert answer.json["title"]
        assert answer.json["explanation"]
        assert answer.json["error"]["message"]
        assert re.fullmatch("[A-Za-z]+", answer.json["error"]["type"])


def test_an_expected_value_that_is_flipped_is_not_what_was_answered(row, answered):
    """What was answered is compared again; nothing is asked again."""
    expected, answer = answered(row)
    flipped = list(flips(expected))

    assert flipped
    for place, other in flipped:
        assert failures(other, answer), f"nobody notices another {place}"


def test_every_deviation_is_a_row_of_the_page_of_deviations(contract):
    page = DEVIATIONS.read_text(encoding="utf-8")
    named = {row.deviates: row.id for row in contract.rows if row.deviates}

    assert [id for sentence, id in named.items() if sentence not in page] == []
