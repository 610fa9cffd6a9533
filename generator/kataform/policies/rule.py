"""A rule: a policy with its bindings, or an OverlayPolicy; compiled when it is first needed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kataform import cache, resource
from kataform.finding import Finding, Severity
from kataform.policies.manifest import ANNOTATION, OVERLAY_POLICY, PARAMS, Manifest, problem
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kubecel import Overload, admission

_OLDEST = 30  # the first Kubernetes 1.x with admissionregistration.k8s.io/v1 policies
_PARAM_KIND = {"apiVersion": "v1", "kind": "ConfigMap"}
SEVERITIES = {"Deny": Severity.ERROR, "Warn": Severity.WARNING, "Audit": Severity.INFO}


@dataclass(frozen=True)
class Rule:
    """A policy with its bindings. Its expressions are compiled when they are first needed.

    An OverlayPolicy has the spec of a policy and, as it has no binding, what a binding would say: `validationActions`
    and `paramRef`. What is compiled is kept in `store`, and was perhaps there before.
    """

    manifest: Manifest
    binding_manifests: tuple[Manifest, ...]
    store: cache.Store | None = field(default=None, compare=False, repr=False)

    @cached_property
    def name(self) -> str:
        return self.manifest.name

    @property
    def body(self) -> dict[str, Any]:
        return self.manifest.body

    def annotation(self, name: str) -> str:
        """title, reason, remedy or source; empty where the policy does not say."""
        return str(resource.get(self.body, ("metadata", "annotations", ANNOTATION + name)) or "")

    @property
    def overlay(self) -> bool:
        """Whether it is an OverlayPolicy, which looks at a whole overlay and is decided here alone."""
        return self.body.get("kind") == OVERLAY_POLICY

    @cached_property
    def said(self) -> str:
        """All that the policy and its bindings say, as a digest."""
        bodies = [self.body, *(one.body for one in self.binding_manifests)]
        return cache.digest(json.dumps(bodies).encode())

    @cached_property
    def alone(self) -> bool:
        """Whether it needs nothing of an overlay but the object itself."""
        refs = [resource.get(one.body, ("spec", "paramRef")) for one in self.binding_manifests]
        own = resource.get(self.body, ("spec", "paramKind")) in (None, _PARAM_KIND)
        return own and not self.overlay and all(ref is None or resource.get(ref, ("name",)) == PARAMS for ref in refs)

    @property
    def severity(self) -> Severity:
        """That of the gravest action of its bindings."""
        stating = (self.manifest,) if self.overlay else self.binding_manifests
        actions = [resource.get(one.body, ("spec", "validationActions")) for one in stating]
        named = {str(each) for found in actions if isinstance(found, list) for each in found}
        return max((severity for action, severity in SEVERITIES.items() if action in named), default=Severity.INFO)

    def concerns(self, group: str, resource_name: str | None) -> bool:
        """Whether it may be about a resource (None: one of unknown name) of a group; True where only it can tell."""
        rules = resource.get(self.body, ("spec", "matchConstraints", "resourceRules"))
        return any(_names(rule, group, resource_name) for rule in rules) if isinstance(rules, list) else True

    @property
    def since(self) -> tuple[int, int] | None:
        """The oldest Kubernetes that takes the policy; None where none does, or where it is not for a cluster."""
        from kubecel import NEWEST, admission

        for minor in range(_OLDEST, NEWEST[1] + 1) if not self.overlay else ():
            try:
                admission.Policy.read(self.body, (1, minor))
            except admission.PolicyError:
                continue
            return 1, minor
        return None

    @cached_property
    def problems(self) -> tuple[Finding, ...]:
        """Everything for which an API server would refuse the policy or one of its bindings."""
        return tuple(finding for _, refused in self._read for finding in refused)

    @cached_property
    def policy(self) -> admission.Policy | None:
        """The compiled policy; None where it has problems."""
        return None if self.problems else self._read[0][0]

    @cached_property
    def bindings(self) -> tuple[admission.Binding, ...]:
        return () if self.problems else tuple(read for read, _ in self._read[1:])

    @cached_property
    def _read(self) -> list[tuple[Any, tuple[Finding, ...]]]:
        if self.store is None:
            return self._compile()
        from kubecel import stored

        key = cache.digest(cache.identity(), b"compiled", self.said.encode())
        more = _functions(self.overlay)
        kept = self.store.get(key)
        if kept is not None:
            with contextlib.suppress(stored.Unreadable):
                return [(one, ()) for one in stored.load(kept, more)]
        read = self._compile()
        if not any(refused for _, refused in read):
            self.store.put(key, stored.dump([one for one, _ in read], more))
        return read

    def _compile(self) -> list[tuple[Any, tuple[Finding, ...]]]:
        from kubecel import admission

        if self.overlay:
            return _read_overlay(self.manifest)
        return [
            _read(self.manifest, admission.Policy.read),
            *(_read(one, admission.Binding.read) for one in self.binding_manifests),
        ]


def _functions(overlay: bool) -> tuple[Overload, ...]:
    """The functions that an OverlayPolicy has beside those of a server."""
    if not overlay:
        return ()
    from kataform.policies.inventory import EXTENSION

    return EXTENSION.functions


def _read_overlay(manifest: Manifest) -> list[tuple[Any, tuple[Finding, ...]]]:
    """The policy and the binding that an OverlayPolicy is."""
    from kataform.policies.inventory import EXTENSION
    from kubecel import admission

    spec = manifest.body.get("spec")
    if not isinstance(spec, dict):
        return [_read(manifest, admission.Policy.read)]
    stated = {name: value for name, value in spec.items() if name not in _OF_BINDING}
    bound = {name: value for name, value in spec.items() if name in _OF_BINDING}
    policy = {**manifest.body, "spec": stated}
    binding = {"spec": {**bound, "policyName": manifest.name or "it"}}
    unbound = [("validationActions", "say in validationActions what it does: Deny, Warn or Audit")]
    unbound += [("paramRef", "a policy with paramKind needs paramRef, too")] if "paramKind" in stated else []
    missing = tuple(
        problem("invalid-policy", f"this OverlayPolicy is not complete: {message}", manifest.at(("spec",)))
        for name, message in unbound
        if name not in bound
    )
    return [
        _read(manifest, lambda _: admission.Policy.read(policy, extension=EXTENSION)),
        (None, missing) if missing else _read(manifest, lambda _: admission.Binding.read(binding)),
    ]


_OF_BINDING = ("validationActions", "paramRef")


def _read(
    manifest: Manifest, read: Callable[[dict[str, Any]], admission.Policy | admission.Binding]
) -> tuple[Any, tuple[Finding, ...]]:
    from kubecel import admission

    try:
        return read(manifest.body), ()
    except admission.PolicyError as error:
        return None, tuple(_refusal(manifest, refused) for refused in error.problems)


def _refusal(manifest: Manifest, refused: admission.Problem) -> Finding:
    where = f" (line {refused.line}, column {refused.column} of the expression)" if refused.line else ""
    kind = manifest.body["kind"]
    said = "this OverlayPolicy is not valid" if kind == OVERLAY_POLICY else f"the API server refuses this {kind}"
    message = f"{said}: {refused.message}{where}"
    return problem("invalid-policy", message, manifest.at(refused.path))


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
