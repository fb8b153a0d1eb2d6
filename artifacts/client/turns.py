"""Turns: what to do when the server has had enough of our requests, and says when to send the next.

Such a request was refused before anything was done, so it may be sent again, whatever it asks for.
"""

import re

from urllib3.response import BaseHTTPResponse

TOO_MANY = 429
MOST = 3  # times that one request is sent again
LONGEST = 60  # seconds; who is told to wait longer is told so, and decides

_SECONDS = re.compile(r"[0-9]{1,5}")


def wait(answer: BaseHTTPResponse) -> int | None:
    """Return in how many seconds the request should be sent again; None if it should not be."""
    told = answer.headers.get("Retry-After", "").strip()
    if answer.status != TOO_MANY or not _SECONDS.fullmatch(told) or int(told) > LONGEST:
        return None
    return int(told)
