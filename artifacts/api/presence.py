"""Presence: whether the client still waits for what is done for it."""

import select
import socket
import ssl

import falcon

from artifacts import errors
from artifacts.model import Readable


class Attended:
    """The bytes of *source*, as long as the client of *req* has not hung up."""

    def __init__(self, source: Readable, req: falcon.Request) -> None:
        self._source = source
        self._socket: socket.socket | None = req.env.get("gunicorn.socket")

    def read(self, size: int = -1) -> bytes:
        if self._hung_up():
            raise errors.Invalid("the client went away")
        return self._source.read(size)

    def _hung_up(self) -> bool:
        """Whether the connection has ended: it can be read from, but there is nothing."""
        if self._socket is None or isinstance(self._socket, ssl.SSLSocket):
            return False
        readable = select.poll()
        readable.register(self._socket, select.POLLIN)
        return bool(readable.poll(0)) and not self._socket.recv(1, socket.MSG_PEEK)
