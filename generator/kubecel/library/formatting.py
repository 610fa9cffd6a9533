"""The clauses of `format`: `'%s has %d'.format([name, count])`.

https://github.com/google/cel-go/blob/master/ext/formatting.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kubecel.budget import check_size
from kubecel.errors import EvalError
from kubecel.library.numbers import whole
from kubecel.library.operators import to_string
from kubecel.pattern import Pattern
from kubecel.values import INT_MAX, Value, type_name, utf8

_PRECISION = 6
_TOO_LARGE = 10_000_010  # a number from which on Go's fmt sees no verb behind it
_NO_VERB = "%!(NOVERB)"
_CLAUSE = Pattern(r"\.([0-9]*)")
_SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻\0")
_SPECIAL = frozenset({"NaN", "Infinity", "-Infinity"})
# What each clause takes, by its letter.
TAKES = {
    "s": frozenset({
        "string", "bool", "bytes", "int", "uint", "double", "null_type", "type", "list", "map",
        "google.protobuf.Timestamp", "google.protobuf.Duration",
    }),
    "d": frozenset({"int", "uint"}),
    "f": frozenset({"double", "string"}),
    "e": frozenset({"double", "string"}),
    "b": frozenset({"int", "uint", "bool"}),
    "x": frozenset({"int", "uint", "string", "bytes"}),
    "X": frozenset({"int", "uint", "string", "bytes"}),
    "o": frozenset({"int", "uint"}),
}  # fmt: skip
_NAMES = {
    "s": "strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    "d": "integers",
    "f": "doubles",
    "e": "doubles",
    "b": "integers and bools",
    "x": "integers, byte buffers, and strings",
    "X": "integers, byte buffers, and strings",
    "o": "integers",
}
_CLAUSES = {
    "s": "string", "d": "decimal", "f": "fixed-point", "e": "scientific", "b": "binary", "x": "hex", "X": "hex",
    "o": "octal",
}  # fmt: skip


class Clause(NamedTuple):
    """A part of a format: literal text (`letter` empty), or a clause with its letter and precision."""

    text: str
    letter: str
    precision: int


def clauses(template: str) -> Iterator[Clause]:
    """The parts of a format in order. Raises EvalError for a clause that is none."""
    position = 0
    while position < len(template):
        percent = template.find("%", position)
        if percent < 0:
            yield Clause(template[position:], "", 0)
            return
        if percent > position:
            yield Clause(template[position:percent], "", 0)
        position = percent + 1
        if template.startswith("%", position):
            yield Clause("%", "", 0)
            position += 1
            continue
        precision = _PRECISION
        if found := _CLAUSE.match(template, position):
            precision = _read_precision(found[1])
            position = found.end()
        letter = template[position : position + 1]
        if not letter:
            raise EvalError("unexpected end of string")
        if letter not in TAKES:
            raise EvalError(f'could not parse formatting clause: unrecognized formatting clause "{letter}"')
        yield Clause("", letter, precision)
        position += 1


def _read_precision(digits: str) -> int:
    if not digits:
        raise EvalError("error while converting precision to integer")
    precision = whole(digits)
    if precision > INT_MAX:
        raise EvalError("error while converting precision to integer")
    return precision


def refusal(letter: str, found: str) -> str:
    """Why a clause does not take a value of that type."""
    name, taken = _CLAUSES[letter], _NAMES[letter]
    if name in ("hex", "binary"):
        return f"error during formatting: only {taken} can be formatted as {name}, was given {found}"
    return f"error during formatting: {name} clause can only be used on {taken}, was given {found}"


def format_string(template: str, args: list[Value]) -> str:
    """The template with each clause replaced by its argument."""
    written: list[str] = []
    used = size = 0
    for clause in clauses(template):
        if not clause.letter:
            written.append(clause.text)
        elif used >= len(args):
            raise EvalError(f"index {used} out of range")
        else:
            written.append(_formatted(clause, args[used]))
            used += 1
        size += len(written[-1])
        check_size(size)
    return "".join(written)


def _formatted(clause: Clause, value: Value) -> str:
    found = type_name(value)
    if found not in TAKES[clause.letter]:
        raise EvalError(refusal(clause.letter, found))
    return _WRITERS[clause.letter](value, clause.precision)


def _as_text(value: Value, _: int) -> str:
    found = type_name(value)
    if found == "list":
        return _list(value)
    if found == "map":
        return _map(value)
    return "null" if value is None else to_string(value)


def _inner(value: Value) -> str:
    """A value inside a list or a map, as a CEL literal."""
    found = type_name(value)
    if found == "double":
        text = f"{value:.6f}" if math.isfinite(value) else {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
        return text if math.isfinite(value) else f'"{text}"'
    if found in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
        return f'{found.rpartition(".")[2].lower()}("{to_string(value)}")'
    if found not in TAKES["s"]:
        raise EvalError(f"no formatting function for {found}")
    text = _as_text(value, 0)
    if found == "string":
        return _quoted(text)
    return "b" + _quoted(text) if found == "bytes" else text


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _list(items: list[Value]) -> str:
    return "[" + ", ".join(map(_inner, items)) + "]"


def _map(mapping: dict[Value, Value]) -> str:
    entries = []
    for key, value in mapping.items():
        if type_name(key) not in ("string", "bool", "int", "uint"):
            raise EvalError(f"no formatting function for map key of type {type_name(key)}")
        entries.append((_inner(key), _inner(value)))
    return "{" + ", ".join([f"{key}:{value}" for key, value in sorted(entries)]) + "}"


def _double(value: Value, letter: str) -> float:
    if isinstance(value, str):
        if value not in _SPECIAL:
            raise EvalError(refusal(letter, "string"))
        return float(value.replace("Infinity", "inf"))
    return float(value)


def _not_finite(number: float) -> str:
    return "NaN" if math.isnan(number) else "∞" if number > 0 else "-∞"


def _fixed(value: Value, precision: int) -> str:
    """As many digits as a byte can count."""
    number = _double(value, "f")
    if not math.isfinite(number):
        return _not_finite(number)
    return f"{number or 0.0:,.{precision % 256}f}" if precision < _TOO_LARGE else _NO_VERB


def _scientific(value: Value, width: int) -> str:
    """Six digits, always: what looks like a precision is taken for a width."""
    number = _double(value, "e")
    if width >= _TOO_LARGE:
        return _NO_VERB
    width %= 65_536
    if not math.isfinite(number):
        return _not_finite(number).rjust(width)
    mantissa, _, exponent = f"{number or 0.0:.6e}".partition("e")
    return f"{mantissa}×10{exponent.translate(_SUPERSCRIPTS)}".replace("\0", "").rjust(width)


def _binary(value: Value, _: int) -> str:
    return f"{int(value):b}"


def _hex(value: Value, _: int) -> str:
    if isinstance(value, str):
        value = utf8(value)
    return value.hex() if isinstance(value, bytes) else f"{int(value):x}"


_WRITERS: dict[str, Callable[[Value, int], str]] = {
    "s": _as_text,
    "d": lambda value, _: str(int(value)),
    "f": _fixed,
    "e": _scientific,
    "b": _binary,
    "x": _hex,
    "X": lambda value, _: _hex(value, 0).upper(),
    "o": lambda value, _: f"{int(value):o}",
}
