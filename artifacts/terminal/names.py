"""Names: of artifacts, as people write them, and of local files for other people's bytes."""

import re

from artifacts.client import Client, Document
from artifacts.client.answers import part

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNSAFE = re.compile(r"[^\w.+-]+")


def find_id(client: Client, type_name: str, artifact: str) -> str:
    """Return the id of the artifact with this id, or of the latest with this name."""
    if _ID.fullmatch(artifact):
        return artifact
    return part(client.find(type_name, artifact), "id", str)


def default_target(artifact: Document, slot: str) -> str:
    """Name a file after the artifact, and a key if there is one; always a plain, visible name."""
    field, _, key = slot.partition("/")
    name = part(artifact, "name", str)
    wanted = f"{name}-{key}" if key else name
    return _UNSAFE.sub("-", wanted).lstrip(".-") or field
