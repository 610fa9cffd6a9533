"""The JSON report: versioned, described by schemas/report.schema.json, the same bytes for the same result."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, TextIO

from kataform import __version__
from kataform.finding import Finding, Fix, Location, Severity
from kataform.report.result import Result, View, coverage, tally

__all__ = ["API_VERSION", "SCHEMA", "dump", "shows_secret", "write"]

API_VERSION = "kataform.dev/v1alpha1"
SCHEMA = "https://kataform.dev/schemas/v1alpha1/report.schema.json"


def write(result: Result, stream: TextIO, view: View) -> None:
    """Write the report as one document."""
    stream.write(dump(_report(result, view)))


def dump(body: Any) -> str:
    """JSON in ASCII, so that it survives any stream; half a surrogate pair, as odd file names have, becomes `?`."""
    text = json.dumps(body, ensure_ascii=False)
    if not text.isascii():
        body = json.loads(text.encode("utf-8", "replace"))
    return json.dumps(body, indent=2) + "\n"


def shows_secret(fix: Fix, view: View) -> bool:
    """Whether the edits of a fix could show a Secret's value: they stand in a file that holds one."""
    return any(view.secret_lines.get(edit.path) for edit in fix.edits)


def _report(result: Result, view: View) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "apiVersion": API_VERSION,
        "kind": "Report",
        "tool": {"name": "kataform", "version": __version__},
        "summary": _summary(result),
        "findings": [_finding(finding, view) for finding in result.findings],
    }


def _summary(result: Result) -> dict[str, Any]:
    counted, counts = tally(result), result.kubeconform
    return {
        "errors": counted[Severity.ERROR],
        "warnings": counted[Severity.WARNING],
        "infos": counted[Severity.INFO],
        "objectsChecked": result.objects_checked,
        "objectsTotal": result.objects_total,
        "overlays": result.overlays,
        "files": result.files,
        "noManifests": result.others,
        "coverage": coverage(result),
        "notes": list(result.notes),
        "kubeconform": dataclasses.asdict(counts) if counts else None,
    }


def _finding(finding: Finding, view: View) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.label,
        "message": finding.message,
        "remedy": finding.remedy or None,
        "location": _location(finding.location),
        "resource": finding.resource or None,
        "pointer": finding.pointer if finding.resource or finding.pointer else None,
        "fingerprint": finding.fingerprint,
        "related": [{"location": _location(other.location), "message": other.message} for other in finding.related],
        "consequences": list(finding.consequences),
        "overlays": list(finding.overlays),
        "fix": _fix(finding.fix, view) if finding.fix else None,
    }


def _location(location: Location) -> dict[str, Any]:
    """Only what is known: a file as a whole has no line."""
    body: dict[str, Any] = {"path": location.path}
    if location.line:
        places = ("line", location.line), ("column", location.column)
        ends = ("endLine", location.end_line), ("endColumn", location.end_column)
        body |= {key: value for key, value in (*places, *ends) if value}
    return body


def _fix(fix: Fix, view: View) -> dict[str, Any]:
    edits = () if shows_secret(fix, view) else fix.edits
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [{"path": e.path, "start": e.start, "end": e.end, "text": e.text} for e in edits],
    }
