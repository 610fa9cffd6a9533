"""Gather the CRDs of a check, and say what is wrong with them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kataform import crds, judge, resource, scope
from kataform.crds import Definition, Known
from kataform.errors import InputError
from kataform.finding import Finding, Location, Severity, pointer
from kataform.kustomization import Graph, Item, Kustomization, Patch, matches
from kataform.project import shown
from kataform.resource import Path as Pointer
from kataform.schemas import Violation
from kataform.subject import Observation, Subject, Target
from kubecel.records import dataclass

RULE = "definition-refused"
_DROPPED = ("unknown-field",)  # the server takes the CRD without it


@dataclass(slots=True)
class Gathered:
    """The CRDs of a check, and what is wrong with those that the server refuses."""

    known: Known
    observations: list[Observation] = field(default_factory=list)


def gather(
    subjects: Iterable[Subject],
    given: Iterable[Subject] = (),
    stated: Mapping[str, Iterable[Subject]] = MappingProxyType({}),
    groups: Mapping[str, str] = MappingProxyType({}),
    written: Iterable[Subject] = (),
) -> Gathered:
    """The CRDs among the objects of a check, those `given` to it by name, and those that the spec of an overlay names.

    `groups` has the overlay of a root. `written` are CRDs that nobody checks: they count where no other CRD of the name
    is there, and what is wrong with them is not told.
    """
    found: list[Observation] = []
    beside: dict[str, list[Definition]] = {}
    names: set[str] = set()
    for subject in subjects:
        if crds.is_definition(subject.body):
            names.add(resource.key(subject.body).name)
            beside.setdefault(groups.get(subject.root, subject.root), []).extend(_read([subject], found))
    for subject in written:
        if resource.key(subject.body).name not in names:
            names.add(resource.key(subject.body).name)
            beside.setdefault(groups.get(subject.root, subject.root), []).extend(_read([subject], []))
    anywhere = tuple(definition for definitions in beside.values() for definition in definitions)
    named = {overlay: tuple(_read(its, found)) for overlay, its in stated.items()}
    return Gathered(Known(beside, named, tuple(_read(given, found)), anywhere, groups), found)


def as_written(graph: Graph, root: Path, target: Target) -> Iterator[Subject]:
    """The CRDs in the files of a root that cannot be built, without those that a patch may give another schema."""
    patches = [patch for found in _kustomizations(graph, root) for patch in graph.patches(found)]
    for item in graph.accumulate(root).items:
        if crds.is_definition(item.body) and not any(_reaches_schema(patch, item) for patch in patches):
            yield Subject(item.body, shown(root), partial(_place, item), target)


def _kustomizations(graph: Graph, root: Path) -> Iterator[Kustomization]:
    for folder in sorted(graph.folders(root) | {root}):
        found = graph.kustomization(folder)
        if found is not None:
            yield found


def _reaches_schema(patch: Patch, item: Item) -> bool:
    changes = any("spec" in body for body in patch.merges) or any(one.path[:1] == ("spec",) for one in patch.operations)
    if patch.target is None:
        return changes and any(resource.key(body).name in item.names for body in patch.merges)
    return changes and matches(patch.target, item)


def _place(item: Item, _path: resource.Path, _key: bool) -> Location:
    return item.written.place


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


def _read(subjects: Iterable[Subject], observations: list[Observation]) -> Iterator[Definition]:
    """What CRDs define; why the server refuses them, beyond what their fields tell, is added to the observations."""
    for subject in subjects:
        if not crds.is_definition(subject.body):
            continue
        from kataform.crds import defects, objects  # most trees have no CRDs

        seen = [seen for seen in judge.check(subject) if seen.finding.severity >= Severity.ERROR]
        refused = _is_refused(subject, seen)
        found = [] if refused else list(defects.defects(subject.body))
        definition = crds.read(subject.body, subject.locate((), False).path, broken=bool(refused or found))
        if definition is not None:
            found += objects.rule_defects(definition, subject.target.kubernetes)
            yield definition
        observations += [*seen, *(_observation(subject, violation) for violation in found)]


def _is_refused(subject: Subject, errors: list[Observation]) -> bool:
    """Whether the server refuses a CRD for its fields. It drops those that it does not know, which may be misspelt."""
    if any(one.finding.rule not in _DROPPED for one in errors):
        return True
    if not errors:
        return False
    left = _without(subject.body, [one.path for one in errors])
    return any(one.finding.severity >= Severity.ERROR for one in judge.check(replace(subject, body=left)))


def _without(body: dict[str, Any], paths: Iterable[Pointer]) -> dict[str, Any]:
    """A copy of an object without some of its fields."""
    left = copy.deepcopy(body)
    for path in paths:
        above = resource.get(left, path[:-1])
        if isinstance(above, dict):
            above.pop(path[-1], None)
    return left


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
