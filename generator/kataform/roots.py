"""Build kustomizations that are not ours, and say of each that was not built why not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import build_cache, resource
from kataform.finding import Finding, Location, Severity
from kataform.kustomization import NAMES, Graph, Kustomization
from kataform.project import real, shown
from kataform.rules import outside_repository, remote_base
from kataform.subject import Observation
from kataform.text import reader
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform import kustomize


@dataclass(slots=True)
class Built:
    """The objects of each root that was built; what was not, each with the finding that is why, where one is.

    `left_out` counts the objects that the files of those roots show and that nobody checked.
    """

    bodies: dict[Path, list[dict[str, Any]]] = field(default_factory=dict)
    failures: list[tuple[Observation, Finding | None]] = field(default_factory=list)
    left_out: int = 0


def build(graph: Graph, roots: Iterable[Path], *, timeout: float, cache: Path | None = None) -> Built:
    """Every root by kustomize, in parallel; one that cannot be built hides none of the others.

    With a `cache` folder a root of which no byte has changed since it was built is taken from there.
    """
    built = Built()
    waiting = []
    for root in roots:
        reason = unbuildable(graph, root)
        if reason is None:
            waiting.append(root)
        else:
            _leave_out(built, graph, root, *reason)
    if not waiting:
        return built
    from kataform import kustomize  # which many a run has no root for

    tool = kustomize.locate()
    if tool is None:
        for root in waiting:
            _leave_out(built, graph, root, _not_built(graph, root, "kustomize was not found", _INSTALL), None)
        return built
    for root, result in _results(graph, waiting, tool, timeout, cache).items():
        if isinstance(result, kustomize.BuildFailure):
            _leave_out(built, graph, root, _failure(graph, root, result), None)
        else:
            built.bodies[root] = result
    return built


def _results(
    graph: Graph, waiting: list[Path], tool: kustomize.Kustomize, timeout: float, folder: Path | None
) -> dict[Path, list[dict[str, Any]] | kustomize.BuildFailure]:
    """The objects of each root, in order: known from before, else built by kustomize, and then kept."""
    from kataform import batches, kustomize

    cache = build_cache.BuildCache(folder, tool) if folder is not None else None
    keys = {root: cache.key(graph, root) if cache is not None else None for root in waiting}
    found: dict[Path, list[dict[str, Any]] | kustomize.BuildFailure] = {}
    for root, key in keys.items():
        if cache is not None and key is not None and (known := cache.get(key)) is not None:
            found[root] = known
    new = batches.build_all(tool, graph, [root for root in waiting if root not in found], timeout=timeout)
    for root, result in new.items():
        key = keys[root]
        if isinstance(result, kustomize.BuildFailure):
            found[root] = result
            continue
        found[root] = result
        if cache is not None and key is not None and key == cache.key(graph, root):  # not changed while it was built
            cache.put(key, result)
    if cache is not None:
        cache.trim()
    return {root: found[root] for root in waiting}


_INSTALL = "run `kataform tools install`"


def folders(graph: Graph, root: Path) -> list[Path]:
    """Every kustomization that building a root reads, the root among them."""
    return sorted(
        {path.parent for path in graph.closure(root) if graph.kustomization(path.parent) is not None} | {root}
    )


def _leave_out(built: Built, graph: Graph, root: Path, why: Observation, cause: Finding | None) -> None:
    built.failures.append((why, cause))
    built.left_out += len(graph.accumulate(root).items) + sum(_is_opaque(graph, path) for path in graph.closure(root))


def _is_opaque(graph: Graph, path: Path) -> bool:
    """Whether a file is so broken that none of its objects can be seen; it counts as one."""
    source = graph.source(path)
    return source is not None and bool(source.problems) and not graph.items(path) and path.name not in NAMES


def unbuildable(graph: Graph, root: Path) -> tuple[Observation, Finding | None] | None:
    """Why a root is not handed to kustomize: text it would choke on, or a part that is not on this disk."""
    for path in sorted(graph.closure(root)):
        source = graph.source(path)
        if source is not None and source.problems:
            cause = source.problems[0].finding
            return _not_built(graph, root, f"{cause.location} cannot be read", severity=Severity.ERROR), cause
    for folder in folders(graph, root):
        found = graph.kustomization(folder)
        patches = graph.patches(found) if found is not None else []
        inline = [problem for patch in patches if patch.inline is not None for problem in patch.inline.problems]
        if inline:
            cause = inline[0].finding
            return _not_built(graph, root, f"{cause.location} cannot be read", severity=Severity.ERROR), cause
        waiting = next(_never_ending(graph, found), None) if found is not None else None
        if waiting is not None:
            return _not_built(graph, root, f"{shown(waiting)} is not a regular file", severity=Severity.ERROR), None
        outside = _outside(graph, folder, found)
        if outside is not None:
            return _not_built(graph, root, f"{outside.location} leads out of the repository"), outside
        remote = next(remote_base.check(graph, found), None) if found is not None else None
        if remote is not None:
            return _not_built(graph, root, f"{remote.location} is on the network, and nothing is fetched"), remote
    return None


def _never_ending(graph: Graph, found: Kustomization) -> Iterator[Path]:
    """What it names that is there and neither a file nor a folder: kustomize would wait for what a pipe never says."""
    named = (found.folder / name for _, name in graph.named(found))
    for path in (*named, *build_cache.inputs(graph, found)):
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            yield path


def _outside(graph: Graph, folder: Path, found: Kustomization | None) -> Finding | None:
    """Why kustomize must not be let at a folder: it would follow a path or a link out of the repository."""
    links = [path for path in graph.outside if path.parent == folder and path.name in NAMES]
    if links or found is None:
        return outside_repository.of_link(links[0]) if links else None
    return next(outside_repository.check(graph, found), None)


def _not_built(
    graph: Graph, root: Path, why: str, remedy: str = "", severity: Severity = Severity.WARNING
) -> Observation:
    message = f"not built, so its objects were not checked: {why}"
    place = Location.start(_label(graph, root))
    return Observation(
        Finding("root-not-built", severity, message, place, remedy, overlays=(shown(root),)), shown(root)
    )


def _failure(graph: Graph, root: Path, result: kustomize.BuildFailure) -> Observation:
    place = _patch(graph, result) or _mention(graph, root, result)
    finding = Finding("build-failed", Severity.ERROR, f"kustomize: {result.message}", place, overlays=(shown(root),))
    return Observation(finding, shown(root))


def _patch(graph: Graph, result: kustomize.BuildFailure) -> Location | None:
    """Where the patch that matched nothing names what it is for."""
    found = graph.kustomization(real(result.path).parent) if result.patch and result.path is not None else None
    for patch in graph.patches(found) if found is not None else ():
        merging = [each for each in patch.written if isinstance(each.node, reader.Mapping)]
        for written, body in zip(merging, patch.merges, strict=False):
            if patch.target is None and _identity(body) == result.patch:
                return written.at(reader.find(written.node, ("metadata", "name")).node)
    return None


def _identity(body: dict[str, Any]) -> str:
    named = resource.key(body)
    return "/".join(filter(None, (named.kind, named.namespace, named.name)))


def _mention(graph: Graph, root: Path, result: kustomize.BuildFailure) -> Location:
    label = shown(result.path) if result.path is not None else _label(graph, root)
    line, column, end = result.line or 1, 1, 2
    if result.mention and result.path is not None:
        source = graph.source(real(result.path))
        for number, text in enumerate(source.text.splitlines() if source is not None else (), 1):
            if result.mention in text and (result.line in (None, number)):
                line, column = number, text.index(result.mention) + 1
                end = column + len(result.mention)
                break
    return Location(label, line, column, line, end)


def _label(graph: Graph, root: Path) -> str:
    found = graph.kustomization(root)
    return found.label if found is not None else shown(root)
