"""SARIF: what the format and GitHub code scanning require."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from kataform import __version__
from kataform.finding import Edit, Finding, Fix, Location, Related, Severity
from kataform.report import sarif
from kataform.report.result import Counts, Result, View

RICH = Finding(
    "unquoted-boolean",
    Severity.ERROR,
    "true is a boolean",
    Location("base/a b%.yaml", 8, 13, 8, 17),
    "quote it",
    "KataConfig/cluster-kataconfig",
    "/spec/matchLabels/kata",
    (Related(Location("é.yaml"), "list[0]"),),
    Fix("quote it", True, (Edit("base/a b%.yaml", 120, 124, "'true'"),)),
    ("overlays/a", "overlays/b"),
    ("spec.kata: must be a string",),
)

# The part of SARIF's own schema, and of GitHub's demands beyond it, that this report lives by.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
PHYSICAL = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": "^(?!/)([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
    },
}
LOCATION = {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": PHYSICAL}}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "level": {"enum": ["error", "warning", "note"]},
        "message": TEXT,
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
        "relatedLocations": {"type": "array", "items": {**LOCATION, "required": ["physicalLocation", "message", "id"]}},
        "partialFingerprints": {"type": "object", "required": ["primaryLocationLineHash"]},
    },
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "fullDescription", "help"],
    "properties": {"shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT},
}
DRIVER = {
    "type": "object",
    "required": ["name", "semanticVersion", "rules"],
    "properties": {"rules": {"type": "array", "uniqueItems": True, "items": RULE}},
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "results": {"type": "array", "maxItems": 25_000, "items": RESULT},
    },
}
REQUIRED = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": RUN},
    },
}


def report(result: Result, view: View | None = None) -> dict[str, Any]:
    stream = io.StringIO()
    sarif.write(result, stream, view or View())
    body: dict[str, Any] = json.loads(stream.getvalue())
    return body


def strings(node: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from strings(child)


def test_the_whole_report() -> None:
    result = Result((RICH,), 3, 4, 2, 5, ("no kustomize",), Counts(4, 3, 1, 0))

    body = report(result, View(titles={"unquoted-boolean": "A string is written as a boolean."}))

    title = {"text": "A string is written as a boolean."}
    assert body == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kataform",
                        "semanticVersion": __version__,
                        "rules": [
                            {
                                "id": "unquoted-boolean",
                                "shortDescription": title,
                                "fullDescription": title,
                                "help": title,
                            }
                        ],
                    }
                },
                "automationDetails": {"id": "kataform/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [{"level": "note", "message": {"text": "no kustomize"}}],
                    }
                ],
                "results": [
                    {
                        "ruleId": "unquoted-boolean",
                        "ruleIndex": 0,
                        "level": "error",
                        "message": {
                            "text": "true is a boolean\nquote it\nalso explains: spec.kata: must be a string\n"
                            "see [list\\[0\\]](1)\nseen in 2 overlays: overlays/a, overlays/b"
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "base/a%20b%25.yaml"},
                                    "region": {"startLine": 8, "startColumn": 13, "endLine": 8, "endColumn": 17},
                                },
                                "logicalLocations": [
                                    {
                                        "fullyQualifiedName": "KataConfig/cluster-kataconfig /spec/matchLabels/kata",
                                        "kind": "resource",
                                    }
                                ],
                            }
                        ],
                        "partialFingerprints": {
                            "primaryLocationLineHash": f"{RICH.fingerprint}:1",
                            "kataform/v1": f"{RICH.fingerprint}:1",
                        },
                        "relatedLocations": [
                            {
                                "id": 1,
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "%C3%A9.yaml"},
                                    "region": {"startLine": 1},
                                },
                                "message": {"text": "list[0]"},
                            }
                        ],
                        "fixes": [
                            {
                                "description": {"text": "quote it"},
                                "artifactChanges": [
                                    {
                                        "artifactLocation": {"uri": "base/a%20b%25.yaml"},
                                        "replacements": [
                                            {
                                                "deletedRegion": {"charOffset": 120, "charLength": 4},
                                                "insertedContent": {"text": "'true'"},
                                            }
                                        ],
                                    }
                                ],
                            }
                        ],
                    }
                ],
                "properties": {
                    "coverage": "checked 3 of 4 objects in 2 overlays and 5 files",
                    "kubeconform": "kubeconform: 3 of 4 objects valid, 1 invalid",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    "findings",
    [
        (),
        (RICH,),
        (Finding("r", Severity.INFO, "", Location("x"), related=(Related(Location("y"), ""),), fix=Fix("", True, ())),),
        (Finding("r", Severity.WARNING, "m", Location("")), Finding("s", Severity.WARNING, "m", Location("-", 3))),
    ],
    ids=["nothing", "everything", "empty", "no-place"],
)
def test_it_has_what_is_required_and_no_empty_string(findings: tuple[Finding, ...]) -> None:
    body = report(Result(findings))

    jsonschema.Draft202012Validator(REQUIRED).validate(body)
    assert all(strings(body))


def test_fingerprints_are_unique() -> None:
    again = Finding("r", Severity.ERROR, "m", Location("x", 1)), Finding("r", Severity.ERROR, "m", Location("x", 2))

    results = report(Result(again))["runs"][0]["results"]

    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert hashes == [f"{again[0].fingerprint}:1", f"{again[0].fingerprint}:2"]


def test_a_fix_in_a_file_that_holds_a_secret_is_left_out() -> None:
    view = View(secret_lines={"base/a b%.yaml": frozenset({3})})

    assert "fixes" not in report(Result((RICH,)), view)["runs"][0]["results"][0]


def test_the_mildest_of_too_many_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MOST_RESULTS", 2)
    severities = Severity.INFO, Severity.ERROR, Severity.WARNING, Severity.INFO
    findings = tuple(Finding("r", severity, "m", Location("x", at)) for at, severity in enumerate(severities, 1))

    (run,) = report(Result(findings))["runs"]

    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "2 findings left out: GitHub takes 2 results in a SARIF file"}}
    ]
