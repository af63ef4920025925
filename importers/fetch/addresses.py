"""Which network addresses a feed may lie at: those of the open internet, and no other.

A feed's address is written by people, and what stands behind a name may change between one look-up and the next. So it
is the address that is connected to that is looked at, after the name is resolved and before anything is sent, and each
address inside another one (IPv4-mapped, 6to4, Teredo, NAT64, ISATAP) is unwrapped and looked at too.

Sources: IANA special-purpose address registries for IPv4 and IPv6; RFC 6890, 6052 (NAT64), 3056 (6to4), 4380 (Teredo),
5214 (ISATAP), 6598 (shared address space).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

#: Not "global" to everybody's mind, whatever the version of Python says: metadata services of clouds, benchmarks, relays.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host: DHCP, DNS and the guest agent
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_COMPATIBLE = ip_network("::/96")  # IPv4-compatible, deprecated
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # the interface identifier's upper half


def is_public(address: Address) -> bool:
    """True where the address, and every address inside it, is one of the open internet."""
    return all(_is_open(one) for one in (address, *_inside(address)))


def parse(text: str) -> Address:
    """An address as the resolver writes it; a zone ("fe80::1%eth0") is left out. Raises ValueError."""
    return ip_address(text.partition("%")[0])


def _is_open(address: Address) -> bool:
    if isinstance(address, IPv6Address) and any(_wraps(address)):
        return True  # what is inside decides
    if any(address.version == network.version and address in network for network in _REFUSED):
        return False
    return address.is_global and not address.is_multicast


def _wraps(address: IPv6Address) -> Iterator[bool]:
    yield address.ipv4_mapped is not None
    yield address in _NAT64


def _inside(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (isinstance(_COMPATIBLE, IPv6Network) and address in _COMPATIBLE and number > 1):
        yield low
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        yield low
