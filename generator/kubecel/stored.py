"""Compiled policies as bytes and back, so that nobody has to compile again what has not changed.

An expression is kept checked: its tree, with what the checker found out. Its functions are made when it is first run.
Bytes are for the very version that wrote them; whoever keeps them has to see to that.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from functools import cache
from typing import Any

from kubecel import ast
from kubecel.ast import Node
from kubecel.checked import Checked
from kubecel.library import table
from kubecel.program import Program
from kubecel.signature import Overload

_FORMAT = 5


class Unreadable(ValueError):
    """Bytes that this version has not written."""


def dump(found: object, more: tuple[Overload, ...] = ()) -> bytes:
    """Policies and bindings as bytes; `more` are the functions that no server has."""
    content = io.BytesIO()
    _Pickler(content, more).dump(found)
    return content.getvalue()


def load(content: bytes, more: tuple[Overload, ...] = ()) -> Any:
    """What `dump` was given. Raises Unreadable."""
    try:
        return _Unpickler(io.BytesIO(content), more).load()
    except (pickle.UnpicklingError, ValueError, TypeError, AttributeError, LookupError, EOFError) as error:
        raise Unreadable(str(error)) from error


@cache
def _numbers() -> dict[int, int]:
    """The number of each function of the table, by its identity."""
    return {id(overload): number for number, overload in enumerate(table.OVERLOADS)}


class _Pickler(pickle.Pickler):
    """A function of the table is its number; a program is what it is restored from."""

    def __init__(self, content: io.BytesIO, more: tuple[Overload, ...]) -> None:
        super().__init__(content, _FORMAT)
        self._more = more
        first = len(table.OVERLOADS)
        self._numbers = _numbers() | {id(overload): number for number, overload in enumerate(more, first)}

    def persistent_id(self, found: Any) -> Any:
        if type(found) is Overload:
            return self._numbers[id(found)]
        if type(found) is Program:
            return found.text, found.type, found.variables, found.version, dump(_state(found.checked), self._more)
        return None


class _Unpickler(pickle.Unpickler):
    """Makes nothing but what this package defines."""

    def __init__(self, content: io.BytesIO, more: tuple[Overload, ...]) -> None:
        super().__init__(content)
        self._more = more
        self._overloads = (*table.OVERLOADS, *more)

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "kubecel" or "." in name:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a policy")
        return super().find_class(module, name)

    def persistent_load(self, found: Any) -> Any:
        if isinstance(found, int):
            return self._overloads[found]
        text, type_, variables, version, state = found
        return Program(text, type_, variables, version, lambda: _checked(load(state, self._more)))


def _state(checked: Checked) -> tuple[Any, ...]:
    """What was checked, by the numbers of the nodes."""
    numbers = {id(node): number for number, node in enumerate(_walk(checked.node))}
    parts = (checked.types, checked.names, checked.overloads, checked.qualified)
    return checked.node, *({numbers[key]: value for key, value in part.items() if key in numbers} for part in parts)


def _checked(state: tuple[Any, ...]) -> Checked:
    node, *parts = state
    nodes = list(_walk(node))
    types, names, overloads, qualified = ({id(nodes[key]): value for key, value in part.items()} for part in parts)
    return Checked(node, types[id(node)], types, names, overloads, qualified, ())


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in ast.children(node):
        yield from _walk(child)
