"""What can go wrong with an expression: it is refused, its evaluation fails, or only a cluster could decide it."""

from __future__ import annotations

from typing import NamedTuple


class Issue(NamedTuple):
    """One complaint of the compiler; `offset` counts code points from the start of the expression."""

    message: str
    offset: int


class CelError(Exception):
    """An expression that kube-apiserver would refuse, with every complaint, the first one first.

    `line` and `column` are those of the first complaint: lines from 1, columns from 1, in code points.
    """

    def __init__(self, issues: tuple[Issue, ...], text: str = "") -> None:
        super().__init__(issues[0].message)
        self.issues = issues
        self.text = text

    @property
    def message(self) -> str:
        """The first complaint."""
        return self.issues[0].message

    @property
    def messages(self) -> tuple[str, ...]:
        """Every complaint, in order."""
        return tuple(issue.message for issue in self.issues)

    @property
    def offset(self) -> int:
        """Where the first complaint stands, in code points from the start of the expression."""
        return self.issues[0].offset

    @property
    def line(self) -> int:
        """The line of the first complaint within the expression, from 1."""
        return self.text.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int:
        """The column of the first complaint within its line, from 1."""
        return self.offset - self.text.rfind("\n", 0, self.offset)


def refuse(message: str, offset: int) -> CelError:
    """A CelError with one complaint."""
    return CelError((Issue(message, offset),))


class EvaluationError(Exception):
    """An evaluation that gave no value."""


class EvalError(EvaluationError):
    """An evaluation that failed as the language has it, by a missing key or a division by zero.

    `&&`, `||`, `all` and `exists` look past such an error where another operand decides.
    """


class Undecided(EvalError):
    """An evaluation that needs what only a cluster knows, such as its authorizer."""


class Crashed(EvaluationError):
    """An evaluation in which the server's own code panics, so that it fails as a whole; nothing looks past it."""


class BudgetExceeded(EvaluationError):
    """An evaluation that would take too long or too much memory; nothing looks past it."""

    def __init__(self, message: str = "operation cancelled: actual cost limit exceeded") -> None:
        super().__init__(message)


def no_such_overload(function: str = "") -> EvalError:
    """The error of a function that met values of the wrong types; the server does not always say which one."""
    return EvalError(f"no such overload: {function}" if function else "no such overload")
