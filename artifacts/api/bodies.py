"""Request bodies: JSON within bounds, and bytes as they come."""

import json
import time
from typing import Any

import falcon

from artifacts import errors
from artifacts.model import Readable
from artifacts.model.text import check_text
from artifacts.stores.base import BLOCK

SMALLEST_BLOCK = 16 * 1024  # of an upload that trickles in; a quick one is read in whole ones


def refuse(req: falcon.Request) -> None:
    """Refuse a body where none has a meaning; one that is chunked is let be, as in Glare."""
    if req.content_length:
        raise errors.Invalid("body: this request takes none")


def bare_type(req: falcon.Request) -> str:
    return (req.content_type or "").partition(";")[0].strip()


def check_type(req: falcon.Request, media_type: str) -> None:
    if bare_type(req) != media_type:
        raise errors.UnsupportedMediaType(f"Content-Type: must be {media_type}")


def read_json(req: falcon.Request) -> dict[str, Any] | list[Any]:
    """Return the body's object or list; raise Invalid if it is anything else."""
    most = req.context.limits.json_size
    body = _receive(_stream(req), most + 1)
    if len(body) > most:
        raise errors.TooLarge(f"body: at most {most} bytes of JSON are allowed")
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise errors.Invalid("body: must be JSON") from error
    if not isinstance(document, dict | list):
        raise errors.Invalid("body: must be a JSON object or list")
    check_text(document)
    return document


def _stream(req: falcon.Request) -> Readable:
    coding = req.get_header("Transfer-Encoding")
    if coding is not None and coding.strip().lower() != "chunked":
        raise errors.Invalid("Transfer-Encoding: only chunked is understood")
    # Falcon bounds a chunked body to nothing, so the server's own stream is read there.
    stream: Readable = req.stream if req.content_length is None else req.bounded_stream
    return stream


def _receive(stream: Readable, size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as error:  # each server has its own for a broken body
        raise errors.Invalid("body: the client stopped sending before its end") from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class UploadBody:
    """The bytes of an upload, of a declared length or chunked.

    A client that sends nothing for *patience* seconds, or goes away before the end, raises
    Invalid: what came so far is not what it meant to send. `timed` is false under a server that
    does not let us see such a silence.
    """

    def __init__(self, req: falcon.Request, patience: float) -> None:
        self.length = req.content_length
        self._stream = _stream(req)
        self._socket = req.env.get("gunicorn.socket")
        self.timed = self._socket is not None
        self._patience = patience
        self._size = 0
        self._block = SMALLEST_BLOCK

    def read(self, size: int = -1) -> bytes:
        """Read up to *size* bytes, and fewer from a slow client, so that it is seen to go on."""
        started = time.monotonic()
        block = self._receive(self._block if size < 0 else min(size, self._block))
        quick = time.monotonic() - started < self._patience / 8
        self._block = min(BLOCK, self._block * 2) if quick else SMALLEST_BLOCK
        self._size += len(block)
        if not block and size and self.length is not None and self._size != self.length:
            raise errors.Invalid(f"body: {self._size} of {self.length} bytes came")
        return block

    def _receive(self, size: int) -> bytes:
        if self._socket is None:
            return _receive(self._stream, size)
        self._socket.settimeout(self._patience)
        try:
            return _receive(self._stream, size)
        finally:
            self._socket.settimeout(None)
