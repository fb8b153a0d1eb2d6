"""Sizes and digests that bytes are held to, and how HTTP headers write them (RFC 9530)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from artifacts.client.errors import ClientError, WrongBytes

_HEADER_NAMES = {"sha256": "sha-256", "sha512": "sha-512", "sha1": "sha", "md5": "md5"}
ALGORITHMS = tuple(_HEADER_NAMES)  # by which bytes can be held to what is expected
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_MEMBER = re.compile(r"\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]*):\s*")


@dataclass(frozen=True)
class Expected:
    """What bytes should be; a size or digest that is not known is not checked."""

    size: int | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def check(self, what: str, size: int, digests: Mapping[str, str]) -> None:
        """Raise WrongBytes unless *size* and those of *digests* that we know agree."""
        if self.size is not None and self.size != size:
            raise WrongBytes(f"{what}: {size} bytes came, {self.size} were promised")
        for name, value in self.digests.items():
            if name in digests and digests[name] != value.lower():
                raise WrongBytes(f"{what}: {name} is {digests[name]}, {value} was promised")


def is_sha256(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def repr_digest(digests: Mapping[str, str]) -> str:
    """Write hex *digests* by hashlib name as a Repr-Digest header."""
    return ", ".join(_member(name, value) for name, value in digests.items())


def _member(name: str, value: str) -> str:
    if name not in _HEADER_NAMES:
        raise ClientError(f"{name}: is none of {', '.join(_HEADER_NAMES)}")
    try:
        return f"{_HEADER_NAMES[name]}=:{base64.b64encode(bytes.fromhex(value)).decode()}:"
    except ValueError as error:
        raise ClientError(f"{name}: {value!r} is no hexadecimal digest") from error


def digests_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Read the digests that an answer's headers promise, as hex by hashlib name."""
    told = _from_repr_digest(headers.get("Repr-Digest", ""))
    sha256 = headers.get("X-Openstack-Glare-Content-SHA256")
    if sha256:
        told.setdefault("sha256", sha256.lower())
    if not is_sha256(told.get("sha256")):
        told.pop("sha256", None)
    return told


def _from_repr_digest(header: str) -> dict[str, str]:
    names = {written: name for name, written in _HEADER_NAMES.items()}
    members = (_MEMBER.fullmatch(member) for member in header.split(","))
    told = {}
    for member in members:
        if member and member[1] in names:
            try:
                told[names[member[1]]] = base64.b64decode(member[2], validate=True).hex()
            except binascii.Error:
                continue
    return told
