"""Patterns: whatever a type declares, no text that a caller sends keeps a processor busy."""

import time

import pytest

from artifacts.errors import Invalid
from artifacts.model import Artifact, field, patterns


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "a*a*a*a*a*a*a*a*b", "([a-z]+)*@$"],
)
def test_no_pattern_takes_long(pattern):
    """D49: each of these takes a backtracking search longer than anybody waits."""
    searched = type(
        "Searched",
        (Artifact,),
        {
            "type_name": "searched",
            "__annotations__": {"text": str, "texts": list[str]},
            "text": field(pattern=pattern, max_length=100_000),
            "texts": field(pattern=pattern),
        },
    )
    began = time.process_time()
    with pytest.raises(Invalid, match="must match the pattern"):
        searched.fields["text"].coerce("a" * 99_999 + "!")
    with pytest.raises(Invalid, match="must match the pattern"):
        searched.fields["texts"].coerce(["a" * 254 + "!"] * 255)

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "a{1001}", "(a{1000}){1000}", "("]
)
def test_what_cannot_be_searched_in_bounded_time_is_refused(pattern):
    """D49."""
    with pytest.raises(ValueError):
        patterns.compiled(pattern)


def test_a_text_beyond_ascii_is_searched_by_its_characters():
    assert patterns.compiled("^.é.$").search("€é\U0001f600")
    assert not patterns.compiled("^.$").search("ab")
