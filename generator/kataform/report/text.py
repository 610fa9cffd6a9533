"""Reports for people: an excerpt per finding on a terminal, one line per finding elsewhere, always the coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from kataform.finding import Finding, Location
from kataform.report import excerpt
from kataform.report.colour import Paint, painter
from kataform.report.escape import one_line, plain
from kataform.report.result import Result, View, number, place, seen, summary, verdict

__all__ = ["closing", "line", "write"]

_HIDDEN = "<a Secret's value is not shown>"
_BEFORE = 2  # lines of context
_MOST = 5  # names, consequences and related places shown before the rest is only counted


def write(result: Result, stream: TextIO, view: View) -> None:
    """Write every finding, what was left out, and a last line with the counts and the coverage."""
    paint = painter(view.color)
    for finding in result.findings:
        if view.style == "full":
            stream.writelines(text.rstrip() + "\n" for text in _full(finding, view, paint))
            stream.write("\n")
        else:
            stream.write(line(finding, paint) + "\n")
    if result.findings and view.style == "lines":
        stream.write("\n")
    stream.writelines(text + "\n" for text in closing(result, paint))


def line(finding: Finding, paint: Paint) -> str:
    """`path:line:column: error[rule] message; remedy`, what else the same cause explains, and which overlays see it."""
    message = f"{finding.message}{_decided(finding)}"
    shared = seen(finding) if len(finding.overlays) > 1 else ""
    said = "; ".join(one_line(text) for text in (message, finding.remedy, _explained(finding), shared) if text)
    where = f"{plain(place(finding.location))}: " if finding.location.path else ""
    return f"{where}{_label(finding, paint)} {said}"


def _decided(finding: Finding) -> str:
    """What stands at the finding's own place, where that is told apart from the message."""
    here = [other.message for other in finding.related if other.location == finding.location and finding.location.line]
    return f" ({', '.join(here)})" if here else ""


def _explained(finding: Finding) -> str:
    """The rules of what the same cause explains; each consequence ends with its own in brackets."""
    rules = sorted({message.rpartition("[")[2].rstrip("]") for message in finding.consequences})
    return f"also explains {', '.join(rules)}" if rules else ""


def closing(result: Result, paint: Paint) -> Iterator[str]:
    """The notes, kubeconform's verdict, and the line with the counts and the coverage."""
    for note in result.notes:
        yield f"{paint('note:', 'help')} {one_line(note)}"
    if result.kubeconform is not None:
        yield verdict(result.kubeconform)
    worst = max((finding.severity for finding in result.findings), default=None)
    yield paint(summary(result), worst.label if worst else "clean")


def _label(finding: Finding, paint: Paint) -> str:
    return paint(f"{finding.severity.label}[{plain(finding.rule)}]", finding.severity.label)


def _full(finding: Finding, view: View, paint: Paint) -> Iterator[str]:
    related = finding.related[:_MOST]
    gutter = max(len(str(where.line)) for where in (finding.location, *(other.location for other in related)))
    pad = " " * gutter
    first, *more = finding.message.splitlines() or [""]
    yield f"{_label(finding, paint)}{paint(': ' + plain(first), 'strong')}"
    yield from (f"{pad}   {plain(text)}" for text in more)
    if finding.location.path:
        yield f"{pad}{paint('-->', 'frame')} {plain(place(finding.location))}"
    yield from _excerpt(finding.location, view, gutter, paint, _BEFORE, "^", finding.severity.label)
    for other in related:
        yield f"{pad}{paint(':::', 'frame')} {plain(place(other.location))}: {one_line(other.message)}"
        if other.location != finding.location:
            yield from _excerpt(other.location, view, gutter, paint, 0, "-", "frame")
    for name, text in _details(finding):
        head, *rest = text.splitlines() or [""]
        yield f"{pad} {paint('=', 'frame')} {paint(name + ':', 'help' if name == 'help' else 'strong')} {plain(head)}"
        yield from (f"{pad}   {' ' * len(name)}  {plain(text)}" for text in rest)


def _details(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.resource or finding.pointer:
        yield "object", " ".join(part for part in (finding.resource, finding.pointer) if part)
    if len(finding.related) > _MOST:
        yield "note", f"{number(len(finding.related) - _MOST, 'more place')} related to this"
    for message in finding.consequences[:_MOST]:
        yield "also explains", message
    if len(finding.consequences) > _MOST:
        yield "also explains", number(len(finding.consequences) - _MOST, "more problem")
    if _elsewhere(finding):
        yield "note", seen(finding)
    fix, kind = finding.fix, "safe fix" if finding.fix and finding.fix.safe else "unsafe fix"
    if fix is not None and fix.title == finding.remedy:
        yield "help", f"{finding.remedy} ({kind})"
        return
    if finding.remedy:
        yield "help", finding.remedy
    if fix is not None:
        yield kind, fix.title


def _elsewhere(finding: Finding) -> bool:
    """Whether the overlays say more than the path of the finding does."""
    if len(finding.overlays) != 1:
        return bool(finding.overlays)
    return f"/{finding.overlays[0]}/" not in f"/{finding.location.path}"


def _excerpt(
    location: Location, view: View, gutter: int, paint: Paint, context: int, mark: str, style: str
) -> Iterator[str]:
    """The lines of a place with the span underlined; nothing where the source is not at hand."""
    lines = view.lines(location.path) if location.line else None
    if lines is None or location.line > len(lines) + 1:
        return
    bar, edge = paint("|", "frame"), " " * gutter
    room = max(20, view.width - gutter - 3)
    secret = view.secret_lines.get(location.path, frozenset())
    yield f"{edge} {bar}"
    for at in (*_context(lines, location.line, context), location.line):
        text = lines[at - 1] if at <= len(lines) else ""
        start, end = _span(location, text) if at == location.line else (0, 0)
        shown, offset, width = excerpt.show(text, start, end, room)
        if at in secret:
            shown = _HIDDEN
        yield f"{paint(f'{at:>{gutter}}', 'frame')} {bar} {shown}"
    if location.line not in secret:
        yield f"{edge} {bar} {' ' * offset}{paint(mark * width, style)}"
    yield f"{edge} {bar}"


def _context(lines: Sequence[str], number: int, count: int) -> range:
    """The lines before a line that belong to the same document, without blank ones at their start."""
    first = number
    for at in range(number - 1, max(0, number - 1 - count), -1):
        if lines[at - 1].startswith(("---", "...")):
            break
        if lines[at - 1].strip():
            first = at
    return range(first, number)


def _span(location: Location, text: str) -> tuple[int, int]:
    """The part of its first line that a place covers, in characters from 0, the end exclusive."""
    stop = len(text.rstrip())
    if not location.column:
        return len(text) - len(text.lstrip()), stop
    start = location.column - 1
    if location.end_line > location.line:
        return start, max(stop, start + 1)
    return start, max(location.end_column - 1, start + 1)
