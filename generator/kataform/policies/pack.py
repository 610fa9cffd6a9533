"""A pack: the policies of some folders, and what they decide about an object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding
from kataform.policies import kinds, verdict
from kataform.policies.rule import Rule
from kataform.subject import Observation, Subject

if TYPE_CHECKING:
    from kubecel import admission


@dataclass(frozen=True)
class Pack:
    """The policies of some folders, sorted by name, and what is wrong with their files."""

    rules: tuple[Rule, ...] = ()
    refused: tuple[Finding, ...] = ()
    _concerned: dict[tuple[str, str], tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)
    _decided: dict[str, list[tuple[Rule, admission.Verdict]]] = field(default_factory=dict, compare=False, repr=False)

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Every defect of the files and of the policies in them; to tell, all expressions are compiled."""
        return (*self.refused, *(finding for rule in self.rules for finding in rule.problems))

    def judge(self, subject: Subject, params: Mapping[str, Any]) -> Iterator[Observation]:
        """What keeps a cluster with these policies from taking the object without a word.

        `params` is the object that policies take their parameters from (`catalogue.policy_params`). A policy that has
        problems decides nothing: `problems` tells it.
        """
        rules = self._about(subject)
        if rules:
            for rule, decided in self._verdicts(subject, rules, params):
                yield verdict.observation(subject, rule, decided)

    def _verdicts(
        self, subject: Subject, rules: Iterable[Rule], params: Mapping[str, Any]
    ) -> list[tuple[Rule, admission.Verdict]]:
        """What the rules say of an object; of equal objects, which the overlays of a fleet are full of, once."""
        namespace = _namespace(subject)
        same = json.dumps((subject.body, namespace, params))
        if same not in self._decided:
            self._decided[same] = list(_decide(_request(subject, namespace), rules, params))
        return self._decided[same]

    def _about(self, subject: Subject) -> tuple[Rule, ...]:
        """The rules that may concern an object of that kind, found once for each kind."""
        group, _ = resource.split_api_version(str(subject.body.get("apiVersion") or ""))
        kind = (group, subject.kind)
        if kind not in self._concerned:
            self._concerned[kind] = self._concerned_by(group, subject.kind)
        return self._concerned[kind]

    def _concerned_by(self, group: str, kind: str) -> tuple[Rule, ...]:
        served = kinds.served(group, kind)
        if served is None and kinds.is_complete(group):
            return ()
        name = served.plural if served is not None else None
        return tuple(rule for rule in self.rules if rule.concerns(group, name))


def _decide(
    request: admission.Request, rules: Iterable[Rule], params: Mapping[str, Any]
) -> Iterator[tuple[Rule, admission.Verdict]]:
    from kubecel import admission

    def supply(kind: admission.ParamKind) -> list[Mapping[str, Any]]:
        return [params] if (params.get("apiVersion"), params.get("kind")) == kind else []

    for rule in rules:
        if rule.policy is not None:
            yield from ((rule, decided) for decided in admission.evaluate(rule.policy, rule.bindings, request, supply))


def _namespace(subject: Subject) -> Mapping[str, Any] | None:
    return subject.namespaces.get(resource.key(subject.body).namespace or "default")


def _request(subject: Subject, namespace: Mapping[str, Any] | None) -> admission.Request:
    """The request that creates the object."""
    from kubecel.admission import Request

    return Request(subject.body, namespace_object=namespace, kinds=kinds.served)
