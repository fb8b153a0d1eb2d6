"""The body of an answer, as it comes: counted, limited, never decoded and never held."""

import re
from functools import partial
from time import monotonic

from urllib3.exceptions import ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from artifacts import errors
from artifacts.remote.connection import FAILURES
from artifacts.remote.pace import Pace

BLOCK = 1 << 20
_FRAMING_ROOM = 65536
_GATHERING = 0.25
_SHOWABLE = re.compile(r"[ -~]{1,255}")


class Remote:
    """What a URL led to: the head's news of the body, and the body itself."""

    def __init__(
        self, response: BaseHTTPResponse, pace: Pace, final_url: str, max_size: int
    ) -> None:
        self._response = response
        self._pace = pace
        self._max_size = max_size
        self.received = 0
        self.final_url = final_url
        self.length: int | None = response.length_remaining
        self.content_type = self._header("content-type")
        self.etag = self._header("etag")
        self.last_modified = self._header("last-modified")
        self._check_size(self.length or 0)

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, those that come within a moment; below 0, all up to the end."""
        if size < 0:
            return b"".join(iter(partial(self.read, BLOCK), b""))
        block = bytearray()
        enough = monotonic() + _GATHERING
        while len(block) < size:
            piece = self._piece(size - len(block))
            block += piece
            if not piece or monotonic() > enough:
                break
        return bytes(block)

    def _piece(self, size: int) -> bytes:
        size = min(size, self._max_size - self.received + 1)
        self._pace.make_room(size + _FRAMING_ROOM)
        try:
            piece = self._response.read1(size, decode_content=False)
        except (TimeoutError, ReadTimeoutError) as error:
            raise errors.Unfetchable("url: its server sends the body too slowly") from error
        except FAILURES as error:
            raise errors.Unfetchable("url: the body broke off before its end") from error
        self.received += len(piece)
        self._check_size(self.received)
        return piece

    def _check_size(self, size: int) -> None:
        if size > self._max_size:
            raise errors.Unfetchable(f"url: the body is larger than {self._max_size} bytes")

    def _header(self, name: str) -> str | None:
        """A header that may be kept and shown; anything odd counts as absent."""
        value = self._response.headers.get(name, "").strip()
        return value if _SHOWABLE.fullmatch(value) else None
