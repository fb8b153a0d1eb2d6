"""Accel: lets the nginx in front send a file of a store by itself, by X-Accel-Redirect.

Who else is told of a file learns where it lies, and gets none of it. So nobody is but one of the
proxies, and only if it says, by naming the location, that it knows what to do with the answer.
"""

from collections.abc import Callable
from urllib.parse import quote

import falcon

HEADER = "X-Accel-Location"


class Accel:
    """Knows the internal *location*, and whether a request came *by_proxy*."""

    def __init__(self, location: str, by_proxy: Callable[[falcon.Request], bool]) -> None:
        self._location = location
        self._by_proxy = by_proxy

    def knows(self, req: falcon.Request) -> bool:
        """Whether who passed this request on sends files by itself."""
        return req.get_header(HEADER) == self._location and self._by_proxy(req)

    def path(self, store: str, file: str) -> str:
        return f"{self._location}{quote(store, safe='')}/{quote(file)}"
