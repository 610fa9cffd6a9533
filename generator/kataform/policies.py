"""The policy pack: ValidatingAdmissionPolicies as files hold them, and what they decide about an object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding, Location, Related, Severity, pointer
from kataform.project import shown
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject
from kataform.text import reader
from kataform.text.resolve import Dialect

if TYPE_CHECKING:
    from kubecel import admission

GROUP = "admissionregistration.k8s.io"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
CASES = "cases.yaml"
ANNOTATION = "kataform.dev/"

_SEVERITIES = {"Deny": Severity.ERROR, "Warn": Severity.WARNING, "Audit": Severity.INFO}
_NOT_POLICIES = frozenset({CASES, "kustomization.yaml", "kustomization.yml"})
# The kinds in the groups that our policies are about, beside those of Kubernetes itself.
_CRDS = {
    ("kataconfiguration.openshift.io", "KataConfig"): ("kataconfigs", False),
    ("operators.coreos.com", "CatalogSource"): ("catalogsources", True),
    ("operators.coreos.com", "ClusterServiceVersion"): ("clusterserviceversions", True),
    ("operators.coreos.com", "InstallPlan"): ("installplans", True),
    ("operators.coreos.com", "OLMConfig"): ("olmconfigs", False),
    ("operators.coreos.com", "Operator"): ("operators", False),
    ("operators.coreos.com", "OperatorCondition"): ("operatorconditions", True),
    ("operators.coreos.com", "OperatorGroup"): ("operatorgroups", True),
    ("operators.coreos.com", "Subscription"): ("subscriptions", True),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A policy or binding as a file holds it, and how to find its lines."""

    body: dict[str, Any]
    path: Path
    node: reader.Node

    @property
    def name(self) -> str:
        return resource.key(self.body).name

    def at(self, path: Pointer) -> Location:
        """The place of the field at a path, or of what is nearest above it."""
        return reader.location(shown(self.path), reader.find(self.node, tuple(map(str, path))).node)


@dataclass(frozen=True)
class Rule:
    """A policy with its bindings. Its expressions are compiled when they are first needed."""

    manifest: Manifest
    binding_manifests: tuple[Manifest, ...]

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def body(self) -> dict[str, Any]:
        return self.manifest.body

    def annotation(self, name: str) -> str:
        """title, reason, remedy or source; empty where the policy does not say."""
        return str(resource.get(self.body, ("metadata", "annotations", ANNOTATION + name)) or "")

    @property
    def severity(self) -> Severity:
        """That of the gravest action of its bindings."""
        actions = [resource.get(one.body, ("spec", "validationActions")) for one in self.binding_manifests]
        known = [_SEVERITIES[each] for found in actions if isinstance(found, list) for each in found]
        return max(known, default=Severity.INFO)

    def concerns(self, group: str, resource_name: str | None) -> bool:
        """Whether it may be about a resource (None: one of unknown name) of a group; True where only it can tell."""
        rules = resource.get(self.body, ("spec", "matchConstraints", "resourceRules"))
        return any(_names(rule, group, resource_name) for rule in rules) if isinstance(rules, list) else True

    @cached_property
    def problems(self) -> tuple[Finding, ...]:
        """Everything for which an API server would refuse the policy or one of its bindings."""
        return tuple(problem for _, refused in self._read for problem in refused)

    @cached_property
    def policy(self) -> admission.Policy | None:
        """The compiled policy; None where it has problems."""
        return None if self.problems else self._read[0][0]

    @cached_property
    def bindings(self) -> tuple[admission.Binding, ...]:
        return () if self.problems else tuple(read for read, _ in self._read[1:])

    @cached_property
    def _read(self) -> list[tuple[Any, tuple[Finding, ...]]]:
        from kubecel import admission

        return [
            _read(self.manifest, admission.Policy.read),
            *(_read(one, admission.Binding.read) for one in self.binding_manifests),
        ]


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
        return (*self.refused, *(problem for rule in self.rules for problem in rule.problems))

    def judge(self, subject: Subject, params: Mapping[str, Any]) -> Iterator[Observation]:
        """What keeps a cluster with these policies from taking the object without a word.

        `params` is the object that policies take their parameters from (`catalogue.policy_params`). A policy that has
        problems decides nothing: `problems` tells it.
        """
        rules = self._about(subject)
        if rules:
            for rule, verdict in self._verdicts(subject, rules, params):
                yield _observation(subject, rule, verdict)

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
        served = _served(group, kind)
        if served is None and _is_complete(group):
            return ()
        name = served.plural if served is not None else None
        return tuple(rule for rule in self.rules if rule.concerns(group, name))


# --- files


def load(folders: Iterable[Path]) -> Pack:
    """The policies and bindings in the YAML files of some folders and below; other kinds are left alone."""
    found: dict[str, list[Manifest]] = {POLICY: [], BINDING: []}
    refused: list[Finding] = []
    for folder in folders:
        for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"))):
            if path.name not in _NOT_POLICIES:
                _take(path, found, refused)
    policies = _unique(found[POLICY], refused)
    _unique(found[BINDING], refused)
    bound: dict[str, list[Manifest]] = {name: [] for name in policies}
    for binding in found[BINDING]:
        name = resource.get(binding.body, ("spec", "policyName"))
        if name in bound:
            bound[name].append(binding)
        else:
            message = f"the binding is for policy {name}, and no file holds a policy of this name"
            refused.append(_problem("binding-without-policy", message, binding.at(("spec", "policyName"))))
    for name, policy in policies.items():
        if not bound[name]:
            message = f"no binding is for policy {name}, so it decides nothing"
            refused.append(_problem("policy-without-binding", message, policy.at(("metadata", "name"))))
    return Pack(tuple(Rule(policies[name], tuple(bound[name])) for name in sorted(policies)), tuple(refused))


def _take(path: Path, found: dict[str, list[Manifest]], refused: list[Finding]) -> None:
    """Add the policies and bindings of one file, and what is wrong with it."""
    source = reader.read(path.read_bytes(), shown(path))
    for defect in source.problems:
        finding = Finding(defect.rule, Severity.ERROR, defect.message, defect.location, defect.remedy)
        refused.append(finding if not defect.related else _with_related(finding, defect.related))
    for document in source.documents:
        body = reader.value(document.node, Dialect.KUBECTL) if document.node is not None else None
        if document.node is None or not isinstance(body, dict):
            continue
        manifest = Manifest(body, path, document.node)
        if body.get("apiVersion") == f"{GROUP}/v1" and body.get("kind") in found:
            found[body["kind"]].append(manifest)
        elif str(body.get("apiVersion")).startswith((GROUP, ANNOTATION)):
            message = f"{body.get('apiVersion')} {body.get('kind')} is not a policy that can be decided here"
            remedy = f"write it as {POLICY} and {BINDING} of {GROUP}/v1"
            refused.append(_problem("policy-not-supported", message, manifest.at(("kind",)), remedy))


def _with_related(finding: Finding, related: tuple[Related, ...]) -> Finding:
    return Finding(
        finding.rule, finding.severity, finding.message, finding.location, finding.remedy, related=tuple(related)
    )


def _unique(manifests: list[Manifest], refused: list[Finding]) -> dict[str, Manifest]:
    """The manifests by name; of those with the same one the first counts."""
    found: dict[str, Manifest] = {}
    for manifest in manifests:
        first = found.setdefault(manifest.name, manifest)
        if first is not manifest:
            place = manifest.at(("metadata", "name"))
            related = (Related(first.at(("metadata", "name")), "the first one"),)
            message = f"a second {manifest.body['kind']} is named {manifest.name}"
            refused.append(_with_related(_problem("duplicate-policy", message, place), related))
    return found


def _read(manifest: Manifest, read: Any) -> tuple[Any, tuple[Finding, ...]]:
    from kubecel import admission

    try:
        return read(manifest.body), ()
    except admission.PolicyError as error:
        return None, tuple(_refusal(manifest, problem) for problem in error.problems)


def _refusal(manifest: Manifest, problem: admission.Problem) -> Finding:
    where = f" (line {problem.line}, column {problem.column} of the expression)" if problem.line else ""
    message = f"the API server refuses this {manifest.body['kind']}: {problem.message}{where}"
    return _problem("invalid-policy", message, manifest.at(problem.path))


def _problem(rule: str, message: str, location: Location, remedy: str = "") -> Finding:
    return Finding(rule, Severity.ERROR, message, location, remedy)


# --- objects


def _names(rule: Any, group: str, name: str | None) -> bool:
    """Whether a resourceRule may mean a resource. The group decides only where the name is not known, because the
    server shows an object to policies for equivalent groups, too.
    """
    if not isinstance(rule, dict):
        return True
    if name is None:
        groups = rule.get("apiGroups")
        return not isinstance(groups, list) or "*" in groups or group in groups
    resources = rule.get("resources")
    return not isinstance(resources, list) or any(str(each).partition("/")[0] in ("*", name) for each in resources)


def _served(group: str, kind: str) -> admission.Resource | None:
    from kubecel.admission import kinds

    known = _CRDS.get((group, kind))
    return kinds.Resource(*known) if known is not None else kinds.built_in(group, kind)


def _is_complete(group: str) -> bool:
    """Whether every kind of a group is known, so that the API server takes no other."""
    from kubecel.admission import kinds

    return any(group == known for known, _ in (*kinds.BUILT_IN, *_CRDS))


def _decide(
    request: admission.Request, rules: Iterable[Rule], params: Mapping[str, Any]
) -> Iterator[tuple[Rule, admission.Verdict]]:
    from kubecel import admission

    def supply(kind: admission.ParamKind) -> list[Mapping[str, Any]]:
        return [params] if (params.get("apiVersion"), params.get("kind")) == kind else []

    for rule in rules:
        if rule.policy is not None:
            yield from ((rule, verdict) for verdict in admission.evaluate(rule.policy, rule.bindings, request, supply))


def _namespace(subject: Subject) -> Mapping[str, Any] | None:
    return subject.namespaces.get(resource.key(subject.body).namespace or "default")


def _request(subject: Subject, namespace: Mapping[str, Any] | None) -> admission.Request:
    """The request that creates the object."""
    from kubecel.admission import Request

    return Request(subject.body, namespace_object=namespace, kinds=_served)


def _observation(subject: Subject, rule: Rule, verdict: admission.Verdict) -> Observation:
    deciding = verdict.evidence[0] if verdict.evidence else None
    path: Pointer = deciding.path if deciding is not None else ()
    absent = deciding is not None and deciding.absent and not _has(subject.body, path)
    name, severity, message = _said(subject, rule, verdict)
    finding = Finding(
        name,
        severity,
        message,
        subject.locate(path, _on_the_key(subject.body, path)),
        rule.annotation("remedy") if verdict.decision == "deny" else "",
        subject.title,
        pointer(path),
        overlays=(subject.root,),
    )
    return Observation(finding, subject.root, subject.title, subject.kind, path, absent)


def _said(subject: Subject, rule: Rule, verdict: admission.Verdict) -> tuple[str, Severity, str]:
    """The rule's name, the severity and the message of a verdict; a message about a Secret quotes nothing of it."""
    severity = _SEVERITIES[verdict.action]
    message = verdict.message if not subject.secret else rule.annotation("title") or "see the policy"
    if verdict.decision == "deny":
        return rule.name, severity, message
    if verdict.decision == "error":
        return "policy-error", severity, f"policy {rule.name} fails on this object: {message}"
    return "policy-undecided", Severity.WARNING, f"policy {rule.name} cannot be decided here: {message}"


def _has(body: Any, path: Pointer) -> bool:
    """Whether a field is written, be it null."""
    above = resource.get(body, path[:-1])
    if isinstance(above, list):
        return isinstance(path[-1], int) and 0 <= path[-1] < len(above)
    return not path or (isinstance(above, dict) and path[-1] in above)


def _on_the_key(body: Any, path: Pointer) -> bool:
    """A map or a list is pointed at by its key, a plain value by itself."""
    return not path or isinstance(resource.get(body, path), (dict, list))
