"""What the checker hands on to the compiler, which needs no checker where that was kept."""

from __future__ import annotations

from typing import NamedTuple

from kubecel.ast import Node
from kubecel.errors import Issue
from kubecel.signature import Overload
from kubecel.types import Type


class Checked(NamedTuple):
    """What the checker found out, by the identity of the nodes, which `node` keeps alive.

    `types`: the type of every node. `names`: what an identifier or a chain of selections stands for, a variable's name
    or a type. `overloads`: for a call every overload that fits its static types. `qualified`: the calls whose receiver
    is the first part of the function's name, as in `ip.isCanonical(…)`.
    """

    node: Node
    type: Type
    types: dict[int, Type]
    names: dict[int, str | Type]
    overloads: dict[int, tuple[Overload, ...]]
    qualified: dict[int, str]
    issues: tuple[Issue, ...]
