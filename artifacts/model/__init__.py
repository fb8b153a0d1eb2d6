"""What an artifact is: all that the author of a type imports."""

from artifacts.errors import Invalid
from artifacts.model.artifact import Artifact, Types
from artifacts.model.blob import Blob, Expected, GiB, KiB, MiB, Readable, Slot
from artifacts.model.fields import Field, field
from artifacts.model.handle import Caller, Handle
from artifacts.model.kinds import UUID
from artifacts.model.links import Link
from artifacts.model.setting import Setting
from artifacts.model.version import Version

__all__ = [
    "UUID",
    "Artifact",
    "Blob",
    "Caller",
    "Expected",
    "Field",
    "GiB",
    "Handle",
    "Invalid",
    "KiB",
    "Link",
    "MiB",
    "Readable",
    "Setting",
    "Slot",
    "Types",
    "Version",
    "field",
]
