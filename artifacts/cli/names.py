"""Names of local files for bytes whose names other people chose."""

import re

from artifacts.client import Document
from artifacts.client.answers import part

_UNSAFE = re.compile(r"[^\w.+-]+")


def default_target(artifact: Document, slot: str) -> str:
    """Name a file after the artifact, and a key if there is one; always a plain, visible name."""
    field, _, key = slot.partition("/")
    name = part(artifact, "name", str)
    wanted = f"{name}-{key}" if key else name
    return _UNSAFE.sub("-", wanted).lstrip(".-") or field
