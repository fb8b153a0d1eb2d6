"""Slots, the blobs that they hold, and the bytes that become blobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from artifacts.errors import Invalid, Mismatch
from artifacts.model.digests import SIZES

KiB = 1024
MiB = 1024 * KiB
GiB = 1024 * MiB

OCTETS = "application/octet-stream"  # the media type of bytes that say nothing of themselves

_LARGEST = 2**63 - 1


class Slot(NamedTuple):
    """The place for one blob: a field, and a key if the field is a dict of blobs."""

    field: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.field}/{self.key}" if self.key else self.field


@dataclass(frozen=True)
class Blob:
    """What a slot holds: bytes of ours, or an external URL; with what was measured of either."""

    size: int
    digests: Mapping[str, str]
    content_type: str | None
    external: bool = False
    url: str | None = None
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    status: str = "active"

    @property
    def summary(self) -> dict[str, object]:
        """What a revision remembers of it."""
        return {
            "sha256": self.sha256,
            "size": self.size,
            "content_type": self.content_type,
            "external": self.external,
            "url": self.url,
        }

    @property
    def md5(self) -> str | None:
        return self.digests.get("md5")

    @property
    def sha1(self) -> str | None:
        return self.digests.get("sha1")

    @property
    def sha256(self) -> str | None:
        return self.digests.get("sha256")

    @property
    def sha512(self) -> str | None:
        return self.digests.get("sha512")


class Readable(Protocol):
    """Bytes that come in; it may give fewer than it is asked for, and nothing at the end alone."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Expected:
    """What a caller expects of bytes, before they are there to be measured."""

    size: int | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: Mapping[str, object]) -> "Expected":
        """Read `size` and each digest; null is no expectation, other keys are left."""
        digests = {
            name: _digest(name, document[name]) for name in SIZES if document.get(name) is not None
        }
        return cls(_size(document.get("size")), digests)

    def check(self, size: int, digests: Mapping[str, str]) -> None:
        """Refuse what was measured when it is not what was expected, giving both."""
        if self.size is not None and self.size != size:
            raise Mismatch(f"size: expected {self.size} bytes, got {size}")
        for name, expected in self.digests.items():
            measured = digests.get(name, "none")
            if measured != expected:
                raise Mismatch(f"{name}: expected {expected}, got {measured}")


def _size(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():  # JSON Schema takes it for one, too
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise Invalid("size: must be a whole number of bytes, at least 0")
    return value


def _digest(name: str, value: object) -> str:
    digits = 2 * SIZES[name]
    if not isinstance(value, str) or len(value) != digits or set(value.lower()) - _HEXADECIMAL:
        raise Invalid(f"{name}: must be {digits} hexadecimal digits")
    return value.lower()


_HEXADECIMAL = set("0123456789abcdef")
