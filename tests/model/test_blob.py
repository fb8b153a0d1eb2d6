"""Blobs, and what a caller expects of bytes."""

import hashlib

import pytest

from artifacts.errors import Invalid, Mismatch
from artifacts.model import Blob, Expected, Slot

BYTES = b"five!"
DIGESTS = {
    name: hashlib.new(name, BYTES).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")
}


def test_a_slot_is_written_as_its_path():
    assert str(Slot("image")) == "image"
    assert str(Slot("mirrors", "eu/west")) == "mirrors/eu/west"


def test_a_blob_names_its_digests():
    blob = Blob(5, DIGESTS, None)

    assert {name: getattr(blob, name) for name in DIGESTS} == DIGESTS
    assert Blob(5, {}, None, status="saving").sha256 is None


def test_expectations_are_read_from_a_document():
    expected = Expected.parse({**DIGESTS, "size": 5, "url": "http://x", "crc": 1})

    assert expected == Expected(5, DIGESTS)


def test_null_and_absence_are_no_expectation():
    assert Expected.parse({"md5": None, "sha1": None, "size": None}) == Expected()
    assert Expected.parse({}) == Expected()


def test_a_size_with_a_point_is_whole_if_nothing_is_behind_it():
    size = Expected.parse({"size": 5.0}).size

    assert (size, type(size)) == (5, int)


def test_upper_case_is_lowered():
    assert Expected.parse({"md5": "A" * 32}).digests == {"md5": "a" * 32}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("md5", "0" * 31),
        ("md5", "0" * 33),
        ("md5", ""),
        ("md5", "g" * 32),
        ("md5", "0" * 31 + "\n"),
        ("md5", "a\r\nX: y".ljust(32, "0")),
        ("md5", "\N{FULLWIDTH DIGIT ZERO}" * 32),
        ("md5", "\N{KELVIN SIGN}" * 32),
        ("md5", 5),
        ("md5", ["0" * 32]),
        ("sha1", "0" * 32),
        ("sha256", "0" * 40),
        ("sha512", "0" * 64),
        ("size", -1),
        ("size", True),
        ("size", 5.5),
        ("size", float("inf")),
        ("size", "5"),
        ("size", 2**63),
    ],
)
def test_what_no_measure_can_be_is_refused(name, value):
    with pytest.raises(Invalid, match=f"^{name}: must be"):
        Expected.parse({name: value})


def test_bytes_that_are_as_expected_pass():
    Expected().check(5, {})
    Expected(5, DIGESTS).check(5, DIGESTS | {"sha3_256": "0" * 64})


def test_other_bytes_are_refused_with_both_values():
    with pytest.raises(Mismatch, match=r"^size: expected 4 bytes, got 5$"):
        Expected(4).check(5, DIGESTS)
    with pytest.raises(Mismatch) as refusal:
        Expected(5, {"sha256": "0" * 64}).check(5, DIGESTS)

    assert str(refusal.value) == f"sha256: expected {'0' * 64}, got {DIGESTS['sha256']}"


def test_a_digest_that_nobody_measured_is_not_as_expected():
    with pytest.raises(Mismatch, match="sha512"):
        Expected(None, {"sha512": "0" * 128}).check(5, {"md5": DIGESTS["md5"]})
