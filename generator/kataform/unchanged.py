"""Prove that a change to kustomizations changes nothing: every root that reads one builds to the same bytes.

First in a copy, where a change that is no good does no harm; after the change the roots themselves are built again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kataform import build_cache, graph, kustomize, roots
from kataform import scope as scopes
from kataform.errors import InputError
from kataform.kustomization import Graph
from kataform.kustomize import BuildFailure, Built, Kustomize
from kataform.project import real, shown


@dataclass(slots=True)
class Proofs:
    """Proofs about the files as they are now. `around` are folders in which roots are looked for."""

    around: tuple[Path, ...]
    timeout: float = kustomize.TIMEOUT
    _graph: Graph = field(default_factory=Graph)
    _readers: dict[Path, set[Path]] | None = None
    _tops: set[Path] = field(default_factory=set)
    _built: dict[Path, str | None] = field(default_factory=dict)

    def refuted(self, texts: Mapping[str, str]) -> str:
        """Why kustomizations must not be given other texts; empty where all that reads them builds to the same."""
        tool = kustomize.locate()
        if tool is None:
            return "kustomize was not found, so nothing proves it; run `kataform tools install kustomize`"
        changed = {real(Path(path)): text for path, text in texts.items()}
        read_by = self.roots(changed)
        if not read_by:
            return "nothing that can be built reads the file, so nothing proves it"
        for root in read_by:
            before = self._before(tool, root)
            if before is None and root in self._tops:
                return f"{shown(root)} does not build, so nothing proves it"
            if before is not None and before != _in_copy(self._graph, tool, root, changed, self.timeout):
                return f"{shown(root)} would build to something else, or not at all"
        if all(self._before(tool, root) is None for root in read_by):
            return f"{shown(read_by[0])} does not build, so nothing proves it"
        return ""

    def roots(self, files: Iterable[Path]) -> list[Path]:
        """The roots that read one of some kustomizations, and the folders of these themselves where they are roots."""
        if self._readers is None:
            self._readers = self._find()
        return sorted({root for file in files for root in self._readers.get(file.parent, ())})

    def built(self, files: Iterable[Path]) -> dict[Path, str]:
        """What the roots that read some kustomizations build to, those that build."""
        tool = kustomize.locate()
        known = {root: self._before(tool, root) for root in self.roots(files)} if tool is not None else {}
        return {root: text for root, text in known.items() if text is not None}

    def _find(self) -> dict[Path, set[Path]]:
        """By the folder of each kustomization, the roots that a change to it has to leave as they are."""
        found: dict[Path, set[Path]] = {}
        try:
            folders = graph.folders(scopes.discover(self.around, self._graph), self._graph)
        except (InputError, OSError):
            return found
        taken = {child for folder in folders for child in self._graph.folders(folder) - {folder}}
        for folder in folders:
            known = self._graph.kustomization(folder)
            if known is None or known.is_component:
                continue
            if folder not in taken:
                self._tops.add(folder)
                for each in self._graph.folders(folder):
                    found.setdefault(each, set()).add(folder)
            found.setdefault(folder, set()).add(folder)
        return found

    def _before(self, tool: Kustomize, root: Path) -> str | None:
        if root not in self._built:
            unbuildable = roots.unbuildable(self._graph, root) is not None
            result = None if unbuildable else kustomize.build(tool, root, timeout=self.timeout)
            self._built[root] = result.text if isinstance(result, Built) else None
        return self._built[root]


def _in_copy(known: Graph, tool: Kustomize, root: Path, texts: Mapping[Path, str], timeout: float) -> str | None:
    """What a root builds to with other texts in place of some files, in a copy; None where it does not."""
    files = build_cache.all_inputs(known, root)
    top = Path(os.path.commonpath([root, *(path.parent for path in files)]))
    with tempfile.TemporaryDirectory(prefix="kataform-") as folder:
        copy = Path(folder).resolve()
        for path in files:
            there = copy / path.relative_to(top)
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(path, there)
            except OSError:
                return None
            if real(path) in texts:
                there.write_bytes(texts[real(path)].encode())
        result = kustomize.build(tool, copy / root.relative_to(top), timeout=timeout)
    return None if isinstance(result, BuildFailure) else result.text
