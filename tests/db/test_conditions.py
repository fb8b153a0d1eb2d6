"""LIKE over names that are not in the rows: what SQL says, and never slowly."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts.db.comparisons import like


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("", "", True),
        ("", "a", False),
        ("%", "", True),
        ("_", "", False),
        ("im%", "images", True),
        ("%s", "images", True),
        ("_m%e_", "images", True),
        ("images", "Images", False),
        ("%.%", "images", False),
        ("a%b%c", "a\nb\nc", True),
    ],
)
def test_percent_is_any_text_and_underscore_any_character(pattern, text, found):
    assert like(pattern, text) is found


@given(pattern=st.text("ab%_", max_size=6), text=st.text("ab", max_size=8))
def test_it_finds_what_a_regular_expression_finds(pattern, text):
    expression = pattern.replace("%", ".*").replace("_", ".")

    assert like(pattern, text) == bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.parametrize("pattern", ["%" * 250 + "!", "%a" * 127, "%_" * 127 + "!"])
def test_no_pattern_takes_long(pattern):
    """D49: patterns like these took a regular expression longer than anybody waits."""
    began = time.process_time()
    like(pattern, "a" * 255)

    assert time.process_time() - began < 1
