"""Addresses: from where a request came, as far as the proxies in between are believed."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import falcon

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Addresses:
    """Believes `X-Forwarded-For` as far as *proxies* wrote it: each adds who spoke to it, last."""

    def __init__(self, proxies: Collection[Network]) -> None:
        self._proxies = proxies

    def __call__(self, req: falcon.Request) -> str:
        told = str(req.env.get("REMOTE_ADDR") or "")
        hops = (req.get_header("X-Forwarded-For") or "").split(",")
        while hops and self._is_proxy(told):
            before = _address(hops.pop().strip())
            if before is None:
                break
            told = str(before)
        return told

    def is_among(self, req: falcon.Request, networks: Collection[Network]) -> bool:
        """Whether a request came from one of these networks."""
        address = _address(self(req))
        return address is not None and any(address in network for network in networks)

    def by_proxy(self, req: falcon.Request) -> bool:
        """Whether one of the proxies passed the request on."""
        return self._is_proxy(str(req.env.get("REMOTE_ADDR") or ""))

    def _is_proxy(self, told: str) -> bool:
        address = _address(told)
        return address is not None and any(address in network for network in self._proxies)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
