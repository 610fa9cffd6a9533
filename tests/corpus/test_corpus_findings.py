"""What a check finds in public repositories, each finding looked at once: a change that invents findings shows here.

The counts are those of true findings. Where a change makes them differ, look at what came or went before the table is
changed.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from command_line import run_in
from kataform.kustomize import Kustomize

FOUND: dict[str, dict[str, int]] = {
    "fluxcd+flux2-kustomize-helm-example": {"kind-without-schema": 9, "patch-matches-nothing": 2},
    "kubeflow+manifests": {
        "build-failed": 4,
        "deprecated-field": 47,
        "image-tag-not-fixed": 3,
        "kind-without-schema": 8,
        "labels-change-selector": 22,
        "namespace-on-cluster-scoped": 10,
        "oversized-root": 1,
        "patch-matches-nothing": 1,
        "remote-base": 9,
        "secret-in-git": 8,
        "unreferenced-file": 39,
    },
    "kubernetes-sigs+kustomize": {
        "build-failed": 1,
        "deprecated-field": 5,
        "image-tag-not-fixed": 2,
        "kind-without-schema": 2,
        "labels-change-selector": 1,
        "remote-base": 2,
        "secret-in-git": 3,
        "wrong-type": 1,
    },
    "stefanprodan+podinfo": {"build-failed": 1, "kind-without-schema": 2},
}
AUTHOR: dict[str, int] = {
    "channel-deprecated": 1,
    "deprecated-field": 5,
    "image-tag-not-fixed": 4,
    "kata-pod-without-limits": 2,
    "patch-matches-nothing": 1,
}
LIMIT = 300.0


def found(folder: Path) -> tuple[dict[str, int], list[str]]:
    """How many findings of which rule a check makes in a folder, and every finding as a line."""
    done = run_in(folder, "check", "--output", "json", limit=LIMIT)
    assert done.returncode in (0, 1), done.stderr
    findings = json.loads(done.stdout)["findings"]
    lines = [
        f"{one['location']['path']}:{one['location']['line']}: [{one['rule']}] {one['message']}" for one in findings
    ]
    return dict(sorted(Counter(one["rule"] for one in findings).items())), lines


def difference(was: dict[str, int], now: dict[str, int], lines: list[str]) -> str:
    """The rules whose count differs, old and new, with all their findings."""
    rules = sorted(rule for rule in was | now if was.get(rule) != now.get(rule))
    said = [f"{rule}: {was.get(rule, 0)} before, {now.get(rule, 0)} now" for rule in rules]
    return "\n".join([*said, *(line for line in lines if any(f"[{rule}]" in line for rule in rules))])


@pytest.mark.parametrize("repository", FOUND)
def test_as_many_findings_of_each_rule_as_were_looked_at(corpus: Path, kustomize: Kustomize, repository: str) -> None:
    now, lines = found(corpus / repository)

    assert now == FOUND[repository], difference(FOUND[repository], now, lines)


def test_as_many_findings_in_the_repository_of_a_first_installation(shared: Path, kustomize: Kustomize) -> None:
    now, lines = found(shared / "upstream" / "rcarrata-sandbox-containers")

    assert now == AUTHOR, difference(AUTHOR, now, lines)
