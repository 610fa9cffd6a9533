"""The words on every rule: their examples fail and pass as they say, with the severity that they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kataform import cli, rulebook
from kataform.rule import Rule, files

# What no example can show: it is about permissions, tools, files out of date, or texts too large for a page.
WITHOUT = {
    "additions-dropped",
    "alias-bomb",
    "binding-without-policy",
    "case-failed",
    "crd-rule-undecided",
    "duplicate-policy",
    "file-in-the-way",
    "file-left-behind",
    "field-unguarded",
    "file-unreadable",
    "generated-file-changed",
    "generated-files-differ",
    "invalid-case",
    "invalid-policy",
    "kubeconform-disagrees",
    "lock-unreadable",
    "nesting-too-deep",
    "not-utf8",
    "policy-error",
    "policy-not-supported",
    "policy-needs-cluster",
    "policy-too-new",
    "policy-type",
    "policy-undecided",
    "policy-without-binding",
    "policy-without-cases",
    "root-not-built",
    "spec-unreadable",
    "unrendered-template",
    "validation-untested",
    "yaml-syntax",
}
GRAVER = {"dialect-dependent-scalar"}  # the example is a warning; what kubectl cannot read is an error
FAILING = [each for each in rulebook.ALL.values() if each.failing]
PASSING = [each for each in rulebook.ALL.values() if each.passing]


def found(folder: Path, example: object, capsys: pytest.CaptureFixture[str]) -> dict[str, set[str]]:
    """The rules that a check of an example names, each with its severities."""
    for name, text in files(example).items():  # type: ignore[arg-type]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cli.main(["check", "-o", "json"])
    report = json.loads(capsys.readouterr().out)
    named: dict[str, set[str]] = {}
    for each in report["findings"]:
        named.setdefault(each["rule"], set()).add(each["severity"])
    return named


@pytest.mark.parametrize("rule", FAILING, ids=lambda rule: rule.name)
def test_the_failing_example_of_a_rule_is_found(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    severity = "warning" if rule.name in GRAVER else rule.severity.label
    assert found(tmp_path, rule.failing, capsys).get(rule.name) == {severity}


@pytest.mark.parametrize("rule", PASSING, ids=lambda rule: rule.name)
def test_the_passing_example_of_a_rule_is_not(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert rule.name not in found(tmp_path, rule.passing, capsys)


def test_every_rule_has_a_remedy_and_an_example_or_a_reason_why_not() -> None:
    assert [each.name for each in rulebook.ALL.values() if not each.remedy] == []
    assert {each.name for each in rulebook.ALL.values() if not each.failing} == WITHOUT
