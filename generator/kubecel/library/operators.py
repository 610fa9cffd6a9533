"""Operators, conversions between types, `size`, `type` and `dyn`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from kubecel import regex
from kubecel.budget import check_length, check_size
from kubecel.errors import EvalError, no_such_overload
from kubecel.library import optional, time
from kubecel.library.numbers import positional, shortest_digits, signed, whole
from kubecel.library.optional import list_position
from kubecel.pattern import Pattern
from kubecel.signature import BASE, Overload, function, method
from kubecel.values import (
    ABSENT,
    INT_MIN,
    Optional,
    Partial,
    TypeValue,
    UInt,
    Value,
    checked_int,
    checked_uint,
    contains,
    equal,
    find_key,
    go_type,
    type_name,
    utf8,
    wrong_type,
)

CROSS_TYPE_SINCE = (1, 29)


# --- arithmetic ---


def _divide(left: int, right: int) -> int:
    """Truncating towards zero, as Go does."""
    if right == 0:
        raise EvalError("division by zero")
    quotient = abs(left) // abs(right)
    return checked_int(quotient if (left < 0) == (right < 0) else -quotient)


def _divide_uint(left: UInt, right: UInt) -> UInt:
    if right == 0:
        raise EvalError("division by zero")
    return UInt(int(left) // int(right))


def _divide_double(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _modulo(left: int, right: int) -> int:
    """The sign is the dividend's, as in Go."""
    if right == 0:
        raise EvalError("modulus by zero")
    if right == -1 and left == INT_MIN:
        raise EvalError("integer overflow")
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def _modulo_uint(left: UInt, right: UInt) -> UInt:
    if right == 0:
        raise EvalError("modulus by zero")
    return UInt(int(left) % int(right))


def _multiply_double(left: float, right: float) -> float:
    return left * right


def _concatenate(left: Value, right: Value) -> Value:
    check = check_length if isinstance(left, list) else check_size
    check(len(left) + len(right))
    return left + right


# In cel-go's order: where a type is free, the first overload that fits decides what it is.
_ARITHMETIC = (
    function("_+_(bytes, bytes) -> bytes", _concatenate),
    function("_+_(double, double) -> double", lambda a, b: a + b),
    function("_+_(duration, duration) -> duration", lambda a, b: time.duration_of(a.value + b.value)),
    function("_+_(duration, timestamp) -> timestamp", lambda a, b: time.later(b, a)),
    function("_+_(timestamp, duration) -> timestamp", time.later),
    function("_+_(int, int) -> int", lambda a, b: checked_int(a + b)),
    function("_+_(list(A), list(A)) -> list(A)", _concatenate),
    function("_+_(string, string) -> string", _concatenate),
    function("_+_(uint, uint) -> uint", lambda a, b: checked_uint(int(a) + int(b))),
    function("_-_(double, double) -> double", lambda a, b: a - b),
    function("_-_(duration, duration) -> duration", lambda a, b: time.duration_of(a.value - b.value)),
    function("_-_(int, int) -> int", lambda a, b: checked_int(a - b)),
    function("_-_(timestamp, duration) -> timestamp", time.earlier),
    function("_-_(timestamp, timestamp) -> duration", lambda a, b: time.duration_of(a.value - b.value)),
    function("_-_(uint, uint) -> uint", lambda a, b: checked_uint(int(a) - int(b))),
    function("_*_(double, double) -> double", _multiply_double),
    function("_*_(int, int) -> int", lambda a, b: checked_int(a * b)),
    function("_*_(uint, uint) -> uint", lambda a, b: checked_uint(int(a) * int(b))),
    function("_/_(double, double) -> double", _divide_double),
    function("_/_(int, int) -> int", _divide),
    function("_/_(uint, uint) -> uint", _divide_uint),
    function("_%_(int, int) -> int", _modulo),
    function("_%_(uint, uint) -> uint", _modulo_uint),
    function("-_(double) -> double", lambda a: -a),
    function("-_(int) -> int", lambda a: checked_int(-a)),
    function("!_(bool) -> bool", lambda a: not a),
)


# --- comparison ---


# In cel-go's order, which matters where a type is free.
_COMPARED = (
    "bool, bool", "int, int", "int, double", "int, uint", "uint, uint", "uint, double", "uint, int", "double, double",
    "double, int", "double, uint", "string, string", "bytes, bytes", "timestamp, timestamp", "duration, duration",
)  # fmt: skip


def _comparisons() -> tuple[Overload, ...]:
    table: list[Overload] = []
    compare: dict[str, Callable[[Value, Value], bool]] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    for sign, holds in compare.items():
        ordered, of_time = _ordered(holds), _of_time(holds)
        for types in _COMPARED:
            left, right = types.split(", ")
            implementation = of_time if left in ("timestamp", "duration") else ordered if "double" in types else holds
            since = BASE if left == right else CROSS_TYPE_SINCE
            table.append(function(f"_{sign}_({types}) -> bool", implementation, since))
    return tuple(table)


def _ordered(holds: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    """The comparison of numbers of which one is a double: as doubles both of them, and none may be NaN."""

    def compare(left: Value, right: Value) -> bool:
        if left != left or right != right:
            raise EvalError("NaN values cannot be ordered")
        return holds(float(left), float(right))

    return compare


def _of_time(holds: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    return lambda a, b: holds(a.value, b.value)


def _in_map(key: Value, mapping: dict[Value, Value]) -> bool:
    return find_key(mapping, key) is not ABSENT


def is_in(wanted: Value, container: Value) -> bool:
    """`wanted in container`: among a list's elements, or a map's keys."""
    if isinstance(container, list):
        return contains(container, wanted)
    if isinstance(container, dict):
        return _in_map(wanted, container)
    if type(container) is Partial:
        container.read(wanted)
        return True
    raise wrong_type(container)


_EQUALITY = (
    function("_==_(A, A) -> bool", equal),
    function("_!=_(A, A) -> bool", lambda a, b: not equal(a, b)),
    function("@in(A, list(A)) -> bool", lambda wanted, items: contains(items, wanted)),
    function("@in(A, map(A, B)) -> bool", _in_map),
)


# --- selection ---


def select(operand: Value, field: str) -> Value:
    """`operand.field`; on an optional value the result is optional."""
    if isinstance(operand, dict):
        value = operand.get(field, ABSENT)
        if value is ABSENT:
            raise EvalError(f"no such key: {field}")
        return value
    if type(operand) is Optional:
        return optional.select(operand, field)
    if isinstance(operand, list):
        raise EvalError("unsupported index type 'string' in list")
    if type(operand) is Partial:
        return operand.read(field)
    raise EvalError(f"no such key: {field}")


def has_field(operand: Value, field: str) -> bool:
    """`has(operand.field)`: false on a scalar and on null, an error on a list."""
    if type(operand) is Optional:
        if not operand.present:
            return False
        operand = operand.value
    if isinstance(operand, dict):
        return field in operand
    if isinstance(operand, list):
        raise EvalError("unsupported index type 'string' in list")
    if type(operand) is Partial:
        operand.read(field)
        return True
    return False


def index(operand: Value, key: Value) -> Value:
    """`operand[key]`"""
    if isinstance(operand, dict):
        value = find_key(operand, key)
        if value is not ABSENT:
            return value
    if type_name(key) not in optional.KEYS:
        raise EvalError(f"invalid qualifier type: {go_type(key)}")
    if isinstance(operand, list):
        position = list_position(key)
        if 0 <= position < len(operand):
            return operand[position]
        raise EvalError(f"index out of bounds: {position}")
    if type(operand) is Optional:
        return optional.index(operand, key)
    if type(operand) is Partial:
        return operand.read(key)
    raise EvalError(f"no such key: {shown(key)}")


def shown(key: Value) -> str:
    """A key as an error prints it."""
    return to_string(key) if type_name(key) in ("string", "bool", "int", "uint", "double") else type_name(key)


def _unreachable(*_: Value) -> Value:
    """The logical operators do not evaluate all of their arguments, so the compiler does them itself."""
    raise AssertionError("evaluated by the compiler")


_SELECTION = (
    function("_[_](list(A), int) -> A", index),
    function("_[_](map(A, B), A) -> B", index),
    function("_?_:_(bool, A, A) -> A", _unreachable),
    function("_&&_(bool, bool) -> bool", _unreachable),
    function("_||_(bool, bool) -> bool", _unreachable),
)


# --- conversion ---


def _conversion_error(source: str, target: str) -> EvalError:
    return EvalError(f"type conversion error from '{source}' to '{target}'")


_DECIMAL = Pattern(r"[+-]?[0-9]+\Z")
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_FLOAT = Pattern(rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?\Z")
_HEX_FLOAT = Pattern(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+\Z")
_SPECIAL_FLOAT = Pattern(r"(?:[+-]?(?:inf|infinity)|nan)\Z", re.IGNORECASE)


def _string_to_int(text: str) -> int:
    if not _DECIMAL.match(text):
        raise _conversion_error("string", "int")
    number = signed(text)
    if not -(1 << 63) <= number < 1 << 63:
        raise _conversion_error("string", "int")
    return number


def _string_to_uint(text: str) -> UInt:
    if not text.isascii() or not text.isdigit() or whole(text) >= 1 << 64:
        raise _conversion_error("string", "uint")
    return UInt(whole(text))


def _string_to_double(text: str) -> float:
    if _HEX_FLOAT.match(text):
        return float.fromhex(text)
    if _SPECIAL_FLOAT.match(text):
        return float(text)
    if not _FLOAT.match(text):
        raise _conversion_error("string", "double")
    number = float(text)
    if math.isinf(number):
        raise _conversion_error("string", "double")
    return number


def _double_to_int(number: float) -> int:
    if math.isnan(number) or not -9223372036854775808.0 < number < 9223372036854775807.0:
        raise EvalError("integer overflow")
    return int(number)


def _double_to_uint(number: float) -> UInt:
    if math.isnan(number) or not 0 <= number < 18446744073709551615.0:
        raise EvalError("unsigned integer overflow")
    return UInt(int(number))


_TRUE = frozenset({"true", "True", "TRUE", "t", "T", "1"})
_FALSE = frozenset({"false", "False", "FALSE", "f", "F", "0"})


def _string_to_bool(text: str) -> bool:
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _conversion_error("string", "bool")


def _bytes_to_string(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise EvalError("invalid UTF-8 in bytes, cannot convert to string") from None


def double_to_string(number: float) -> str:
    """The shortest text that reads back as the number, with an exponent below 1e-4 and from 1e6 on: Go's %g."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    digits, exponent = shortest_digits(abs(number))
    sign = "-" if number < 0 else ""
    if -4 <= exponent < 6:
        return sign + positional(digits, exponent)
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def to_string(value: Value) -> str:
    """string(value) for the types that have it; an error for the others."""
    if isinstance(value, str):
        return value
    name = type_name(value)
    if name == "bool":
        return "true" if value else "false"
    if name in ("int", "uint"):
        return str(int(value))
    if name == "double":
        return double_to_string(value)
    if name == "bytes":
        return _bytes_to_string(value)
    if name == "google.protobuf.Timestamp":
        return time.format_timestamp(value)
    if name == "google.protobuf.Duration":
        return time.format_duration(value.value)
    if name == "type":
        return str(value.name)
    raise no_such_overload()


def _type_of(value: Value) -> TypeValue:
    return TypeValue(type_name(value))


_CONVERSIONS = (
    function("int(int) -> int", lambda a: a),
    function("int(uint) -> int", lambda a: checked_int(int(a))),
    function("int(double) -> int", _double_to_int),
    function("int(string) -> int", _string_to_int),
    function("int(timestamp) -> int", lambda a: a.value // 10**9),
    function("int(duration) -> int", lambda a: a.value),
    function("uint(uint) -> uint", lambda a: a),
    function("uint(int) -> uint", checked_uint),
    function("uint(double) -> uint", _double_to_uint),
    function("uint(string) -> uint", _string_to_uint),
    function("double(double) -> double", lambda a: a),
    function("double(int) -> double", float),
    function("double(uint) -> double", float),
    function("double(string) -> double", _string_to_double),
    function("bool(bool) -> bool", lambda a: a),
    function("bool(string) -> bool", _string_to_bool),
    function("bytes(bytes) -> bytes", lambda a: a),
    function("bytes(string) -> bytes", utf8),
    *(
        function(f"string({source}) -> string", to_string)
        for source in ("string", "bool", "int", "uint", "double", "bytes", "timestamp", "duration")
    ),
    function("type(A) -> type(A)", _type_of),
    function("dyn(A) -> dyn", lambda a: a),
)


# --- strings and sizes that the language itself has ---


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern matches anywhere in the text."""
    return regex.matches(pattern, text)


_SIZES = tuple(
    overload
    for sized in ("bytes", "list(A)", "map(A, B)", "string")
    for overload in (function(f"size({sized}) -> int", len), method(sized, "size() -> int", len))
)
_STRINGS = (
    method("string", "startsWith(string) -> bool", lambda text, start: text.startswith(start)),
    method("string", "endsWith(string) -> bool", lambda text, end: text.endswith(end)),
    method("string", "contains(string) -> bool", lambda text, part: part in text),
    method("string", "matches(string) -> bool", matches),
    function("matches(string, string) -> bool", matches),
)

OVERLOADS = (*_ARITHMETIC, *_comparisons(), *_EQUALITY, *_SELECTION, *_CONVERSIONS, *_SIZES, *_STRINGS)
