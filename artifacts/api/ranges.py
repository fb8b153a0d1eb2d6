"""Range -> parts of a blob (RFC 9110, section 14)."""

import re
from typing import NamedTuple

from artifacts import errors

MOST = 32  # ranges in one request; nobody who wants a few parts needs more
_SPEC = re.compile(r"[ \t]*(\d{0,19})-(\d{0,19})[ \t]*")


class Part(NamedTuple):
    """Bytes from *start* up to, and without, *end*."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.end - 1}/{size}"


def parse(header: str | None, size: int) -> list[Part] | None:
    """Return the parts asked for; None if the whole is to be sent.

    A unit or a syntax that is not ours is ignored, as the RFC asks. Parts that overlap are
    merged, so that no request makes us send more than the whole. Raise RangeNotSatisfiable if
    no part overlaps the bytes.
    """
    unit, separator, specs = (header or "").partition("=")
    if not separator or unit.strip().lower() != "bytes":
        return None
    matches = [_SPEC.fullmatch(spec) for spec in specs.split(",")[: MOST + 1] if spec.strip()]
    if not matches or len(matches) > MOST or not all(matches):
        return None
    bounds = [(match[1], match[2]) for match in matches if match]
    if any(_nonsense(first, last) for first, last in bounds):
        return None
    parts = [part for first, last in bounds if (part := _part(first, last, size)).length > 0]
    if not parts:
        raise errors.RangeNotSatisfiable(f"Range: the blob has {size} bytes", size)
    return _merged(parts)


def _nonsense(first: str, last: str) -> bool:
    return not (first or last) or bool(first and last and int(last) < int(first))


def _part(first: str, last: str, size: int) -> Part:
    if not first:
        return Part(max(0, size - int(last)), size)
    return Part(int(first), min(size, int(last) + 1) if last else size)


def _merged(parts: list[Part]) -> list[Part]:
    """Merge parts that touch, keeping the order in which the rest were asked for."""
    merged: list[Part] = []
    for part in parts:
        for place, other in enumerate(merged):
            if part.start <= other.end and other.start <= part.end:
                merged[place] = Part(min(part.start, other.start), max(part.end, other.end))
                break
        else:
            merged.append(part)
    return merged if len(merged) == len(parts) else _merged(merged)
