"""Audit: what lists search artifacts by is what their documents say."""

import threading

import pytest
from sqlalchemy import delete, insert, update

from artifacts.db import tables
from artifacts.service.audit import Audit

artifact = tables.artifacts.c


@pytest.fixture
def several(life):
    """Artifacts with values of each kind, in each state."""
    plain = life.create("plain", tags=["one", "two"])
    life.create(
        "unicode \N{SNOWMAN}", version="1.2.3-alpha+build.5", tags=["\N{SNOWMAN}", "x" * 255]
    )
    active = life.create("active")
    life.upload(active, "blob", b"12345")
    gone = life.create("gone", tags=["three"])
    life.delete(gone)
    return plain


SPOILED = {
    "field_values": (
        delete(tables.field_values),
        update(tables.field_values).values(audience=77),
        update(tables.field_values).values(string="another", integer=None),
    ),
    "tags": (
        delete(tables.tags).where(tables.tags.c.tag == "one"),
        update(tables.tags).where(tables.tags.c.tag == "one").values(tag="another"),
        update(tables.tags).values(type=99),
    ),
    "version_key": (update(tables.artifacts).values(version_key="another"),),
    "audience": (update(tables.artifacts).values(audience=77),),
    "scope": (update(tables.artifacts).values(scope=None),),
}
CASES = [(what, number) for what, some in SPOILED.items() for number in range(len(some))]


def test_what_is_as_it_was_written_is_no_finding(several, audit):
    assert list(audit.run()) == []


@pytest.mark.parametrize(("what", "number"), CASES)
def test_what_differs_is_told_and_written_again(several, audit, spoil, life, what, number):
    spoil(SPOILED[what][number])
    told, mended = list(audit.run()), list(audit.run(repair=True))

    assert told
    assert {each.kind for each in [*told, *mended]} == {"values"}
    assert all(what in each.text and each.project == "project" for each in told)
    assert several.id in {each.artifacts[0].id for each in told}
    assert {each.repaired for each in told} == {False}
    assert {each.repaired for each in mended} == {True}
    assert list(audit.run()) == []


def test_rows_that_are_too_many_are_told(several, audit, spoil, deployment):
    row = deployment.rows(tables.tags)[0]
    spoil(insert(tables.tags).values(**(dict(row._mapping) | {"tag": "more"})))

    assert [each.text for each in audit.run(repair=True)] == [
        "tags do not say what the document says"
    ]


def test_a_name_that_was_taken_meanwhile_is_told_and_not_mended(life, audit, spoil):
    first = life.create("same")
    spoil(update(tables.artifacts).values(scope=None))
    second = life.create("same")
    (finding,) = audit.run(repair=True)

    assert (finding.kind, finding.repaired, finding.repairable) == ("values", False, False)
    assert "is taken" in finding.text
    life.delete(second)
    assert [each.repaired for each in audit.run(repair=True)] == [True]
    assert life.show(first).name == "same"


def test_a_document_that_cannot_be_read_is_told(life, audit, spoil, deployment):
    life.create("broken")
    (row,) = deployment.rows(tables.artifacts)
    spoil(update(tables.artifacts).values(document={**row.document, "moment": "never"}))
    found = list(audit.run(repair=True))
    spoil(update(tables.artifacts).values(document=row.document))

    assert [(each.kind, each.repaired) for each in found] == [("values", False)]


def test_a_type_that_has_changed_is_indexed_again(several, audit, spoil, deployment):
    mine = tables.types.c.name == "samples"
    spoil(update(tables.types).where(mine).values(fingerprint="of before"))
    spoil(delete(tables.field_values))

    assert [each.text for each in audit.run()] == [
        "type samples has changed since its artifacts were indexed"
    ]
    assert [each.repaired for each in audit.run(repair=True)] == [True]
    assert list(audit.run()) == []
    assert deployment.rows(tables.field_values)


def test_artifacts_of_a_type_that_is_not_enabled_keep_bytes_and_usage(
    deploy, deployment, life, spoil
):
    life.upload(life.create(), "blob", b"12345")
    without = deploy({"DEFAULT": {"enabled_artifact_types": "images"}})
    audit = Audit(without.parts.database, without.parts.pools, without.parts.scrub)

    assert list(audit.run(repair=True)) == []
    spoil(update(tables.contents).values(reference_count=2))
    spoil(update(tables.usage).values(bytes=7))
    assert [each.kind for each in audit.run(repair=True)] == ["references", "usage"]
    assert life.show(next(iter(deployment.rows(tables.artifacts)))).name == "name"


def test_artifacts_that_change_meanwhile_are_no_finding(life, audit):
    """Each table is read after the other; what is written between them must not be seen."""
    artifacts = [life.create(f"n{number}", tags=["a"]) for number in range(5)]
    stop = threading.Event()

    def change():
        turn = 0
        while not stop.is_set():
            turn += 1
            life.change(artifacts[turn % 5], tags=[f"t{turn}"], number=turn)

    changing = threading.Thread(target=change)
    changing.start()
    try:
        found = [finding for _ in range(15) for finding in audit.run()]
    finally:
        stop.set()
        changing.join()

    assert found == []
