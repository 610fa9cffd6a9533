"""CEL as kube-apiserver evaluates it: `compile(text, variables)(activation)`.

`kubecel.admission` decides ValidatingAdmissionPolicies with it. Each name is imported when it is first asked for, so
that who needs one module of the package does not wait for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubecel.errors import BudgetExceeded, CelError, EvalError, EvaluationError, Issue, Undecided
    from kubecel.program import NEWEST, Program, compile  # noqa: A004
    from kubecel.signature import Overload, Version
    from kubecel.types import Type

_HOMES = {
    "errors": ("BudgetExceeded", "CelError", "EvalError", "EvaluationError", "Issue", "Undecided"),
    "program": ("NEWEST", "Program", "compile"),
    "signature": ("Overload", "Version"),
    "types": ("Type",),
}


def __getattr__(name: str) -> Any:
    """The public name, from the module that defines it."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(f"kubecel.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
