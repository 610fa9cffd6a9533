"""Optional values: `a.?b`, `a[?i]`, `optional.of(x)`, and the functions of a value that may be absent."""

from __future__ import annotations

from kubecel.errors import EvalError
from kubecel.library.macros import OPTIONALS
from kubecel.signature import function, method
from kubecel.values import (
    ABSENT,
    INT_MAX,
    INT_MIN,
    NANOSECOND,
    NONE,
    Optional,
    Partial,
    Value,
    find_key,
    go_type,
    type_name,
)

SYNTAX_SINCE = OPTIONALS
LISTS_SINCE = (1, 34)  # version 2 of the library came with the server's cel-go


KEYS = frozenset({"string", "int", "uint", "double", "bool"})


def select(operand: Value, field: str) -> Optional:
    """`operand.?field`: absent where there is no such field, also on a scalar and on null; an error on a list."""
    if type(operand) is Optional:
        if not operand.present:
            return NONE
        operand = operand.value
    if isinstance(operand, dict):
        value = operand.get(field, ABSENT)
        return NONE if value is ABSENT else Optional(value)
    if isinstance(operand, list):
        raise EvalError("unsupported index type 'string' in list")
    if type(operand) is Partial:
        return Optional(operand.read(field))
    return NONE


def index(operand: Value, key: Value) -> Optional:
    """`operand[?key]`, and `operand[key]` where the operand is optional itself."""
    if type(operand) is Optional:
        if not operand.present:
            return NONE
        operand = operand.value
    if type_name(key) not in KEYS:
        raise EvalError(f"invalid qualifier type: {go_type(key)}")
    if isinstance(operand, dict):
        value = find_key(operand, key)
        return NONE if value is ABSENT else Optional(value)
    if type(operand) is Partial:
        return Optional(operand.read(key))
    if isinstance(operand, list):
        position = list_position(key)
        return Optional(operand[position]) if 0 <= position < len(operand) else NONE
    return NONE


def list_position(key: Value) -> int:
    """The index that a value stands for: an integer, or a double without a fraction."""
    kind = type(key)
    if kind is int:
        return int(key)
    if kind is not bool and isinstance(key, int):
        if key > INT_MAX:
            raise EvalError(f"unsupported index value {key} in list")
        return int(key)
    if kind is float:
        if key.is_integer() and INT_MIN <= key < -float(INT_MIN):
            return int(key)
        raise EvalError(f"unsupported index value {key} in list")
    raise EvalError(f"unsupported index type '{type_name(key)}' in list")


# Nanoseconds: no time at all, and the first instant of the year 1.
_ZEROS = {"google.protobuf.Duration": 0, "google.protobuf.Timestamp": -62_135_596_800 * NANOSECOND}


def is_zero(value: Value) -> bool:
    """Whether a value is the zero of its type: null, false, 0, or empty."""
    name = type_name(value)
    if name in ("string", "bytes", "list", "map"):
        return len(value) == 0
    if name in ("null_type", "bool", "int", "uint", "double"):
        return not value
    return name in _ZEROS and bool(value.value == _ZEROS[name])


def of_non_zero(value: Value) -> Optional:
    """optional.ofNonZeroValue"""
    return NONE if is_zero(value) else Optional(value)


def value_of(optional: Optional) -> Value:
    """The value, or an error where it is absent."""
    if optional.present:
        return optional.value
    raise EvalError("optional.none() dereference")


def unwrap(items: list[Value]) -> list[Value]:
    """The values that are present."""
    found: list[Value] = []
    for item in items:
        if type(item) is not Optional:
            raise EvalError(f"value at index {len(found)} is not an optional type.")
        if item.present:
            found.append(item.value)
    return found


def _unreachable(*_: Value) -> Value:
    """`or` and `orValue` evaluate their argument only when needed, so the compiler does them itself."""
    raise AssertionError("evaluated by the compiler")


OVERLOADS = (
    function("optional.of(V) -> optional(V)", Optional, OPTIONALS),
    function("optional.ofNonZeroValue(V) -> optional(V)", of_non_zero, OPTIONALS),
    function("optional.none() -> optional(V)", lambda: NONE, OPTIONALS),
    method("optional(V)", "value() -> V", value_of, OPTIONALS),
    method("optional(V)", "hasValue() -> bool", lambda optional: optional.present, OPTIONALS),
    method("optional(V)", "or(optional(V)) -> optional(V)", _unreachable, OPTIONALS),
    method("optional(V)", "orValue(V) -> V", _unreachable, OPTIONALS),
    function("_[?_](list(V), int) -> optional(V)", index, OPTIONALS),
    function("_[?_](optional(list(V)), int) -> optional(V)", index, OPTIONALS),
    function("_[?_](map(K, V), K) -> optional(V)", index, OPTIONALS),
    function("_[?_](optional(map(K, V)), K) -> optional(V)", index, OPTIONALS),
    function("_[_](optional(list(V)), int) -> optional(V)", index, OPTIONALS),
    function("_[_](optional(map(K, V)), K) -> optional(V)", index, OPTIONALS),
    method("list(V)", "first() -> optional(V)", lambda items: Optional(items[0]) if items else NONE, LISTS_SINCE),
    method("list(V)", "last() -> optional(V)", lambda items: Optional(items[-1]) if items else NONE, LISTS_SINCE),
    function("optional.unwrap(list(optional(V))) -> list(V)", unwrap, LISTS_SINCE),
    method("list(optional(V))", "unwrapOpt() -> list(V)", unwrap, LISTS_SINCE),
)
