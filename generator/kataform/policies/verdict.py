"""Turn what a policy decides about an object into a finding at its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding, Location, Related, Severity, pointer
from kataform.policies.rule import SEVERITIES, Rule
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject

if TYPE_CHECKING:
    from kataform.policies.inventory import Inventory
    from kubecel import admission


_MOST = 10  # places that are told of what decided
_LONGEST = 60  # characters of a value that are told
_AUTHORIZER = "the authorizer's decision"


def observation(subject: Subject, rule: Rule, verdict: admission.Verdict, around: Inventory) -> Observation:
    """What a verdict says of an object, with the fields that decided: its own, and those of objects around it."""
    if verdict.decision == "undecidable" and verdict.message.startswith(_AUTHORIZER):
        return _needs_authorizer(subject, rule, verdict)
    own = [one for one in verdict.evidence if one.other is None]
    deciding = own[0] if own else None
    path: Pointer = deciding.path if deciding is not None else ()
    absent = deciding is not None and deciding.absent and not _has(subject.body, path)
    name, severity, message = _said(subject, rule, verdict, around)
    finding = Finding(
        name,
        severity,
        message,
        _place(subject, path),
        rule.annotation("remedy") if verdict.decision == "deny" else "",
        subject.title,
        pointer(path),
        (
            *(Related(_place(subject, one.path), _told(one, subject)) for one in own[:_MOST] if one.path),
            *islice(_elsewhere(verdict.evidence, around), _MOST),
        ),
        overlays=(subject.root,),
    )
    return Observation(finding, subject.root, subject.title, subject.kind, path, absent)


def _elsewhere(evidence: Iterable[admission.Evidence], around: Inventory) -> Iterator[Related]:
    """The fields of other objects that decided."""
    for one in evidence:
        subject = around.subject(one.other) if one.other is not None else None
        if subject is not None:
            said = f": {_told(one, subject)}" if one.path else ""
            yield Related(_place(subject, one.path), f"{subject.title}{said}")


def below(verdict: admission.Verdict, path: Pointer) -> admission.Verdict:
    """What is decided about the pod of a workload, with the fields where the workload has them."""
    placed = (one._replace(path=(*path, *one.path)) if one.other is None else one for one in verdict.evidence)
    return verdict._replace(evidence=tuple(placed))


def _needs_authorizer(subject: Subject, rule: Rule, verdict: admission.Verdict) -> Observation:
    """What only the cluster's authorizer can say is told of the policy, once, and not of each object."""
    index = verdict.validation_index
    place = rule.manifest.at(("spec",) if index is None else ("spec", "validations", index, "expression"))
    message = f"policy {rule.name} asks the cluster's authorizer, so it is not decidable offline"
    finding = Finding("policy-undecided", Severity.WARNING, message, place, overlays=(subject.root,))
    return Observation(finding, subject.root)


def _said(subject: Subject, rule: Rule, verdict: admission.Verdict, around: Inventory) -> tuple[str, Severity, str]:
    """The rule's name, the severity and the message of a verdict; no message quotes anything of a Secret."""
    severity = SEVERITIES[verdict.action]
    message = verdict.cause or verdict.message
    if subject.secret or (rule.overlay and around.quotes_secret(message)):
        message = rule.annotation("title") or "see the policy"
    if verdict.decision == "deny":
        return rule.name, severity, message
    if verdict.decision == "error":
        return "policy-error", severity, f"policy {rule.name} fails on this object: {message}"
    undecided = Severity.INFO if rule.overlay else Severity.WARNING  # of what comes from elsewhere little is known
    return "policy-undecided", undecided, f"policy {rule.name} cannot be decided here: {message}"


def _place(subject: Subject, path: Pointer) -> Location:
    return subject.locate(path, _on_the_key(subject.body, path))


def _told(one: admission.Evidence, subject: Subject) -> str:
    """A field that decided, and what stands there: `spec.hostNetwork = true`; of a Secret only the field."""
    field = dotted(one.path)
    if one.absent and not one.defaulted:
        return f"{field} is missing"
    value = "" if one.value is None or subject.secret else f" = {_shortened(one.value)}"
    return f"{field}{value}{' (defaulted)' if one.defaulted else ''}"


def _shortened(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def dotted(path: Pointer) -> str:
    """A path as people write it: `spec.containers[1].image`, with keys that need it in quotes."""
    found = ""
    for key in path:
        if isinstance(key, int):
            found += f"[{key}]"
        elif key and key.replace("-", "").replace("_", "").isalnum():
            found += f".{key}" if found else key
        else:
            found += f"[{json.dumps(key, ensure_ascii=False)}]"
    return found


def _has(body: Any, path: Pointer) -> bool:
    """Whether a field is written, be it null."""
    above = resource.get(body, path[:-1])
    if isinstance(above, list):
        return isinstance(path[-1], int) and 0 <= path[-1] < len(above)
    return not path or (isinstance(above, dict) and path[-1] in above)


def _on_the_key(body: Any, path: Pointer) -> bool:
    """A map or a list is pointed at by its key, a plain value by itself."""
    return not path or isinstance(resource.get(body, path), (dict, list))
