"""Policies that were read and compiled before decide as those that are compiled now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kataform import cache, data, policies
from kataform.catalogue import load, policy_params
from kataform.policies import cases
from kataform.policies.rule import Rule
from kubecel import admission, program

SHIPPED = data.directory() / "policies"
POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  validations: [{expression: "EXPRESSION"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
"""


@pytest.fixture
def store(tmp_path: Path) -> cache.Store:
    return cache.Store(tmp_path / "kept")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of all expressions that are checked anew."""
    seen: list[str] = []
    check = program._check

    def counted(text: str, *rest: Any) -> Any:
        seen.append(text)
        return check(text, *rest)

    monkeypatch.setattr(program, "_check", counted)
    return seen


def of(folder: Path, store: cache.Store | None) -> Rule:
    [rule] = policies.load((folder,), store).rules
    return rule


def test_every_shipped_policy_decides_its_cases_the_same_when_it_was_kept(
    store: cache.Store, compiled: list[str]
) -> None:
    assert not policies.load((SHIPPED,), store).problems
    pack = policies.load((SHIPPED,), store)
    assert not pack.problems
    compiled.clear()
    known, _ = cases.read((SHIPPED,))
    fresh = policies.load((SHIPPED,))
    params = policy_params(load())

    for case in known:
        kept, now = cases._rule(pack, case), cases._rule(fresh, case)
        assert kept is not None
        assert now is not None
        assert cases._decide(pack, kept, case, params) == cases._decide(fresh, now, case, params)


def test_what_was_kept_is_not_compiled_again(store: cache.Store, compiled: list[str]) -> None:
    assert not policies.load((SHIPPED,), store).problems
    compiled.clear()

    assert not policies.load((SHIPPED,), store).problems

    assert compiled == []


def test_the_lines_of_a_kept_policy_are_those_of_its_file(store: cache.Store) -> None:
    fresh = policies.load((SHIPPED,), store).rules
    kept = policies.load((SHIPPED,), store).rules

    places = [[rule.manifest.at(("spec", "validations", 0)) for rule in rules] for rules in (fresh, kept)]

    assert places[0] == places[1]


def test_a_policy_that_changed_is_compiled_anew(tmp_path: Path, store: cache.Store) -> None:
    path = tmp_path / "few.yaml"
    found = []
    for expression in ("object.spec.replicas < 2", "object.spec.replicas < 4", "object.spec.replicas <"):
        path.write_text(POLICY.replace("EXPRESSION", expression), encoding="utf-8")
        rule = of(path, store)
        body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 3}}
        decided = rule.policy and admission.evaluate(rule.policy, rule.bindings, admission.Request(body))
        found.append((len(rule.problems), decided and len(decided)))

    assert found == [(0, 1), (0, []), (1, None)]


def test_what_a_policy_lacks_is_said_however_often_it_is_read(tmp_path: Path, store: cache.Store) -> None:
    (tmp_path / "few.yaml").write_text(POLICY.replace("EXPRESSION", "object.spec.replicas <"), encoding="utf-8")

    problems = [of(tmp_path, store).problems for _ in range(2)]

    assert problems[0] == problems[1] != ()


def test_a_kept_policy_makes_nothing_but_parts_of_policies(tmp_path: Path) -> None:
    import pickle

    from kubecel import stored

    class Bad:
        def __reduce__(self) -> Any:
            return (Path, (str(tmp_path / "made"),))

    with pytest.raises(stored.Unreadable):
        stored.load(pickle.dumps(Bad()))
