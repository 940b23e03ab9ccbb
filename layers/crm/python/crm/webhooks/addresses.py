"""The IP addresses that a webhook may call: globally routable unicast addresses. Pure.

The networks are listed here, after IANA's special-purpose registries, instead of using
`ipaddress`: its `is_global` and `is_private` differ between versions of Python, and are wrong for
CGNAT, multicast and IPv6 addresses that embed an IPv4 address.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

_REFUSED_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata
        "169.254.0.0/16",  # link-local, metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]

_UNICAST_V6 = IPv6Network("2000::/3")
"""The allocated range of IPv6. Loopback, link-local, unique local (`fd00:ec2::254`), multicast,
mapped, compatible and NAT64 addresses lie outside."""

_REFUSED_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former 6bone
        "3fff::/20",  # documentation
    )
]

_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
"""The prefix of the IPv4 address in the lower half of an ISATAP address."""

_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = IPv6Address("::1")


def is_public(address: str) -> bool:
    """Return whether a string is a globally routable unicast address."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _REFUSED_V4)
    return (
        parsed is not None
        and parsed in _UNICAST_V6
        and not any(parsed in network for network in _REFUSED_V6)
        and (int(parsed) >> 32) & 0xFFFFFFFF not in _ISATAP
    )


def is_loopback(address: str) -> bool:
    """Return whether a string is a loopback address, in one of the two plain spellings."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv4Address):
        return parsed in _LOOPBACK_V4
    return parsed == _LOOPBACK_V6


def may_be_called(address: str, *, allow_loopback: bool) -> bool:
    return is_public(address) or (allow_loopback and is_loopback(address))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return the address; None for other strings, and for zoned addresses: never global."""
    try:
        return None if "%" in address else ip_address(address)
    except ValueError:
        return None
