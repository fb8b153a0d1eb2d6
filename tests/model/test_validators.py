"""Validators (contract 6.2): inclusive bounds, after coercion, one sentence each."""

import pytest

from artifacts.errors import Invalid

LONGEST = "x" * 255
PLAIN = "0f8fad5bd9cb469fa16570867728950e"
DASHED = "0f8fad5b-d9cb-469f-a165-70867728950e"

FITS = [
    ("string", LONGEST),
    ("string", "é" * 255),
    ("short", "ab"),
    ("short", "abcde"),
    ("regular", "abc"),
    ("bounded", 10),
    ("bounded", 20),
    ("bounded", 9.9 + 0.2),
    ("choice", "b"),
    ("uuid", DASHED),
    ("uuid", DASHED.upper()),
    ("uuid", PLAIN),
    ("uuid", f"{{{DASHED}}}"),
    ("uuid", f"urn:uuid:{DASHED}"),
    ("strings", [LONGEST]),
    ("strings", [str(number) for number in range(255)]),
    ("integers", [1, 2, 3]),
    ("unique", ["a", "b"]),
    ("labels", {"a": "1", "b": "2", "c": "3"}),
    ("labels", {"k" * 255: LONGEST}),
    ("keyed", {"x": "1", "y": "2"}),
    ("name", LONGEST),
    ("description", "x" * 4096),
    ("tags", [str(number % 5) for number in range(300)]),
    ("metadata", {str(number): "v" for number in range(255)}),
]

BREAKS = [
    ("string", LONGEST + "x", "string: must be at most 255 characters long"),
    ("short", "a", "short: must be at least 2 characters long"),
    ("short", "abcdef", "short: must be at most 5 characters long"),
    ("regular", "xabc", "regular: must match the pattern"),
    ("regular", "abd", "regular: must match the pattern"),
    ("regular", "abc\n", "regular: must match the pattern"),
    ("bounded", 9, "bounded: must be at least 10"),
    ("bounded", 21, "bounded: must be at most 20"),
    ("choice", "c", "choice: must be one of a, b"),
    ("choice", "A", "choice: must be one of a, b"),
    ("uuid", PLAIN[:-1], "uuid: must match"),
    ("uuid", PLAIN[:-1] + "g", "uuid: must match"),
    ("uuid", PLAIN + "\n", "uuid: must match"),
    ("strings", ["", LONGEST + "x"], "strings/1: must be at most 255 characters long"),
    ("strings", ["x"] * 256, "strings: must have at most 255 items"),
    ("integers", [1, 2, 3, 4], "integers: must have at most 3 items"),
    ("integers", [1, "x"], "integers/1: must be a whole number"),
    ("integers", [2**63], "integers/0: must be at most"),
    ("unique", ["a", "a"], "unique: must not have the same item twice"),
    ("labels", {str(n): "v" for n in range(4)}, "labels: must have at most 3 keys"),
    ("labels", {"k": LONGEST + "x"}, "labels/k: must be at most 255 characters long"),
    ("labels", {"k" * 256: "v"}, "labels: each key must be at most 255 characters long"),
    ("labels", {"": "v"}, "labels: each key must be at least 1 characters long"),
    ("keyed", {"z": "1"}, "keyed: must have no other keys"),
    ("name", LONGEST + "x", "name: must be at most 255 characters long"),
    ("description", "x" * 4097, "description: must be at most 4096 characters long"),
    ("tags", ["a,b"], "tags/0: must match"),
    ("tags", ["a/b"], "tags/0: must match"),
    ("tags", [""], "tags/0: must be at least 1 characters long"),
    ("tags", ["x" * 256], "tags/0: must be at most 255 characters long"),
    ("tags", [str(number) for number in range(256)], "tags: must have at most 255 items"),
    ("metadata", {"k": ""}, "metadata/k: must be at least 1 characters long"),
    ("metadata", {str(n): "v" for n in range(256)}, "metadata: must have at most 255 keys"),
    ("visibility", "x", "visibility: must be one of private, public, shared, community"),
]


@pytest.mark.parametrize(("name", "value"), FITS)
def test_a_value_within_the_rules_is_taken(sample, name, value):
    sample.fields[name].coerce(value)


@pytest.mark.parametrize(("name", "value", "sentence"), BREAKS)
def test_a_value_outside_of_them_is_refused_by_field_and_rule(sample, name, value, sentence):
    with pytest.raises(Invalid) as refusal:
        sample.fields[name].coerce(value)

    assert str(refusal.value).startswith(sentence)


def test_duplicates_of_tags_go_silently_and_before_they_are_counted(sample):
    tags = sample.fields["tags"].coerce([str(number % 5) for number in range(300)])

    assert tags == ["0", "1", "2", "3", "4"]
