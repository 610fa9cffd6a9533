"""GitHub's annotations: escaped, and no more than a step shows."""

from __future__ import annotations

import io

import pytest

from kataform.finding import Finding, Location, Severity
from kataform.report import github
from kataform.report.result import Result, View


def report(result: Result) -> str:
    stream = io.StringIO()
    github.write(result, stream, View())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (
            Finding("r", Severity.ERROR, "m", Location("a.yaml", 3, 5, 3, 9), "do this", "Pod/x"),
            "::error file=a.yaml,line=3,endLine=3,col=5,endColumn=9,title=r Pod/x::m%0Ado this",
        ),
        (
            Finding("r", Severity.WARNING, "m", Location("a.yaml", 3, 5, 7, 9)),
            "::warning file=a.yaml,line=3,endLine=7,title=r::m",
        ),
        (Finding("r", Severity.INFO, "m", Location("a.yaml")), "::notice file=a.yaml,title=r::m"),
        (Finding("r", Severity.ERROR, "m", Location("")), "::error title=r::m"),
        (
            Finding("r", Severity.ERROR, "100%: a,b\r\n::error::c\x1b", Location("a:b,c%\n.yaml", 1)),
            "::error file=a%3Ab%2Cc%25\\x0a.yaml,line=1,title=r::100%25: a,b%0A::error::c\\x1b",
        ),
    ],
    ids=["span", "lines", "file", "nowhere", "escapes"],
)
def test_an_annotation(finding: Finding, expected: str) -> None:
    assert report(Result((finding,))).splitlines()[0] == expected


def test_ten_of_each_are_annotated_and_the_others_are_plain_lines() -> None:
    errors = [Finding("r", Severity.ERROR, "m", Location("a", at)) for at in range(1, 13)]
    warnings = [Finding("r", Severity.WARNING, "m", Location("b", at)) for at in range(1, 12)]

    lines = report(Result((*errors, *warnings), 1, 1, 1, 1, ("n",))).splitlines()

    assert [line.partition(" ")[0] for line in lines[:20]] == ["::error"] * 10 + ["::warning"] * 10
    assert lines[20:] == [
        "3 more findings, beyond what a step can annotate:",
        "a:11: error[r] m",
        "a:12: error[r] m",
        "b:11: warning[r] m",
        "note: n",
        "12 errors, 11 warnings; checked 1 of 1 object in 1 overlay and 1 file",
    ]


def test_a_plain_line_holds_no_command() -> None:
    findings = [Finding("r", Severity.ERROR, "##[error]m", Location("::stop-commands::x")) for _ in range(11)]

    line = report(Result(tuple(findings))).splitlines()[11]

    assert line == "./::stop-commands::x: error[r] ## [error]m"


def test_nothing_found_is_the_coverage() -> None:
    assert report(Result((), 2, 2, 1, 1)) == "checked 2 of 2 objects in 1 overlay and 1 file\n"
