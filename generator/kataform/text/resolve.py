"""What a plain scalar means to the two Go readers of the Kubernetes world; no Python library follows either.

Sources: `resolve.go` of go-yaml v2 and v3, and Go's strconv, time and encoding/json, through which every value goes
on its way to the API server. `tests/oracle` asks the Go code itself.
"""

from __future__ import annotations

import base64
import binascii
import enum
import math
import re
import struct
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NoReturn, TypeVar

__all__ = [
    "KEYS",
    "SCALARS",
    "Dialect",
    "Refused",
    "is_key",
    "is_string_key",
    "is_tagged_key",
    "resolve",
    "resolve_folded",
    "resolve_key",
    "resolve_tagged",
    "resolve_tagged_key",
]

Plain = str | bool | int | float | None
_Result = TypeVar("_Result")


class Dialect(enum.Enum):
    """Who reads the text."""

    KUSTOMIZE = "go-yaml v3"
    """Resources and strategic-merge patches that kustomize builds."""

    KUBECTL = "sigs.k8s.io/yaml"
    """Plain files for kubectl, Argo CD and Flux; JSON 6902 values; every field of a kustomization."""


class Refused(ValueError):
    """The reader refuses the scalar, and with it the file."""


def resolve(text: str, dialect: Dialect) -> Plain:
    """The value of a plain scalar, as it stands in the JSON that the reader hands on.

    A float that JSON writes without point and exponent is an int. The infinities and NaN, which JSON cannot express
    and both readers therefore refuse, stay floats.
    """
    return SCALARS[dialect][text]


def resolve_key(text: str, dialect: Dialect) -> str:
    """The name that a plain key gets in JSON.

    kustomize refuses a map whose keys are not strings; the key is then its own text, as it is for a null key, which
    both readers refuse.
    """
    return KEYS[dialect][text]


def is_string_key(text: str) -> bool:
    """Whether every reader takes the plain text as a key and as this very string."""
    if not text or text == "<<" or KEYS[Dialect.KUBECTL][text] != text:
        return False
    return all(_typed(text, dialect)[1] == "str" for dialect in Dialect)


def is_key(text: str) -> bool:
    """Whether a reader takes the plain text as a key; neither takes null or an integer beyond 63 bits."""
    value, kind = _typed(text, Dialect.KUBECTL) if text else (None, "null")
    return kind != "null" and not (kind == "int" and isinstance(value, int) and value >= _INT64)


def resolve_tagged(text: str, tag: str, dialect: Dialect, *, plain: bool) -> Plain:
    """The value of a scalar with an explicit tag. Raises Refused where the text does not fit the tag."""
    name = tag.removeprefix(_CORE)
    if tag == "!":
        return resolve(text, dialect) if plain and dialect is Dialect.KUSTOMIZE else text
    if name == tag or name == "str":
        return text
    if name == "binary":
        return _from_base64(text)
    if name not in _TYPES:
        return text
    value, kind = _typed(text, dialect, timestamp=name == "timestamp")
    if name == "float" and kind == "int" and isinstance(value, int):
        return _json_number(float(value))
    if kind != name or (isinstance(value, float) and not math.isfinite(value)):
        raise Refused(f"not a !!{name} of JSON")
    return value


def is_tagged_key(text: str, tag: str) -> bool:
    """As `is_key`, for a key with an explicit tag."""
    name = tag.removeprefix(_CORE)
    return name == tag or name not in _TYPES or is_key(text)


def resolve_tagged_key(text: str, tag: str, dialect: Dialect, *, plain: bool) -> str:
    """The name that a key with an explicit tag gets in JSON."""
    name = tag.removeprefix(_CORE)
    if name == "binary":
        try:
            return _from_base64(text)
        except Refused:
            return text
    if name == tag or name not in _TYPES:
        return resolve_key(text, dialect) if tag == "!" and plain and dialect is Dialect.KUSTOMIZE else text
    return resolve_key(text, dialect)


def resolve_folded(text: str, dialect: Dialect) -> str:
    """The value of a folded block (`>`).

    kustomize prints and reads each resource once more, and the printing adds a line before lines that are indented
    deeper and at the end of a block that keeps its empty lines (write_folded_scalar in go-yaml v3's emitterc.go).
    """
    if dialect is Dialect.KUBECTL or text.lstrip("\n")[:1] in ("", " ", "\t") or _PRINTED_QUOTED(text):
        return text
    return _BEFORE_DEEPER.sub(r"\1\n", text)


_PRINTED_QUOTED = re.compile(r" (?:\n|\Z)").search
_BEFORE_DEEPER = re.compile(r"(?m)^([^ \t\n].*\n)(?=\n*[ \t]|\n+\Z)")
_CORE = "tag:yaml.org,2002:"
_TYPES = frozenset(("bool", "int", "float", "null", "timestamp"))
_INT64, _UINT64 = 1 << 63, 1 << 64
_FIRST = frozenset("+-.0123456789")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?").fullmatch
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))").fullmatch
_BASE = {2: re.compile(r"[-+]?[01]+").fullmatch, 8: re.compile(r"[-+]?[0-7]+").fullmatch}
_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?P<gap>[Tt]| +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})"
    r"(?:[.,](?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
).fullmatch


def _spellings(*words: str) -> list[str]:
    return [form for word in words for form in (word, word.capitalize(), word.upper())]


def _words(dialect: Dialect) -> dict[str, Plain]:
    old = dialect is Dialect.KUBECTL
    words: dict[str, Plain] = dict.fromkeys(_spellings("true", *(("yes", "on", "y") if old else ())), True)
    words |= dict.fromkeys(_spellings("false", *(("no", "off", "n") if old else ())), False)
    words |= dict.fromkeys(("", "~", *_spellings("null")))
    for sign in ("", "+", "-"):
        words |= dict.fromkeys((f"{sign}.{form}" for form in _spellings("inf")), float(f"{sign}inf"))
    return words | dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))


_WORDS = {dialect: _words(dialect) for dialect in Dialect}


def _plain(text: str, dialect: Dialect) -> Plain:
    words = _WORDS[dialect]
    if text in words:
        return words[text]
    return _typed(text, dialect)[0] if text[0] in _FIRST else text


def _typed(text: str, dialect: Dialect, *, timestamp: bool = True) -> tuple[Plain, str]:
    """The value and the name of its type."""
    words = _WORDS[dialect]
    if text in words:
        word = words[text]
        return word, "null" if word is None else "bool" if isinstance(word, bool) else "float"
    if text[0] == ".":
        number = float(text) if _POINT_FLOAT(text) else None
        return (text, "str") if number is None or _infinite(number) else (_json_number(number), "float")
    if text[0] not in _FIRST:
        return text, "str"
    moment = _moment(text) if timestamp else None
    if moment is not None:
        return (moment if dialect is Dialect.KUSTOMIZE else text), "timestamp"
    return _number(text, dialect)


def _number(text: str, dialect: Dialect) -> tuple[Plain, str]:
    digits = text.replace("_", "")
    integer = _integer(digits)
    if integer is None and _FLOAT(digits):
        number = float(digits)
        return (text, "str") if _infinite(number) else (_json_number(number), "float")
    if integer is None:
        integer = _prefixed(digits, "0b", 2)
    if integer is None and dialect is Dialect.KUSTOMIZE:
        integer = _prefixed(digits, "0o", 8)
    return (text, "str") if integer is None else (integer, "int")


def _integer(digits: str) -> int | None:
    """Go's ParseInt and ParseUint of base 0: 64 bits, the base from the prefix, a leading zero means octal."""
    match = _INTEGER(digits)
    if match is None:
        return None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    texts = ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10))
    text, base = next((text, base) for text, base in texts if text is not None)
    return _fitting(text, base, sign)


def _fitting(text: str, base: int, sign: str) -> int | None:
    """The number where it has 64 bits; those with more digits than that in any base are not even worked out."""
    digits = text.lstrip("0") or "0"
    if len(digits) > 64:
        return None
    number = int(digits, base)
    if sign == "-":
        return -number if number <= _INT64 else None
    return number if number < (_INT64 if sign else _UINT64) else None


def _prefixed(digits: str, prefix: str, base: int) -> int | None:
    """go-yaml's own second try at binary and octal, which lets a sign stand behind the prefix."""
    if digits.startswith(prefix):
        rest = digits[2:]
    elif digits.startswith("-" + prefix):
        rest = "-" + digits[3:]
    else:
        return None
    if not _BASE[base](rest):
        return None
    sign = rest[0] if rest[0] in "+-" else ""
    return _fitting(rest.lstrip("+-"), base, sign)


def _infinite(number: float) -> bool:
    return number in (float("inf"), float("-inf"))


def _json_number(number: float) -> int | float:
    """The number as encoding/json writes it: below 1e21 no exponent, and no point that nothing follows."""
    if number.is_integer() and abs(number) < 1e21:
        return int(Decimal(repr(number)))
    return number


def _moment(text: str) -> str | None:
    """The timestamp as JSON shows Go's time.Time, None where go-yaml sees none. Fractions are cut at nanoseconds.

    It is empty for an offset of 24 hours, which Go reads and refuses to write.
    """
    match = _TIMESTAMP(text)
    if match is None or (match["gap"] and (match["gap"][0] == " ") == bool(match["zone"])):
        return None
    clock = [int(match[name] or 0) for name in ("hour", "minute", "second")]
    if not _is_day(int(match["year"]), int(match["month"]), int(match["day"])):
        return None
    if clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    zone = _zone(match["zone"] or "Z")
    if zone is None:
        return None
    if zone[1:3] in ("24", "25"):
        return ""
    day = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    return f"{day}T{clock[0]:02}:{clock[1]:02}:{clock[2]:02}{'.' if fraction else ''}{fraction}{zone}"


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year or 2000, month, day)  # the year 0, which Python lacks, is a leap year too
    except ValueError:
        return False
    return True


def _zone(text: str) -> str | None:
    if text == "Z":
        return text
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 24 or minutes > 60:
        return None
    if minutes == 60:  # which Go reads as one hour more
        return f"{text[0]}{hours + 1:02}:00"
    return "Z" if hours == minutes == 0 else text


def _from_base64(text: str) -> str:
    try:
        data = base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        return _refuse("not base64")
    return re.sub("[\udc80-\udcff]", "\ufffd", data.decode(errors="surrogateescape"))  # one for each wrong byte


def _refuse(why: str) -> NoReturn:
    raise Refused(why)


def _key(text: str) -> str:
    """A key of sigs.k8s.io/yaml: a float goes through 32 bits there."""
    value = _plain(text, Dialect.KUBECTL)
    if isinstance(value, str) or value is None:
        return text if value is None else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if _typed(text, Dialect.KUBECTL)[1] == "int":
        return str(value)
    return _float_key(value if text in _WORDS[Dialect.KUBECTL] else float(text.replace("_", "")))


def _float_key(number: float) -> str:
    """Go's FormatFloat(number, 'g', -1, 32), with go-yaml's names for what is not finite."""
    if number != number:
        return ".nan"
    try:
        short = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        short = float("inf") if number > 0 else float("-inf")
    if _infinite(short):
        return ".inf" if short > 0 else "-.inf"
    forms = (f"{short:.{places}e}" for places in range(9))
    form = next((f for f in forms if struct.unpack("f", struct.pack("f", float(f)))[0] == short), f"{short:.8e}")
    mantissa, exponent = form.split("e")
    if -5 < int(exponent) < 6:
        return format(Decimal(form), "f")
    return f"{mantissa}e{exponent}"


class _Memo(dict[str, _Result]):
    """Scalars repeat: each spelling is worked out once."""

    def __init__(self, make: Callable[[str], _Result]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> _Result:
        made = self._make(text)
        if len(text) < 80 and len(self) < 50_000:
            self[text] = made
        return made


SCALARS: dict[Dialect, dict[str, Plain]] = {
    Dialect.KUSTOMIZE: _Memo(lambda text: _plain(text, Dialect.KUSTOMIZE)),
    Dialect.KUBECTL: _Memo(lambda text: _plain(text, Dialect.KUBECTL)),
}
KEYS: dict[Dialect, dict[str, str]] = {Dialect.KUSTOMIZE: _Memo(str), Dialect.KUBECTL: _Memo(_key)}
