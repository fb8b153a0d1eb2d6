"""Numbers for names: given once, remembered after the commit, and never before it."""

import pytest
from sqlalchemy import event

from artifacts.db.numbers import NOBODY


def test_a_name_keeps_its_number(database):
    first = database.write(lambda tx: tx.numbers.project("p"))
    again = database.write(lambda tx: tx.numbers.project("p"))

    assert first == again


def test_names_that_differ_by_a_blank_or_case_are_others(database):
    numbers = [
        database.write(lambda tx, name=name: tx.numbers.project(name))
        for name in ("p", "P", "p ", "é", "e")
    ]

    assert len(set(numbers)) == len(numbers)


def test_what_was_never_met_has_the_number_of_nobody(read):
    assert read(lambda tx: tx.numbers.known_project("stranger")) == NOBODY
    assert read(lambda tx: tx.numbers.known_project(None)) == NOBODY


def test_a_number_that_was_rolled_back_is_not_remembered(database, read):
    def fail(tx):
        tx.numbers.project("p")
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fail)

    assert read(lambda tx: tx.numbers.known_project("p")) == NOBODY
    number = database.write(lambda tx: tx.numbers.project("p"))
    assert read(lambda tx: tx.numbers.project_name(number)) == "p"


def test_many_at_once_give_a_name_one_number(database, at_once):
    numbers = at_once([lambda: database.write(lambda tx: tx.numbers.project("p"))] * 10)

    assert len(set(numbers)) == 1


def test_the_same_field_of_two_types_has_two_numbers(database):
    def both(tx):
        return tx.numbers.field(tx.numbers.type("samples"), "string"), tx.numbers.field(
            tx.numbers.type("images"), "string"
        )

    one, two = database.write(both)

    assert one != two


def test_what_a_reader_learnt_is_not_asked_again(database, read):
    number = database.write(lambda tx: tx.numbers.project("p"))
    database._memory.numbers.clear()
    read(lambda tx: tx.numbers.known_project("p"))
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    assert read(lambda tx: tx.numbers.known_project("p")) == number
    assert not [statement for statement in asked if "projects" in statement]
