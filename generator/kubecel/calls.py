"""Calls of functions: the values choose the overload, and long ones count against the budget."""

from __future__ import annotations

from collections.abc import Callable

from kubecel import budget
from kubecel.budget import Steps
from kubecel.dispatch import Dispatch
from kubecel.library.time import duration_of
from kubecel.operations import BUDGET, SHORT, SIZED, Frame, Run
from kubecel.values import Duration, Value

# A function of values, before which it takes the budget.
Invoke = Callable[..., Value]
# Functions that cost the same however long their operands are.
_QUICK = frozenset({"size", "startsWith", "endsWith", "charAt", "first", "last", "type", "dyn"})


def negated(run: Run, found: Dispatch) -> Run:
    """`-x` where x may be a duration too, which the compiler would not take."""

    def negate(frame: Frame) -> Value:
        value = run(frame)
        return duration_of(-value.value) if isinstance(value, Duration) else found.choose(value)(value)

    return negate


def calling(name: str, found: Dispatch, runs: list[Run]) -> Run:
    """A call of a function; which of its overloads it is, the values say."""
    invoke = invocation(name, found, len(runs))
    if len(runs) == 1:
        (only,) = runs
        return lambda frame: invoke(frame[BUDGET], only(frame))
    if len(runs) == 2:
        first, second = runs
        return lambda frame: invoke(frame[BUDGET], first(frame), second(frame))
    return lambda frame: invoke(frame[BUDGET], *[run(frame) for run in runs])


def invocation(name: str, found: Dispatch, arity: int) -> Invoke:
    """The function for that many values."""
    cost = _nothing if name in _QUICK else _COSTS.get(name, _length)
    return {1: _of_one, 2: _of_two}.get(arity, _of_many)(found, cost)


def _of_one(found: Dispatch, cost: Callable[..., int]) -> Invoke:
    choose, by_types = found.choose, found.by_types

    def invoke(steps: Steps, value: Value) -> Value:
        if type(value) in SIZED and len(value) > SHORT:
            steps.take(cost(value))
        return (by_types.get(type(value)) or choose(value))(value)

    return invoke


def _of_two(found: Dispatch, cost: Callable[..., int]) -> Invoke:
    choose, by_types = found.choose, found.by_types

    def invoke(steps: Steps, one: Value, other: Value) -> Value:
        if (type(one) in SIZED and len(one) > SHORT) or (type(other) in SIZED and len(other) > SHORT):
            steps.take(cost(one, other))
        return (by_types.get((type(one), type(other))) or choose(one, other))(one, other)

    return invoke


def _of_many(found: Dispatch, cost: Callable[..., int]) -> Invoke:
    choose, by_types = found.choose, found.by_types

    def invoke(steps: Steps, *values: Value) -> Value:
        steps.take(cost(*values))
        return (by_types.get(tuple(map(type, values))) or choose(*values))(*values)

    return invoke


def _nothing(*_: Value) -> int:
    return 0


def _length(*values: Value) -> int:
    """A text is read quickly, a list more slowly."""
    return sum([len(value) // (64 if type(value) is str else 8) for value in values if type(value) in SIZED])


def _sorting(items: Value, *_: Value) -> int:
    return 2 * len(items)


def _comparing_all(items: Value, others: Value = None) -> int:
    """Every element of one list is compared with every element of the other, or of the same one."""
    others = items if others is None else others
    if not isinstance(items, list) or not isinstance(others, list):
        return 0
    quick = all(type(item) is str for item in others)
    return len(items) * len(others) // (64 if quick else 4) + budget.weigh(items) // 4


def _weight(*values: Value) -> int:
    return sum([budget.weigh(value) for value in values if type(value) in SIZED]) // 4


_COSTS: dict[str, Callable[..., int]] = {
    "sort": _sorting,
    "distinct": _comparing_all,
    "sets.contains": _comparing_all,
    "sets.equivalent": _comparing_all,
    "sets.intersects": _comparing_all,
    "indexOf": _weight,
    "lastIndexOf": _weight,
    "flatten": _weight,
    "format": _weight,
}
