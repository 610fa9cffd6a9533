"""Change a few characters of a text that a person wrote, and leave every other one alone."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from kataform.finding import Edit
from kataform.text import emit

__all__ = ["quoted", "splice"]


def quoted(text: str) -> str:
    """The text as a quoted scalar on one line: in single quotes, in double ones where single cannot express it."""
    return emit.quoted(text)


def splice(text: str, edits: Iterable[Edit]) -> str:
    """The text with each span `[start, end)` replaced; two edits at the same empty span apply in the order given.

    Raises ValueError where two edits overlap or one reaches outside the text. The caller sees to it that all are
    of the same file.
    """
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=attrgetter("start", "end")):
        if edit.start < done:
            raise ValueError(f"edits overlap at character {edit.start}")
        if not edit.start <= edit.end <= len(text):
            raise ValueError(f"no characters {edit.start} to {edit.end} in a text of {len(text)}")
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    return "".join((*parts, text[done:]))
