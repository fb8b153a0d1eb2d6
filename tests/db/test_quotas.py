"""Quotas of single projects: each write of them is whole, however many write at once."""

import pytest


@pytest.fixture
def replace(database):
    def replace(**quotas):
        database.write(lambda tx: tx.quotas.replace(quotas))

    return replace


@pytest.fixture
def kept(read):
    return lambda: read(lambda tx: tx.quotas.by_project())


def test_what_a_project_had_is_replaced_and_others_stay(replace, kept):
    replace(one={"a": 1, "b": 2}, two={"a": -1})
    replace(one={"c": 2**63 - 1})

    assert kept() == {"one": {"c": 2**63 - 1}, "two": {"a": -1}}


def test_nothing_clears_a_project(replace, kept):
    replace(one={"a": 1}, two={"a": 2})
    replace(one={})

    assert kept() == {"two": {"a": 2}}


def test_clearing_a_project_that_nobody_knows_does_not_make_it_known(replace, read):
    replace(unheard_of={})

    assert read(lambda tx: tx.numbers.known_project("unheard_of")) == -1


def test_names_and_projects_that_differ_in_case_or_at_their_end_are_others(replace, kept):
    replace(**{"p": {"a": 1, "A": 2, "a ": 3}, "P": {"a": 4}, "p ": {"a": 5}})

    assert kept() == {"p": {"a": 1, "A": 2, "a ": 3}, "P": {"a": 4}, "p ": {"a": 5}}


def test_only_the_names_that_are_asked_for_are_read(replace, read):
    replace(one={"a": 1, "b": 2, "c": 3})

    def of_one(tx):
        return tx.quotas.of(tx.numbers.known_project("one"), ("b", "d"))

    assert read(of_one) == {"b": 2}


def test_writes_at_once_leave_all_of_one_and_nothing_of_the_others(replace, kept, at_once):
    """The projects overlap, are new to all, and are named in different orders."""
    names = ["a", "b", "c", "d"]

    def write(number):
        mine = names[number % 4 :] + names[: number % 4]
        replace(**{name: {f"q{number}": number, f"r{number}": number} for name in mine[:3]})

    failed = [each for each in at_once([lambda n=n: write(n) for n in range(24)]) if each]

    assert failed == []
    for values in kept().values():
        (number,) = set(values.values())
        assert values == {f"q{number}": number, f"r{number}": number}
    winner = {next(iter(values.values())) for values in kept().values()}
    assert len(winner) <= 2  # the last, and whoever wrote the one project that the last did not
