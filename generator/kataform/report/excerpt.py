"""Show a line of a source file and where in it a span stands, counted in the cells of a terminal."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate

from kataform.report.escape import plain

__all__ = ["Shown", "show"]

_TAB = 4
_CUT = "…"

Shown = tuple[str, int, int]


def show(text: str, start: int, end: int, room: int) -> Shown:
    """The line as shown, the cell at which the span `[start, end)` begins, and its width in cells, at least one.

    `start` and `end` count characters of the line from 0. A line wider than `room` cells is cropped around the span.
    """
    text = text.rstrip("\r\n")
    start = min(start, len(text))
    low, high = max(0, start - 2 * room), min(len(text), start + 2 * room)
    pieces = _cells(text[low:high])
    edges = [0, *accumulate(width for _, width in pieces)]
    before, after = edges[start - low], edges[max(start, min(end, high)) - low]
    if high - low == len(text) and edges[-1] <= room:
        return "".join(piece for piece, _ in pieces), before, max(1, after - before)
    first, last = _window(edges, before, after, room - 2 * len(_CUT), low == 0)
    left = _CUT if first or low else ""
    right = _CUT if last < len(pieces) or high < len(text) else ""
    shown = "".join(piece for piece, _ in pieces[first:last])
    return left + shown + right, before - edges[first] + len(left), max(1, min(after, edges[last]) - before)


def _window(edges: list[int], before: int, after: int, keep: int, whole: bool) -> tuple[int, int]:
    """The pieces to keep: from the line's start where that holds the span, else with the span in the middle."""
    span = min(after - before, keep)
    if whole and before + span <= keep:
        return 0, bisect_right(edges, keep) - 1
    begin = max(0, min(before - (keep - span) // 2, edges[-1] - keep))
    first = bisect_left(edges, begin)
    if first:
        first = bisect_right(edges, edges[first]) - 1  # never begins with a combining mark
    return first, bisect_right(edges, edges[first] + keep) - 1


def _cells(text: str) -> list[tuple[str, int]]:
    pieces, total = [], 0
    for char in text:
        if char == "\t":
            piece, width = " " * (_TAB - total % _TAB), _TAB - total % _TAB
        elif not char.isprintable():
            piece = plain(char)
            width = len(piece)
        else:
            piece, width = char, _width(char)
        pieces.append((piece, width))
        total += width
    return pieces


def _width(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
