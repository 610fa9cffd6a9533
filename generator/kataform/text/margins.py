"""Which line's indentation is wrong, where a parser only says that two do not fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kataform.finding import Related
from kataform.text.problem import Problem, Text

__all__ = ["above", "crooked", "margin", "misfit", "unbalanced"]

_FARTHEST = 500  # lines looked at above a defect
_KEY = re.compile(r"\s*(?:- +)*[^\s#:\'\"][^#:]*:(?:\s|$)").match


def margin(line: str) -> int:
    """The width of the white space a line begins with."""
    return len(line) - len(line.lstrip(" \t"))


def above(text: Text, line: int) -> int | None:
    """The nearest line above that is neither empty nor a comment, in the same document."""
    return next(_written(text, line), None)


def misfit(text: Text, line: int) -> Problem:
    """The problem that a line fits none above it: its own indentation is wrong, or that of one it belongs to."""
    blamed = crooked(text, line)
    if blamed is not None:
        return blamed
    before, width = above(text, line), margin(text.line(line))
    message = f"this line is indented by {_spaces(width)} and fits no level above it"
    if before is not None and margin(text.line(before)) < width and not text.line(before).rstrip().endswith(":"):
        message = "this line is indented deeper than the one before it, which has its value already"
    options = [column for column in _levels(text, line) if column != width]
    remedy = f"indent it by {' or '.join(map(str, options))} spaces" if any(options) else "begin it at the left margin"
    return Problem("bad-indentation", message, remedy, text.place(line, 0, width or None))


def crooked(text: Text, line: int) -> Problem | None:
    """The problem of a line above with an odd indentation, the only one among those that hold this line.

    That is a sign only in a text whose lines otherwise have even ones.
    """
    if margin(text.line(line)) % 2:
        return None
    odd = [number for number in _holders(text, line) if margin(text.line(number)) % 2]
    if len(odd) != 1 or not _KEY(text.line(odd[0])):
        return None
    widths = [margin(row) for row in text.lines if _KEY(row)]
    if sum(width % 2 for width in widths) * 5 >= len(widths) + 5:
        return None
    width = margin(text.line(odd[0]))
    return Problem(
        "bad-indentation",
        f"this line is indented by {_spaces(width)}, so the lines around it do not fit it",
        f"indent it by {width - 1} or {width + 1} spaces, as those around it have it",
        text.place(odd[0], 0, width),
        (Related(text.place(line, 0), "this line fits no level above it"),),
    )


def unbalanced(text: Text, line: int) -> Problem | None:
    """The problem that a document's first line is indented and a later one, given here, is not."""
    lines = list(_written(text, line))
    if not lines or margin(text.line(lines[-1])) <= margin(text.line(line)):
        return None
    first = lines[-1]
    return Problem(
        "bad-indentation",
        f"the document begins with a line indented by {_spaces(margin(text.line(first)))}, and a later line is not",
        f"indent it by {_spaces(margin(text.line(line)))}",
        text.place(first, 0, margin(text.line(first))),
        (Related(text.place(line, 0), "this line stands left of it"),),
    )


def _spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"


def _written(text: Text, line: int) -> Iterator[int]:
    """The lines above in the same document, nearest first, without empty ones and comments."""
    for number in range(line - 1, max(line - _FARTHEST, -1), -1):
        written = text.line(number).strip()
        if text.line(number).startswith(("---", "...")):
            return
        if written and not written.startswith("#"):
            yield number


def _holders(text: Text, line: int) -> Iterator[int]:
    """The lines that could hold this one: each indented less than all below it, the nearest one in any case."""
    limit: int | None = None
    for number in _written(text, line):
        width = margin(text.line(number))
        if limit is None or width < limit:
            yield number
            limit = width
        if limit == 0:
            return


def _levels(text: Text, line: int) -> list[int]:
    """The indentations at which the line could stand."""
    columns: set[int] = set()
    for number in _holders(text, line):
        written = text.line(number)
        dashes = re.match(r"\s*(?:- +)*", written)
        columns |= {margin(written), dashes.end() if dashes else 0}
    return sorted(columns)
