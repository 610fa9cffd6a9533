"""JUnit's XML, as CI servers read it: every error is a test that failed, and the coverage is a test that passed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from kataform.finding import Finding, Severity
from kataform.report.escape import plain
from kataform.report.result import Result, View, coverage, place, summary, tally

__all__ = ["write"]

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def write(result: Result, stream: TextIO, _view: View) -> None:
    """Write one suite. Warnings and infos are tests that passed with something to say."""
    tests, failures = len(result.findings) + 1, tally(result)[Severity.ERROR]
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="0"'
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f'<testsuites name="kataform" {counts}>\n  <testsuite name="kataform" {counts}>\n')
    stream.write(f'    <testcase classname="kataform" name={_quoted(coverage(result))}/>\n')
    for finding, name in zip(result.findings, _names(result.findings), strict=True):
        stream.write(_case(finding, name))
    said = "\n".join([*result.notes, summary(result)])
    stream.write(f"    <system-out>{_escaped(said)}</system-out>\n  </testsuite>\n</testsuites>\n")


def _case(finding: Finding, name: str) -> str:
    said = f"{place(finding.location)}\n" + "\n".join(text for text in (finding.message, finding.remedy) if text)
    head = f"    <testcase classname={_quoted(finding.location.path or 'kataform')} name={_quoted(name)}>\n"
    if finding.severity is Severity.ERROR:
        attributes = f"type={_quoted(finding.rule)} message={_quoted(finding.message)}"
        return f"{head}      <failure {attributes}>{_escaped(said)}</failure>\n    </testcase>\n"
    label = f"{finding.severity.label}: {said}"
    return f"{head}      <system-out>{_escaped(label)}</system-out>\n    </testcase>\n"


def _names(findings: tuple[Finding, ...]) -> Iterator[str]:
    """The rule and its place; readers drop tests of the same name, so later ones get a number."""
    seen: dict[str, int] = {}
    for finding in findings:
        name = f"{finding.rule} at {place(finding.location)}" if finding.location.path else finding.rule
        seen[name] = count = seen.get(name, 0) + 1
        yield name if count == 1 else f"{name} ({count})"


def _escaped(text: str) -> str:
    """XML has no way to write most control characters, so they stand as visible escapes; the rest is ASCII."""
    escaped = "\n".join(plain(line) for line in text.splitlines()).translate(_ENTITIES)
    return escaped.encode("ascii", "xmlcharrefreplace").decode()


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace("\n", "&#10;") + '"'
