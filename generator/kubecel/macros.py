"""What the macros do when they run: loops over a list or a map that bind its elements to slots of the frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kubecel.errors import Crashed, EvalError, Undecided, no_such_overload
from kubecel.library.lists import sort_by
from kubecel.values import ABSENT, NONE, Format, Optional, Semver, Value, find_key, go_type, type_name, wrong_type

Frame = list[Any]
Run = Callable[[Frame], Value]


class Loop(NamedTuple):
    """A macro's parts: what it goes over, the slots it binds, its condition if any, its body, what a step costs."""

    items: Run
    slots: tuple[int, ...]
    condition: Run | None
    body: Run
    weight: int
    typed: bool = False


def worse(known: EvalError | None, found: EvalError) -> EvalError:
    """Which of two failures to report: the first, except that what only a cluster knows goes before an error."""
    if known is None or (isinstance(found, Undecided) and not isinstance(known, Undecided)):
        return found
    return known


def unfit(value: Value) -> EvalError:
    """The error of a value of a type that does not fit, to be raised or kept."""
    try:
        return wrong_type(value)
    except EvalError as error:
        return error


class _ListKey(list[Value]):
    """A list that is the key of a map: as on the server no other one finds it, however equal."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


class _MapKey(dict[Value, Value]):
    """A map that is the key of a map."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def check_hashable(value: Value) -> None:
    """Raise Crashed for a value that a server cannot look for in a map that an expression has built."""
    if isinstance(value, (bytes, Semver, Format)):
        raise Crashed(f"internal error: runtime error: hash of unhashable type {go_type(value)}")


def as_key(value: Value) -> Value:
    """The value as the key of a map. Raises Crashed for what a server cannot have as one."""
    check_hashable(value)
    if isinstance(value, list):
        return _ListKey(value)
    return _MapKey(value) if isinstance(value, dict) else value


def not_iterable(value: Value) -> EvalError:
    """The error of a loop over what is neither a list nor a map, which tells the type as Go names it."""
    return EvalError(f"got '{go_type(value)}', expected iterable type")


def elements(value: Value) -> list[Value]:
    """What a macro with one name goes over: a list's elements, a map's keys."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value)
    raise not_iterable(value)


def pairs(value: Value) -> Iterable[tuple[Value, Value]]:
    """What a macro with two names goes over: index and element, or key and value."""
    if isinstance(value, list):
        return enumerate(value)
    if isinstance(value, dict):
        return list(value.items())
    raise EvalError(f"unsupported comprehension range type: {go_type(value)}")


def _steps(loop: Loop, frame: Frame) -> Iterable[Value]:
    """Bind the names to one element after the other; yields the first name's value."""
    value = loop.items(frame)
    if len(loop.slots) == 1:
        return _single_steps(elements(value), loop, frame)
    return _double_steps(value, loop, frame)


def _single_steps(items: list[Value], loop: Loop, frame: Frame) -> Iterable[Value]:
    frame[0].take(len(items) * loop.weight)
    slot = loop.slots[0]
    for item in items:
        frame[slot] = item
        yield item


def _double_steps(value: Value, loop: Loop, frame: Frame) -> Iterable[Value]:
    both = pairs(value)
    frame[0].take(len(value) * loop.weight)
    first, second = loop.slots
    for key, item in both:
        frame[first] = key
        frame[second] = item
        yield key


def _quantified(loop: Loop, *, decisive: bool) -> Run:
    """`all` (a false element decides) and `exists` (a true one does): one decisive element decides."""
    items, body, weight = loop.items, loop.body, loop.weight
    slot = loop.slots[0]

    def over_elements(frame: Frame) -> Value:
        found = items(frame)
        if type(found) is not list:
            found = elements(found)
        frame[0].take(len(found) * weight)
        failure: EvalError | None = None
        for item in found:
            frame[slot] = item
            try:
                value = body(frame)
            except EvalError as error:
                failure = worse(failure, error)
                continue
            if value is decisive:
                return decisive
            if value is not (not decisive):
                failure = worse(failure, unfit(value))
        if failure is not None:
            raise failure
        return not decisive

    def over_pairs(frame: Frame) -> Value:
        failure: EvalError | None = None
        for _ in _steps(loop, frame):
            try:
                value = body(frame)
            except EvalError as error:
                failure = worse(failure, error)
                continue
            if value is decisive:
                return decisive
            if value is not (not decisive):
                failure = worse(failure, unfit(value))
        if failure is not None:
            raise failure
        return not decisive

    return over_elements if len(loop.slots) == 1 else over_pairs


def _truth(value: Value) -> bool:
    if value is True or value is False:
        return bool(value)
    raise unfit(value)


def _exists_one(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        return sum([_truth(loop.body(frame)) for _ in _steps(loop, frame)]) == 1

    return run


def _filter(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        return [item for item in _steps(loop, frame) if _truth(loop.body(frame))]

    return run


def _chosen(loop: Loop, frame: Frame) -> Iterable[Value]:
    """The steps for which the condition holds."""
    if loop.condition is None:
        return _steps(loop, frame)
    return (key for key in _steps(loop, frame) if _truth(loop.condition(frame)))


def _transform_list(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        return [loop.body(frame) for _ in _chosen(loop, frame)]

    return run


def _transform_map(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        return {key: loop.body(frame) for key in _chosen(loop, frame)}

    return run


def _transform_map_entry(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        built: dict[Value, Value] = {}
        for _ in _chosen(loop, frame):
            entries = loop.body(frame)
            if not isinstance(entries, dict):
                raise no_such_overload()
            for key, value in entries.items():
                if find_key(built, key) is not ABSENT:
                    raise EvalError(f"insert failed: key '{key}' already exists")
                built[key] = value
        return built

    return run


NO_LIST = "internal error: interface conversion: *types.Err is not traits.Lister: missing method Add"


def _sort_by(loop: Loop) -> Run:
    def run(frame: Frame) -> Value:
        try:
            items = loop.items(frame)
            keys = [loop.body(frame) for _ in _single_steps(elements(items), loop, frame)]
        except Undecided:
            raise
        except EvalError:
            if loop.typed:  # then the server calls a function without looking whether there are keys
                raise Crashed(NO_LIST) from None
            raise
        if not isinstance(items, list):
            raise no_such_overload("@sortByAssociatedKeys")
        return sort_by(items, keys)

    return run


def _optional_map(loop: Loop, *, flat: bool) -> Run:
    slot = loop.slots[0]

    def run(frame: Frame) -> Value:
        found = loop.items(frame)
        if type(found) is not Optional:
            raise no_such_overload(f"hasValue({type_name(found)})")
        if not found.present:
            return NONE
        frame[slot] = found.value
        value = loop.body(frame)
        return value if flat else Optional(value)

    return run


BUILDERS: dict[str, Callable[[Loop], Run]] = {
    "all": lambda loop: _quantified(loop, decisive=False),
    "exists": lambda loop: _quantified(loop, decisive=True),
    "exists_one": _exists_one,
    "existsOne": _exists_one,
    "filter": _filter,
    "map": _transform_list,
    "transformList": _transform_list,
    "transformMap": _transform_map,
    "transformMapEntry": _transform_map_entry,
    "sortBy": _sort_by,
    "optMap": lambda loop: _optional_map(loop, flat=False),
    "optFlatMap": lambda loop: _optional_map(loop, flat=True),
}
