"""Worker: gunicorn's threads, none of which waits for ever for a client that does nothing.

Gunicorn itself reads a request's head, and sends an answer, without any limit of time, and lingers
over what it closes in the one loop that accepts connections: a few dozen silent clients would
stop it.
"""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

SILENCE = 10.0  # seconds in the middle of a request; an upload's lease is a limit of its own
STANDSTILL = 60.0  # seconds in the middle of an answer in which the client takes nothing


class Connection(socket.socket):
    """A connection that ends, as if the client had gone, when the client does nothing."""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        with self._within(SILENCE):
            return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        with self._within(STANDSTILL):
            super().sendall(data, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        with self._within(STANDSTILL):
            return super().sendfile(file, offset, count)

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        if self.gettimeout() is not None:  # somebody has set a limit, or does not wait at all
            yield
            return
        self.settimeout(seconds)
        try:
            yield
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client does nothing") from error
        finally:
            self.settimeout(None)


class Worker(ThreadWorker):  # type: ignore[misc]
    def handle(self, conn: Any) -> Any:
        """Serve a request; close in this thread, since the main one has others to accept."""
        if not isinstance(conn.sock, Connection):
            conn.sock = Connection(fileno=conn.sock.detach())
        goes_on = super().handle(conn)
        if not goes_on:
            conn.close(graceful=True)
            conn.close = _closed
        return goes_on


def _closed(graceful: bool = False) -> None:
    """Stand in for the close that the main thread still asks for."""
