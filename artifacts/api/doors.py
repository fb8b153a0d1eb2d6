"""Doors: what came in by the operators' port is theirs, and all else is everybody's."""

import socket
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Doors:
    """Which port it was, the connection itself says: a request's Host may say anything."""

    def __init__(self, public: Application, operators: Application, port: int) -> None:
        self._public = public
        self._operators = operators
        self._port = port

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        door = self._operators if self._is_theirs(environ) else self._public
        return door(environ, start_response)

    def _is_theirs(self, environ: dict[str, Any]) -> bool:
        connection = environ.get("gunicorn.socket")
        if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        return bool(connection.getsockname()[1] == self._port)
