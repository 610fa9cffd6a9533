"""Sets: lists compared without regard to order or repetition.

https://github.com/google/cel-go/blob/master/ext/sets.go
"""

from __future__ import annotations

from kubecel.signature import function
from kubecel.values import Value, contains

SINCE = (1, 30)


def _contains(items: list[Value], wanted: list[Value]) -> bool:
    return all(contains(items, one) for one in wanted)


def _equivalent(left: list[Value], right: list[Value]) -> bool:
    return _contains(left, right) and _contains(right, left)


def _intersects(left: list[Value], right: list[Value]) -> bool:
    return any(contains(right, one) for one in left)


OVERLOADS = (
    function("sets.contains(list(T), list(T)) -> bool", _contains, SINCE),
    function("sets.equivalent(list(T), list(T)) -> bool", _equivalent, SINCE),
    function("sets.intersects(list(T), list(T)) -> bool", _intersects, SINCE),
)
