"""The difference between two texts as `diff -u` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["unified"]

_AROUND = 3


def unified(before: str, after: str, old: str, new: str) -> Iterator[str]:
    """The lines of a unified diff, each with its end; `old` and `new` name the two texts.

    Where no line was added or taken away, lines are compared one by one: the search for what moved takes the square
    of the changes.
    """
    import difflib

    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(one) == len(other):
        lines = _in_place(one, other, old, new)
    else:
        lines = difflib.unified_diff(one, other, old, new, n=_AROUND)
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _in_place(one: Sequence[str], other: Sequence[str], old: str, new: str) -> Iterator[str]:
    changed = [index for index, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if changed:
        yield from (f"--- {old}\n", f"+++ {new}\n")
    first = 0
    for position, index in enumerate(changed, 1):
        if position < len(changed) and changed[position] - index <= 2 * _AROUND + 1:
            continue
        start, end = max(changed[first] - _AROUND, 0), min(index + _AROUND + 1, len(one))
        size = f",{end - start}" if end - start != 1 else ""
        yield f"@@ -{start + 1}{size} +{start + 1}{size} @@\n"
        yield from _hunk(one, other, start, end)
        first = position


def _hunk(one: Sequence[str], other: Sequence[str], start: int, end: int) -> Iterator[str]:
    """Its lines; of several changed ones in a row all old ones come first."""
    added: list[str] = []
    for index in range(start, end):
        if one[index] != other[index]:
            yield f"-{one[index]}"
            added.append(f"+{other[index]}")
        else:
            yield from added
            added = []
            yield f" {one[index]}"
    yield from added
