"""Links: the URL of another artifact, or of a page elsewhere. Nothing is ever fetched here."""

import re
from typing import NewType
from urllib.parse import urlsplit

from artifacts.errors import Invalid

Link = NewType("Link", str)

PATTERN = r"^(?:https?://[^\s/]+\S*|/artifacts/[^/\s]+/[^/\s]+)$"
LONGEST = 2048
_INTERNAL = re.compile(r"/artifacts/[^/\s]+/([^/\s]+)")


def coerce(value: object) -> str:
    """Accept an http(s) URL, or `/artifacts/<type>/<id>`; whether that artifact is is not asked."""
    if not isinstance(value, str):
        raise Invalid("must be a link: a string")
    if value.startswith("http"):
        _check_external(value)
    elif target(value) is None:
        raise Invalid("must be an http or https URL, or /artifacts/<type>/<id>")
    return value


def target(link: str) -> str | None:
    """Return the id of the artifact that *link* leads to, or None when it leads elsewhere."""
    found = _INTERNAL.fullmatch(link)
    return found.group(1) if found else None


def _check_external(link: str) -> None:
    try:
        parts = urlsplit(link)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not link.isprintable() or any(character.isspace() for character in link):
        raise Invalid("must be a whole http or https URL")
