"""The graph of kustomizations: which folder takes in which, and what else each of them reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kataform.kustomization import Graph
from kataform.project import shown
from kataform.scope import Scope
from kubecel.records import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One kustomization, by the path of its folder. `takes` are other nodes, `reads` its files, `remotes` addresses."""

    path: str
    kind: str
    takes: tuple[str, ...]
    reads: tuple[str, ...]
    remotes: tuple[str, ...]


def folders(scope: Scope, graph: Graph) -> set[Path]:
    """The folder of every kustomization of a scope and of all that those take in; generated ones among them."""
    rendered = (project.rendered[name] for project, name in scope.overlays)
    generated = (file.parent for folder in rendered for file in sorted(folder.rglob("kustomization.yaml")))
    return {each for folder in (*scope.kustomizations, *generated) for each in graph.folders(folder)}


def nodes(scope: Scope, graph: Graph) -> list[Node]:
    """Every kustomization of a scope and all that those take in, sorted by path."""
    found = []
    for folder in folders(scope, graph):
        known = graph.kustomization(folder)
        if known is not None:
            takes = tuple(shown(child) for child in graph.children(known))
            reads = tuple(shown(file) for file in graph.files(known))
            kind = "component" if known.is_component else "kustomization"
            found.append(Node(shown(folder), kind, takes, reads, tuple(graph.remotes(known))))
    return sorted(found, key=lambda node: node.path)


def roots(found: Iterable[Node]) -> list[Node]:
    """The nodes that no other takes in."""
    found = list(found)
    taken = {path for node in found for path in node.takes}
    return [node for node in found if node.path not in taken]


def users(found: Iterable[Node]) -> dict[str, list[str]]:
    """For each node the nodes that take it in: what a change to it reaches next."""
    reached: dict[str, list[str]] = {}
    for node in found:
        reached.setdefault(node.path, [])
        for path in node.takes:
            reached.setdefault(path, []).append(node.path)
    return {path: sorted(set(above)) for path, above in sorted(reached.items())}
