"""Hold one object against the schemas of every version it is meant for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kataform import crds, resource, schemas
from kataform.crds import Definition, Known, Version
from kataform.finding import Finding, Severity, pointer
from kataform.resource import Path, get, split_api_version
from kataform.schemas import Schema, Violation
from kataform.subject import Observation, Subject
from kubecel.records import dataclass

OPERATOR_GROUP = "kataconfiguration.openshift.io"
_ON_THE_KEY = ("unknown-field",)
_SEVERITIES = {crds.UNDECIDED: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Measure:
    """What an object is held against: a schema, and the version it stands for as messages name it.

    The schema is None where the kind is not known there; `source` is the CRD's version that the schema is made from.
    """

    label: str
    schema: Schema | None
    source: tuple[Definition, Version] | None = None


def measures(subject: Subject, known: Known) -> Iterator[Measure]:
    """Everything that an object must satisfy."""
    api_version, kind = subject.body.get("apiVersion"), subject.body.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return
    group, version = split_api_version(api_version)
    definitions = _definitions(subject, known)
    for definition in definitions:
        found = definition.version(version)
        served = (definition, found) if found is not None and found.served else None
        yield Measure(f"CRD {definition.label}", definition.schema(served[1]) if served else None, served)
    if definitions:
        return
    if group == OPERATOR_GROUP:
        for name in subject.target.operator or schemas.kataconfig_versions():
            yield Measure(f"operator {name}", schemas.kind_schema(api_version, kind, kubernetes="", operator=name))
        return
    for name in subject.target.kubernetes:
        yield Measure(f"Kubernetes {name}", schemas.kind_schema(api_version, kind, kubernetes=name, operator=None))


def _definitions(subject: Subject, known: Known) -> tuple[Definition, ...]:
    """The CRDs of a kind that is none of Kubernetes' own."""
    if schemas.kind_versions(str(subject.body.get("apiVersion")), subject.kind) is not None:
        return ()
    return known.of(resource.key(subject.body).group, subject.kind, subject.root)


def check(subject: Subject, known: Known = Known()) -> Iterator[Observation]:  # noqa: B008 (it never changes)
    """Every way in which the API server's schemas refuse the object, each once however many versions agree.

    An object whose version nobody told is held against all: what only some of them refuse is then information, unless
    no version at all accepts the object. So it is with CRDs that say different things of one kind.
    """
    for name in ("apiVersion", "kind"):
        if name not in subject.body:
            yield _missing(subject, name)
            return
        if not isinstance(subject.body[name], str):
            yield _of_kind(subject, "wrong-type", Severity.ERROR, f"{name} must be a string", (name,))
            return
    refused = [one for one in _definitions(subject, known) if one.broken]
    if refused:
        yield _unchecked(subject, refused[0])
        return
    found: dict[tuple[Path, str, str], tuple[Violation, list[str]]] = {}
    having: list[Measure] = []
    lacking: list[Measure] = []
    for measure in measures(subject, known):
        (having if measure.schema is not None else lacking).append(measure)
        for violation in violations(measure, subject):
            key = (violation.pointer, violation.rule, violation.suggestion or "")
            found.setdefault(key, (violation, []))[1].append(measure.label)
    if lacking or not having:
        yield _lacking(subject, having, lacking, known)
    labels = [measure.label for measure in having]
    accepting = set(labels).difference(*(failing for _, failing in found.values()))
    untold = resource.key(subject.body).group == OPERATOR_GROUP and not subject.target.operator
    several = len(having) > 1 and having[0].source is not None
    severity = Severity.INFO if accepting and (untold or several) else Severity.ERROR
    for violation, failing, others in _by_field(found.values()):
        told = [label for label in labels if label not in others]
        yield _observation(subject, violation, sorted(failing, key=labels.index), told, severity)


def _by_field(found: Iterable[tuple[Violation, list[str]]]) -> Iterator[tuple[Violation, list[str], set[str]]]:
    """Each violation with the versions that say it, and those that say something else of the same field.

    Where some versions suggest what was meant, those that cannot say no more than the others.
    """
    fields: dict[tuple[Path, str], list[tuple[Violation, list[str]]]] = {}
    for violation, failing in found:
        fields.setdefault((violation.pointer, violation.rule), []).append((violation, failing))
    for told in fields.values():
        suggesting = [one for one in told if one[0].suggestion] or told
        left = [label for one in told if one not in suggesting for label in one[1]]
        refusing = {label for _, failing in told for label in failing}
        for number, (violation, failing) in enumerate(suggesting):
            own = [*failing, *(left if number == 0 else ())]
            yield violation, own, refusing.difference(own)


def violations(measure: Measure, subject: Subject) -> list[Violation]:
    """What is wrong with the fields, each by itself; where nothing is, what is wrong between them."""
    if measure.schema is None:
        return []
    return of_fields(measure, subject) or _between(measure, subject)


def of_fields(measure: Measure, subject: Subject) -> list[Violation]:
    """What is wrong with the fields, each by itself."""
    if measure.schema is None:
        return []
    if measure.source is None:
        return schemas.validate(measure.schema, subject.body, secret=subject.secret)
    from kataform.crds import objects

    return objects.of_fields(*measure.source, subject.body, _minors(subject), secret=subject.secret)


def _between(measure: Measure, subject: Subject) -> list[Violation]:
    if measure.schema is None:
        return []
    if measure.source is None:
        return list(schemas.relations(measure.schema, subject.body))
    from kataform.crds import objects

    return objects.between(*measure.source, subject.body, _minors(subject))


def _minors(subject: Subject) -> tuple[str, ...]:
    return subject.target.kubernetes or (schemas.NEWEST_KUBERNETES,)


def _observation(
    subject: Subject, violation: Violation, failing: list[str], known: list[str], severity: Severity
) -> Observation:
    message = f"{violation.message}{_in_which(failing, known)}{_history(subject, violation)}"
    finding = Finding(
        violation.rule,
        _SEVERITIES.get(violation.rule, severity),
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


def _lacking(subject: Subject, having: list[Measure], lacking: list[Measure], known: Known) -> Observation:
    """A kind that is not known at all, or not served by some of what the object is for."""
    api_version = get(subject.body, ("apiVersion",))
    kind = f"{api_version} {subject.kind}"
    definitions = _definitions(subject, known)
    if definitions:
        of_crd = " and ".join(definitions[0].served) or "no version at all"
        message = f"{kind} is not served: the CRD in {definitions[0].label} serves {of_crd}"
        return _of_kind(subject, "kind-not-served", Severity.ERROR, message)
    versions = ", ".join(measure.label.split()[-1] for measure in lacking)
    if having:
        message = f"{kind} is not served by Kubernetes {versions}, which it is for, too"
        return _of_kind(subject, "kind-not-served", Severity.ERROR, message)
    served = schemas.kind_versions(str(api_version), subject.kind)
    if served is None:
        message = f"no schema for {kind}, so its fields were not checked"
        remedy = "if a CRD defines it, name that with `--crd FILE`, or under `crds:` in the spec"
        return _of_kind(subject, "kind-without-schema", Severity.INFO, message, remedy=remedy)
    message = f"{kind} is served by Kubernetes {served[0]} to {served[1]}, not by {versions}"
    return _of_kind(subject, "kind-not-served", Severity.ERROR, message)


def _unchecked(subject: Subject, definition: Definition) -> Observation:
    """An object whose CRD is wrong itself: nothing can be said of it."""
    api_version = get(subject.body, ("apiVersion",))
    message = f"the CRD of {api_version} {subject.kind} is refused, so the fields of its objects were not checked"
    remedy = f"mend the CRD in {definition.label}"
    return _of_kind(subject, "kind-without-schema", Severity.INFO, message, remedy=remedy)


def _missing(subject: Subject, name: str) -> Observation:
    """That an object lacks one of its first fields, at the one that is misspelt, if any is."""
    seen = _of_kind(subject, "missing-field", Severity.ERROR, f"{name} is missing", (name,))
    slip = resource.meant(subject.body, name)
    if slip is None:
        return seen
    place, remedy = subject.locate((slip,), True), f"write {name} instead of {slip}"
    return replace(seen, finding=replace(seen.finding, location=place, remedy=remedy))


def _of_kind(
    subject: Subject, rule: str, severity: Severity, message: str, path: Path = ("apiVersion",), remedy: str = ""
) -> Observation:
    location = subject.locate(path, False)
    finding = Finding(rule, severity, message, location, remedy, subject.title, pointer(path), overlays=(subject.root,))
    return Observation(finding, subject.root, subject.title, subject.kind, path)
