"""A URL as it may be fetched: read strictly, so that it means one thing to everybody.

Nothing is repaired. What two readers could take for two hosts is refused.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urljoin

from artifacts import errors

LONGEST = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

_LEGAL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True)
class Url:
    """Whom to ask, and for what: `host` is a name in lower case or an address, without brackets."""

    scheme: str
    host: str
    port: int
    target: str
    address: IPv4Address | IPv6Address | None = None

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(text: str, allowed_ports: Collection[int]) -> Url:
    """Read *text*, or raise Unfetchable with the rule it breaks."""
    if len(text) > LONGEST:
        raise _refusal(f"must be no longer than {LONGEST} characters")
    if not text.startswith(("http://", "https://")):
        raise _refusal("must start with http:// or https://")
    parts = _PARTS.fullmatch(text)
    if parts is None or not _LEGAL.fullmatch(text):
        raise _refusal("may hold only the characters of a URL; percent-encode all others")
    scheme, authority, path, query = parts.groups(default="")
    host, port = _split(authority)
    number = int(port or DEFAULT_PORTS[scheme])
    if number not in allowed_ports:
        raise _refusal(f"port {number} is not one of those that may be reached")
    address = _address(host)
    name = _name(host) if address is None else str(address)
    return Url(scheme, name, number, (path or "/") + query, address)


def follow(url: Url, location: str | None, allowed_ports: Collection[int]) -> Url:
    """Read where a redirect from *url* leads."""
    if location is None or not _LEGAL.fullmatch(location):
        raise _refusal("was redirected to no URL")
    found = parse(urljoin(str(url), location), allowed_ports)
    if (url.scheme, found.scheme) == ("https", "http"):
        raise _refusal("was redirected from https to http")
    return found


def _split(authority: str) -> tuple[str, str]:
    """Part the host, in lower case and without the dot of the root, from the port."""
    if "@" in authority:
        raise _refusal("must hold no user name and no password")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise _refusal("must name a host, and after a colon at most a port")
    host, port = match.groups(default="")
    return host.lower().removesuffix("."), port


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a literal address; None if *host* is a name."""
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1])
        # Whatever ends in a number is an address to inet_aton, hence to some resolvers.
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return IPv4Address(host)
    except AddressValueError as error:
        raise _refusal("an address must be four decimal numbers, or IPv6 in brackets") from error
    return None


def _name(host: str) -> str:
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise _refusal("must name a host by letters, digits, hyphens and dots")
    return host


def _refusal(rule: str) -> errors.Unfetchable:
    return errors.Unfetchable(f"url: {rule}")
