"""How long, and for how many bytes, a stranger's server may keep us: asked at every receive."""

import io
import math
import socket
from time import monotonic

from urllib3.exceptions import ProtocolError


class Pace:
    """What is left of our patience with one server, in seconds and in bytes.

    Each receive from the socket asks for leave and reports what came. So a server gains nothing
    by sending a byte now and then, wherever in the conversation it does so.
    """

    def __init__(self, deadline: float, room: int) -> None:
        self._deadline = deadline
        self._room = room
        self._idle = math.inf
        self._min_rate = 0.0
        self._received = 0
        self._waited = 0.0

    def begin_body(self, deadline: float, idle: float, min_rate: float) -> None:
        """Now wait until *deadline*, *idle* seconds for a byte, and on average *min_rate* a second.

        The average is of the time spent waiting, and forgives one idle time at the start; a rate
        of 0 asks for none.
        """
        self._deadline, self._idle, self._min_rate = deadline, idle, min_rate
        self._received, self._waited = 0, 0.0

    def make_room(self, room: int) -> None:
        """Let the next step take *room* bytes from the wire."""
        self._room = room

    def patience(self) -> float:
        """How many seconds the next receive may wait."""
        if self._room <= 0:
            raise ProtocolError("more bytes came than this step can need")
        seconds = min(self._deadline - monotonic(), self._idle)
        if self._min_rate:
            earned = self._idle + self._received / self._min_rate
            seconds = min(seconds, earned - self._waited)
        if seconds <= 0:
            raise TimeoutError("the server is too slow")
        return seconds

    def spend(self, received: int, seconds: float) -> None:
        self._room -= received
        self._received += received
        self._waited += seconds


class PacedSocket(io.RawIOBase):
    """What comes from a socket, at a given pace; stands in for it where a file is made of it."""

    def __init__(self, connected: socket.socket, pace: Pace) -> None:
        self._connected = connected
        self._pace = pace
        self._file = connected.makefile("rb", buffering=0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._connected.settimeout(self._pace.patience())
        started = monotonic()
        received = self._file.readinto(buffer) or 0
        self._pace.spend(received, monotonic() - started)
        return received

    def close(self) -> None:
        self._file.close()
        super().close()
