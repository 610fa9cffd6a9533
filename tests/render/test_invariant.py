"""The invariant that carries the everyday check: of every root kustomize builds exactly what render() says."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import drawing
import pytest

from kataform import apply, catalogue, kustomize, project, resource, tree
from kataform.overlays import Overlays
from kataform.render import Rendering
from kataform.resource import same
from kataform.spec import plain
from kataform.text import emit

PROJECTS = 20
OVERLAYS = 6


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Overlays]:
    """Projects of random specs, generated to disk: overlays of the base, of other overlays, and such as stand alone."""
    known = catalogue.load()
    projects, turns = [], Counter()
    for seed in range(PROJECTS):
        folder = tmp_path_factory.mktemp(f"project-{seed}")
        draw = drawing.Drawing(seed, known, turns)
        extends: dict[str, str | None] = {"base": None}
        extends |= {f"overlays/o{n}": "../../base" for n in range(OVERLAYS)}
        extends |= {"overlays/o3": "../o0", "overlays/o4": "../o3", "overlays/o5": None}
        for name, parent in extends.items():
            (folder / name).mkdir(parents=True)
            (folder / name / project.SPEC).write_text(emit.dump(draw.overlay(parent)), encoding="utf-8")
        loaded = Overlays(project.require(folder))
        for name in loaded.project.rendered:
            rendering = loaded.get(name).rendering
            if rendering is not None:
                apply.one(tree.plan(rendering))
        projects.append(loaded)
    return projects


def test_specs_say_everything_that_the_schema_can_say(drawn: list[Overlays]) -> None:
    seen = set()
    for loaded in drawn:
        for name in loaded.project.rendered:
            overlay = loaded.get(name)
            if overlay.rendering is not None and overlay.spec is not None:
                for file in overlay.chain:
                    assert file.root is not None
                    seen |= set(drawing.drawn(plain(file.root)))

    assert set(drawing.drawable()) - seen == set()


def test_most_of_the_specs_can_be_rendered(drawn: list[Overlays]) -> None:
    problems = [
        finding
        for loaded in drawn
        for name in loaded.project.rendered
        if loaded.get(name).rendering is None
        for finding in loaded.get(name).findings
    ]
    rendered = sum(loaded.get(name).rendering is not None for loaded in drawn for name in loaded.project.rendered)

    assert rendered >= 0.8 * PROJECTS * (OVERLAYS + 1), "\n".join(f"{p.location} {p.message}" for p in problems)


def test_kustomize_builds_what_render_says(drawn: list[Overlays], kustomizes: dict[str, kustomize.Kustomize]) -> None:
    differences = []
    for version, tool in kustomizes.items():
        for loaded in drawn:
            differences += [f"kustomize {version}: {text}" for text in _differences(tool, loaded)]

    assert differences == []


def _ours(rendering: Rendering) -> list[str]:
    """The roots that people add nothing to; what they build to is rendered."""
    return [root for root in rendering.roots if root not in rendering.extended and (root or not rendering.extended)]


def _differences(tool: kustomize.Kustomize, loaded: Overlays) -> list[str]:
    meant = {}
    for name, folder in loaded.project.rendered.items():
        rendering = loaded.get(name).rendering
        if rendering is not None:
            for root in _ours(rendering):
                meant[folder / root] = {resource.key(r.body): r.body for r in rendering.resources(root)}
    found = []
    for root, result in kustomize.build_all(tool, meant).items():
        if isinstance(result, kustomize.BuildFailure):
            found.append(f"{root}: {result.message}\n{result.stderr}")
            continue
        bodies = result.bodies
        built = {resource.key(body): body for body in bodies}
        wrong = [k for k in built.keys() | meant[root].keys() if not same(built.get(k), meant[root].get(k))]
        found += [f"{root}: {k}: built {built.get(k)}, rendered {meant[root].get(k)}" for k in wrong]
        assert len(built) == len(bodies)
    return found


def test_every_patch_changes_what_is_built(drawn: list[Overlays], kustomizes: dict[str, kustomize.Kustomize]) -> None:
    """A patch that only repeats its parent, or that matches nothing, would be noise that people must read."""
    roots_with_patches = [
        folder / part
        for loaded in drawn
        for name, folder in loaded.project.rendered.items()
        if (rendering := loaded.get(name).rendering) is not None
        for part in rendering.parts
        if part not in rendering.extended
        if any(file.startswith(f"{part}/patch-") for file in rendering.files)
    ]
    assert len(roots_with_patches) > 20
    tool = kustomizes["5.8.1"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        idle = [text for found in pool.map(lambda root: _idle(tool, root), roots_with_patches) for text in found]

    assert idle == []


def _idle(tool: kustomize.Kustomize, root: Path) -> list[str]:
    """Patches are left out in a copy beside the root, because other roots that are built just now take it in."""
    full = kustomize.build(tool, root)
    assert isinstance(full, kustomize.Built)
    found = []
    copy = Path(shutil.copytree(root, root.with_name(f"{root.name}-without-a-patch")))
    file = copy / "kustomization.yaml"
    head, _, listed = file.read_text(encoding="utf-8").partition("patches:\n")
    entries = ["- path" + entry for entry in listed.split("- path")[1:]]
    for index, entry in enumerate(entries):
        others = "".join(other for at, other in enumerate(entries) if at != index)
        file.write_text(head + ("patches:\n" + others if others else ""), encoding="utf-8")
        without = kustomize.build(tool, copy)
        assert isinstance(without, kustomize.Built)
        if without.text == full.text:
            found.append(f"{root}: {entry}")
    shutil.rmtree(copy)
    return found
