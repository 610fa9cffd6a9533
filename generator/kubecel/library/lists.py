"""Lists: Kubernetes' own functions, and the list extension.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/lists.go
https://github.com/google/cel-go/blob/master/ext/lists.go
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from kubecel.budget import STEPS, check_length
from kubecel.errors import BudgetExceeded, EvalError, no_such_overload
from kubecel.library.macros import LISTS
from kubecel.library.time import duration_of
from kubecel.signature import Overload, function, method
from kubecel.values import (
    NUMBERS,
    Duration,
    Opaque,
    UInt,
    Value,
    as_doubles,
    checked_int,
    checked_uint,
    contains,
    equal,
    type_name,
)

INCLUDES_SINCE = (1, 38)
_COMPARABLE = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_TIMES = ("google.protobuf.Timestamp", "google.protobuf.Duration")
_ORDERED = frozenset({"int", "uint", "double", "bool", "string", "bytes", *_TIMES})


def compare(left: Value, right: Value) -> int:
    """-1, 0 or 1, and 0 for values of types that have no order together; an error where one has none at all."""
    name, other = type_name(left), type_name(right)
    if name not in _ORDERED or other not in _ORDERED:
        raise no_such_overload()
    if name != other and not (name in NUMBERS and other in NUMBERS):
        return 0
    if isinstance(left, Opaque):
        left, right = left.value, right.value
    elif name != other:
        left, right = as_doubles(name, other, left), as_doubles(name, other, right)
    return int(left > right) - int(left < right)


def _reverse(items: list[Value]) -> list[Value]:
    return items[::-1]


def _is_sorted(items: list[Value]) -> bool:
    return all(compare(left, right) <= 0 for left, right in pairwise(items))


def _best(name: str, wanted: int) -> Callable[[list[Value]], Value]:
    def best(items: list[Value]) -> Value:
        if not items:
            raise EvalError(f"{name} called on empty list")
        found = items[0]
        for item in items[1:]:
            if compare(found, item) == wanted:
                found = item
        return found

    return best


def _sum_of(zero: Value, add: Callable[[Value, Value], Value]) -> Callable[[list[Value]], Value]:
    def total(items: list[Value]) -> Value:
        result, name = zero, type_name(zero)
        for item in items:
            if type_name(item) != name:
                raise no_such_overload()
            result = add(result, item)
        return result

    return total


def _index_of(items: list[Value], wanted: Value) -> int:
    return next((index for index, item in enumerate(items) if equal(item, wanted)), -1)


def _last_index_of(items: list[Value], wanted: Value) -> int:
    return next((index for index in range(len(items) - 1, -1, -1) if equal(items[index], wanted)), -1)


def _includes(items: Value, wanted: Value) -> bool:
    """Whether a list has the element; anything else has only itself."""
    return contains(items, wanted) if isinstance(items, list) else equal(items, wanted)


def sort_by(items: list[Value], keys: list[Value]) -> list[Value]:
    """The items in the order of their keys."""
    if len(items) != len(keys):
        raise EvalError("@sortByAssociatedKeys() expected a list of the same size as the associated keys list")
    if len({type_name(key) for key in keys}) > 1:
        raise EvalError("list elements must have the same type")
    by_key: Callable[[int, int], int] = lambda left, right: compare(keys[left], keys[right])  # noqa: E731
    order = sorted(range(len(items)), key=cmp_to_key(by_key))
    if len(keys) == 1:
        compare(keys[0], keys[0])
    return [items[index] for index in order]


def _sort(items: list[Value]) -> list[Value]:
    return sort_by(items, items)


def _slice(items: list[Value], start: int, end: int) -> list[Value]:
    if start < 0 or end < 0:
        raise EvalError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvalError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(items):
        raise EvalError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


def _flatten(items: list[Value], depth: int = 1) -> list[Value]:
    if depth < 0:
        raise EvalError("level must be non-negative")
    if len(items) * depth >= STEPS:
        raise BudgetExceeded  # the server counts the depth, whatever there is to flatten
    flat: list[Value] = []
    for item in items:
        if isinstance(item, list) and depth > 0:
            flat += _flatten(item, depth - 1)
        else:
            flat.append(item)
        check_length(len(flat))
    return flat


def _range(count: int) -> list[Value]:
    if count < 0:
        raise EvalError(f"lists.range: size must be non-negative, got {count}")
    check_length(count)
    return list(range(count))


_HASHABLE = frozenset({str, bool})


def _distinct(items: list[Value]) -> list[Value]:
    kept: list[Value] = []
    seen: set[Any] = set()
    for item in items:
        if type(item) in _HASHABLE:
            if (type(item), item) in seen:
                continue
            seen.add((type(item), item))
            kept.append(item)
        elif not any(equal(item, other) for other in kept):
            kept.append(item)
    return kept


def _of_comparable() -> tuple[Overload, ...]:
    table: list[Overload] = []
    for name in _COMPARABLE:
        table += [
            method(f"list({name})", "isSorted() -> bool", _is_sorted),
            method(f"list({name})", f"min() -> {name}", _best("min", 1)),
            method(f"list({name})", f"max() -> {name}", _best("max", -1)),
            method(f"list({name})", f"sort() -> list({name})", _sort, LISTS),
        ]
    return tuple(table)


OVERLOADS = (
    *_of_comparable(),
    method("list(int)", "sum() -> int", _sum_of(0, lambda a, b: checked_int(a + b))),
    method("list(uint)", "sum() -> uint", _sum_of(UInt(0), lambda a, b: checked_uint(int(a) + int(b)))),
    method("list(double)", "sum() -> double", _sum_of(0.0, lambda a, b: a + b)),
    method("list(duration)", "sum() -> duration", _sum_of(Duration(0), lambda a, b: duration_of(a.value + b.value))),
    method("list(A)", "indexOf(A) -> int", _index_of),
    method("list(A)", "lastIndexOf(A) -> int", _last_index_of),
    method("dyn", "includes(dyn) -> bool", _includes, INCLUDES_SINCE),
    method("list(T)", "slice(int, int) -> list(T)", _slice, LISTS),
    method("list(list(T))", "flatten() -> list(T)", _flatten, LISTS),
    method("list(dyn)", "flatten(int) -> list(dyn)", _flatten, LISTS),
    method("list(T)", "reverse() -> list(T)", _reverse, LISTS),
    method("list(T)", "distinct() -> list(T)", _distinct, LISTS),
    function("lists.range(int) -> list(int)", _range, LISTS),
)
