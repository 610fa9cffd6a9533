"""oversized-root: a kustomization with so many objects that kustomize takes its time over them.

kustomize looks each object up among all the others, so its time grows with the square of their number. Measured with
5.8.1 on two cores: 100 objects take 0.03 s, 200 take 0.07 s, 500 take 0.2 s, 1,000 take 1.0 s, 2,000 take 3 s. From 200
on the square outweighs the rest: five roots of 200 build in about a third of the time of one with 1,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kataform.finding import Finding, Location, Severity
from kataform.kustomization import Graph
from kataform.project import shown
from kataform.rule import Option, Rule
from kataform.text import reader

_FEW = "rules:\n  options:\n    oversized-root:\n      objects: 1\n"
_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"
_BOTH = {"web/settings.yaml": _SETTINGS.format("web"), "shop/settings.yaml": _SETTINGS.format("shop")}
_ROOT = "resources:\n- {}settings.yaml\n"
RULE = Rule(
    "oversized-root",
    "A kustomization with so many objects that kustomize takes long to build it.",
    Severity.WARNING,
    why="kustomize's time grows with the square of the objects in a root: about 0.07 s for 200, 1 s for 1,000, 3 s for "
    "2,000, and Argo CD and Flux build each root again and again.",
    remedy="split it into roots that are built alone, each its own Argo CD Application or Flux Kustomization",
    failing={".kataform.yaml": _FEW, "kustomization.yaml": "resources:\n- web/settings.yaml\n- shop/settings.yaml\n"}
    | _BOTH,
    passing={
        ".kataform.yaml": _FEW,
        "web/kustomization.yaml": _ROOT.format(""),
        "shop/kustomization.yaml": _ROOT.format(""),
    }
    | _BOTH,
    options=(Option("objects", 200, "how many objects a root may have"),),
)
_FIELDS = ("resources", "bases", "components", "configMapGenerator", "secretGenerator")


def check(
    graph: Graph, roots: Iterable[Path], built: Mapping[Path, list[dict[str, Any]]], most: int
) -> Iterator[Finding]:
    """A finding for each kustomization that brings more than `most` objects to roots, at the list that takes them in.

    A root that another folder makes so large is no finding of its own; that folder's names it.
    """
    sizes: dict[Path, int] = {}

    def size(folder: Path) -> int:
        if folder not in sizes:
            sizes[folder] = len(built[folder]) if folder in built else _as_written(graph, folder)
        return sizes[folder]

    through: dict[Path, set[str]] = {}
    for root in dict.fromkeys(roots):
        large = {folder for folder in graph.folders(root) if size(folder) > most} if size(root) > most else set()
        for folder in large:
            found = graph.kustomization(folder)
            if found is not None and large.isdisjoint(graph.children(found)):
                through.setdefault(folder, set()).add(shown(root))
    for folder, overlays in sorted(through.items()):
        message = f"more than {most} objects in one kustomization, and kustomize's time grows with their square"
        remedy = f"split its {size(folder)} objects into roots that are built alone"
        yield Finding(
            RULE.name, Severity.WARNING, message, _place(graph, folder), remedy, overlays=tuple(sorted(overlays))
        )


def _as_written(graph: Graph, folder: Path) -> int:
    known = graph.accumulate(folder)
    return len(known.items) + len(known.generated)


def _place(graph: Graph, folder: Path) -> Location:
    """The list of what a kustomization takes in, at its name; the file where there is none."""
    found = graph.kustomization(folder)
    if found is None or found.written is None:
        return Location.start(shown(folder))
    for field in _FIELDS:
        at = reader.find(found.written.node, (field,))
        if at.depth == 1 and at.key is not None:
            return found.written.at(at.key)
    return Location.start(found.label)
