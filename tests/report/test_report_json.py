"""The JSON report, held against its published schema."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kataform import __version__
from kataform.finding import Edit, Finding, Fix, Location, Related, Severity
from kataform.report.json import write
from kataform.report.result import Counts, Result, View

RICH = Finding(
    "unquoted-boolean",
    Severity.ERROR,
    "true is a boolean",
    Location("base/a.yaml", 8, 13, 8, 17),
    "quote it",
    "KataConfig/cluster-kataconfig",
    "/spec/matchLabels/kata",
    (Related(Location("b.yaml"), "the patch"),),
    Fix("quote it", True, (Edit("base/a.yaml", 120, 124, "'true'"),)),
    ("overlays/a", "overlays/b"),
    ("spec.kata: must be a string",),
)
POOR = Finding("yaml-syntax", Severity.WARNING, "é\x1b", Location("-", 3), "\udcff")


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, Any]:
    body = json.loads((repository / "schemas/report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(body)
    return body


def report(result: Result, view: View | None = None) -> str:
    stream = io.StringIO()
    write(result, stream, view or View())
    return stream.getvalue()


def test_the_whole_report() -> None:
    result = Result((RICH, POOR), 3, 4, 2, 5, ("no kustomize",), Counts(4, 3, 0, 1))

    body = json.loads(report(result))

    assert body == {
        "$schema": "https://kataform.dev/schemas/v1alpha1/report.schema.json",
        "apiVersion": "kataform.dev/v1alpha1",
        "kind": "Report",
        "tool": {"name": "kataform", "version": __version__},
        "summary": {
            "errors": 1,
            "warnings": 1,
            "infos": 0,
            "objectsChecked": 3,
            "objectsTotal": 4,
            "overlays": 2,
            "files": 5,
            "noManifests": 0,
            "coverage": "checked 3 of 4 objects in 2 overlays and 5 files",
            "notes": ["no kustomize"],
            "kubeconform": {"objects": 4, "valid": 3, "invalid": 0, "skipped": 1},
        },
        "findings": [
            {
                "rule": "unquoted-boolean",
                "severity": "error",
                "message": "true is a boolean",
                "remedy": "quote it",
                "location": {"path": "base/a.yaml", "line": 8, "column": 13, "endLine": 8, "endColumn": 17},
                "resource": "KataConfig/cluster-kataconfig",
                "pointer": "/spec/matchLabels/kata",
                "fingerprint": RICH.fingerprint,
                "related": [{"location": {"path": "b.yaml"}, "message": "the patch"}],
                "consequences": ["spec.kata: must be a string"],
                "overlays": ["overlays/a", "overlays/b"],
                "fix": {
                    "title": "quote it",
                    "safe": True,
                    "edits": [{"path": "base/a.yaml", "start": 120, "end": 124, "text": "'true'"}],
                },
            },
            {
                "rule": "yaml-syntax",
                "severity": "warning",
                "message": "é\x1b",
                "remedy": "?",
                "location": {"path": "-", "line": 3},
                "resource": None,
                "pointer": None,
                "fingerprint": POOR.fingerprint,
                "related": [],
                "consequences": [],
                "overlays": [],
                "fix": None,
            },
        ],
    }


@pytest.mark.parametrize("result", [Result(), Result((RICH, POOR), 3, 4, 2, 5, ("n",), Counts(4, 3, 0, 1))])
def test_it_follows_its_schema(result: Result, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema).validate(json.loads(report(result)))


def test_keys_stand_in_the_order_of_the_schema(schema: dict[str, Any]) -> None:
    body = json.loads(report(Result((RICH,))))

    assert list(body) == list(schema["properties"])
    assert list(body["summary"]) == list(schema["properties"]["summary"]["properties"])
    assert list(body["findings"][0]) == list(schema["$defs"]["finding"]["properties"])


def test_it_is_ascii_and_ends_with_a_line_feed() -> None:
    text = report(Result((POOR,)))

    assert text.isascii()
    assert text.endswith("}\n")
    assert "\r" not in text


def test_the_edits_of_a_file_that_holds_a_secret_are_left_out() -> None:
    view = View(secret_lines={"base/a.yaml": frozenset({30})})

    (finding,) = json.loads(report(Result((RICH,)), view))["findings"]

    assert finding["fix"] == {"title": "quote it", "safe": True, "edits": []}
