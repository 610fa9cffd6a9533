"""Change a few characters of a text that a person wrote, and leave every other one alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter

from kataform.finding import Edit, Location
from kataform.text import emit

__all__ = ["quoted", "replacing", "span", "splice"]

# What ends a line for YAML, and so for every line number here.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


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


def span(text: str, place: Location) -> tuple[int, int] | None:
    """The characters `[start, end)` at a place within one line of a text; None where the text has no such place."""
    starts = _starts(text)
    if not 1 <= place.line <= len(starts) or place.end_line != place.line:
        return None
    start, end = (starts[place.line - 1] + column - 1 for column in (place.column, place.end_column))
    return (start, end) if start <= end <= len(text) else None


@lru_cache(maxsize=8)
def _starts(text: str) -> list[int]:
    """Where each line begins; many findings ask it of one text."""
    return [0, *(found.end() for found in _BREAK.finditer(text))]


def replacing(text: str, place: Location, old: str, new: str) -> Edit | None:
    """The edit that puts a plain word where another stands; None where that word does not stand there, unquoted."""
    found = span(text, place)
    if found is None or text[slice(*found)] != old or emit.scalar(new) != new:
        return None
    return Edit(place.path, *found, new)
