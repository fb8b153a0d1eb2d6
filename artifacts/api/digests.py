"""Digest headers: RFC 9530's, and those of Glare."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import falcon
import http_sf

from artifacts import errors
from artifacts.api import versions
from artifacts.model import Blob, Expected
from artifacts.model.digests import SIZES

# RFC 9530's names of the algorithms, by ours; md5 and sha are deprecated there.
FIELD_NAMES = {"sha256": "sha-256", "sha512": "sha-512", "md5": "md5", "sha1": "sha"}
ALGORITHMS = {field_name: name for name, field_name in FIELD_NAMES.items()}

Digests = dict[str, str]


def declared(req: falcon.Request) -> Expected:
    """Return what an upload declares of its own bytes; raise Invalid if it cannot be read."""
    digests: Digests = {}
    for header in ("Repr-Digest", "Content-Digest"):
        if (value := req.get_header(header)) is not None:
            _add(digests, _of_dictionary(header, value), header)
    if (value := req.get_header("Content-MD5")) is not None:
        _add(digests, {"md5": _of_content_md5(value)}, "Content-MD5")
    return Expected(digests=digests)


def _add(digests: Digests, more: Digests, header: str) -> None:
    for name, digest in more.items():
        if digests.setdefault(name, digest) != digest:
            raise errors.Mismatch(f"{header}: {name} {digest} is not {digests[name]}")


def _of_dictionary(header: str, value: str) -> Digests:
    members = _dictionary(header, value)
    known = {name: members[field] for field, name in ALGORITHMS.items() if field in members}
    if not known:
        supported = ", ".join(ALGORITHMS)
        raise errors.Invalid(f"{header}: none of its algorithms is supported, of {supported}")
    return {name: _hexadecimal(header, name, digest) for name, digest in known.items()}


def _hexadecimal(header: str, name: str, digest: object) -> str:
    if not isinstance(digest, bytes) or len(digest) != SIZES[name]:
        raise errors.Invalid(f"{header}: {name} must be {SIZES[name]} bytes in base64")
    return digest.hex()


def _of_content_md5(value: str) -> str:
    """Read base64, as RFC 1864 says, or hexadecimal, as Glare's clients are told it."""
    try:
        digest = (
            bytes.fromhex(value) if len(value) == 32 else base64.b64decode(value, validate=True)
        )
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != SIZES["md5"]:
        raise errors.Invalid("Content-MD5: must be 16 bytes in base64")
    return digest.hex()


def _dictionary(header: str, value: str) -> Mapping[str, object]:
    try:
        parsed: Any = http_sf.parse(value.encode("latin-1"), tltype="dictionary")
    except (ValueError, UnicodeError) as error:
        raise errors.Invalid(f"{header}: must be a dictionary of RFC 9651") from error
    return {key: item[0] for key, item in parsed.items()}


def write(req: falcon.Request, resp: falcon.Response, blob: Blob) -> None:
    """Tell the digests of a blob that is answered, or that the answer redirects to."""
    if blob.md5 is not None:
        resp.set_header("Content-MD5", _content_md5(req.context.version, blob.md5))
    if blob.sha1 is not None:
        resp.set_header("X-Openstack-Glare-Content-SHA1", blob.sha1)
    if blob.sha256 is not None:
        resp.set_header("X-Openstack-Glare-Content-SHA256", blob.sha256)
    chosen = _wanted(req, blob)
    if chosen is not None:
        digest = bytes.fromhex(blob.digests[chosen])
        resp.set_header("Repr-Digest", http_sf.ser({FIELD_NAMES[chosen]: digest}))


def _content_md5(version: versions.Version, md5: str) -> str:
    if version < versions.CONTENT_MD5_IN_BASE64:
        return md5
    return base64.b64encode(bytes.fromhex(md5)).decode()


def _wanted(req: falcon.Request, blob: Blob) -> str | None:
    """Return the algorithm that the client prefers among those that were measured."""
    known = [name for name in FIELD_NAMES if name in blob.digests]
    asked = req.get_header("Want-Repr-Digest")
    if asked is None:
        return known[0] if known else None
    weights = _dictionary("Want-Repr-Digest", asked)
    wanted = {
        name: weight
        for name in known
        if isinstance(weight := weights.get(FIELD_NAMES[name]), int) and 1 <= weight <= 10
    }
    return max(wanted, key=lambda name: wanted[name]) if wanted else None
