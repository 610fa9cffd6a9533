"""What selections, literals and operators do when they run: functions of a frame, made of those of their operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubecel import budget, macros
from kubecel.budget import STEPS, Steps
from kubecel.errors import BudgetExceeded, Crashed, EvalError, Undecided, no_such_overload
from kubecel.library import operators, optional
from kubecel.values import (
    ABSENT,
    NONE,
    Optional,
    TypeValue,
    Value,
    equal,
    go_type,
    type_name,
    wrong_type,
)

Frame = list[Any]
Run = Callable[[Frame], Value]
BUDGET = 0  # the slot of the budget
SHORT = 16  # a value no longer than this costs nothing
SIZED = frozenset({str, bytes, list, dict})


# --- selection ---


def _step(value: Value, field: str) -> Value:
    """One field of a value that is no plain dict, or that lacks the field."""
    return operators.select(value, field)


def path_of_slot(slot: int, fields: tuple[str, ...]) -> Run:
    if len(fields) == 1:
        (field,) = fields

        def select_one(frame: Frame) -> Value:
            value = frame[slot]
            if type(value) is dict and field in value:
                return value[field]
            return _step(value, field)

        return select_one

    def select(frame: Frame) -> Value:
        value = frame[slot]
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def path_of_lazy(slot: int, name: str, fields: tuple[str, ...]) -> Run:
    """A field of a struct that computes its fields when they are read."""

    def select(frame: Frame) -> Value:
        value = frame[slot][name]
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def some(run: Run) -> Run:
    return lambda frame: Optional(run(frame))


def path(run: Run, fields: tuple[str, ...]) -> Run:
    def select(frame: Frame) -> Value:
        value = run(frame)
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def has(run: Run, field: str) -> Run:
    def has(frame: Frame) -> Value:
        value = run(frame)
        return field in value if type(value) is dict else operators.has_field(value, field)

    return has


def optional_path(run: Run, fields: tuple[str, ...]) -> Run:
    """`a.?b.?c`: through plain dicts at once, else step by step."""

    def select(frame: Frame) -> Value:
        value = start = run(frame)
        if type(start) is Optional:
            if not start.present:
                return NONE
            value = start.value
        for field in fields:
            if type(value) is not dict:
                return _optional_steps(start, fields)
            value = value.get(field, ABSENT)
            if value is ABSENT:
                return NONE
        return Optional(value)

    return select


def _optional_steps(found: Value, fields: tuple[str, ...]) -> Value:
    for field in fields:
        found = optional.select(found, field)
    return found


def named(run: Run) -> Run:
    """A text for a pattern that is known beforehand, which sees a type by its name."""

    def text(frame: Frame) -> Value:
        value = run(frame)
        if type(value) is TypeValue:
            return value.name
        if isinstance(value, str):
            return value
        raise wrong_type(value)

    return text


def whole(run: Run) -> Run:
    """An integer, where a known pattern is given another argument."""

    def number(frame: Frame) -> Value:
        value = run(frame)
        if type_name(value) == "int":
            return value
        raise wrong_type(value)

    return number


def list_only(run: Run) -> Run:
    """A list; a server that is given anything else does not look at its type before it takes it for one."""

    unfailing = without_error(run)

    def items(frame: Frame) -> Value:
        value = unfailing(frame)
        if isinstance(value, list):
            return value
        raise Crashed(
            f"internal error: interface conversion: {go_type(value)} is not traits.Lister: missing method Add"
        )

    return items


def without_error(run: Run) -> Run:
    """A list; a server whose function is given an error takes that for one."""

    def items(frame: Frame) -> Value:
        try:
            return run(frame)
        except Undecided:
            raise
        except EvalError:
            raise Crashed(macros.NO_LIST) from None

    return items


def flattening(items: Run, depth: Run) -> tuple[Run, Run]:
    """A list and how deep it is flattened; a server looks at the depth first, and takes anything for an integer."""
    checked = _int_only(depth)

    def after_depth(frame: Frame) -> Value:
        deep = checked(frame) >= STEPS  # which is too much for anything but an empty list
        try:
            value = items(frame)
        except EvalError:
            if deep:
                raise BudgetExceeded from None
            raise
        if deep and not isinstance(value, list):
            raise BudgetExceeded
        return value

    return after_depth, checked


def _int_only(run: Run) -> Run:
    def depth(frame: Frame) -> Value:
        try:
            value = run(frame)
        except Undecided:
            raise
        except EvalError:
            raise Crashed("internal error: interface conversion: ref.Val is *types.Err, not types.Int") from None
        if type_name(value) != "int":
            raise Crashed(f"internal error: interface conversion: ref.Val is {go_type(value)}, not types.Int")
        return value

    return depth


# --- literals ---


def optional_list(elements: tuple[tuple[Run, bool], ...]) -> Run:
    def build(frame: Frame) -> Value:
        built: list[Value] = []
        for run, is_optional in elements:
            value = run(frame)
            if not is_optional:
                built.append(value)
            elif type(value) is not Optional:
                raise no_such_overload()
            elif value.present:
                built.append(value.value)
        return built

    return build


def map_of(entries: tuple[tuple[Run, Run, bool], ...]) -> Run:
    def build(frame: Frame) -> Value:
        built: dict[Value, Value] = {}
        for key_run, value_run, is_optional in entries:
            key, value = macros.as_key(key_run(frame)), value_run(frame)
            if is_optional:
                if type(value) is not Optional:
                    raise no_such_overload()
                if not value.present:
                    continue
                value = value.value
            built[key] = value
        return built

    return build


# --- operators that do not evaluate all of their operands, and equality ---


def logical(runs: tuple[Run, ...], *, decisive: bool) -> Run:
    """`&&` (false is decisive) and `||` (true is): one decisive operand decides, whatever the others do."""

    def decide(frame: Frame) -> Value:
        failure: EvalError | None = None
        for run in runs:
            try:
                value = run(frame)
            except EvalError as error:
                failure = macros.worse(failure, error)
                continue
            if value is decisive:
                return decisive
            if value is not (not decisive):
                failure = macros.worse(failure, macros.unfit(value))
        if failure is not None:
            raise failure
        return not decisive

    return decide


def conditional(condition: Run, chosen: Run, other: Run) -> Run:
    def choose(frame: Frame) -> Value:
        value = condition(frame)
        if value is True:
            return chosen(frame)
        if value is False:
            return other(frame)
        raise macros.unfit(value)

    return choose


def negation(run: Run) -> Run:
    def negate(frame: Frame) -> Value:
        value = run(frame)
        if value is True:
            return False
        if value is False:
            return True
        raise macros.unfit(value)

    return negate


def equality(left: Run, right: Run) -> Run:
    return lambda frame: are_equal(frame[BUDGET], left(frame), right(frame))


def are_equal(steps: Steps, one: Value, other: Value) -> bool:
    """Equality, which costs more the more there is to compare."""
    if type(one) is str and type(other) is str:
        return one == other
    if type(one) in SIZED and type(other) in SIZED:
        steps.take(budget.weigh(one) // 4)
    return equal(one, other)


def equals_text(run: Run, text: str) -> Run:
    def is_text(frame: Frame) -> Value:
        value = run(frame)
        return value == text if type(value) is str else equal(value, text)

    return is_text


def differs_from_text(run: Run, text: str) -> Run:
    def is_other(frame: Frame) -> Value:
        value = run(frame)
        return value != text if type(value) is str else differ(frame[BUDGET], value, text)

    return is_other


def inequality(left: Run, right: Run) -> Run:
    return lambda frame: differ(frame[BUDGET], left(frame), right(frame))


def differ(steps: Steps, one: Value, other: Value) -> bool:
    """Inequality: what cannot be compared differs."""
    try:
        return not are_equal(steps, one, other)
    except Undecided:
        raise
    except EvalError:
        return True


def index(operand: Run, key: Run) -> Run:
    def at(frame: Frame) -> Value:
        container = operand(frame)
        return NONE if _is_none(container) else operators.index(container, key(frame))

    return at


def element(container: Value, key: Value) -> Value:
    """`container[key]`"""
    return NONE if _is_none(container) else operators.index(container, key)


def _is_none(value: Value) -> bool:
    """Whether a value is optional and absent: nothing is looked for in it, whatever the key does."""
    return type(value) is Optional and not value.present


def optional_index(operand: Run, key: Run) -> Run:
    def at(frame: Frame) -> Value:
        container = operand(frame)
        return NONE if _is_none(container) else optional.index(container, key(frame))

    return at


def alternative(operand: Run, other: Run, *, value: bool, strict: bool) -> Run:
    """`orValue` with `value`, else `or`; on what is no optional value it is the identity unless `strict`."""

    def choose(frame: Frame) -> Value:
        found = operand(frame)
        if type(found) is Optional:
            if not found.present:
                return other(frame)
            return found.value if value else found
        if strict:
            raise macros.unfit(found)
        return found

    return choose


def in_strings(run: Run, items: frozenset[str]) -> Run:
    """`in` a literal list of strings, which nothing but a string can be in."""
    return lambda frame: value in items if isinstance(value := run(frame), str) else hashed(value)


def in_literals(run: Run, items: list[Value]) -> Run:
    return lambda frame: is_literal(run(frame), items)


def is_literal(value: Value, items: list[Value]) -> bool:
    """`in` a literal list of numbers, bools and strings, among which numbers are found by what they are exactly."""
    if not isinstance(value, (str, int, float)):
        return hashed(value)
    truth = type(value) is bool
    return any((type(item) is bool) is truth and bool(value == item) for item in items)


def hashed(value: Value) -> bool:
    """False for a value that is not in a set of others; the server cannot look for some values in a set."""
    macros.check_hashable(value)
    return False


def membership(wanted: Run, items: Run) -> Run:
    return lambda frame: is_in(frame[BUDGET], wanted(frame), items(frame))


def membership_of_built(wanted: Run, items: Run) -> Run:
    """`in` a map that the expression itself has built, where a server cannot look for everything."""

    def is_in_built(frame: Frame) -> bool:
        value, container = wanted(frame), items(frame)
        if container:
            macros.check_hashable(value)
        return is_in(frame[BUDGET], value, container)

    return is_in_built


def is_in(steps: Steps, value: Value, container: Value) -> bool:
    """`in` a list or a map; the longer a list is, the more it costs."""
    if type(container) is list and len(container) > SHORT:
        steps.take(len(container) // 64 if type(value) is str else budget.weigh(container) // 4)
    return operators.is_in(value, container)


COMPARING: dict[str, Callable[[Run, str], Run]] = {"_==_": equals_text, "_!=_": differs_from_text}
SPECIAL: dict[tuple[str, int], Callable[..., Run]] = {
    ("_?_:_", 3): conditional,
    ("!_", 1): negation,
    ("_==_", 2): equality,
    ("_!=_", 2): inequality,
    ("_[_]", 2): index,
    ("_[?_]", 2): optional_index,
}
