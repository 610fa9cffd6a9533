"""Every kustomization of public repositories builds, or fails, as kustomize itself did; failures stand at a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kataform import roots
from kataform.kustomization import Graph
from kataform.kustomize import Kustomize


@pytest.fixture(scope="module")
def built(corpus: Path, rows: list[tuple[str, str, int]], kustomize: Kustomize) -> roots.Built:
    return roots.build(Graph(), [corpus / folder for folder, _, _ in rows], timeout=60)


def test_each_root_gives_the_objects_that_kustomize_gives(
    corpus: Path, rows: list[tuple[str, str, int]], built: roots.Built
) -> None:
    given = {folder.relative_to(corpus).as_posix(): len(bodies) for folder, bodies in built.bodies.items()}

    assert given == {folder: count for folder, did, count in rows if did == "built"}


def test_each_root_that_fails_says_why_at_a_place_that_is_there(
    rows: list[tuple[str, str, int]], built: roots.Built
) -> None:
    said = [(cause or observation.finding) for observation, cause in built.failures]

    assert len(said) == sum(did == "failed" for _, did, _ in rows)
    for finding in said:
        assert finding.rule in ("build-failed", "remote-base")
        assert Path(finding.location.path).is_file()
        assert "kustomize cannot build this" not in finding.message
