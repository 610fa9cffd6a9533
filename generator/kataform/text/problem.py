"""A defect of a text as a person sees it, and the text by lines to place it in."""

from __future__ import annotations

from typing import Protocol

from kataform.finding import Finding, Location, Related, Severity
from kubecel.records import dataclass

__all__ = ["Mark", "Problem", "Text"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A defect of a text; `rule` is its name."""

    rule: str
    message: str
    remedy: str
    location: Location
    related: tuple[Related, ...] = ()

    @property
    def finding(self) -> Finding:
        """The defect as an error in a report: nothing reads on where a text is refused."""
        return Finding(self.rule, Severity.ERROR, self.message, self.location, self.remedy, related=self.related)


class Mark(Protocol):
    """A place in a text, counted from 0."""

    @property
    def index(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class Text:
    """A file's text by lines, as the parser counts them, for placing what is found in it."""

    def __init__(self, path: str, text: str, shift: int = 0) -> None:
        self.path, self.lines, self.shift = path, text.splitlines(), shift

    def line(self, number: int) -> str:
        """The line with this 0-based number, empty past the end."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def place(self, line: int, start: int, end: int | None = None) -> Location:
        """Characters `start` to `end` of a line; to its last visible character where no end is given."""
        if end is None:
            end = len(self.line(line).rstrip())
        shift = self.shift if line == 0 else 0
        end = max(end, start + 1)
        return Location(self.path, line + 1, start + 1 + shift, line + 1, end + 1 + shift)
