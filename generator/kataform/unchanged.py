"""Prove that a change to kustomizations changes nothing: every root that reads one builds to the same bytes.

First in a copy, where a change that is no good does no harm; after the change the roots themselves are built again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from kataform import build_cache, graph, kustomize, roots
from kataform import scope as scopes
from kataform.errors import InputError
from kataform.kustomization import Graph
from kataform.kustomize import BuildFailure, Built, Kustomize
from kataform.project import real, shown
from kubecel.records import dataclass


@dataclass(slots=True)
class Proofs:
    """Proofs about the files as they are now. `around` are folders in which roots are looked for."""

    around: tuple[Path, ...]
    timeout: float = kustomize.TIMEOUT
    _graph: Graph = field(default_factory=Graph)
    _readers: dict[Path, set[Path]] | None = None
    _built: dict[Path, str | None] = field(default_factory=dict)

    def refuted(self, texts: Mapping[str, str]) -> str:
        """Why kustomizations must not be given other texts; empty where all that reads them builds to the same."""
        tool = kustomize.locate()
        if tool is None:
            return "kustomize was not found, so nothing proves it; run `kataform tools install kustomize`"
        changed = {real(Path(path)): text for path, text in texts.items()}
        before = self._build(tool, self.roots(changed))
        if all(text is None for text in before.values()):
            which = (
                f"{shown(next(iter(before)))} does not build" if before else "nothing that can be built reads the file"
            )
            return f"{which}, so nothing proves it"
        known = [root for root, text in before.items() if text is not None]
        for root, text in _in_copy(self._graph, tool, known, changed, self.timeout).items():
            if text != before[root]:
                return f"{shown(root)} would build to something else, or not at all"
        return ""

    def roots(self, files: Iterable[Path]) -> list[Path]:
        """The roots that read one of some kustomizations, and the folders of these themselves where they are roots."""
        if self._readers is None:
            self._readers = self._find()
        return sorted({root for file in files for root in self._readers.get(file.parent, ())})

    def built(self, files: Iterable[Path]) -> dict[Path, str]:
        """What the roots that read some kustomizations build to, those that build."""
        tool = kustomize.locate()
        known = self._build(tool, self.roots(files)) if tool is not None else {}
        return {root: text for root, text in known.items() if text is not None}

    def unbuilt(self, files: Iterable[Path]) -> list[Path]:
        """The roots that read some kustomizations and do not build, so that they could not be compared."""
        return [root for root in self.roots(files) if self._built.get(root, "") is None]

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
                for each in self._graph.folders(folder):
                    found.setdefault(each, set()).add(folder)
            found.setdefault(folder, set()).add(folder)
        return found

    def _build(self, tool: Kustomize, wanted: list[Path]) -> dict[Path, str | None]:
        """What each root builds to, None where it does not; each is built once."""
        new = [root for root in wanted if root not in self._built]
        safe = [root for root in new if roots.unbuildable(self._graph, root) is None]
        results = kustomize.build_all(tool, safe, timeout=self.timeout)
        self._built |= {root: _text(results.get(root)) for root in new}
        return {root: self._built[root] for root in wanted}


def _text(result: Built | BuildFailure | None) -> str | None:
    return result.text if isinstance(result, Built) else None


def _in_copy(
    known: Graph, tool: Kustomize, wanted: list[Path], texts: Mapping[Path, str], timeout: float
) -> dict[Path, str | None]:
    """What roots build to with other texts in place of some files, in a copy; None where one does not build."""
    files = {path for root in wanted for path in build_cache.all_inputs(known, root)}
    top = Path(os.path.commonpath([*wanted, *(path.parent for path in files)]))
    with tempfile.TemporaryDirectory(prefix="kataform-") as folder:
        copy = Path(folder).resolve()
        for path in files:
            there = copy / path.relative_to(top)
            there.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # a file that cannot be read is missed in the copy, too
                shutil.copyfile(path, there)
            if real(path) in texts:
                there.write_bytes(texts[real(path)].encode())
        copies = {root: copy / root.relative_to(top) for root in wanted}
        results = kustomize.build_all(tool, copies.values(), timeout=timeout)
    return {root: _text(results[there]) for root, there in copies.items()}
