"""Worker: gunicorn's threads, none of which waits for ever for a client that does too little.

Gunicorn itself reads a request's head, and sends an answer, without any limit of time, and lingers
over what it closes in the one loop that accepts connections: a few dozen slow clients would stop
it.
"""

import errno
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from artifacts.watching import meters

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
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
        """Send *count* bytes of *file* piece by piece, each in its time; return how many went.

        Also if not all of them went, the file's position is behind the last of them.
        """
        left = os.fstat(file.fileno()).st_size - offset if count is None else count
        begin, end = offset, offset + left
        try:
            for sent in self._send_pieces(file, offset, end):
                offset += sent
        finally:
            file.seek(offset)
        return offset - begin

    def _send_pieces(self, file: Any, offset: int, end: int) -> Iterator[int]:
        """Send up to *end*, and yield how many bytes went each time."""
        room = select.poll()
        room.register(self, select.POLLOUT)
        piece, deadline = offset, 0.0
        self.settimeout(0)  # else it would wait here, for ever, until all has gone
        try:
            while offset < end:
                if offset == piece:
                    piece = min(offset + PIECE, end)
                    allowed = self.patience + (piece - offset) / self.slowest
                    deadline = time.monotonic() + allowed
                if not room.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    raise _gone()
                try:
                    sent = os.sendfile(self.fileno(), file.fileno(), offset, piece - offset)
                except BlockingIOError:
                    continue
                if sent == 0:
                    return
                offset += sent
                yield sent
        finally:
            self.settimeout(None)

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
    @classmethod
    def setup(cls) -> None:
        """Do before the first worker begins what must be done before it."""
        meters.of_family()  # which all of them share
        _hold_signals_at_fork()

    def init_signals(self) -> None:
        super().init_signals()
        _let_signals_in()

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse TLS, under which none of our limits would hold."""
        if cfg.is_ssl:
            raise RuntimeError("this worker speaks no TLS: let a proxy end it, or take `gthread`")
        super().check_config(cfg, log)

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

    def _cap_keepalive(self, deadline: float) -> None:
        """Let a stop wait neither for those who have sent something before, nor for the others."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


@cache
def _hold_signals_at_fork() -> None:
    """Let signals wait until a process that begins listens to them.

    Until then it has the handlers of the one that began it, which would lose them.
    """
    os.register_at_fork(before=_hold_signals, after_in_parent=_let_signals_in)


def _hold_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)


def _let_signals_in() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def _closed(graceful: bool = False) -> None:
    """Stand in for the close that the main thread still asks for."""
