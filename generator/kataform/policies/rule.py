"""A rule: a policy with its bindings, compiled when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding, Severity
from kataform.policies.manifest import ANNOTATION, Manifest, problem

if TYPE_CHECKING:
    from kubecel import admission

SEVERITIES = {"Deny": Severity.ERROR, "Warn": Severity.WARNING, "Audit": Severity.INFO}


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
        known = [SEVERITIES[each] for found in actions if isinstance(found, list) for each in found]
        return max(known, default=Severity.INFO)

    def concerns(self, group: str, resource_name: str | None) -> bool:
        """Whether it may be about a resource (None: one of unknown name) of a group; True where only it can tell."""
        rules = resource.get(self.body, ("spec", "matchConstraints", "resourceRules"))
        return any(_names(rule, group, resource_name) for rule in rules) if isinstance(rules, list) else True

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
        from kubecel import admission

        return [
            _read(self.manifest, admission.Policy.read),
            *(_read(one, admission.Binding.read) for one in self.binding_manifests),
        ]


def _read(manifest: Manifest, read: Any) -> tuple[Any, tuple[Finding, ...]]:
    from kubecel import admission

    try:
        return read(manifest.body), ()
    except admission.PolicyError as error:
        return None, tuple(_refusal(manifest, refused) for refused in error.problems)


def _refusal(manifest: Manifest, refused: admission.Problem) -> Finding:
    where = f" (line {refused.line}, column {refused.column} of the expression)" if refused.line else ""
    message = f"the API server refuses this {manifest.body['kind']}: {refused.message}{where}"
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
