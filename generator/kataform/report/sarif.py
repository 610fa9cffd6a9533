"""SARIF 2.1.0, within the limits of GitHub code scanning: one result per cause, at the line where it is mended.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, TextIO

from kataform import __version__
from kataform.finding import Finding, Fix, Location, Severity
from kataform.report.json import dump, shows_secret
from kataform.report.result import Result, View, coverage, number, occurrences, seen, verdict

__all__ = ["write"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_MOST_RESULTS = 25_000  # GitHub refuses a file with more
_MOST_RELATED = 100
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def write(result: Result, stream: TextIO, view: View) -> None:
    """Write one run; where there are more results than GitHub takes, the mildest are left out and counted."""
    named = list(zip(result.findings, occurrences(result.findings), strict=True))
    kept = sorted(named, key=lambda pair: -pair[0].severity)[:_MOST_RESULTS]
    notes = list(result.notes)
    if len(named) > len(kept):
        left = number(len(named) - len(kept), "finding")
        notes.append(f"{left} left out: GitHub takes {_MOST_RESULTS} results in a SARIF file")
    rules = sorted({finding.rule for finding, _ in kept})
    properties = {"coverage": coverage(result)}
    if result.kubeconform is not None:
        properties["kubeconform"] = verdict(result.kubeconform)
    run = {
        "tool": {
            "driver": {
                "name": "kataform",
                "semanticVersion": __version__,
                "rules": [_rule(rule, view.titles.get(rule, "")) for rule in rules],
            }
        },
        "automationDetails": {"id": "kataform/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notification(note) for note in notes]}
        ],
        "results": [_result(finding, name, rules.index(finding.rule), view) for finding, name in kept],
        "properties": properties,
    }
    stream.write(dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}))


def _rule(rule: str, title: str) -> dict[str, Any]:
    text = {"text": title or rule.replace("-", " ")}
    return {"id": rule, "shortDescription": text, "fullDescription": text, "help": text}


def _notification(note: str) -> dict[str, Any]:
    return {"level": "note", "message": {"text": note}}


def _result(finding: Finding, name: str, index: int, view: View) -> dict[str, Any]:
    body: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {"primaryLocationLineHash": name, "kataform/v1": name},
    }
    if finding.related:
        related = finding.related[:_MOST_RELATED]
        body["relatedLocations"] = [
            {"id": at, "physicalLocation": _physical(other.location), "message": {"text": other.message or "related"}}
            for at, other in enumerate(related, 1)
        ]
    if finding.fix is not None and finding.fix.edits and not shows_secret(finding.fix, view):
        body["fixes"] = [_fix(finding.fix)]
    return body


def _message(finding: Finding) -> str:
    said = [text for text in (finding.message, finding.remedy) if text]
    said += [f"also explains: {text}" for text in finding.consequences]
    said += [f"see [{_bracketed(other.message)}]({at})" for at, other in enumerate(finding.related[:_MOST_RELATED], 1)]
    if finding.overlays:
        said.append(seen(finding))
    return "\n".join(said) or finding.rule


def _bracketed(text: str) -> str:
    """The text of a link inside a message, in which brackets are escaped (SARIF §3.11.6)."""
    return (text or "related").replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(finding: Finding) -> dict[str, Any]:
    body: dict[str, Any] = {"physicalLocation": _physical(finding.location)}
    if finding.resource:
        name = f"{finding.resource} {finding.pointer}".rstrip()
        body["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return body


def _physical(location: Location) -> dict[str, Any]:
    """GitHub wants a start line, so a file as a whole is shown at its first."""
    places = ("startLine", location.line or 1), ("startColumn", location.line and location.column)
    ends = ("endLine", location.line and location.end_line), ("endColumn", location.line and location.end_column)
    return {
        "artifactLocation": {"uri": _uri(location.path)},
        "region": {key: value for key, value in (*places, *ends) if value},
    }


def _uri(path: str) -> str:
    """A relative reference: what is not plain in one is percent-encoded, byte by byte."""
    relative = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in relative) or "."


def _fix(fix: Fix) -> dict[str, Any]:
    edits = sorted(fix.edits, key=lambda edit: (edit.path, edit.start))
    changes = [
        {
            "artifactLocation": {"uri": _uri(path)},
            "replacements": [
                {
                    "deletedRegion": {"charOffset": edit.start, "charLength": edit.end - edit.start},
                    "insertedContent": {"text": edit.text},
                }
                for edit in group
            ],
        }
        for path, group in groupby(edits, key=lambda edit: edit.path)
    ]
    return {"description": {"text": fix.title or "fix"}, "artifactChanges": changes}
