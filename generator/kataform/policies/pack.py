"""A pack: the policies of some folders, and what they decide about an object."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from kataform import cache, resource
from kataform.finding import Finding
from kataform.policies import kinds, templates, verdict
from kataform.policies.manifest import PARAMS
from kataform.policies.rule import Rule
from kataform.subject import Observation, Subject
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform.policies.inventory import Inventory
    from kubecel import admission


@dataclass(frozen=True)
class Pack:
    """The policies of some folders, sorted by name, what is wrong with their files, and objects beside them."""

    rules: tuple[Rule, ...] = ()
    refused: tuple[Finding, ...] = ()
    params: tuple[Mapping[str, Any], ...] = ()
    _concerned: dict[_Kind, tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)
    _params: dict[int, tuple[Mapping[str, Any], str]] = field(default_factory=dict, compare=False, repr=False)
    _decided: dict[str, list[tuple[Rule, admission.Verdict]]] = field(default_factory=dict, compare=False, repr=False)

    def rule(self, name: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.name == name), None)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Every defect of the files and of the policies in them; to tell, all expressions are compiled."""
        return (*self.refused, *(finding for rule in self.rules for finding in rule.problems))

    def judge(
        self,
        subject: Subject,
        params: Mapping[str, Any],
        around: Inventory | None = None,
        old: dict[str, Any] | None = None,
        clean: cache.Clean | None = None,
    ) -> Iterator[Observation]:
        """What keeps a cluster with these policies from taking the object without a word.

        `params` is the object that policies take their parameters from (`catalogue.policy_params`), `around` the
        overlay that the object belongs to; where none is given, the object is alone with its namespaces. A policy that
        has problems decides nothing: `problems` tells it. With `old` the object is not created but was that before.
        Policies are not asked about what is `clean`.
        """
        from kataform.policies.inventory import Inventory

        overlay = around or Inventory((subject.body, *subject.namespaces.values()), subjects=(subject,))
        rules = self._about(subject, overlay)
        if rules:
            yield from self._observed(subject, rules, params, overlay, old=old, clean=clean)
        pod = templates.pod_of(subject)
        if pod is not None and old is not None and templates.pod_of(replace(subject, body=old)) == pod:
            return
        rules = self._about_pods({rule.name for rule in rules}) if pod is not None else ()
        if pod is not None and rules:
            yield from self._observed(subject, rules, params, overlay, pod, clean=clean)

    def judge_removal(self, subject: Subject, params: Mapping[str, Any], around: Inventory) -> Iterator[Observation]:
        """What keeps a cluster with these policies from deleting the object without a word.

        No line shows what is gone, so the message names it.
        """
        rules = self._about(subject, around)
        for seen in self._observed(subject, rules, params, around, gone=True) if rules else ():
            message = f"{seen.finding.message} ({subject.title} is deleted)"
            yield replace(seen, finding=replace(seen.finding, message=message))

    def _observed(
        self,
        subject: Subject,
        rules: Iterable[Rule],
        params: Mapping[str, Any],
        overlay: Inventory,
        pod: templates.Pod | None = None,
        *,
        old: dict[str, Any] | None = None,
        gone: bool = False,
        clean: cache.Clean | None = None,
    ) -> Iterator[Observation]:
        """What the rules say of an object, or of the pod that it makes."""
        judged, path = (subject, ()) if pod is None else (templates.as_pod(subject, pod), pod.path)
        change = (None, judged.body) if gone else (judged.body, old)
        for rule, decided in self._verdicts(judged, change, rules, params, overlay, clean or _NOTHING):
            if overlay.complete or not (rule.overlay and decided.decision == "undecidable"):
                yield verdict.observation(subject, rule, verdict.below(decided, path), overlay)

    def _about_pods(self, own: set[str]) -> tuple[Rule, ...]:
        """The rules for pods that say nothing of the workload itself."""
        return tuple(rule for rule in self._about_resource("", "pods") if rule.name not in own)

    def _verdicts(
        self,
        subject: Subject,
        change: tuple[dict[str, Any] | None, dict[str, Any] | None],
        rules: Iterable[Rule],
        params: Mapping[str, Any],
        overlay: Inventory,
        clean: cache.Clean,
    ) -> list[tuple[Rule, admission.Verdict]]:
        """What the rules say of what an object becomes and what it was; of equal objects, which the overlays of a fleet
        are full of, once.
        """
        namespace = _namespace(subject)
        served = overlay.served(resource.split_api_version(str(subject.body.get("apiVersion") or ""))[0], subject.kind)
        own = list(overlay.named("v1", "ConfigMap", _PARAMS).values())  # which goes before what the catalogue knows
        known = json.dumps((change, namespace, served, own, self._as_text(params), [rule.name for rule in rules]))
        found: list[tuple[Rule, admission.Verdict]] = []
        asked = request(*change, namespace, overlay)  # completed once, when first looked at
        for alone in (True, False):
            chosen = [rule for rule in rules if rule.alone is alone]
            same = known if alone else known + overlay.digest if chosen else ""
            if chosen and same not in self._decided:
                decide = partial(_decide, asked, chosen, self.supply(params, overlay))
                self._decided[same] = _unless_clean(clean, same, chosen, decide) if alone else list(decide())
            found += self._decided[same] if chosen else ()
        return found

    def supply(self, params: Mapping[str, Any], overlay: Inventory) -> admission.Params:
        """The objects that parametrize policies: the catalogue's, the overlay's own and those beside the policies."""

        def supply(kind: admission.ParamKind) -> list[Mapping[str, Any]]:
            found = {resource.key(dict(body)): body for body in self.params if _is_of(body, kind)}
            found |= overlay.named(*kind, self._asked_for)
            if _is_of(params, kind):
                found[resource.key(dict(params))] = params
            return list(found.values())

        return supply

    @cached_property
    def _asked_for(self) -> frozenset[str] | None:
        """The names of the objects that bindings refer to; None where one chooses them by labels."""
        refs = [
            resource.get(one.body, ("spec", "paramRef"))
            for rule in self.rules
            for one in (rule.manifest, *rule.binding_manifests)
        ]
        stated = [ref for ref in refs if isinstance(ref, dict)]
        return None if any("selector" in ref for ref in stated) else frozenset(str(ref.get("name")) for ref in stated)

    def _as_text(self, params: Mapping[str, Any]) -> str:
        """What tells parameters from others, found once for each."""
        if id(params) not in self._params:
            self._params[id(params)] = (params, cache.digest(json.dumps(params).encode()))
        return self._params[id(params)][1]

    def _about(self, subject: Subject, overlay: Inventory) -> tuple[Rule, ...]:
        """The rules that may concern an object of that kind, found once for each resource."""
        group, _ = resource.split_api_version(str(subject.body.get("apiVersion") or ""))
        served = overlay.served(group, subject.kind)
        return self._about_resource(group, served.plural if served is not None else None)

    def _about_resource(self, group: str, name: str | None) -> tuple[Rule, ...]:
        if (group, name) not in self._concerned:
            self._concerned[group, name] = self._concerned_by(group, name)
        return self._concerned[group, name]

    def _concerned_by(self, group: str, name: str | None) -> tuple[Rule, ...]:
        if name is None and kinds.is_complete(group):
            return ()
        return tuple(rule for rule in self.rules if rule.concerns(group, name))


_Kind = tuple[str, "str | None"]
_NOTHING = cache.Clean()
_PARAMS = frozenset({PARAMS})


def _unless_clean(
    clean: cache.Clean,
    known: str,
    rules: list[Rule],
    decide: Callable[[], Iterator[tuple[Rule, admission.Verdict]]],
) -> list[tuple[Rule, admission.Verdict]]:
    """What rules decide that need nothing but the object and what parametrizes them."""
    parts = (b"policies", known.encode("utf-8", "surrogatepass"), *(rule.said.encode() for rule in rules))
    if clean.knows(*parts):
        return []
    found = list(decide())
    if not found:
        clean.add(*parts)
    return found


def _decide(
    asked: admission.Request, rules: Iterable[Rule], supply: admission.Params
) -> Iterator[tuple[Rule, admission.Verdict]]:
    from kubecel import admission

    for rule in rules:
        if rule.policy is not None:
            yield from ((rule, decided) for decided in admission.evaluate(rule.policy, rule.bindings, asked, supply))


def _is_of(body: Mapping[str, Any], kind: admission.ParamKind) -> bool:
    return (body.get("apiVersion"), body.get("kind")) == kind


def _namespace(subject: Subject) -> Mapping[str, Any] | None:
    return subject.namespaces.get(resource.key(subject.body).namespace or "default")


def request(
    body: Mapping[str, Any] | None,
    old: Mapping[str, Any] | None,
    namespace: Mapping[str, Any] | None,
    overlay: Inventory,
) -> admission.Request:
    """The request that creates an object, updates an old one, or deletes that."""
    from kataform.policies.inventory import NAME
    from kubecel.admission import Request

    operation = "CREATE" if old is None else "UPDATE" if body is not None else "DELETE"
    return Request(body, old, operation, namespace_object=namespace, kinds=overlay.served, more={NAME: overlay})
