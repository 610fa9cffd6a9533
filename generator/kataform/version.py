"""Versions of the operator, and the ranges of OpenShift and Kubernetes versions that a spec asks for."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable

from kataform.errors import InputError
from kubecel.records import dataclass

_VERSION = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.v|v)?(\d{1,9})\.(\d{1,9})\.(\d{1,9})", re.ASCII)
_CONSTRAINT = re.compile(r"(>=|<=|>|<|=)? *(\d{1,9})\.(\d{1,9})(?:\.\d+)?", re.ASCII)
_COMPARISONS: dict[str, Callable[[tuple[int, int], tuple[int, int]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A released version of the operator; ordered as semantic versioning orders releases."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, text: str | Version) -> Version:
        """Read `1.13.1`, `v1.13.1` or the name of a ClusterServiceVersion; raises InputError for anything else."""
        if isinstance(text, Version):
            return text
        match = _VERSION.fullmatch(text)
        if match is None:
            raise InputError(f"{text!r} is not an operator version; write it like 1.13.1")
        return cls(*map(int, match.groups()))


def minor(text: str) -> tuple[int, int]:
    """The first two numbers of `4.18`, `v4.18` or `4.18.49`; raises InputError for anything else."""
    match = _CONSTRAINT.fullmatch(text.removeprefix("v"))
    if match is None or match[1]:
        raise InputError(f"{text!r} is not a version; write it like 4.18")
    return int(match[2]), int(match[3])


def select(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known minors that a version (`4.18`, `4.18.49`) or a range (`>=4.16 <4.19`) names, in the order given.

    A range is one or more constraints, all of which must hold. Raises InputError where it is not one.
    """
    constraints = [_constraint(text, part) for part in re.split(r" +(?=[<>=])", text.strip())]
    return tuple(name for name in known if all(holds(minor(name)) for holds in constraints))


def _constraint(text: str, part: str) -> Callable[[tuple[int, int]], bool]:
    match = _CONSTRAINT.fullmatch(part)
    if match is None:
        raise InputError(f"{text!r} is not a version range; write it like '>=4.16 <4.19'")
    compare, bound = _COMPARISONS[match[1] or "="], (int(match[2]), int(match[3]))
    return lambda found: compare(found, bound)
