"""Hold one object against the schemas of every version it is meant for."""

from __future__ import annotations

from collections.abc import Iterator

from kataform import resource, schemas
from kataform.finding import Finding, Severity, pointer
from kataform.resource import Path, get, split_api_version
from kataform.schemas import Schema, Violation
from kataform.subject import Observation, Subject

OPERATOR_GROUP = "kataconfiguration.openshift.io"
_ON_THE_KEY = ("unknown-field",)


def schemas_of(subject: Subject) -> Iterator[tuple[str, Schema | None]]:
    """The schemas that an object must satisfy, each with the version it stands for as messages name it."""
    api_version, kind = subject.body.get("apiVersion"), subject.body.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return
    if split_api_version(api_version)[0] == OPERATOR_GROUP:
        for version in subject.target.operator or schemas.kataconfig_versions():
            yield f"operator {version}", schemas.kind_schema(api_version, kind, kubernetes="", operator=version)
        return
    for version in subject.target.kubernetes:
        yield f"Kubernetes {version}", schemas.kind_schema(api_version, kind, kubernetes=version, operator=None)


def check(subject: Subject) -> Iterator[Observation]:
    """Every way in which the API server's schemas refuse the object, each once however many versions agree.

    An object whose version nobody told is held against all: what only some of them refuse is then information, unless
    no version at all accepts the object.
    """
    for name in ("apiVersion", "kind"):
        if name not in subject.body:
            yield _of_kind(subject, "missing-field", Severity.ERROR, f"{name} is missing", (name,))
            return
        if not isinstance(subject.body[name], str):
            yield _of_kind(subject, "wrong-type", Severity.ERROR, f"{name} must be a string", (name,))
            return
    found: dict[tuple[Path, str, str], tuple[Violation, list[str]]] = {}
    known: list[str] = []
    unknown: list[str] = []
    for label, schema in schemas_of(subject):
        if schema is None:
            unknown.append(label)
            continue
        known.append(label)
        for violation in _violations(schema, subject):
            key = (violation.pointer, violation.rule, violation.suggestion or "")
            found.setdefault(key, (violation, []))[1].append(label)
    if not known:
        yield _without_schema(subject)
    elif unknown:
        yield _not_served(subject, unknown)
    accepting = set(known).difference(*(failing for _, failing in found.values()))
    untold = resource.key(subject.body).group == OPERATOR_GROUP and not subject.target.operator
    severity = Severity.INFO if accepting and untold else Severity.ERROR
    for violation, failing in found.values():
        yield _observation(subject, violation, failing, known, severity)


def _violations(schema: Schema, subject: Subject) -> list[Violation]:
    """What is wrong with the fields, each by itself; where nothing is, what is wrong between them."""
    return schemas.validate(schema, subject.body, secret=subject.secret) or list(
        schemas.relations(schema, subject.body)
    )


def _observation(
    subject: Subject, violation: Violation, failing: list[str], known: list[str], severity: Severity
) -> Observation:
    message = f"{violation.message}{_in_which(failing, known)}{_history(subject, violation)}"
    finding = Finding(
        violation.rule,
        severity,
        message,
        subject.locate(violation.pointer, violation.rule in _ON_THE_KEY),
        violation.remedy,
        subject.title,
        pointer(violation.pointer),
        overlays=(subject.root,),
    )
    absent, suggestion = violation.rule == "missing-field", violation.suggestion or ""
    return Observation(finding, subject.root, subject.title, subject.kind, violation.pointer, absent, suggestion)


def _in_which(failing: list[str], known: list[str]) -> str:
    """Which versions refuse it, where they do not all; for the operator, whose versions differ most, always."""
    accepted = [label.split()[-1] for label in known if label not in failing]
    name = failing[0].rsplit(" ", 1)[0]
    refusing = ", ".join(label.split()[-1] for label in failing)
    if accepted:
        return f" (in {name} {refusing}; accepted in {', '.join(accepted)})"
    if name != "operator":
        return ""
    return f" (operator {refusing})" if len(known) == 1 else " (in every operator version it is for)"


def _history(subject: Subject, violation: Violation) -> str:
    """For a KataConfig field that other operator versions have: which ones."""
    if violation.rule != "unknown-field" or subject.kind != "KataConfig":
        return ""
    field = ".".join(str(part) for part in violation.pointer)
    having = schemas.kataconfig_versions_with(field)
    return f"; {field} exists in operator {having}" if having else ""


def _without_schema(subject: Subject) -> Observation:
    api_version = get(subject.body, ("apiVersion",))
    served = schemas.kind_versions(str(api_version), subject.kind)
    if served is None:
        message = f"no schema for {api_version} {subject.kind}, so its fields were not checked"
        return _of_kind(subject, "kind-without-schema", Severity.INFO, message)
    where = ", ".join(subject.target.kubernetes)
    message = f"{api_version} {subject.kind} is served by Kubernetes {served[0]} to {served[1]}, not by {where}"
    return _of_kind(subject, "kind-not-served", Severity.ERROR, message)


def _not_served(subject: Subject, unknown: list[str]) -> Observation:
    versions = ", ".join(label.split()[-1] for label in unknown)
    kind = f"{get(subject.body, ('apiVersion',))} {subject.kind}"
    message = f"{kind} is not served by Kubernetes {versions}, which it is for, too"
    return _of_kind(subject, "kind-not-served", Severity.ERROR, message)


def _of_kind(
    subject: Subject, rule: str, severity: Severity, message: str, path: Path = ("apiVersion",)
) -> Observation:
    finding = Finding(
        rule, severity, message, subject.locate(path, False), "", subject.title, pointer(path), overlays=(subject.root,)
    )
    return Observation(finding, subject.root, subject.title, subject.kind, path)
