"""CEL as kube-apiserver evaluates it: `compile(text, variables)(activation)`.

`kubecel.admission` decides ValidatingAdmissionPolicies with it.
"""

from __future__ import annotations

from kubecel.errors import BudgetExceeded, CelError, EvalError, EvaluationError, Issue, Undecided
from kubecel.program import NEWEST, Program, compile  # noqa: A004
from kubecel.signature import Overload, Version
from kubecel.types import Type


def reference() -> tuple[Overload, ...]:
    """Every function with its signature and the first server that has it, for a page of documentation."""
    from kubecel.library import table

    return table.OVERLOADS


__all__ = [
    "NEWEST",
    "BudgetExceeded",
    "CelError",
    "EvalError",
    "EvaluationError",
    "Issue",
    "Overload",
    "Program",
    "Type",
    "Undecided",
    "Version",
    "compile",
    "reference",
]
