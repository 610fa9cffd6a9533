"""Annotations of GitHub Actions, with what a step shows no annotation for as plain lines.

See https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions and, for the caps and the
escapes, https://github.com/actions/toolkit/issues/734 and packages/core/src/command.ts there.
"""

from __future__ import annotations

from typing import TextIO

from kataform.finding import Finding, Location, Severity
from kataform.report import text
from kataform.report.colour import painter
from kataform.report.escape import plain
from kataform.report.result import Result, View, number

__all__ = ["write"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MOST = 10  # of each kind in a step


def write(result: Result, stream: TextIO, _view: View) -> None:
    """Annotate up to ten findings of each severity, print the others as plain lines, then the summary."""
    left = dict.fromkeys(Severity, _MOST)
    rest: list[Finding] = []
    for finding in result.findings:
        if left[finding.severity]:
            left[finding.severity] -= 1
            stream.write(_command(finding) + "\n")
        else:
            rest.append(finding)
    paint = painter(False)
    if rest:
        stream.write(f"{number(len(rest), 'more finding')}, beyond what a step can annotate:\n")
    for line in (*(text.line(finding, paint) for finding in rest), *text.closing(result, paint)):
        stream.write(_inert(line) + "\n")


def _command(finding: Finding) -> str:
    said = "\n".join(part for part in (finding.message, finding.remedy) if part)
    lines = (plain(line) for line in said.splitlines())
    properties = ",".join(f"{key}={_property(value)}" for key, value in _properties(finding))
    return f"::{_COMMANDS[finding.severity]} {properties}::{'%0A'.join(_message(line) for line in lines)}"


def _properties(finding: Finding) -> list[tuple[str, str]]:
    location = finding.location
    known = [("file", location.path)] if location.path else []
    known += [(key, str(value)) for key, value in _region(location) if value]
    return [*known, ("title", f"{finding.rule} {finding.resource}".rstrip())]


def _region(location: Location) -> list[tuple[str, int]]:
    """Columns count only where the place is on one line."""
    if not location.line:
        return []
    lines = [("line", location.line), ("endLine", location.end_line)]
    if location.end_line not in (0, location.line):
        return lines
    return [*lines, ("col", location.column), ("endColumn", location.end_column)]


def _message(line: str) -> str:
    return line.replace("%", "%25")


def _property(value: str) -> str:
    return _message(plain(value)).replace(":", "%3A").replace(",", "%2C")


def _inert(line: str) -> str:
    """A plain line in which the runner finds no command, neither `::name::` nor the older `##[name]`."""
    line = line.replace("##[", "## [")
    return f"./{line}" if line.startswith("::") else line
