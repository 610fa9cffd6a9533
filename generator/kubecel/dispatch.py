"""Choose the overload that fits the values a function is called with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubecel.errors import EvalError, no_such_overload
from kubecel.signature import Overload
from kubecel.types import PARAM, Type
from kubecel.values import Optional, Value, type_name

Implementation = Callable[..., Any]
_UNGUARDED = frozenset({"flatten"})  # what takes any list, whatever is in it, once the compiler has let it pass


class Dispatch:
    """A function as one call sees it: the overloads that fit its static types, by the Python types of the values.

    `by_types` remembers the choice, keyed by the values' Python types, unless it depends on elements.
    """

    __slots__ = ("_deep", "_fits", "_overloads", "by_types")

    def __init__(self, overloads: tuple[Overload, ...]) -> None:
        self._overloads = overloads
        guarded = not any(overload.name in _UNGUARDED for overload in overloads)
        self._fits = fits if guarded else _is_of_kind
        self._deep = guarded and any(_is_deep(wanted) for overload in overloads for wanted in overload.args)
        self.by_types: dict[Any, Implementation] = {}

    def choose(self, *values: Value) -> Implementation:
        """The implementation for these values. Raises EvalError where none fits."""
        for overload in self._overloads:
            if all(map(self._fits, overload.args, values)):
                if not self._deep:
                    key = type(values[0]) if len(values) == 1 else tuple(map(type, values))
                    self.by_types[key] = overload.implementation
                return overload.implementation
        raise _unfit(self._overloads[0].name, values)


def _unfit(name: str, values: tuple[Value, ...]) -> EvalError:
    """The server's words for values that no overload takes."""
    names = [type_name(value) for value in values]
    if name in _WORDLESS:
        return no_such_overload()
    if name == "flatten":
        return no_such_overload(f"{_FULL.get(names[0], names[0])}.flatten({', '.join(names[1:])})")
    if name in _TAKING:
        return no_such_overload("" if names[0] in _TAKING[name] or names[0] in _RECEIVING else name)
    return no_such_overload(f"{name}({', '.join(names)})")


# Functions that cel-go gives to the type of their first value, if that has such functions; others it does not name.
_WORDLESS = frozenset({"!_", "@in", "startsWith", "endsWith", "contains"})
_RECEIVING = frozenset({"string", "google.protobuf.Timestamp", "google.protobuf.Duration"})
_FULL = {"map": "map(dyn, dyn)", "optional_type": "optional_type(dyn)"}
_COUNTED = frozenset({"int", "uint", "double"})
_COMPARED = _COUNTED | {"bool", "bytes"}
_TAKING = {
    "_+_": _COUNTED | {"bytes", "list"}, "_-_": _COUNTED, "_*_": _COUNTED, "_/_": _COUNTED, "_%_": {"int", "uint"},
    "-_": {"bool"}, "_<_": _COMPARED, "_<=_": _COMPARED, "_>_": _COMPARED, "_>=_": _COMPARED,
    "size": frozenset[str](), "matches": frozenset[str](), "sort": frozenset[str](),
}  # fmt: skip


_KNOWN: dict[tuple[int, ...], Dispatch] = {}


def dispatch(overloads: tuple[Overload, ...]) -> Dispatch:
    """The dispatch among overloads of the table, one for every combination."""
    key = tuple(map(id, overloads))
    found = _KNOWN.get(key)
    if found is None:
        found = _KNOWN[key] = Dispatch(overloads)
    return found


def _is_deep(wanted: Type) -> bool:
    """Whether a value has to be looked into to know that it is of the type."""
    return any(inner.kind != PARAM and inner.name != "dyn" for inner in wanted.params)


def _is_of_kind(wanted: Type, value: Value) -> bool:
    return type_name(value) == wanted.name


def fits(wanted: Type, value: Value) -> bool:
    """Whether a value is of a type; of a list or map the first element decides, as in cel-go."""
    if wanted.kind == PARAM or wanted.name == "dyn":
        return True
    if type_name(value) != wanted.name:
        return False
    if not wanted.params or wanted.name == "type":
        return True
    if isinstance(value, list):
        return not value or fits(wanted.params[0], value[0])
    if isinstance(value, dict):
        return not value or all(map(fits, wanted.params, next(iter(value.items()))))
    return not isinstance(value, Optional) or not value.present or fits(wanted.params[0], value.value)
