"""What a client asks for the credentials of each request."""

from collections.abc import Mapping
from typing import Protocol


class Auth(Protocol):
    """Whoever has credentials for the endpoint; threads may share it."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that say who is asking now."""
        ...

    def renew(self) -> bool:
        """Forget credentials that were refused, and tell whether there may be better ones."""
        ...


class Fixed:
    """A token that somebody was given, if any."""

    def __init__(self, token: str | None) -> None:
        self._headers = {"X-Auth-Token": token} if token else {}

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def renew(self) -> bool:
        return False
