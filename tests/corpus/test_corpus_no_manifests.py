"""In trees of public repositories each file is read or counted as no manifest, and none that is one is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kataform import scope, sources
from kataform.kustomization import Graph

COUNTS = {
    "fluxcd+flux2-kustomize-helm-example": 0,
    "kubeflow+manifests": 158,
    "kubernetes-sigs+kustomize": 1,
    "stefanprodan+podinfo": 30,
}


@pytest.fixture(params=COUNTS)
def tree(request: pytest.FixtureRequest, corpus: Path) -> Path:
    return corpus / str(request.param)


def test_every_file_that_stands_alone_falls_in_one_class(tree: Path) -> None:
    graph = Graph()
    found = scope.discover([tree], graph)

    read = sources.check(graph, found.kustomizations, found.roots, found.plain)

    others = set(read.others)
    assert len(others) == COUNTS[tree.name]
    assert set(found.plain) == (read.paths & set(found.plain)) | others
    assert read.skipped == []
    assert [finding for finding in read.findings if Path(finding.location.path).resolve() in others] == []
    assert [path for path in others if _is_manifest(path)] == []


def _is_manifest(path: Path) -> bool:
    """Whether a file that is no chart's template holds a map with the first fields of an object."""
    text = path.read_text(encoding="utf-8")
    if "{{" in text and "templates" in path.parts:
        return False
    documents = yaml.safe_load_all(text)
    return any(isinstance(one, dict) and {"apiVersion", "kind"} <= one.keys() for one in documents)
