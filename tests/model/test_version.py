"""Versions (contract 6.3): what people write, and its order."""

from itertools import pairwise

import pytest
import semantic_version
from hypothesis import given
from hypothesis import strategies as st

from artifacts.errors import Invalid
from artifacts.model import version

COERCED = [
    ("1", "1.0.0"),
    ("1.0", "1.0.0"),
    ("1.0.0", "1.0.0"),
    (1, "1.0.0"),
    (1.0, "1.0.0"),
    ("1.5", "1.5.0"),
    ("10-rc1", "10.0.0-rc1"),
    ("1.2.3-b.1+b5", "1.2.3-b.1+b5"),
    ("1-", "1.0.0"),
    ("1.0-", "1.0.0"),
    ("1-beta", "1.0.0-beta"),
    ("1:0", "1.0.0-0"),
    ("1_0", "1.0.0-0"),
    ("1 0", "1.0.0-0"),
    ("2:0-0", "2.0.0-0-0"),
    ("1.2.3.4", "1.2.3+4"),
    ("01.2", "1.2.0"),
    ("65535.65535.65535", "65535.65535.65535"),
    ("1.0.0-999999", "1.0.0-999999"),
]
REFUSED = [
    "v1",
    "-1",
    "",
    "latest",
    "dummy",
    "1..2",
    True,
    None,
    [],
    {},
    float("nan"),
    float("inf"),
    "65536",
    "1.65536",
    "1.0.65536",
    "1.0.0-1000000",
    "1.0.0-01",
    "1.0.0-a..b",
    "9" * 5000,
    "1." + "9" * 300,
    "1.0.0-" + "a" * 250,
    "1.0.0-" + ".".join("1" * 100),
]
ORDERED = [
    "0.0.0-0",
    "0.0.0",
    "0.0.1",
    "0.1.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-10.1",
    "1.0.0--",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-alpha-",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.2",
    "1.0.10",
    "2.0.0",
    "10.0.0",
    "65535.0.0",
]

number = st.integers(0, 65535)
part = st.integers(0, 999999).map(str) | st.from_regex(
    r"[0-9]*[A-Za-z-][0-9A-Za-z-]{0,4}", fullmatch=True
)
pre_release = st.lists(part, max_size=4).map(".".join)


@pytest.mark.parametrize(("given", "made"), COERCED)
def test_what_people_write_becomes_a_semantic_version(given, made):
    assert version.coerce(given) == made
    assert version.coerce(made) == made


@pytest.mark.parametrize("value", REFUSED)
def test_what_is_no_version_or_too_large_is_refused(value):
    with pytest.raises(Invalid):
        version.coerce(value)


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(ORDERED)))
def test_keys_are_in_the_order_of_versions(lower, higher):
    assert version.key(lower).encode() < version.key(higher).encode()


def test_build_metadata_has_no_part_in_the_key():
    assert version.key("1.0.0+b1") == version.key("1.0.0+b2") == version.key("1.0.0")


@given(number, number, pre_release, number, number, pre_release)
def test_keys_are_in_the_order_of_any_two_versions(major, minor, pre, major2, minor2, pre2):
    first, second = (
        f"{one}.{two}.0" + (f"-{three}" if three else "")
        for one, two, three in ((major, minor, pre), (major2, minor2, pre2))
    )
    expected = semantic_version.Version(first) < semantic_version.Version(second)

    assert (version.key(first).encode() < version.key(second).encode()) == expected
    assert len(version.key(first)) <= version.LONGEST
