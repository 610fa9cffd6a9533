"""A violation: one reason for which the API server refuses an object."""

from __future__ import annotations

from kataform.schemas.schema import Path
from kubecel.records import dataclass

__all__ = ["Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason to refuse an object: the path of the field itself, the rule, and what to do about it.

    A field that is absent has the path where it would stand. `suggestion` is the name (unknown-field) or the value
    (unknown-value) that was probably meant.
    """

    pointer: Path
    rule: str
    message: str
    remedy: str
    suggestion: str | None = None
