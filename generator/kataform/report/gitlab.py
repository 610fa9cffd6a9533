"""GitLab's code quality report: what a merge request shows in its changes.

See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

import hashlib
from typing import Any, TextIO

from kataform.finding import Finding, Severity
from kataform.report.json import dump
from kataform.report.result import Result, View, occurrences

__all__ = ["write"]

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(result: Result, stream: TextIO, _view: View) -> None:
    """Write one entry per finding; the format has no room for the coverage."""
    names = occurrences(result.findings)
    stream.write(dump([_entry(finding, name) for finding, name in zip(result.findings, names, strict=True)]))


def _entry(finding: Finding, name: str) -> dict[str, Any]:
    return {
        "description": "; ".join(text for text in (finding.message, finding.remedy) if text) or finding.rule,
        "check_name": finding.rule,
        "fingerprint": hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": finding.location.path, "lines": {"begin": finding.location.line or 1}},
    }
