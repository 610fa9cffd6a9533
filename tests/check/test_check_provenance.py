"""Where a built value comes from: in trees drawn at random, the line that the test planted."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from drawn_trees import Plant, Pointer, draw

from kataform import kustomize as kustomizes
from kataform import objects, resource, sentinel
from kataform.kustomization import Graph
from kataform.kustomize import Kustomize

TREES = int(os.environ.get("KATAFORM_DRAWN_TREES", "12"))


def _claims(seed: int, folder: Path, tool: Kustomize) -> list[tuple[Plant, object, str, float]]:
    """For each planted value: what was built, the line claimed for it, and how long that took."""
    tree = draw(seed)
    root = tree.write(folder).resolve()
    built = kustomizes.build(tool, root)
    assert isinstance(built, kustomizes.Built), f"seed {seed}: {built.stderr}"
    graph = Graph()
    places = objects.Places(sentinel.Prover(graph, tool))
    found = list(objects.of_roots(graph, {root: built.bodies}, places))
    claims = []
    for plant in random.Random(seed).sample(tree.plants, 4):
        one = next(o for o in found if o.body["kind"] == plant.kind and plant.name in o.body["metadata"]["name"])
        path = _path(one.body, plant.path)
        began = time.perf_counter()
        place = one.locate(path, False)
        took = time.perf_counter() - began
        label = (Path.cwd() / place.path).resolve().relative_to(folder.resolve()).as_posix()
        claims.append((plant, resource.get(one.body, path), f"{label}:{place.line}", took))
    return claims


def _path(body: dict[str, Any], path: Pointer) -> Pointer:
    """The path in the built object: a merge may have put the variables of a container in another order."""
    if "env" not in path:
        return path
    names = [one["name"] for one in resource.get(body, path[:-2])]
    return (*path[:-2], names.index("AB"[int(path[-2])]), path[-1])


def test_the_line_claimed_for_a_built_value_is_the_one_that_was_planted(tmp_path: Path, kustomize: Kustomize) -> None:
    wrong, total, spent = [], 0, 0.0
    for seed in range(TREES):
        for plant, value, claimed, took in _claims(seed, tmp_path / str(seed), kustomize):
            assert value == plant.value, f"seed {seed}: the drawing is wrong about {plant}"
            total, spent = total + 1, spent + took
            if claimed != f"{plant.file}:{plant.line}":
                wrong.append((seed, plant, claimed))

    print(f"{TREES} trees, {total} values, {len(wrong)} wrong, {1000 * spent / max(total, 1):.1f} ms each")
    assert wrong == []
