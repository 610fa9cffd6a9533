"""The formats of strings that the server checks in a custom resource; a format that it does not know says nothing.

https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/strfmt
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Mapping

from kubecel import regex
from kubecel.errors import EvalError
from kubecel.library import time, url
from kubecel.pattern import Pattern

__all__ = ["holds"]

Check = Callable[[str], bool]
Version = tuple[int, int]

_HOSTNAME = (
    r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}]"
    r"(([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$"
)
_UUID = r"[0-9a-f]{{8}}-?[0-9a-f]{{4}}-?{0}[0-9a-f]{{3}}-?{1}[0-9a-f]{{3}}-?[0-9a-f]{{12}}"
_CARD = (
    r"4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}"
    r"|(2131|1800|35[0-9]{3})[0-9]{11}"
)
_COLOUR = r"\s*(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])\s*"
_BASE64 = r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")
_PERIOD = re.compile(r"(?<![0-9])([0-9]++)[\t\n\f\r ]*+([A-Za-zµ]++)")
_UNITS = (
    ("ns", "nano"), ("us", "µs", "micro"), ("ms", "milli"), ("s", "sec"), ("m", "min"), ("h", "hr", "hour"),
    ("d", "day"), ("w", "wk", "week"),
)  # fmt: skip
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]++"
_LOCAL = rf'({_ATOM}(\.{_ATOM})*|"([^"\\\r\n]|\\[^\r\n])*")'
_ADDRESS = rf"{_LOCAL}@({_ATOM}(\.{_ATOM})*|\[[^\[\]\\\s]*\])"
_WORD = rf'("([^"\\]|\\.)*"|{_ATOM}(\.{_ATOM})*\.?)'
_EMAIL = rf"\s*({_ADDRESS}|({_WORD}(\s+{_WORD})*)?\s*<{_ADDRESS}>)\s*"
_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def holds(name: str, text: str, version: Version) -> bool:
    """Whether a text has a format as a server of that version sees it."""
    plain = name.replace("-", "")
    if plain in _LATER and version < _LATER[plain]:
        return True
    check = _CHECKS.get(plain)
    return check is None or check(text)


def _shape(pattern: str, flags: int = re.ASCII, *, most: int | None = None) -> Check:
    compiled = Pattern(pattern, flags)
    return lambda text: (most is None or len(text) <= most) and compiled.fullmatch(text) is not None


def _uuid(version: str) -> Check:
    """A UUID of one version; those of versions 4 and 5 also tell their variant."""
    variant = "[89ab]" if version in ("4", "5") else "[0-9a-f]"
    return _shape(_UUID.format(version or "[0-9a-f]", variant), re.ASCII | re.IGNORECASE)


def _hostname(text: str) -> bool:
    if len(text.encode(errors="replace")) > 255 or regex.search(_HOSTNAME, text) is None:
        return False
    return all(len(part.encode(errors="replace")) <= 63 for part in text.split("."))


def _uri(text: str) -> bool:
    try:
        url.parse_request(text)
    except EvalError:
        return False
    return True


# --- addresses ----------------------------------------------------------------------------------------------------


def _sloppy(text: str) -> str:
    """An address without the zeros that Go's older parser let stand before a number."""
    head, colon, tail = text.rpartition(":")
    parts = tail.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return text
    return head + colon + ".".join(part.lstrip("0") or "0" for part in parts)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _ipv4(text: str) -> bool:
    return "." in text and _is_address(_sloppy(text))


def _ipv6(text: str) -> bool:
    return ":" in text and _is_address(text)


def _cidr(text: str) -> bool:
    address, slash, length = text.partition("/")
    address = _sloppy(address)
    if not slash or not _is_address(address) or not (length.isascii() and length.isdigit()):
        return False
    return int(length[:9]) <= (128 if ":" in address else 32)


def _mac(text: str) -> bool:
    """Six, eight or twenty bytes; since Go 1.26 also without anything between them."""
    if re.fullmatch(r"[0-9A-Fa-f]{12}|[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40}", text):
        return True
    for separator, digits in ((":", 2), ("-", 2), (".", 4)):
        parts = text.split(separator)
        if len(parts) * digits // 2 in (6, 8, 20) and all(
            re.fullmatch(f"[0-9A-Fa-f]{{{digits}}}", part) for part in parts
        ):
            return True
    return False


# --- numbers of things --------------------------------------------------------------------------------------------


def _isbn10(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text, flags=re.ASCII)
    if re.fullmatch(r"[0-9]{9}[0-9X]", digits) is None:
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return (sum((place + 1) * value for place, value in enumerate(values[:9])) + 10 * values[9]) % 11 == 0


def _isbn13(text: str) -> bool:
    digits = re.sub(r"[\s-]+", "", text, flags=re.ASCII)
    if re.fullmatch(r"[0-9]{13}", digits) is None:
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return int(digits[12]) == (10 - total % 10) % 10


def _card(text: str) -> bool:
    digits = re.sub(r"[^0-9]+", "", text)
    if re.fullmatch(_CARD, digits) is None:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


# --- times --------------------------------------------------------------------------------------------------------


def _date(text: str) -> bool:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return False
    leap = "2000" if text.startswith("0000") else text[:4]  # Go knows a year 0, which had a February 29
    try:
        dt.date.fromisoformat(leap + text[4:])
    except ValueError:
        return False
    return True


def _date_time(text: str) -> bool:
    parts = text.lower().split("t")
    if len(parts) < 2 or not _date(parts[0]):
        return False
    found = _TIME.fullmatch(parts[1])
    return found is not None and found[1] <= "23" and found[2] <= "59" and found[3] <= "59"


def _duration(text: str) -> bool:
    """Go's own, or a number with a unit anywhere in the text."""
    try:
        time.parse_duration(text)
    except EvalError:
        pass
    else:
        return True
    found = _PERIOD.findall(text)
    if any(int(number) >= 2**63 for number, _ in found):
        return False
    return any(_is_unit(unit.lower(), names) for _, unit in found for names in _UNITS)


def _is_unit(unit: str, names: tuple[str, ...]) -> bool:
    return unit in names or unit.startswith(names[-1])


_LATER: Mapping[str, Version] = {"k8sshortname": (1, 34), "k8slongname": (1, 34)}
_CHECKS: Mapping[str, Check] = {
    "bsonobjectid": _shape(r"[0-9A-Fa-f]{24}"),
    "byte": _shape(_BASE64),
    "cidr": _cidr,
    "creditcard": _card,
    "date": _date,
    "datetime": _date_time,
    "duration": _duration,
    "email": _shape(_EMAIL, 0),
    "hexcolor": _shape(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "isbn": lambda text: _isbn10(text) or _isbn13(text),
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "k8slongname": _shape(rf"{_NAME}(\.{_NAME})*", most=253),
    "k8sshortname": _shape(_NAME, most=63),
    "mac": _mac,
    "rgbcolor": _shape(rf"rgb\({_COLOUR},{_COLOUR},{_COLOUR}\)"),
    "ssn": _shape(r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}"),
    "uri": _uri,
    "uuid": _uuid(""),
    "uuid3": _uuid("3"),
    "uuid4": _uuid("4"),
    "uuid5": _uuid("5"),
}
