"""Bytes of one slot on their way in: followed, resumed, verified, and only then named.

part? ── no ──> GET ────────────────────────────> append ──> verify ──> rename
  └─ yes ──> HEAD ──> GET Range, If-Range ──┘                └─ wrong ──> delete the part
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from artifacts.client.digests import Expected, digests_of
from artifacts.client.elsewhere import Elsewhere, host_of
from artifacts.client.errors import NotUnderstood, RangeRefused, WrongBytes
from artifacts.client.incoming import Incoming, Written
from artifacts.client.transport import REDIRECTS, Transport
from artifacts.client.upload import Progress


@dataclass(frozen=True)
class Saved:
    """What a download brought; `path` is None when it went into an open file."""

    path: Path | None
    size: int
    sha256: str


class Download:
    """The bytes of one slot, wherever they are kept."""

    def __init__(
        self,
        transport: Transport,
        elsewhere: Elsewhere,
        path: str,
        recorded: Callable[[], Expected],
        progress: Progress | None,
    ) -> None:
        """*recorded* reads what the artifact's document says of the blob."""
        self._transport = transport
        self._elsewhere = elsewhere
        self._path = path
        self._recorded = recorded
        self._progress = progress

    def to_stream(self, target: BinaryIO) -> Saved:
        """Write to *target* as the bytes come; WrongBytes at the end cannot take them back."""
        written = Written(self._progress)
        self._open({}).write_to(target, written)
        return Saved(None, written.size, written.sha256)

    def to_path(self, target: Path, *, resume: bool) -> Saved:
        """Fill `<target>.part`, going on where it ends, and rename it when it is verified."""
        part = target.with_name(target.name + ".part")
        written = self._resumed(part) if resume else None
        if written is None:
            written = self._fill(part, self._open({}))
        part.replace(target)
        return Saved(target, written.size, written.sha256)

    def _resumed(self, part: Path) -> Written | None:
        """Complete *part*; None when it is no beginning of what the slot holds now."""
        start = part.stat().st_size if part.is_file() else 0
        if not start:
            return None
        etag = self._transport.head(self._path).get("ETag")
        condition = {"If-Range": etag} if etag else {}
        try:
            return self._fill(part, self._open({"Range": f"bytes={start}-"}, condition, start))
        except (RangeRefused, WrongBytes):
            return None

    def _fill(self, part: Path, incoming: Incoming) -> Written:
        written = Written(self._progress)
        with part.open("r+b" if incoming.start else "wb") as file:
            written.reread(file, incoming.start)
            try:
                incoming.write_to(file, written)
            except WrongBytes:
                part.unlink()
                raise
        return written

    def _open(
        self, wanted: Mapping[str, str], condition: Mapping[str, str] | None = None, start: int = 0
    ) -> Incoming:
        answer = self._transport.open(self._path, {**wanted, **(condition or {})})
        server = self._transport.server
        promised = Expected(None, digests_of(answer.headers))
        if answer.status in REDIRECTS:
            answer.drain_conn()
            url = answer.headers.get("Location", "")
            promised = self._completed(promised)
            answer, server = self._elsewhere.open(url, wanted), host_of(url)
        elif "sha256" not in promised.digests:
            promised = self._completed(promised)
        return Incoming.of(answer, server, start, promised)

    def _completed(self, promised: Expected) -> Expected:
        """Add what the artifact's document says; what an answer's own headers say goes first."""
        recorded = self._recorded()
        digests = {**recorded.digests, **promised.digests}
        if "sha256" not in digests:
            raise NotUnderstood("the server tells no sha256 to verify the bytes with")
        return Expected(recorded.size, digests)
