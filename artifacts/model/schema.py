"""Schema documents: one type, described strictly or in Glare's words."""

from typing import Any

from artifacts.model import lifecycle
from artifacts.model.artifact_type import ArtifactType

STRICT = "https://json-schema.org/draft/2020-12/schema"


def strict(artifact_type: type[ArtifactType]) -> dict[str, Any]:
    """Describe artifacts as they are answered from microversion 1.2 on, in JSON Schema 2020-12."""
    properties = {name: field.strict_schema() for name, field in artifact_type.fields.items()}
    return {
        "$schema": STRICT,
        **_heading(artifact_type),
        "required": ["name"],
        "properties": properties,
        "additionalProperties": artifact_type.open_ended,
    }


def glare(artifact_type: type[ArtifactType]) -> dict[str, Any]:
    """Describe the same in the words that clients of Glare compare literally."""
    properties = {name: field.glare_schema() for name, field in artifact_type.fields.items()}
    properties["visibility"] |= {"enum": list(lifecycle.GLARES)}
    return _heading(artifact_type) | {"required": ["name"], "properties": properties}


def _heading(artifact_type: type[ArtifactType]) -> dict[str, Any]:
    name, version = artifact_type.type_name, artifact_type.type_version
    return {
        "name": name,
        "display_name": artifact_type.type_display_name,
        "version": version,
        "title": f"Artifact type {name} of version {version}",
        "type": "object",
    }
