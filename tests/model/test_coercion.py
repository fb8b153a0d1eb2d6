"""What JSON values become (contract 6.1), row by row."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from artifacts.errors import Invalid

ACCEPTED = [
    ("string", "text", "text"),
    ("string", "", ""),
    ("string", 1, "1"),
    ("string", 1.0, "1.0"),
    ("string", True, "True"),
    ("string", 1e20, "1e+20"),
    ("string", "𝄞", "𝄞"),
    ("integer", 5, 5),
    ("integer", 1.9, 1),
    ("integer", -1.9, -1),
    ("integer", True, 1),
    ("integer", False, 0),
    ("integer", " 3 ", 3),
    ("integer", "+4", 4),
    ("integer", "-4", -4),
    ("integer", 2**63 - 1, 2**63 - 1),
    ("integer", -(2**63), -(2**63)),
    ("bounded", 20.7, 20),
    ("number", 1, 1.0),
    ("number", 1.5, 1.5),
    ("number", True, 1.0),
    ("number", "2", 2.0),
    ("number", "1e3", 1000.0),
    ("boolean", True, True),
    ("boolean", 1, True),
    *[("boolean", text, True) for text in ("1", "t", "true", "on", "y", "yes", " YES ", "True")],
    *[("boolean", value, False) for value in (False, 0, 2, 1.0, 1.1, "", "bogus", [1], {})],
    ("moment", "2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
    ("moment", "2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("moment", "2026-01-31 12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("moment", "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("moment", "2026-01-31T12:00:00.25+02:00", datetime(2026, 1, 31, 10, 0, 0, 250000, UTC)),
    ("moment", "20260131T120000Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("moment", datetime(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
    (
        "moment",
        datetime(2026, 1, 31, 2, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 1, 31, tzinfo=UTC),
    ),
    ("strings", ["a", 1, True], ["a", "1", "True"]),
    ("strings", ["a", "a"], ["a", "a"]),
    ("integers", ["1", 2.5], [1, 2]),
    ("labels", {"k": 1}, {"k": "1"}),
    ("counts", {"k": "7"}, {"k": 7}),
    ("keyed", {"x": "1"}, {"x": "1"}),
    ("tags", ["a", "b", "a"], ["a", "b"]),
    ("semver", "1.5", "1.5.0"),
    ("link", "https://example.org/x", "https://example.org/x"),
]

REFUSED = [
    ("string", ["x"]),
    ("string", {"x": 1}),
    ("string", float("nan")),
    ("string", float("inf")),
    ("integer", "3.0"),
    ("integer", ""),
    ("integer", "abc"),
    ("integer", "0x10"),
    ("integer", "1_000"),
    ("integer", "٣"),
    ("integer", [1]),
    ("integer", {}),
    ("integer", float("nan")),
    ("integer", float("inf")),
    ("integer", 2**63),
    ("integer", -(2**63) - 1),
    ("integer", 1e30),
    ("integer", "9" * 5000),
    ("number", "True"),
    ("number", ""),
    ("number", "1_0"),
    ("number", "nan"),
    ("number", "inf"),
    ("number", float("nan")),
    ("number", float("-inf")),
    ("number", 10**400),
    ("number", []),
    ("number", {}),
    ("moment", "yesterday"),
    ("moment", "2026-13-01"),
    ("moment", "2026-01-31x12:00:00"),
    ("moment", "0001-01-01T00:00:00+10:00"),
    ("moment", ""),
    ("moment", 5),
    ("moment", ["2026-01-31"]),
    ("strings", "abc"),
    ("strings", 5),
    ("strings", True),
    ("strings", {"a": "b"}),
    ("strings", [None]),
    ("strings", [["a"]]),
    ("strings", [{"a": "b"}]),
    ("labels", ["a"]),
    ("labels", "a"),
    ("labels", {"k": None}),
    ("labels", {"k": {"nested": "x"}}),
    ("labels", {"k": ["x"]}),
    ("semver", "latest"),
    ("link", 5),
    ("blob", None),
    ("blob", {"url": "http://example.org"}),
    ("folder", {}),
    ("name", None),
    ("name", ""),
]


@pytest.mark.parametrize(("name", "given", "stored"), ACCEPTED)
def test_a_value_becomes_what_the_kind_makes_of_it(sample, name, given, stored):
    coerced = sample.fields[name].coerce(given)

    assert coerced == stored
    assert type(coerced) is type(stored)


@pytest.mark.parametrize(("name", "given"), REFUSED)
def test_what_does_not_fit_is_refused_by_the_name_of_the_field(sample, name, given):
    with pytest.raises(Invalid, match=rf"^{name}[:/]"):
        sample.fields[name].coerce(given)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("string", None),
        ("choice", "a"),
        ("boolean", False),
        ("strings", []),
        ("integers", None),
        ("labels", {}),
        ("counts", None),
        ("link", None),
        ("constant", "c"),
        ("version", "0.0.0"),
        ("tags", []),
        ("metadata", {}),
        ("description", None),
    ],
)
def test_null_unsets_a_field_which_then_shows_its_default(sample, name, shown):
    assert sample.fields[name].coerce(None) == shown


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [("counts", {}, None), ("integers", [], None), ("labels", {}, {}), ("strings", [], [])],
)
def test_an_empty_list_or_dict_is_stored_as_nothing(sample, name, given, shown):
    assert sample.fields[name].coerce(given) == shown


def test_a_default_is_not_shared_between_artifacts(draft):
    first, second = draft(), draft()
    first.values["strings"].append("x")
    first.strings.append("x")

    assert (first.strings, second.strings) == ([], [])


def test_a_time_is_stored_to_the_microsecond_and_shown_to_the_second(sample):
    moment = sample.fields["moment"]
    value = moment.coerce("2026-01-31T12:30:15.999999Z")

    assert moment.to_json(value) == "2026-01-31T12:30:15.999999Z"
    assert moment.show(value) == "2026-01-31T12:30:15Z"
    assert moment.from_json(moment.to_json(value)) == value


def test_an_error_never_repeats_a_long_value(sample):
    for name, value in [
        ("short", "secret" * 1000),
        ("labels", {"secret" * 100: "secret" * 1000}),
        ("strings", ["secret" * 1000]),
        ("choice", "secret" * 1000),
        ("link", "secret" * 1000),
        ("semver", "secret" * 1000),
    ]:
        with pytest.raises(Invalid) as refusal:
            sample.fields[name].coerce(value)
        assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_text_that_no_database_keeps_is_refused(sample, text):
    for name, value in [
        ("string", text),
        ("strings", [text]),
        ("labels", {"k": text}),
        ("labels", {text: "v"}),
    ]:
        with pytest.raises(Invalid, match="NUL or a lone surrogate"):
            sample.fields[name].coerce(value)


def test_an_element_is_coerced_and_checked_alone(sample):
    assert sample.fields["integers"].coerce_element("7") == 7
    assert sample.fields["labels"].coerce_element(7) == "7"
    with pytest.raises(Invalid, match="tags: must match"):
        sample.fields["tags"].coerce_element("a,b")
    with pytest.raises(Invalid, match="neither a list nor a dict"):
        sample.fields["string"].coerce_element("x")
