"""The cases beside a policy: what each says that the policy decides, whether it does, and what no case tries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import resource
from kataform.finding import Finding, Location, Severity, pointer
from kataform.policies.files import CASES
from kataform.policies.inventory import Inventory
from kataform.policies.manifest import OVERLAY_API, Manifest, problem
from kataform.policies.pack import Pack, request
from kataform.policies.rule import Rule
from kataform.project import bytes_of, shown
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kubecel import admission

KIND = "PolicyCase"
_ACTIONS = {"deny": "Deny", "warn": "Warn", "audit": "Audit"}
_DECISIONS = ("allow", *_ACTIONS, "error")
_FIELDS = {
    "decision": str, "message": str, "path": str, "absent": bool, "policy": str, "object": dict, "oldObject": dict,
    "params": dict, "objects": list, "external": list,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One change of an object, and what a policy must say of it."""

    manifest: Manifest

    @property
    def spec(self) -> dict[str, Any]:
        return self.manifest.body["spec"]  # type: ignore[no-any-return]

    @property
    def name(self) -> str:
        return f"{self.manifest.path.parent.name}/{self.manifest.name}"

    def at(self, *path: str | int) -> Location:
        return self.manifest.at(("spec", *path))


def read(folders: Iterable[Path]) -> tuple[list[Case], list[Finding]]:
    """The cases in some folders and below, and what is wrong with their files."""
    found: list[Case] = []
    wrong: list[Finding] = []
    for path in dict.fromkeys(path for folder in folders for path in sorted(folder.rglob(CASES))):
        source = reader.read(bytes_of(path), shown(path))
        wrong += [defect.finding for defect in source.problems]
        for number, document in enumerate(source.documents):
            body = reader.value(document.node, Dialect.KUBECTL) if document.node is not None else None
            if document.node is not None and body is not None:
                manifest = Manifest(body, path, number, source)
                defects = list(_defects(manifest))
                wrong += defects
                found += [] if defects else [Case(manifest)]
    return found, wrong


def secret_lines(cases: Iterable[Case]) -> dict[str, frozenset[int]]:
    """The lines of the Secrets in cases, by file, which no excerpt may show."""
    lines: dict[str, set[int]] = {}
    for case in cases:
        for path, body in _objects(case.spec):
            place = case.at(*path)
            if isinstance(body, dict) and body.get("kind") == "Secret":
                lines.setdefault(place.path, set()).update(range(place.line, place.end_line + 1))
    return {path: frozenset(numbers) for path, numbers in lines.items()}


def _objects(spec: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield from (((name,), spec.get(name)) for name in ("object", "oldObject"))
    yield from ((("objects", index), body) for index, body in enumerate(spec.get("objects", ())))


def _defects(manifest: Manifest) -> Iterator[Finding]:
    """Why a document is no case."""
    body = manifest.body
    spec = body.get("spec") if isinstance(body, dict) else None
    if not isinstance(body, dict) or (body.get("apiVersion"), body.get("kind")) != (OVERLAY_API, KIND):
        yield problem("invalid-case", f"a case is of {OVERLAY_API} {KIND}", manifest.at(()))
    elif not isinstance(spec, dict):
        yield problem("invalid-case", "a case has a spec: decision, object, message, …", manifest.at(("spec",)))
    else:
        yield from _wrong_fields(manifest, spec)


def _wrong_fields(manifest: Manifest, spec: Mapping[str, Any]) -> Iterator[Finding]:
    for name, value in spec.items():
        wanted = _FIELDS.get(str(name))
        if wanted is None:
            message = f"a case has no field {name!r}; it has {', '.join(_FIELDS)}"
            yield problem("invalid-case", message, manifest.at(("spec", name)))
        elif not isinstance(value, wanted):
            yield problem("invalid-case", f"{name} is of the wrong type", manifest.at(("spec", name)))
    if spec.get("decision") not in _DECISIONS:
        yield problem("invalid-case", f"decision is one of {', '.join(_DECISIONS)}", manifest.at(("spec", "decision")))
    if "object" not in spec and "oldObject" not in spec:
        yield problem("invalid-case", "a case has an object, an oldObject, or both", manifest.at(("spec",)))


def check(pack: Pack, cases: Iterable[Case], params: Mapping[str, Any]) -> Iterator[Finding]:
    """Every case that comes out otherwise, and every validation that no case makes false, or true."""
    by_rule: dict[str, list[Case]] = {rule.name: [] for rule in pack.rules}
    for case in cases:
        rule = _rule(pack, case)
        if rule is None:
            message = f"{case.name}: say in `policy` which policy this case is for; {_beside(pack, case)}"
            yield problem("invalid-case", message, case.at("policy"))
            continue
        by_rule[rule.name].append(case)
        yield from _failure(case, rule, _decide(pack, rule, case, params))
    for rule in pack.rules:
        if rule.policy is not None:
            yield from _untested(pack, rule, by_rule[rule.name], params)


def _rule(pack: Pack, case: Case) -> Rule | None:
    """The policy that a case names, else the one beside it."""
    if "policy" in case.spec:
        return pack.rule(case.spec["policy"])
    beside = [rule for rule in pack.rules if rule.manifest.path.parent == case.manifest.path.parent]
    return beside[0] if len(beside) == 1 else None


def _beside(pack: Pack, case: Case) -> str:
    beside = [rule.name for rule in pack.rules if rule.manifest.path.parent == case.manifest.path.parent]
    return f"beside it are {', '.join(beside)}" if beside else "none is beside it"


def _decide(
    pack: Pack, rule: Rule, case: Case, params: Mapping[str, Any], policy: admission.Policy | None = None
) -> list[admission.Verdict]:
    """What a policy, or a variant of it, decides about the change."""
    from kubecel import admission

    spec = case.spec
    body, old = spec.get("object"), spec.get("oldObject")
    objects = [one for one in spec.get("objects", ()) if isinstance(one, dict)]
    external = [one for one in spec.get("external", ()) if isinstance(one, dict)]
    around = Inventory((*objects, *([body] if body is not None else [])), external)
    name = resource.key(body or old or {}).namespace or "default"
    keys = [(resource.key(one), one) for one in objects]
    namespace = next((one for key, one in keys if key.kind == "Namespace" and key.name == name), None)
    chosen = policy or rule.policy
    if chosen is None:
        return []
    asked = request(body, old, namespace, around)
    given = spec.get("params")
    supply = pack.supply(params, around) if given is None else lambda _: [_named_as_asked(given, rule)]
    return admission.evaluate(chosen, rule.bindings, asked, supply)


def _named_as_asked(given: Mapping[str, Any], rule: Rule) -> Mapping[str, Any]:
    """The parameters of a case, under the name that the first binding gives them where they have none."""
    metadata = dict(given.get("metadata") or {})
    refs = (binding.param_ref for binding in rule.bindings)
    metadata.setdefault("name", next((ref.name for ref in refs if ref is not None and ref.name), ""))
    return {**given, "metadata": metadata}


def _failure(case: Case, rule: Rule, verdicts: list[admission.Verdict]) -> Iterator[Finding]:
    """What a case says and the policy does not do."""
    if rule.policy is None:
        return
    wanted, message = case.spec["decision"], case.spec.get("message")
    fitting = [one for one in verdicts if _said(one) == wanted and message in (None, one.message)]
    if wanted == "allow":
        if verdicts:
            yield _failed(case, f"allow is expected, but {rule.name} says {_told(verdicts)}", "decision")
    elif not verdicts:
        yield _failed(case, f"{wanted} is expected, but {rule.name} lets it pass", "decision")
    elif not fitting:
        said = f"{wanted}: {message}" if message is not None else wanted
        yield _failed(case, f"{said!r} is expected, but {rule.name} says {_told(verdicts)}", "message")
    else:
        yield from _misplaced(case, fitting[0])


def _misplaced(case: Case, verdict: admission.Verdict) -> Iterator[Finding]:
    deciding = next((one for one in verdict.evidence if one.other is None), None)
    found = pointer(deciding.path) if deciding is not None else ""
    if found != case.spec.get("path", found):
        yield _failed(case, f"{case.spec['path']} is expected to decide, but {found or 'no field'} does", "path")
    absent = deciding is not None and deciding.absent
    if absent is not case.spec.get("absent", absent):
        yield _failed(case, f"{found} is {'absent' if absent else 'there'}", "absent")


def _said(verdict: admission.Verdict) -> str:
    return verdict.action.lower() if verdict.decision == "deny" else verdict.decision


def _told(verdicts: list[admission.Verdict]) -> str:
    return ", ".join(repr(f"{_said(one)}: {one.message}") for one in verdicts)


def _failed(case: Case, message: str, field: str) -> Finding:
    return problem("case-failed", f"{case.name}: {message}", case.at(field if field in case.spec else "decision"))


# --- what no case tries


def _untested(pack: Pack, rule: Rule, cases: list[Case], params: Mapping[str, Any]) -> Iterator[Finding]:
    """The validations that no case makes false, and those that none makes true."""
    if not cases:
        message = f"no case beside {rule.name} shows what it decides"
        yield _uncovered("policy-without-cases", message, rule.manifest.at(("metadata", "name")))
        return
    seen: set[tuple[int, bool]] = set()
    for case in cases:
        seen |= _outcomes(pack, rule, case, params)
    policy = rule.policy
    for index in range(len(policy.validations) if policy is not None else 0):
        place = rule.manifest.at(("spec", "validations", index, "expression"))
        for value in (False, True):
            if (index, value) not in seen:
                message = f"in no case of {rule.name} this validation is {str(value).lower()}"
                yield _uncovered("validation-untested", message, place)


def _outcomes(pack: Pack, rule: Rule, case: Case, params: Mapping[str, Any]) -> set[tuple[int, bool]]:
    """The validations that a case evaluates, each with its value; one that fails has none."""
    if not _decide(pack, rule, case, params, _refusing(rule)):
        return set()
    verdicts = [one for one in _decide(pack, rule, case, params) if one.validation_index is not None]
    stopped = {one.validation_index for one in verdicts}
    count = len(rule.policy.validations) if rule.policy is not None else 0
    false = {(one.validation_index, False) for one in verdicts if one.decision == "deny"}
    return {(index, True) for index in range(count) if index not in stopped} | {
        (index, value) for index, value in false if index is not None
    }


def _refusing(rule: Rule) -> admission.Policy | None:
    """The policy as it would be if its only validation were false: it tells which cases come so far."""
    from kubecel import program
    from kubecel.admission.policy import Validation

    if rule.policy is None:
        return None
    always = Validation(program.compile("false", {}), "refused", None, "Invalid")
    return replace(rule.policy, validations=(always,), annotations=())


def _uncovered(rule: str, message: str, place: Location) -> Finding:
    return Finding(rule, Severity.WARNING, message, place, f"add one to {CASES}")
