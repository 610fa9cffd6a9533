"""Gather the CRDs of a check, and say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kataform import crds, judge, scope
from kataform.crds import Definition, Known
from kataform.errors import InputError
from kataform.finding import Finding, Severity, pointer
from kataform.kustomization import Graph
from kataform.project import shown
from kataform.schemas import Violation
from kataform.subject import Observation, Subject

RULE = "definition-refused"


@dataclass(slots=True)
class Gathered:
    """The CRDs of a check, and what is wrong with those that the server refuses."""

    known: Known
    observations: list[Observation] = field(default_factory=list)


def gather(subjects: Iterable[Subject], given: Sequence[Subject], overlay_of: Mapping[str, str]) -> Gathered:
    """The CRDs among the objects of a check, and those `given` by name; `overlay_of` has the overlay of a root."""
    observations: list[Observation] = []
    beside: dict[str, list[Definition]] = {}
    named: list[Definition] = []
    for subject in (*subjects, *given):
        if not crds.is_definition(subject.body):
            continue
        definition, seen = _read(subject)
        observations += seen
        if definition is not None:
            is_given = any(subject is one for one in given)
            (named if is_given else beside.setdefault(subject.root, [])).append(definition)
    anywhere = [definition for found in beside.values() for definition in found]
    for root, overlay in overlay_of.items():
        if root in beside and root != overlay:
            beside.setdefault(overlay, []).extend(beside[root])
    for root, overlay in overlay_of.items():
        if overlay in beside:
            beside[root] = beside[overlay]
    return Gathered(Known(beside, tuple(named), tuple(anywhere)), observations)


def files(graph: Graph, paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files that hold CRDs among some files and folders. InputError where a path has none."""
    found: dict[Path, None] = {}
    for path in paths:
        holding = [file for file in scope.files(path) if _holds_crd(graph, file)]
        if not holding:
            raise InputError(f"{shown(path)}: holds no CustomResourceDefinition of {crds.KIND[0]}")
        found |= dict.fromkeys(holding)
    return tuple(found)


def _holds_crd(graph: Graph, path: Path) -> bool:
    source = graph.source(path)
    if source is None:
        return False
    return any(crds.is_definition(item.body) for item in graph.items(path)) or bool(
        source.problems and crds.KIND[1] in source.text
    )


def _read(subject: Subject) -> tuple[Definition | None, list[Observation]]:
    """What a CRD defines, and why the server refuses it beyond what its fields tell."""
    from kataform.crds import defects, objects

    wrong = any(seen.finding.severity >= Severity.ERROR for seen in judge.check(subject))
    found = [] if wrong else list(defects.defects(subject.body))
    label = subject.locate((), False).path
    definition = crds.read(subject.body, label, broken=wrong or bool(found))
    if definition is not None:
        found += objects.rule_defects(definition, subject.target.kubernetes)
    return definition, [_observation(subject, violation) for violation in found]


def _observation(subject: Subject, violation: Violation) -> Observation:
    finding = Finding(
        RULE,
        Severity.ERROR,
        violation.message,
        subject.locate(violation.pointer, False),
        violation.remedy,
        subject.title,
        pointer(violation.pointer),
        overlays=(subject.root,),
    )
    return Observation(finding, subject.root, subject.title, subject.kind, violation.pointer)
