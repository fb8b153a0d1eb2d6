"""Bytes of one slot on their way in: followed, resumed, verified, and only then named.

part? ── no ──> GET ────────────────────────────> append ──> verify ──> rename
  └─ yes ──> HEAD ──> GET Range, If-Range ──┘                └─ wrong ──> delete the part
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from artifacts.client.digests import Expected, digests_of
from artifacts.client.elsewhere import Elsewhere, host_of
from artifacts.client.errors import NotUnderstood, Refused, WrongBytes
from artifacts.client.incoming import Incoming, Written
from artifacts.client.part import Part, parts_beside
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
        """Fill the part of *target*, going on where it ends, and rename it when it is verified."""
        written = self._resumed(target) if resume and parts_beside(target) else None
        if written is None:
            written = self._fill(target, self._open({}))
        return Saved(target, written.size, written.sha256)

    def _resumed(self, target: Path) -> Written | None:
        """Complete what was left; None when it is no beginning of what the slot holds now."""
        try:
            headers = self._transport.head(self._path)
            start = Part(target, self._promised(headers).digests["sha256"]).size
            if not start:
                return None
            condition = {"If-Range": headers["ETag"]} if "ETag" in headers else {}
            incoming = self._open({"Range": f"bytes={start}-"}, condition, start)
            return self._fill(target, incoming)
        except (Refused, WrongBytes):
            return None

    def _fill(self, target: Path, incoming: Incoming) -> Written:
        written = Written(self._progress)
        part = Part(target, incoming.expected.digests["sha256"])
        with closing(incoming.answer), part.open() as file:
            written.reread(file, incoming.start)
            try:
                incoming.write_to(file, written)
            except WrongBytes:
                part.delete()
                raise
        part.finish()
        return written

    def _open(
        self, wanted: Mapping[str, str], condition: Mapping[str, str] | None = None, start: int = 0
    ) -> Incoming:
        answer = self._transport.open(self._path, {**wanted, **(condition or {})})
        server = self._transport.server
        if answer.status in REDIRECTS:
            answer.close()  # not drained: it may have no end
            url = answer.headers.get("Location", "")
            promised = self._completed(digests_of(answer.headers))
            answer, server = self._elsewhere.open(url, wanted), host_of(url)
        else:
            promised = self._promised(answer.headers)
        return Incoming.of(answer, server, start, promised)

    def _promised(self, headers: Mapping[str, str]) -> Expected:
        """What the answer's headers vouch for, or the artifact's document in their place."""
        digests = digests_of(headers)
        return Expected(None, digests) if "sha256" in digests else self._completed(digests)

    def _completed(self, told: Mapping[str, str]) -> Expected:
        """Add what the artifact's document says; what an answer's own headers say goes first."""
        recorded = self._recorded()
        digests = {**recorded.digests, **told}
        if "sha256" not in digests:
            raise NotUnderstood("the server tells no sha256 to verify the bytes with")
        return Expected(recorded.size, digests)
