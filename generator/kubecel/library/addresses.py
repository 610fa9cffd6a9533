"""Why Go refuses the text of an IP address or network, in its own words.

https://github.com/golang/go/blob/go1.24.0/src/net/netip/netip.go
"""

from __future__ import annotations

import json

from kubecel.pattern import Pattern
from kubecel.values import INT_MAX

_BITS = Pattern(r"(?:0|[1-9][0-9]{0,18})\Z")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_FIELDS = 8  # of 16 bits each


class Unreadable(ValueError):
    """A text that is no address; the message is Go's, `at` is the part of the text that it points at."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message + (f" (at {quoted(at)})" if at else ""))


def quoted(text: str) -> str:
    """A text as Go quotes it, near enough."""
    return json.dumps(text, ensure_ascii=False)


def check_prefix(text: str) -> None:
    """Raise Unreadable for a text that is no address with the length of a prefix."""
    address, slash, bits = text.rpartition("/")
    if not slash:
        raise Unreadable("no '/'")
    try:
        check(address)
    except Unreadable as error:
        raise Unreadable(f"ParseAddr({quoted(address)}): {error}") from None
    if "%" in address:
        raise Unreadable("IPv6 zones cannot be present in a prefix")
    if _BITS.match(bits) is None or int(bits) > INT_MAX:
        raise Unreadable(f"bad bits after slash: {quoted(bits)}")
    if int(bits) > (128 if ":" in address else 32):
        raise Unreadable("prefix length out of range")


def check(text: str) -> None:
    """Raise Unreadable for a text that is no address, be it with a zone."""
    first = next((character for character in text if character in ".:%"), "")
    if first == ".":
        _check_dotted(text)
    elif first == ":":
        _check_colons(text)
    else:
        raise Unreadable("missing IPv6 address" if first else "unable to parse IP")


def _check_dotted(text: str) -> None:
    value, digits, fields = 0, 0, 1
    for position, character in enumerate(text):
        if character in "0123456789":
            if digits == 1 and value == 0:
                raise Unreadable("IPv4 field has octet with leading zero")
            value, digits = value * 10 + int(character), digits + 1
            if value > 255:
                raise Unreadable("IPv4 field has value >255")
        elif character != ".":
            raise Unreadable("unexpected character", text[position:])
        elif not digits or position == len(text) - 1:
            raise Unreadable("IPv4 field must have at least one digit", text[position:])
        elif fields == 4:
            raise Unreadable("IPv4 address too long")
        else:
            value, digits, fields = 0, 0, fields + 1
    if fields < 4:
        raise Unreadable("IPv4 address too short")


def _check_colons(text: str) -> None:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        raise Unreadable("zone must be a non-empty string")
    shortened = rest.startswith("::")
    rest = rest[2:] if shortened else rest
    fields = 0
    while rest and fields < _FIELDS:
        length = _digits(rest)
        if rest[length : length + 1] == ".":
            _check_embedded(rest, fields, shortened=shortened)
            rest, fields = "", fields + 2
            break
        fields, rest = fields + 1, _after_colon(rest[length:])
        if rest.startswith(":"):
            if shortened:
                raise Unreadable("multiple :: in address", rest)
            shortened, rest = True, rest[1:]
    if rest:
        raise Unreadable("trailing garbage after address", rest)
    if fields < _FIELDS and not shortened:
        raise Unreadable("address string too short")
    if fields == _FIELDS and shortened:
        raise Unreadable("the :: must expand to at least one field of zeros")


def _digits(rest: str) -> int:
    """How many digits a field has."""
    length = next((at for at, character in enumerate(rest) if character not in _HEXADECIMAL), len(rest))
    if length > 4:
        raise Unreadable("each group must have 4 or less digits", rest)
    if not length:
        raise Unreadable("each colon-separated field must have at least one digit", rest)
    return length


def _after_colon(rest: str) -> str:
    if not rest:
        return ""
    if rest[0] != ":":
        raise Unreadable("unexpected character, want colon", rest)
    if len(rest) == 1:
        raise Unreadable("colon must be followed by more characters", rest)
    return rest[1:]


def _check_embedded(rest: str, fields: int, *, shortened: bool) -> None:
    if not shortened and fields != _FIELDS - 2:
        raise Unreadable("embedded IPv4 address must replace the final 2 fields of the address", rest)
    if fields > _FIELDS - 2:
        raise Unreadable("too many hex fields to fit an embedded IPv4 at the end of the address", rest)
    _check_dotted(rest)
