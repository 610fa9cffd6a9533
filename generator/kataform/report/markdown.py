"""Markdown for a job summary or one comment on a pull request: a table per severity, cut to what a comment holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import TextIO

from kataform.finding import Finding, Severity
from kataform.report.escape import one_line, plain
from kataform.report.result import Result, View, coverage, number, place, tally, verdict

__all__ = ["write"]

_MOST = 60_000  # characters; GitHub refuses a comment of more than 65,536
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
_HEAD = "| Where | Problem | What to do |\n| --- | --- | --- |\n"
# What Markdown would read as markup; @ and # would notify people and link issues.
_ENTITIES = str.maketrans({char: f"&#{ord(char)};" for char in "&<>@#|`*_~[]\\!"})
_EMOJI = re.compile(r":(?=\S)")  # what could begin :name: or a link


def write(result: Result, stream: TextIO, _view: View) -> None:
    """Write the coverage, then errors openly and the rest folded. A hidden first line lets a bot find its comment."""
    stream.write(f"<!-- kataform -->\n### kataform\n\n{_text(coverage(result))}\n")
    if result.kubeconform is not None:
        stream.write(f"\n{_text(verdict(result.kubeconform))}\n")
    room = _MOST - _notes(result, stream)
    for severity, count in tally(result).items():
        if count:
            rows = [_row(finding) for finding in result.findings if finding.severity is severity]
            kept = _fitting(rows, room)
            room -= sum(map(len, kept))
            stream.writelines(_section(severity, kept, count))


def _notes(result: Result, stream: TextIO) -> int:
    """Write as many notes as a sixth of the room holds; how many characters that took."""
    notes = [f"- {_text(note)}\n" for note in result.notes]
    kept = _fitting(notes, _MOST // 6)
    if len(kept) < len(notes):
        kept.append(f"- {number(len(notes) - len(kept), 'more note')}\n")
    stream.write("".join(["\n", *kept]) if kept else "")
    return sum(map(len, kept))


def _section(severity: Severity, rows: list[str], count: int) -> Iterator[str]:
    title, folded = number(count, _NOUNS[severity]), severity is not Severity.ERROR
    yield f"\n<details>\n<summary>{title}</summary>\n\n" if folded else f"\n**{title}**\n\n"
    if rows:
        yield _HEAD
        yield from rows
    if len(rows) < count:
        yield f"\n{number(count - len(rows), 'more finding')} not shown here.\n"
    if folded:
        yield "\n</details>\n"


def _fitting(rows: list[str], room: int) -> list[str]:
    return [row for row, end in zip(rows, accumulate(map(len, rows)), strict=True) if end <= room]


def _row(finding: Finding) -> str:
    seen = f" (seen in {number(len(finding.overlays), 'overlay')})" if len(finding.overlays) > 1 else ""
    problem = f"{_text(finding.message)} {_code(finding.rule)}{seen}"
    return f"| {_code(place(finding.location))} | {problem} | {_text(finding.remedy)} |\n"


def _text(text: str) -> str:
    return _EMOJI.sub("&#58;", one_line(text).translate(_ENTITIES))


def _code(text: str) -> str:
    """HTML, because a code span of Markdown cannot hold a bar inside a table."""
    return f"<code>{plain(text).translate(_ENTITIES)}</code>" if text else ""
