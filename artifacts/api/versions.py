"""Microversions: which one a request asks for, and the document that lists them."""

import re
from typing import Any

import falcon

from artifacts import errors

Version = tuple[int, int]

OLDEST: Version = (1, 0)
NEWEST: Version = (1, 2)
# The microversions since which something is told or done that was not before.
STRICT_SCHEMAS: Version = (1, 2)
COUNT_ASKED_FOR: Version = (1, 2)
MORE_OF_BLOBS: Version = (1, 2)
CONTENT_MD5_IN_BASE64: Version = (1, 2)
UPLOADED_BLOBS_DELETED: Version = (1, 2)
USAGE_OF_QUOTAS: Version = (1, 2)
SHARING: Version = (1, 2)
URLS_OF_TAGS: Version = (1, 2)
POOLS: Version = (1, 2)
STATUS = {(1, 0): "SUPPORTED", (1, 1): "SUPPORTED", (1, 2): "CURRENT"}
MEDIA_TYPE = "application/vnd.openstack.artifacts-"
SERVICE = "artifact"
DOCUMENTATION = "http://docs.openstack.org/"

_WELL_FORMED = re.compile(r"([1-9][0-9]*)\.(0|[1-9][0-9]*)")


def text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def requested(req: falcon.Request) -> Version:
    """Return the microversion that a request asks for; the oldest if it asks for none."""
    asked = _from_accept(req.get_header("Accept") or "")
    if asked is None:
        asked = _from_header(req.get_header("OpenStack-API-Version") or "")
    return OLDEST if asked is None else parse(asked)


def parse(asked: str) -> Version:
    if asked == "latest":
        return NEWEST
    match = _WELL_FORMED.fullmatch(asked)
    if match is None or len(asked) > 20:
        raise errors.Invalid("version: must be `latest`, or a major and a minor number")
    version = (int(match[1]), int(match[2]))
    if not OLDEST <= version <= NEWEST:
        raise errors.UnsupportedVersion(
            f"version: {asked} is not between {text(OLDEST)} and {text(NEWEST)}"
        )
    return version


def _from_accept(accept: str) -> str | None:
    return accept.removeprefix(MEDIA_TYPE) if accept.startswith(MEDIA_TYPE) else None


def _from_header(header: str) -> str | None:
    """Return the last entry of our service in a list of `service version`."""
    entries = [entry.split() for entry in header.split(",")]
    ours = [entry[1] for entry in entries if len(entry) == 2 and entry[0].lower() == SERVICE]
    return ours[-1] if ours else None


class Versions:
    """`/` and `/versions`, by any method, for anybody."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = falcon.HTTP_300
        resp.media = {"versions": [_described(version) for version in STATUS]}

    on_head = on_post = on_put = on_patch = on_delete = on_options = on_get
    on_request = on_get  # any other method, also one that nobody knows


def _described(version: Version) -> dict[str, Any]:
    link = {"rel": "describedby", "type": "text/html", "href": DOCUMENTATION}
    return {
        "version": text(version),
        "status": STATUS[version],
        "links": [link],
        "media-type": MEDIA_TYPE + text(version),
    }
