"""What is generated is accepted: overlay after overlay, part after part, by a server with the CRDs of that version."""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import definitions
import pytest
from apiserver import Cluster, until

from kataform import catalogue, judge, objects, project
from kataform.compatibility import targets_of
from kataform.finding import Location, Severity
from kataform.overlays import Overlays
from kataform.render import Rendering
from kataform.subject import Subject
from kataform.text import emit

PROJECTS = 36 if os.environ.get("KATAFORM_CLUSTER_FULL") else 12  # of seven specs each; 36 give 200 that render
LEAST = 5.6  # specs of a project that can be rendered, on average
KATACONFIGS = "kataconfigs.kataconfiguration.openshift.io"


@pytest.fixture(scope="module")
def drawing(repository: Path) -> ModuleType:
    """What draws specs at random for the tests of rendering."""
    spec = importlib.util.spec_from_file_location("drawing", repository / "tests" / "render" / "drawing.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def olm(cluster: Cluster, shared: Path) -> Cluster:
    """The server with the CRDs that are there before an operator is."""
    definitions.install(cluster, shared, *definitions.OLM)
    return cluster


def renderings(loaded: Overlays) -> list[Rendering]:
    found = [loaded.get(name).rendering for name in loaded.project.rendered]
    return [rendering for rendering in found if rendering is not None]


def drawn(drawing: ModuleType, folder: Path) -> Iterator[Rendering]:
    known, turns = catalogue.load(), Counter()
    for seed in range(PROJECTS):
        draw = drawing.Drawing(1000 + seed, known, turns)
        extends: dict[str, str | None] = {"base": None}
        extends |= {f"overlays/o{n}": "../../base" for n in range(4)}
        extends |= {"overlays/o4": "../o0", "overlays/o5": None}
        for name, parent in extends.items():
            path = folder / str(seed) / name / project.SPEC
            path.parent.mkdir(parents=True)
            path.write_text(emit.dump(draw.overlay(parent)), encoding="utf-8")
        yield from renderings(Overlays(project.require(folder / str(seed))))


def subjects(rendering: Rendering) -> list[Subject]:
    """The objects of an overlay in the order in which its parts are applied."""
    target = targets_of(rendering.spec, catalogue.load())
    bodies = [found.body for part in rendering.parts.values() for found in part]
    beside = objects.namespaces(bodies)
    return [Subject(body, rendering.spec.label, lambda path, key: Location("x"), target, beside) for body in bodies]


def clean(subject: Subject) -> bool:
    return not any(seen.finding.severity is Severity.ERROR for seen in judge.check(subject))


def applied(cluster: Cluster, rendering: Rendering) -> list[str]:
    """What the server refuses of an overlay; afterwards nothing but its namespaces is left."""
    refused, made = [], []
    for subject in subjects(rendering):
        assert clean(subject), f"{rendering.spec.label}: {subject.title}"
        answer = cluster.create(subject.body)
        if answer.code == 409 and subject.kind == "Namespace":
            answer = cluster.update(subject.body)
        if not answer.accepted:
            refused.append(f"{rendering.spec.label}: {subject.title}: {answer.message}")
        elif subject.kind != "Namespace":
            made.append(subject.body)
    for body in made:
        cluster.delete(body)
    return refused


def by_definition(found: list[Rendering]) -> dict[str, list[Rendering]]:
    groups: dict[str, list[Rendering]] = {}
    for rendering in found:
        groups.setdefault(definitions.kataconfig_file(rendering.spec.get("operator", "version")), []).append(rendering)
    return groups


@pytest.fixture(scope="module")
def refused(
    olm: Cluster, shared: Path, repository: Path, drawing: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What the server refuses of each overlay, this repository's and the drawn ones, one CRD after the other."""
    own = renderings(Overlays(project.require(repository)))
    found: dict[str, list[str]] = {}
    groups = by_definition([*own, *drawn(drawing, tmp_path_factory.mktemp("drawn"))])
    for name, group in sorted(groups.items()):
        definitions.install(olm, shared, name)
        found |= {str(rendering.spec.folder): applied(olm, rendering) for rendering in group}
        definitions.remove(olm, KATACONFIGS)
    return found


def test_the_server_accepts_every_overlay_of_this_repository(refused: dict[str, list[str]], repository: Path) -> None:
    own = {folder: found for folder, found in refused.items() if Path(folder).is_relative_to(repository)}

    assert len(own) == 7
    assert [text for found in own.values() for text in found] == []


def test_the_server_accepts_what_is_rendered_from_drawn_specs(refused: dict[str, list[str]], repository: Path) -> None:
    others = {folder: found for folder, found in refused.items() if not Path(folder).is_relative_to(repository)}

    assert len(others) >= LEAST * PROJECTS
    assert [text for found in others.values() for text in found] == []


def test_a_server_with_another_version_refuses_what_that_version_does_not_know(olm: Cluster, shared: Path) -> None:
    """What makes the tests above worth something: the CRD decides."""
    body: dict[str, Any] = {
        "apiVersion": "kataconfiguration.openshift.io/v1",
        "kind": "KataConfig",
        "metadata": {"name": "cluster-kataconfig"},
        "spec": {"logLevel": "info"},
    }
    answers = {}

    for version in ("1.2.2", "1.3.3"):
        definitions.install(olm, shared, definitions.kataconfig_file(version))
        until(lambda: olm.serves(body["apiVersion"], body["kind"]), "KataConfig is served")
        answers[version] = olm.create(body, dry_run=True).message
        definitions.remove(olm, KATACONFIGS)

    assert 'unknown field "spec.logLevel"' in answers["1.2.2"]
    assert answers["1.3.3"] == ""
