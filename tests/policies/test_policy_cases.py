"""Every policy decides its cases as they say, at the field they say, and each of its expressions is needed for that."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cases import CASES, NAMES, Case, parameters

from kataform.finding import Severity
from kataform.policies import Pack, Rule
from kubecel import admission

SEVERITIES = {"deny": Severity.ERROR, "warn": Severity.WARNING, "audit": Severity.INFO}


@pytest.mark.parametrize("case", parameters([case for case in CASES if case.fails and case.old is None]))
def test_a_failing_case_is_a_finding_at_the_deciding_field(case: Case, pack: Pack, params: dict[str, Any]) -> None:
    rule = pack.rule(case.policy)
    assert rule is not None

    found = next(each for each in pack.judge(case.subject, params, case.around) if each.finding.rule == case.policy)

    told = (found.finding.message, found.finding.pointer, found.absent, found.finding.severity)
    spec = case.spec
    assert told == (spec["message"], spec["path"], spec.get("absent", False), SEVERITIES[spec["decision"]])
    assert (found.title, found.kind, found.root) == (case.subject.title, case.subject.kind, case.policy)
    assert found.finding.resource == case.subject.title
    assert found.finding.overlays == (case.policy,)
    assert found.finding.remedy == rule.annotation("remedy")


@pytest.mark.parametrize("case", parameters([case for case in CASES if case.fails and not case.spec.get("absent")]))
def test_the_line_of_a_finding_holds_the_deciding_field(case: Case, pack: Pack, params: dict[str, Any]) -> None:
    found = next(each for each in pack.judge(case.subject, params, case.around) if each.finding.rule == case.policy)
    line = case.source.text.splitlines()[found.finding.location.line - 1]

    names = [name for name in case.spec["path"].split("/") if not name.isdigit()]
    assert line.strip().removeprefix("- ").startswith(f"{names[-1].replace('~1', '/')}:")


@pytest.mark.parametrize("case", parameters([case for case in CASES if not case.fails and case.old is None]))
def test_a_passing_case_is_none(case: Case, pack: Pack, params: dict[str, Any]) -> None:
    assert [
        each.finding.message
        for each in pack.judge(case.subject, params, case.around)
        if each.finding.rule == case.policy
    ] == []


@pytest.mark.parametrize("case", parameters([case for case in CASES if case.old is not None]))
def test_an_update_is_judged_by_what_it_changes(case: Case, pack: Pack, params: dict[str, Any]) -> None:
    rule = pack.rule(case.policy)
    assert rule is not None

    messages = [verdict.message for verdict in decide(rule, case, params)]

    assert messages == ([case.spec["message"]] if case.fails else [])


@pytest.mark.parametrize("policy", NAMES)
def test_a_policy_has_failing_and_passing_cases(policy: str) -> None:
    mine = [case for case in CASES if case.policy == policy]

    assert [case.fails for case in mine].count(True) >= 1
    assert [case.fails for case in mine].count(False) >= 1
    assert len({case.name for case in mine}) == len(mine)


@pytest.mark.parametrize("policy", NAMES)
def test_each_expression_is_needed(policy: str, pack: Pack, params: dict[str, Any]) -> None:
    """Where any condition or validation were always true, some case would come out otherwise."""
    rule = pack.rule(policy)
    assert rule is not None
    mine = [case for case in CASES if case.policy == policy]

    for changed, what in _always_true(rule.body):
        other = Rule(replace(rule.manifest, body=changed), rule.binding_manifests)
        outcomes = {case.name: bool(decide(other, case, params)) for case in mine}
        assert outcomes != {case.name: case.fails for case in mine}, what


def _always_true(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for part in ("matchConditions", "validations"):
        for index, each in enumerate(body["spec"].get(part, ())):
            changed = copy.deepcopy(body)
            changed["spec"][part][index]["expression"] = "true"
            yield changed, f"{part}[{index}]: {each['expression']}"


def decide(rule: Rule, case: Case, params: dict[str, Any]) -> list[admission.Verdict]:
    operation = "CREATE" if case.old is None else "UPDATE"
    more = {"resource": case.around}
    request = admission.Request(case.spec["object"], case.old, operation, kinds=case.around.served, more=more)
    assert rule.policy is not None
    return admission.evaluate(rule.policy, rule.bindings, request, lambda _: [params])
