"""Print which kustomization takes in which, or, the other way round, what a change to each of them reaches."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from kataform import scope as scopes
from kataform.errors import InputError
from kataform.graph import Node, nodes, roots, users
from kataform.kustomization import Graph

_API_VERSION = "kataform.dev/v1alpha1"


def run(paths: tuple[str, ...] = (), *, output: str = "text", reverse: bool = False) -> int:
    """Exit code 0; raises InputError where there is no kustomization."""
    graph = Graph()
    wanted = tuple(map(Path, paths)) or scopes.default_paths(Path.cwd())
    found = nodes(scopes.discover(wanted, graph), graph)
    if not found:
        where = f"in {', '.join(paths)}" if paths else "here"
        raise InputError(f"nothing to show: no kustomization {where}")
    sys.stdout.writelines(f"{line}\n" for line in FORMATS[output](found, reverse))
    return 0


def _text(found: list[Node], reverse: bool) -> Iterator[str]:
    by_path = {node.path: node for node in found}
    below = users(found) if reverse else {node.path: list(node.takes) for node in found}
    tops = [node.path for node in found if not node.takes] if reverse else [node.path for node in roots(found)]
    for path in tops or by_path:
        yield from _branch(path, below, {} if reverse else by_path, ())


def _branch(
    path: str, below: Mapping[str, list[str]], named: Mapping[str, Node], above: tuple[str, ...]
) -> Iterator[str]:
    """A node with what hangs from it, two spaces deeper each time; where a circle closes it says so and stops."""
    indent = "  " * len(above)
    if path in above:
        yield f"{indent}{path}  (a circle)"
        return
    yield f"{indent}{path}"
    for child in below.get(path, ()):
        yield from _branch(child, below, named, (*above, path))
    node = named.get(path)
    if node is not None:
        yield from (f"{indent}  {name}" for name in (*node.reads, *node.remotes))


def _mermaid(found: list[Node], reverse: bool) -> Iterator[str]:
    number = {path: f"n{index}" for index, path in enumerate(sorted({*users(found)}))}
    yield "flowchart LR"
    for path, name in number.items():
        yield f'  {name}["{_escaped(path)}"]'
    for node in found:
        for path in node.takes:
            one, other = (path, node.path) if reverse else (node.path, path)
            yield f"  {number[one]} --> {number[other]}"
        for index, remote in enumerate(node.remotes):
            name = f"{number[node.path]}r{index}"
            yield f'  {name}(["{_escaped(remote)}"])'
            yield f"  {name} --> {number[node.path]}" if reverse else f"  {number[node.path]} --> {name}"


def _escaped(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;")


def _json(found: list[Node], _reverse: bool) -> Iterator[str]:
    above = users(found)
    body = [
        {
            "path": node.path,
            "kind": node.kind,
            "takes": list(node.takes),
            "takenBy": above[node.path],
            "reads": list(node.reads),
            "remotes": list(node.remotes),
        }
        for node in found
    ]
    yield json.dumps({"apiVersion": _API_VERSION, "kind": "Graph", "kustomizations": body}, indent=2)


FORMATS: dict[str, Callable[[list[Node], bool], Iterator[str]]] = {"text": _text, "mermaid": _mermaid, "json": _json}
