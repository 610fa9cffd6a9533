"""Published libraries of policies, Kyverno's and kubescape's among them, run as they are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kataform import policies
from kataform.finding import Location
from kataform.policies import Pack
from kataform.subject import Subject, Target

_OURS = ("invalid-policy", "policy-without-binding", "duplicate-policy")


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    with gzip.open(shared / "gold" / "vap_cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def published(cases: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """Every policy as a file of its own, with a binding, as an administrator would write one."""
    folder = tmp_path_factory.mktemp("published")
    texts = {json.dumps(case["vap"], sort_keys=True): case["vap"] for case in cases}
    for number, policy in enumerate(texts.values()):
        name = f"policy-{number}"
        body = policy | {"metadata": policy["metadata"] | {"name": name}}
        binding = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        }
        (folder / f"{name}.yaml").write_text(yaml.safe_dump_all([body, binding]), encoding="utf-8")
    return policies.load((folder,))


def test_published_policies_are_read_and_what_is_refused_is_said(published: Pack) -> None:
    refused = {finding.rule for finding in published.problems}

    assert len(published.rules) > 200
    assert refused <= set(_OURS)
    assert len([rule for rule in published.rules if rule.policy is not None]) > 0.9 * len(published.rules)


def test_published_policies_judge_objects_of_every_sort(published: Pack, cases: list[dict[str, Any]]) -> None:
    bodies = list({json.dumps(case["object"], sort_keys=True): case["object"] for case in cases}.values())[::40]

    found = [one for body in bodies for one in published.judge(_subject(body), {})]

    assert {one.finding.rule for one in found} > {"policy-undecided"}
    assert all(one.finding.message for one in found)


def _subject(body: dict[str, Any]) -> Subject:
    return Subject(body, "root", lambda path, key: Location("one.yaml", 1, 1, 1, 2), Target())
