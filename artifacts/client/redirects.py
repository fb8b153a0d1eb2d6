"""Redirects of Keystone: a password is told to no server that another one names."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from requests import Response

from artifacts.client.errors import ClientError

REDIRECTS = (301, 302, 303, 305, 307, 308)


def check_stays(answer: Response, **_: Any) -> None:
    """Raise if Keystone sends us to another server; a hook of requests for responses."""
    target = urljoin(answer.url, answer.headers.get("Location", ""))
    if answer.status_code in REDIRECTS and _origin(target) != _origin(answer.url):
        scheme, host, port = _origin(target)
        raise ClientError(
            f"Keystone sends us on to {scheme}://{host}:{port}, which is told no password: "
            "name that one, if it is meant"
        )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
