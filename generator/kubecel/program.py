"""Compile an expression, and evaluate it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from kubecel import budget
from kubecel.budget import Steps
from kubecel.checked import Checked
from kubecel.compiler import Compiler
from kubecel.errors import BudgetExceeded, CelError, EvalError, Issue
from kubecel.operations import Frame, Run
from kubecel.signature import Overload, Version
from kubecel.types import Type
from kubecel.values import Value

NEWEST: Version = (1, 37)
# Writing and compiling a quicker function takes as long as it saves in a few hundred runs.
OFTEN = 200
_Made = TypeVar("_Made")


class Program:
    """An expression. `run` takes a frame: the budget, the variables in order, and `extra` free slots.

    It is compiled when something of that is first needed, from what `checking` gives. Once it has run OFTEN times,
    `run` is a quicker function that does the same.
    """

    __slots__ = ("checked", "checking", "compiler", "extra", "run", "text", "type", "variables", "version")

    def __init__(
        self, text: str, type_: Type, variables: tuple[str, ...], version: Version, checking: Callable[[], Checked]
    ) -> None:
        self.text = text
        self.type = type_
        self.variables = variables
        self.version = version
        self.checking = checking

    def __getattr__(self, name: str) -> Any:
        if name not in ("checked", "compiler", "extra", "run"):
            raise AttributeError(name)
        _within_limits(self.compile, self.text)
        return getattr(self, name)

    def compile(self) -> None:
        """Make the functions. Raises CelError."""
        slots = {name: index + 1 for index, name in enumerate(self.variables)}
        self.checked = self.checking()
        self.compiler = compiler = Compiler(self.checked, slots, self.version)
        self.run: Run = _counting(self, compiler.compile(self.checked.node))
        self.extra = compiler.size - 1 - len(self.variables)

    def frame(self, values: list[Value], steps: Steps) -> Frame:
        """A frame for variables in the order in which they were declared."""
        return [steps, *values, *[None] * self.extra]

    def evaluate(self, values: list[Value], steps: Steps) -> Value:
        """The value for variables in the order in which they were declared. Raises EvalError and BudgetExceeded."""
        try:
            return self.run(self.frame(values, steps))
        except RecursionError:
            return self._evaluate_deep(values, steps)

    def _evaluate_deep(self, values: list[Value], steps: Steps) -> Value:
        with budget.deep_calls():
            try:
                return self.run(self.frame(values, steps))
            except RecursionError:
                raise BudgetExceeded from None

    def __call__(self, activation: Mapping[str, Value]) -> Value:
        """The value for variables by name. Raises EvalError and BudgetExceeded."""
        missing = [name for name in self.variables if name not in activation]
        if missing:
            raise EvalError(f"no such attribute(s): {', '.join(missing)}")
        return self.evaluate([activation[name] for name in self.variables], Steps())


def _counting(program: Program, exact: Run) -> Run:
    """The function of a program until it has run often."""
    left = OFTEN

    def run(frame: Frame) -> Value:
        nonlocal left
        left -= 1
        if left == 0:
            from kubecel import quick

            program.run = quick.write(program.checked, program.compiler, exact)
        return exact(frame)

    return run


def compile(  # noqa: A001
    text: str, variables: Mapping[str, Type], version: Version = NEWEST, more: tuple[Overload, ...] = ()
) -> Program:
    """Compile an expression as a server of that version does. Raises CelError with everything it would refuse.

    `more` are functions that no server has.
    """
    return _within_limits(partial(_compile, text, variables, version, more), text)


def check(text: str, variables: Mapping[str, Type], version: Version = NEWEST) -> Checked:
    """The types of an expression as a server of that version finds them. Raises CelError with what it would refuse."""
    return _within_limits(partial(_check, text, variables, version), text)


def _within_limits(step: Callable[[], _Made], text: str) -> _Made:
    try:
        try:
            return step()
        except RecursionError:
            with budget.deep_calls():
                return step()
    except RecursionError:
        raise CelError((Issue(f"expression recursion limit exceeded: {budget.RECURSION_LIMIT}", 0),), text) from None
    except CelError as error:
        error.text = text
        raise


def _check(text: str, variables: Mapping[str, Type], version: Version, more: tuple[Overload, ...] = ()) -> Checked:
    from kubecel import checker, parser, validators  # which a run needs none of that compiles nothing anew

    checked = checker.check(parser.parse(text, version), variables, version, more)
    issues = checked.issues or tuple(validators.refusals(checked, version))
    if issues:
        raise CelError(issues, text)
    return checked


def _compile(text: str, variables: Mapping[str, Type], version: Version, more: tuple[Overload, ...]) -> Program:
    checked = _check(text, variables, version, more)
    found = Program(text, checked.type, tuple(variables), version, lambda: checked)
    found.compile()
    return found
