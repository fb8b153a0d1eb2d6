"""Options of single types: a store of their own, deletion of their own, and what types declare."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from artifacts import plugins
from artifacts.cli import sample
from artifacts.db import tables
from artifacts.errors import Invalid, Misconfigured

SETTINGS = {
    "custom_artifact_types_modules": "sample_types, setting_types",
    "enabled_artifact_types": "samples, configured",
}
STORES = {"DEFAULT": {"enabled_stores": "file, memory"}}


@pytest.fixture
def configured(deploy, caller, live):
    """Deploy a service with those options of the type, and return the verbs on it."""

    def start(**options):
        parts = deploy({"DEFAULT": SETTINGS, "artifact_type:configured": options}).parts
        return live(parts, caller, "configured")

    return start


@pytest.mark.parametrize(
    ("options", "described"),
    [
        ({}, "hello 5"),
        ({"most": 7}, "hello 7"),
        ({"greeting": "good day", "loud": True}, "GOOD DAY"),
    ],
)
def test_a_type_reads_its_settings_as_attributes(configured, options, described):
    assert configured(**options).create().description == described


def test_two_services_of_one_process_have_their_own(configured):
    first, second = configured(most=1), configured(most=2)

    assert first.create("first").description == "hello 1"
    assert second.create("second").description == "hello 2"
    assert first.parts.types["configured"].type_display_name == "Configured Things"


def test_a_value_that_is_none_stops_the_start(configured):
    with pytest.raises(Misconfigured, match="most"):
        configured(most="many")


def test_a_required_setting_that_is_not_set_stops_the_start(deploy):
    with pytest.raises(Misconfigured, match=r"\[artifact_type:demanding\] password: must be set"):
        deploy({"DEFAULT": {**SETTINGS, "enabled_artifact_types": "demanding"}})

    section = {"artifact_type:demanding": {"password": "x"}}
    deploy({"DEFAULT": {**SETTINGS, "enabled_artifact_types": "demanding"}, **section})


@pytest.mark.parametrize("option", ["delayed_delete", "max_artifact_number", "max_uploaded_data"])
def test_an_option_of_a_type_that_cannot_be_read_stops_the_start(deploy, option):
    with pytest.raises(Misconfigured, match=option):
        deploy({"artifact_type:samples": {option: "perhaps"}})


class TestStore:
    """A type's bytes go to the store that was named when its artifact was created."""

    def stores(self, deployment):
        return sorted(row.store for row in deployment.rows(tables.placements))

    def test_of_its_own_beats_that_of_all(self, deploy, caller, live):
        deployment = deploy({**STORES, "artifact_type:samples": {"default_store": "memory"}})
        of_type = live(deployment.parts, caller)
        others = live(deployment.parts, caller, "images")
        of_type.upload(of_type.create(), "blob", b"one")
        image = others.create("image")
        others.upload(image, "image", b"two")

        assert self.stores(deployment) == ["file", "memory"]
        assert others.read(image, "image") == b"two"

    def test_stays_for_artifacts_that_were_there_before(self, deploy, caller, live):
        before = live(deploy(STORES).parts, caller)
        artifact = before.create()
        deployment = deploy({**STORES, "artifact_type:samples": {"default_store": "memory"}})
        after = live(deployment.parts, caller)
        after.upload(artifact, "blob", b"one")

        assert self.stores(deployment) == ["file"]
        assert before.read(artifact, "blob") == b"one"

    def test_that_is_not_enabled_stops_the_start(self, deploy):
        with pytest.raises(
            Misconfigured,
            match=r"\[artifact_type:samples\] default_store: there is no store memory",
        ):
            deploy({"artifact_type:samples": {"default_store": "memory"}})


@pytest.mark.parametrize(("of_all", "of_type", "kept"), [
    (False, True, 1), (True, False, 0), (True, None, 1), (False, None, 0),
])  # fmt: skip
def test_delayed_delete_of_a_type_beats_that_of_all(deploy, caller, live, of_all, of_type, kept):
    section = {} if of_type is None else {"delayed_delete": of_type}
    deployment = deploy({"DEFAULT": {"delayed_delete": of_all}, "artifact_type:samples": section})
    life = live(deployment.parts, caller)
    life.delete(life.create())

    assert len(deployment.rows(tables.artifacts)) == kept


def test_settings_of_installed_types_are_in_the_sample(monkeypatch):
    found = plugins.find_types(["setting_types"])
    monkeypatch.setattr(plugins, "find_types", lambda *args: found)
    groups = dict(sample.list_opts())

    assert [each.name for each in groups["artifact_type:configured"]] == [
        "greeting", "most", "loud",
    ]  # fmt: skip


def test_the_page_for_authors_shows_a_type_with_settings():
    page = (Path(__file__).parents[1] / "docs" / "writing-a-type.md").read_text()
    section = page.partition("\n## Options of a type\n")[2]
    found: dict[str, Any] = {}
    exec(section.partition("```python\n")[2].partition("```")[0], found)
    report = found["Report"].configured({"footer": "the end", "longest": 3})
    draft = report.draft({"name": "x"}, id=str(uuid4()), owner="a project", now=datetime.now(UTC))
    draft.before_activate()
    draft.summary = "long"

    assert (found["Report"].footer, draft.description) == ("- end -", "the end")
    with pytest.raises(Invalid, match="at most 3"):
        draft.before_activate()
