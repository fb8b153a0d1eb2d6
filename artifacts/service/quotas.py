"""Quotas: how much a project may keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from artifacts.db.usage import UNLIMITED, Limits


@dataclass(frozen=True)
class Quotas:
    """The limits of the configuration: of every project, and of each type."""

    max_artifact_number: int = UNLIMITED
    max_uploaded_data: int = UNLIMITED
    by_type: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def limits(self, type_name: str) -> Limits:
        artifacts, size = self.by_type.get(type_name, (UNLIMITED, UNLIMITED))
        return Limits(self.max_artifact_number, self.max_uploaded_data, artifacts, size)
