"""IP addresses and networks: `ip('10.0.0.1').family()`, `cidr('10.0.0.0/8').containsIP('10.1.2.3')`.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/ip.go
"""

from __future__ import annotations

import ipaddress

from kubecel.errors import EvalError, no_such_overload
from kubecel.library import addresses
from kubecel.signature import function, method
from kubecel.values import CIDR, IP

SINCE = (1, 31)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
_NO_NETWORK = "network address parse error during conversion from string: "


def _parse(text: str) -> Address:
    try:
        addresses.check(text)
    except addresses.Unreadable as error:
        told = f"ParseAddr({addresses.quoted(text)}): {error}"
        raise EvalError(
            f"IP Address {addresses.quoted(text)} parse error during conversion from string: {told}"
        ) from None
    if "%" in text:
        raise EvalError(f"IP address {addresses.quoted(text)} with zone value is not allowed")
    address = ipaddress.ip_address(text)
    _refuse_mapped(address, text)
    return address


def _refuse_mapped(address: Address, text: str) -> None:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise EvalError(f"IPv4-mapped IPv6 address {addresses.quoted(text)} is not allowed")


def _parse_network(text: str) -> Interface:
    try:
        addresses.check_prefix(text)
    except addresses.Unreadable as error:
        raise EvalError(f"{_NO_NETWORK}{_NO_NETWORK}netip.ParsePrefix({addresses.quoted(text)}): {error}") from None
    interface = ipaddress.ip_interface(text)
    try:
        _refuse_mapped(interface.ip, text)
    except EvalError as error:
        raise EvalError(f"{_NO_NETWORK}{error}") from None
    return interface


def _valid(text: str) -> bool:
    try:
        _parse(text)
    except EvalError:
        return False
    return True


def _valid_network(text: str) -> bool:
    try:
        _parse_network(text)
    except EvalError:
        return False
    return True


def _multicast_link_local(ip: IP) -> bool:
    packed: bytes = ip.value.packed
    return packed[:3] == b"\xe0\0\0" if len(packed) == 4 else packed[0] == 0xFF and packed[1] & 0x0F == 2


def _link_local(ip: IP) -> bool:
    packed: bytes = ip.value.packed
    return packed[:2] == b"\xa9\xfe" if len(packed) == 4 else packed[0] == 0xFE and packed[1] & 0xC0 == 0x80


def _global_unicast(ip: IP) -> bool:
    address = ip.value
    if address.is_unspecified or address.is_loopback or address.is_multicast or _link_local(ip):
        return False
    return bool(address.packed != b"\xff\xff\xff\xff")


def _contains_text(cidr: CIDR, text: str) -> bool:
    if not _valid(text):
        raise no_such_overload()
    return _contains(cidr, _parse(text))


def _contains(cidr: CIDR, address: Address) -> bool:
    return address in cidr.value.network


def _contains_network(cidr: CIDR, other: Interface) -> bool:
    own = cidr.value.network
    return own.version == other.version and other.network.prefixlen >= own.prefixlen and other.ip in own


def _text(cidr: CIDR) -> str:
    return f"{cidr.value.ip}/{cidr.value.network.prefixlen}"


def _masked(cidr: CIDR) -> CIDR:
    network = cidr.value.network
    return CIDR(ipaddress.ip_interface((network.network_address, network.prefixlen)))


OVERLOADS = (
    function("ip(string) -> IP", lambda text: IP(_parse(text)), SINCE),
    function("isIP(string) -> bool", _valid, SINCE),
    function("ip.isCanonical(string) -> bool", lambda text: str(_parse(text)) == text, SINCE),
    function("string(IP) -> string", lambda ip: str(ip.value), SINCE),
    method("IP", "family() -> int", lambda ip: ip.value.version, SINCE),
    method("IP", "isUnspecified() -> bool", lambda ip: ip.value.is_unspecified, SINCE),
    method("IP", "isLoopback() -> bool", lambda ip: ip.value.is_loopback, SINCE),
    method("IP", "isLinkLocalMulticast() -> bool", _multicast_link_local, SINCE),
    method("IP", "isLinkLocalUnicast() -> bool", _link_local, SINCE),
    method("IP", "isGlobalUnicast() -> bool", _global_unicast, SINCE),
    function("cidr(string) -> CIDR", lambda text: CIDR(_parse_network(text)), SINCE),
    function("isCIDR(string) -> bool", _valid_network, SINCE),
    function("string(CIDR) -> string", _text, SINCE),
    method("CIDR", "containsIP(string) -> bool", _contains_text, SINCE),
    method("CIDR", "containsIP(IP) -> bool", lambda cidr, ip: _contains(cidr, ip.value), SINCE),
    method(
        "CIDR", "containsCIDR(string) -> bool", lambda cidr, text: _contains_network(cidr, _parse_network(text)), SINCE
    ),
    method("CIDR", "containsCIDR(CIDR) -> bool", lambda cidr, other: _contains_network(cidr, other.value), SINCE),
    method("CIDR", "ip() -> IP", lambda cidr: IP(cidr.value.ip), SINCE),
    method("CIDR", "prefixLength() -> int", lambda cidr: cidr.value.network.prefixlen, SINCE),
    method("CIDR", "masked() -> CIDR", _masked, SINCE),
)
