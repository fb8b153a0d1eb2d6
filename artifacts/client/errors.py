"""All that can go wrong for a client, as a tree.

ClientError
├── NotReachable            the server does not answer, or stopped in the middle
│   └── NotTrusted          its certificate is not one that we trust for its name
├── NoEndpoint              Keystone knows of no artifact service for us
├── NotUnderstood           it answered, but not as an artifact service does
├── WrongBytes              bytes that came or went are not what was promised
├── Unreadable              a local file cannot be read as far as it should
├── PartTaken               a file that is not ours is where a download is to be kept
├── Ambiguous               several artifacts have the name
└── Refused                 the server said no; `status`, `type` and `message` say why
    ├── Invalid             400
    ├── Unauthenticated     401
    ├── Forbidden           403
    ├── NotFound            404
    ├── Conflict            409
    ├── TooLarge            413
    ├── RangeRefused        416
    ├── TooManyRequests     429
    └── ServerFailed        500 and above
"""

import json
from collections.abc import Sequence
from http import HTTPStatus


class ClientError(Exception):
    """Base of all; its text is one sentence that can be shown to a person."""


class NotReachable(ClientError):
    """The server does not answer, or stopped in the middle; trying again may help."""


class NotTrusted(NotReachable):
    """The server's certificate is not one that we trust for its name."""


class NoEndpoint(ClientError):
    """Keystone's catalog has no artifact service where we look for it."""


class NotUnderstood(ClientError):
    """Something answered, but not as an artifact service does."""


class WrongBytes(ClientError):
    """Bytes are not what was promised; the text gives both values."""


class Unreadable(ClientError):
    """What was to be uploaded cannot be read as far as it should."""


class PartTaken(ClientError):
    """What is where a download is to be kept was not put there by one of ours."""


class Ambiguous(ClientError):
    """Several artifacts have the name; `ids` are theirs."""

    def __init__(self, message: str, ids: Sequence[str]) -> None:
        super().__init__(message)
        self.ids = tuple(ids)


class Refused(ClientError):
    """The server answered with an error."""

    def __init__(self, message: str, *, status: int, type: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type


class Invalid(Refused):
    """The request says something that cannot be; the text names the field and the rule."""


class Unauthenticated(Refused):
    """The server does not know who is asking."""


class Forbidden(Refused):
    """The caller may know of it, but not do that."""


class NotFound(Refused):
    """There is no such thing, or none that this caller may know of."""


class Conflict(Refused):
    """The request was right, but somebody else was first."""


class TooLarge(Refused):
    """More bytes than a field, a folder or a quota allows."""


class RangeRefused(Refused):
    """There are no bytes where the download was to go on."""


class TooManyRequests(Refused):
    """The server takes no more requests from the caller for now; the text says until when."""


class ServerFailed(Refused):
    """The server could not do what was rightly asked of it."""


_BY_STATUS: dict[int, type[Refused]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    416: RangeRefused,
    429: TooManyRequests,
}


def refusal(status: int, body: bytes = b"", *, speaker: str = "the server") -> Refused:
    """Make the error that an answer's status and body tell of."""
    message, kind = _told(body)
    error = ServerFailed if status >= 500 else _BY_STATUS.get(status, Refused)
    return error(message or f"{speaker} answered {_phrase(status)}", status=status, type=kind)


def _told(body: bytes) -> tuple[str | None, str | None]:
    try:
        told = json.loads(body)["error"]
        return str(told["message"]), str(told["type"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None, None


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
