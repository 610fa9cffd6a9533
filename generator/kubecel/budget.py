"""Limits that keep a compilation or an evaluation from taking forever or all memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubecel.errors import BudgetExceeded

# An API server stops at a cost of 1,000,000 per expression; a step of a comprehension costs it at least one.
STEPS = 1_000_000
RECURSION_LIMIT = 250  # of the parser, cel-go's default: per grammar rule, nested or chained
# The longest string or bytes, and the longest list, that an evaluation may build.
SIZE, LENGTH = 5_000_000, 1_000_000
# Python's own limit on nested calls is less than an expression as deeply nested as a server allows needs.
FRAMES = 15_000


def check_size(size: int) -> None:
    """Raise BudgetExceeded for a value too large to build."""
    if size > SIZE:
        raise BudgetExceeded


def check_length(length: int) -> None:
    """Raise BudgetExceeded for a list too long to build."""
    if length > LENGTH:
        raise BudgetExceeded


def weigh(value: Any) -> int:
    """How many parts a value has, all the way down."""
    if isinstance(value, str):
        return 1 + len(value) // 4096
    if isinstance(value, dict):
        return len(value) + sum([weigh(item) for item in value.values()])
    return len(value) + sum([weigh(item) for item in value]) if isinstance(value, list) else 1


class Steps:
    """How many more steps the comprehensions of one evaluation may take."""

    __slots__ = ("left",)

    def __init__(self, left: int = STEPS) -> None:
        self.left = left

    def take(self, count: int) -> None:
        """Use up `count` steps; raises BudgetExceeded when there are not that many."""
        self.left -= count
        if self.left < 0:
            raise BudgetExceeded


@contextmanager
def deep_calls() -> Iterator[None]:
    """Allow more nested calls for a while; Python functions that call each other use no C stack."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
