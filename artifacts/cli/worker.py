"""Worker: gunicorn's threads, none of which waits for ever for a client that does too little.

Gunicorn itself reads a request's head, and sends an answer, without any limit of time, and lingers
over what it closes in the one loop that accepts connections: a few dozen slow clients would stop
it.
"""

import errno
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

PIECE = 16 * 1024 * 1024  # of a file, which is sent in its own time


class Connection(socket.socket):
    """A connection that ends, as if the client had gone, when the client does too little.

    Whoever sets a timeout of its own is not limited further, as an upload does.
    """

    silence = 10.0  # seconds without a byte in the middle of a request
    patience = 60.0  # seconds for a head, and for a body that is a document
    slowest = 16 * 1024  # bytes a second that a client must take of an answer, on average

    deadline = float("inf")

    def expect_request(self) -> None:
        """Begin to count the time for the next head."""
        self.deadline = time.monotonic() + self.patience

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        with self._within(min(self.silence, self.deadline - time.monotonic())):
            return super().recv(size, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        with self._within(self.patience + len(data) / self.slowest):
            super().sendall(data, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send *count* bytes of *file* piece by piece, each in its time; return how many went."""
        left = os.fstat(file.fileno()).st_size - offset if count is None else count
        begin = offset
        while left > 0 and (sent := self._send_piece(file, offset, min(left, PIECE))):
            offset, left = offset + sent, left - sent
        return offset - begin

    def _send_piece(self, file: Any, offset: int, count: int) -> int:
        deadline = time.monotonic() + self.patience + count / self.slowest
        room = select.poll()
        room.register(self, select.POLLOUT)
        sent = 0
        self.settimeout(0)  # else it would wait here, for ever, until all has gone
        try:
            while sent < count:
                if not room.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    raise _gone()
                try:
                    done = os.sendfile(self.fileno(), file.fileno(), offset + sent, count - sent)
                except BlockingIOError:
                    continue
                if done == 0:
                    break
                sent += done
        finally:
            self.settimeout(None)
        return sent

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        if self.gettimeout() is not None:
            yield
            return
        self.settimeout(max(0.001, seconds))
        try:
            yield
        except TimeoutError as error:
            raise _gone() from error
        finally:
            self.settimeout(None)


def _gone() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "the client does too little")


class Worker(ThreadWorker):  # type: ignore[misc]
    def handle(self, conn: Any) -> Any:
        """Serve a request; close in this thread, since the main one has others to accept."""
        if not isinstance(conn.sock, Connection):
            conn.sock = Connection(fileno=conn.sock.detach())
        conn.sock.expect_request()
        goes_on = super().handle(conn)
        if not goes_on:
            conn.close(graceful=True)
            conn.close = _closed
        return goes_on


def _closed(graceful: bool = False) -> None:
    """Stand in for the close that the main thread still asks for."""
