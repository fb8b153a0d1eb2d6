"""Common fields: what every artifact has, whatever its type."""

from datetime import datetime
from typing import Literal

from artifacts.model.artifact_type import ArtifactType
from artifacts.model.fields import field
from artifacts.model.kinds import UUID
from artifacts.model.version import Version


class CommonFields(ArtifactType, common=True):
    """The fields that a list over all types can show, filter and sort."""

    id: str = field(
        "Identifier, unique for ever.", system=True, sortable=True, nullable=False, pattern=UUID
    )
    name: str = field(
        "Name.",
        sortable=True,
        nullable=False,
        min_length=1,
        max_length=255,
        filters=("like", "eq", "neq", "in"),
    )
    owner: str = field(
        "Project that the artifact belongs to.", system=True, sortable=True, nullable=False
    )
    status: Literal["drafted", "active", "deactivated", "deleted"] = field(
        "Where in its life the artifact is.",
        mutable=True,
        sortable=True,
        nullable=False,
        default="drafted",
    )
    created_at: datetime = field("When it was created.", system=True, sortable=True, nullable=False)
    updated_at: datetime = field(
        "When it last changed.", system=True, sortable=True, mutable=True, nullable=False
    )
    activated_at: datetime | None = field("When it last became active.", system=True, sortable=True)
    description: str | None = field(
        "What it is, in words.", mutable=True, default="", max_length=4096, filters=()
    )
    tags: list[str] | None = field(
        "Words to find it by.",
        mutable=True,
        default=[],
        unique="drop",
        min_length=1,
        max_length=255,
        pattern="^[^,/]+$",
        filters=(),
    )
    metadata: dict[str, str] | None = field(
        "Anything else, as texts by name.", default={}, min_length=1, max_length=255
    )
    visibility: Literal["private", "public", "shared", "community"] = field(
        "Who may see it: its project, or everybody; its members, or who knows its id.",
        mutable=True,
        sortable=True,
        nullable=False,
        default="private",
    )
    version: Version = field("Semantic version.", sortable=True, nullable=False, default="0.0.0")
    display_type_name: str = field(
        "Name of its type, for people.",
        system=True,
        sortable=True,
        filters=("like", "eq", "neq", "in"),
    )
