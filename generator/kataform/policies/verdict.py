"""Turn what a policy decides about an object into a finding at its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding, Severity, pointer
from kataform.policies.rule import SEVERITIES, Rule
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject

if TYPE_CHECKING:
    from kubecel import admission


def observation(subject: Subject, rule: Rule, verdict: admission.Verdict) -> Observation:
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
    severity = SEVERITIES[verdict.action]
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
