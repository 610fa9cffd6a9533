"""GitLab's code quality report."""

from __future__ import annotations

import io
import json
from typing import Any

from kataform.finding import Finding, Location, Severity
from kataform.report import gitlab
from kataform.report.result import Result, View


def report(*findings: Finding) -> list[dict[str, Any]]:
    stream = io.StringIO()
    gitlab.write(Result(findings), stream, View())
    body: list[dict[str, Any]] = json.loads(stream.getvalue())
    return body


def test_an_entry_per_finding() -> None:
    entries = report(
        Finding("a", Severity.ERROR, "m", Location("x.yaml", 3, 5), "do this"),
        Finding("b", Severity.WARNING, "m", Location("y.yaml")),
        Finding("c", Severity.INFO, "", Location("z.yaml", 1)),
    )

    prints = [entry.pop("fingerprint") for entry in entries]
    assert all(len(text) == 32 for text in prints)
    assert entries == [
        {
            "description": "m; do this",
            "check_name": "a",
            "severity": "major",
            "location": {"path": "x.yaml", "lines": {"begin": 3}},
        },
        {
            "description": "m",
            "check_name": "b",
            "severity": "minor",
            "location": {"path": "y.yaml", "lines": {"begin": 1}},
        },
        {
            "description": "c",
            "check_name": "c",
            "severity": "info",
            "location": {"path": "z.yaml", "lines": {"begin": 1}},
        },
    ]


def test_fingerprints_are_unique_and_stay_when_lines_move() -> None:
    def found(*lines: int) -> list[str]:
        entries = report(*(Finding("r", Severity.ERROR, "m", Location("x", at)) for at in lines))
        return [entry["fingerprint"] for entry in entries]

    assert len(set(found(1, 2, 3))) == 3
    assert found(1, 2) == found(7, 9)


def test_nothing_found_is_an_empty_list() -> None:
    assert report() == []
