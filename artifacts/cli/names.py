"""Names of local files for bytes whose names other people chose."""

import re

from artifacts.client import Document

_UNSAFE = re.compile(r"[^\w.+-]+")


def default_target(artifact: Document, slot: str) -> str:
    """Name a file after the artifact, and a key if there is one; always a plain, visible name."""
    field, _, key = slot.partition("/")
    wanted = f"{artifact['name']}-{key}" if key else str(artifact["name"])
    return _UNSAFE.sub("-", wanted).lstrip(".-") or field
