"""Named formats: `format.dns1123Label().validate(name)` gives what is wrong with a name, or none.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/format.go
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kubecel.errors import EvalError
from kubecel.library import url
from kubecel.signature import function, method
from kubecel.values import NONE, Format, Optional

SINCE = (1, 32)
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_UUID = r"(?i)[0-9A-F]{8}-?[0-9A-F]{4}-?[0-9A-F]{4}-?[0-9A-F]{4}-?[0-9A-F]{12}\Z"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\Z"
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])\Z"
_DATETIME = (
    r"[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])[tT ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
    r"(\.[0-9]+)?([zZ]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])\Z"
)
Check = Callable[[str], list[str]]


def _shape(pattern: str, most: int, what: str, *, prefix: bool = False) -> Check:
    """A check of a length and a pattern; `prefix` is for the beginning of a name, which may end with a dash."""

    def problems(text: str) -> list[str]:
        found = [f"must be no more than {most} characters"] if len(text) > most else []
        masked = text[:-2] + "a" if prefix and len(text) > 1 and text.endswith("-") else text
        return found if re.match(f"(?:{pattern})\\Z", masked) else [*found, f"must be {what} ({pattern})"]

    return problems


def _qualified_name(text: str) -> list[str]:
    prefix, slash, name = text.rpartition("/")
    problems = _shape(rf"{_LABEL}(\.{_LABEL})*", 253, "a DNS subdomain as its prefix")(prefix) if slash else []
    return problems + _shape(_NAME, 63, "a qualified name")(name)


def _label_value(text: str) -> list[str]:
    return _shape(f"({_NAME})?", 63, "a label value")(text)


def _uri(text: str) -> list[str]:
    try:
        url.parse_request(text)
    except EvalError as error:
        return [str(error)]
    return []


def _base64(text: str) -> list[str]:
    return [] if text and re.match(_BASE64, text) else ["invalid base64"]


def _date(text: str) -> list[str]:
    return [] if re.match(_DATE, text) and _is_day(text) else ["invalid date"]


def _datetime(text: str) -> list[str]:
    return [] if re.match(_DATETIME, text) and _is_day(text[:10]) else ["invalid datetime"]


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
CHECKS: dict[str, Check] = {
    "dns1123Label": _shape(_LABEL, 63, "a lowercase RFC 1123 label"),
    "dns1123Subdomain": _shape(_SUBDOMAIN, 253, "a lowercase RFC 1123 subdomain"),
    "dns1035Label": _shape(_DNS1035, 63, "a DNS-1035 label"),
    "qualifiedName": _qualified_name,
    "dns1123LabelPrefix": _shape(_LABEL, 63, "the beginning of a lowercase RFC 1123 label", prefix=True),
    "dns1123SubdomainPrefix": _shape(_SUBDOMAIN, 253, "the beginning of a lowercase RFC 1123 subdomain", prefix=True),
    "dns1035LabelPrefix": _shape(_DNS1035, 63, "the beginning of a DNS-1035 label", prefix=True),
    "labelValue": _label_value,
    "uri": _uri,
    "uuid": lambda text: [] if re.match(_UUID, text) else ["does not match the UUID format"],
    "byte": _base64,
    "date": _date,
    "datetime": _datetime,
}


def _named(name: str) -> Optional:
    return Optional(Format(name)) if name in CHECKS else NONE


def _validate(one: Format, text: str) -> Optional:
    problems = CHECKS[one.value](text)
    return Optional(problems) if problems else NONE


def _constant(name: str) -> Callable[[], Format]:
    return lambda: Format(name)


OVERLOADS = (
    *(function(f"format.{name}() -> Format", _constant(name), SINCE) for name in CHECKS),
    function("format.named(string) -> optional(Format)", _named, SINCE),
    method("Format", "validate(string) -> optional(list(string))", _validate, SINCE),
)
