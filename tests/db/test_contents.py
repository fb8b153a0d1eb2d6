"""Contents: counted references, and placements that are doomed with the last of them."""

import pytest

from artifacts.db import tables

SHA = "a" * 64
KEY, OTHER = "0" * 32, "1" * 32


@pytest.fixture
def project(database):
    return database.write(lambda tx: tx.numbers.project("p"))


def kept(database, project, key=KEY):
    def work(tx):
        number = tx.contents.refer(project, SHA, 5)
        return number, tx.contents.place(number, "file", key)

    return database.write(work)


def test_the_same_bytes_of_a_project_are_one_content(database, project, read):
    first, placed = kept(database, project)
    second, again = kept(database, project, OTHER)

    assert first == second
    assert (placed, again) == (True, False)
    assert read(lambda tx: list(tx.contents.placements(first))) == [("file", KEY)]
    assert [row.key for row in read(lambda tx: tx.contents.doomed())] == [OTHER]


def test_the_same_bytes_of_another_project_are_another_content(database, project):
    other = database.write(lambda tx: tx.numbers.project("q"))
    first, _ = kept(database, project)
    second, placed = kept(database, other, OTHER)

    assert first != second
    assert placed


def test_the_last_reference_dooms_the_placement(database, project, read):
    number, _ = kept(database, project)
    kept(database, project, OTHER)

    assert database.write(lambda tx: tx.contents.release(number)) == []
    assert database.write(lambda tx: tx.contents.release(number)) == [("file", KEY)]
    assert not read(lambda tx: tx.contents.is_live("file", KEY))
    assert {row.key for row in read(lambda tx: tx.contents.doomed())} == {KEY, OTHER}


def test_bytes_that_come_back_meet_no_doomed_placement(database, project, read):
    number, _ = kept(database, project)
    database.write(lambda tx: tx.contents.release(number))
    again, placed = kept(database, project, OTHER)

    assert placed
    assert read(lambda tx: list(tx.contents.placements(again))) == [("file", OTHER)]


def test_only_what_is_doomed_is_forgotten(database, project, read):
    kept(database, project)
    database.write(lambda tx: tx.contents.doom("file", OTHER))
    database.write(lambda tx: tx.contents.doom("file", OTHER))
    for key in (KEY, OTHER):
        database.write(lambda tx, key=key: tx.contents.forget("file", key))

    assert read(lambda tx: tx.contents.is_live("file", KEY))
    assert read(lambda tx: tx.contents.doomed()) == []


def test_doomed_placements_come_in_pages(database, read):
    for number in range(5):
        database.write(lambda tx, number=number: tx.contents.doom("file", f"{number:032x}"))
    first = read(lambda tx: tx.contents.doomed(limit=3))
    rest = read(lambda tx: tx.contents.doomed(after=first[-1].number, limit=3))

    assert [int(row.key, 16) for row in [*first, *rest]] == [0, 1, 2, 3, 4]


def test_many_bringing_and_dropping_the_same_bytes_at_once_count_right(
    database, project, at_once, deployment
):
    def session(number):
        for turn in range(5):
            key = f"{number * 100 + turn:032x}"
            content, _ = kept(database, project, key)
            database.write(lambda tx, content=content: tx.contents.release(content))

    failed = [each for each in at_once([lambda n=n: session(n) for n in range(8)]) if each]

    assert failed == []
    assert deployment.rows(tables.contents) == []
    assert {row.state for row in deployment.rows(tables.placements)} == {"doomed"}
    assert len(deployment.rows(tables.placements)) == 40
