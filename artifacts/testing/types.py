"""TypeContract: what every artifact type promises, one promise a test. Needs pytest."""

# ruff: noqa: S101 - these are tests, though they are installed with the package

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from artifacts.model import Artifact, Slot, schema
from artifacts.model.sight import Sight

NOW = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class TypeContract:
    """Inherit in a test class, and override `artifact_type`:

    class TestImage(TypeContract):
        @pytest.fixture
        def artifact_type(self):
            return Image
    """

    @pytest.fixture
    def artifact_type(self) -> type[Artifact]:
        raise NotImplementedError("override the fixture `artifact_type`")

    @pytest.fixture
    def draft(self, artifact_type: type[Artifact]) -> Artifact:
        return artifact_type.draft({"name": "a name"}, id=ID, owner="a project", now=NOW)

    def test_its_strict_schema_is_a_json_schema(self, artifact_type: type[Artifact]) -> None:
        Draft202012Validator.check_schema(schema.strict(artifact_type))

    def test_its_glare_schema_is_a_json_schema_too(self, artifact_type: type[Artifact]) -> None:
        Draft4Validator.check_schema(schema.glare(artifact_type))

    def test_its_schemas_are_json(self, artifact_type: type[Artifact]) -> None:
        for document in (schema.strict(artifact_type), schema.glare(artifact_type)):
            assert json.loads(json.dumps(document, allow_nan=False)) == document

    def test_it_says_what_it_and_each_of_its_fields_are(
        self, artifact_type: type[Artifact]
    ) -> None:
        unexplained = [name for name, field in artifact_type.fields.items() if not field.help]

        assert artifact_type.__doc__
        assert unexplained == []

    def test_a_draft_needs_nothing_but_a_name(self, draft: Artifact) -> None:
        assert (draft.name, draft.status, draft.owner) == ("a name", "drafted", "a project")

    def test_a_draft_is_what_the_strict_schema_describes(self, draft: Artifact) -> None:
        Draft202012Validator(schema.strict(type(draft))).validate(_shown(draft))

    def test_who_sees_none_of_its_protected_fields_is_told_of_none(self, draft: Artifact) -> None:
        protected = {name for name, field in draft.fields.items() if field.read}
        sight = Sight(hidden=frozenset(protected))
        seen = sight.of(draft)

        described = schema.strict(sight.of_type(type(draft)))
        assert not protected & (described["properties"].keys() | _shown(seen).keys())
        Draft202012Validator(described).validate(_shown(seen))
        assert seen.format_all(_shown(seen)) is not None

    def test_a_draft_survives_storage(self, draft: Artifact) -> None:
        fields = draft.fields
        stored = json.dumps({name: fields[name].to_json(at) for name, at in draft.values.items()})
        read = {name: fields[name].from_json(value) for name, value in json.loads(stored).items()}

        assert type(draft)(read, {}, draft.revision).values == draft.values

    def test_each_default_may_be_given(self, artifact_type: type[Artifact]) -> None:
        for field in artifact_type.own_fields.values():
            if field.default is not None:
                assert field.coerce(field.default) == field.default

    def test_each_blob_has_a_slot(self, artifact_type: type[Artifact]) -> None:
        for name, field in artifact_type.fields.items():
            if field.is_folder:
                assert artifact_type.slot(f"{name}/a/key") == Slot(name, "a/key")
            elif field.is_blob:
                assert artifact_type.slot(name) == Slot(name)


def _shown(artifact: Artifact) -> dict[str, Any]:
    shown = {name: artifact.fields[name].show(value) for name, value in artifact.values.items()}
    holders = {name: field for name, field in artifact.fields.items() if field.holds_blobs}
    return shown | {name: {} if field.is_folder else None for name, field in holders.items()}
