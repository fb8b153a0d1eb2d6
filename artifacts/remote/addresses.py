"""Which addresses may be reached: the public ones, and those that an operator named.

An IPv6 address can carry an IPv4 address to which a gateway or the kernel will connect in the
end. What is carried is what counts.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from artifacts import errors

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Written out, since `is_global` of the standard library answers differently from one release to
# the next. From the IANA special-purpose address registries (RFC 6890), as of 2025.
_REFUSED_IPV4 = (
    "0.0.0.0/8",  # this network, unspecified: RFC 791, RFC 1122
    "10.0.0.0/8",  # private: RFC 1918
    "100.64.0.0/10",  # shared by carriers' NAT: RFC 6598
    "127.0.0.0/8",  # loopback: RFC 1122
    "168.63.129.16/32",  # Azure's channel between a guest and its host, though allotted as public
    "169.254.0.0/16",  # link-local, and the clouds' metadata: RFC 3927
    "172.16.0.0/12",  # private: RFC 1918
    "192.0.0.0/24",  # protocol assignments: RFC 6890
    "192.0.2.0/24",  # documentation: RFC 5737
    "192.88.99.0/24",  # 6to4 relays, deprecated: RFC 7526
    "192.168.0.0/16",  # private: RFC 1918
    "198.18.0.0/15",  # benchmarks: RFC 2544
    "198.51.100.0/24",  # documentation: RFC 5737
    "203.0.113.0/24",  # documentation: RFC 5737
    "224.0.0.0/4",  # multicast: RFC 5771
    "240.0.0.0/4",  # reserved, and broadcast: RFC 1112, RFC 919
)
_REFUSED_IPV6 = (
    # All but 2000::/3, which alone is global unicast (RFC 4291, IANA's IPv6 address space): the
    # unspecified ::, loopback ::1, discard-only 100::/64 (RFC 6666), local NAT64 64:ff9b:1::/48
    # (RFC 8215), segment routing 5f00::/16 (RFC 9602), unique local fc00::/7 (RFC 4193),
    # link-local fe80::/10 and multicast ff00::/8 (RFC 4291), site-local fec0::/10 (RFC 3879).
    "::/3",
    "4000::/2",
    "8000::/1",
    "2001::/23",  # protocol assignments, Teredo, ORCHID: RFC 2928
    "2001:db8::/32",  # documentation: RFC 3849
    "2002::/16",  # 6to4: RFC 3056
    "3fff::/20",  # documentation: RFC 9637
)
_REFUSED = tuple(ip_network(text) for text in _REFUSED_IPV4 + _REFUSED_IPV6)

# Forms of IPv6 that carry an IPv4 address in their last 32 bits.
_CARRIERS = tuple(
    IPv6Network(text)
    for text in (
        "::/96",  # IPv4-compatible: RFC 4291
        "::ffff:0:0/96",  # IPv4-mapped: RFC 4291
        "::ffff:0:0:0/96",  # IPv4-translated: RFC 2765
        "64:ff9b::/96",  # NAT64: RFC 6052
        "64:ff9b:1::/96",  # local NAT64 (RFC 8215); where the rest of its /48 has it, none can say
    )
)
_PLAIN = (IPv6Address("::"), IPv6Address("::1"))


def unwrapped(address: Address) -> tuple[Address, ...]:
    """The addresses that a connection to *address* would in truth speak to."""
    if isinstance(address, IPv4Address) or address in _PLAIN:
        return (address,)
    if any(address in carrier for carrier in _CARRIERS):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    return (address,)


class AddressRules:
    """Allow what is public, and what lies in one of *allowed_networks*."""

    def __init__(self, allowed_networks: Sequence[str] = ()) -> None:
        self._allowed = tuple(_network(text) for text in allowed_networks)

    def allow(self, address: Address) -> bool:
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return False
        return all(self._allow_unwrapped(real) for real in unwrapped(address))

    def allow_text(self, text: str) -> bool:
        """Judge an address as a resolver writes it; what is no address is not allowed."""
        try:
            return self.allow(ip_address(text))
        except ValueError:
            return False

    def _allow_unwrapped(self, address: Address) -> bool:
        if any(address in network for network in self._allowed):
            return True
        return not any(address in network for network in _REFUSED)


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise errors.Misconfigured(
            f"[remote] allowed_networks: {text} is not a network such as 192.0.2.0/24"
        ) from error
