"""What kustomize built before, kept in the user's cache under a digest of every byte that went into it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import __version__, cache
from kataform.kustomization import NAMES, Graph, Kustomization
from kataform.project import bytes_of

if TYPE_CHECKING:
    from kataform.kustomize import Kustomize

_FORMAT = 1
# Fields through which kustomize reads files, or runs programs, that the other fields do not name.
_OPAQUE = ("transformers", "generators", "validators", "helmCharts", "helmChartInflationGenerator", "helmGlobals")
_GENERATORS = ("configMapGenerator", "secretGenerator")


class BuildCache:
    """Builds by the digest of their input. Where a file of the cache is missing or damaged, its root is built anew."""

    def __init__(self, folder: Path, tool: Kustomize) -> None:
        self._store = cache.Store(folder / "builds")
        self._tool = f"{__version__} {_FORMAT} {tool.flavour} {tool.version}"

    def key(self, graph: Graph, root: Path) -> str | None:
        """The digest of all that building a root reads; None where that cannot be told from its kustomizations."""
        digest = hashlib.blake2b(self._tool.encode(), digest_size=20)
        for folder in sorted(graph.folders(root)):
            found = graph.kustomization(folder)
            if found is None or found.body is None or any(found.body.get(field) for field in _OPAQUE):
                return None
            names = sorted({*(folder / name for name in NAMES if (folder / name).exists()), *inputs(graph, found)})
            for path in names:
                try:
                    raw = bytes_of(path)
                except (OSError, ValueError):  # a name with a NUL
                    return None
                name = os.fsencode(os.path.relpath(path, root))
                digest.update(b"%d:%d:%s" % (len(name), len(raw), name))
                digest.update(raw)
        return digest.hexdigest()

    def get(self, key: str) -> list[dict[str, Any]] | None:
        """The objects that were built from this input, or None."""
        content = self._store.get(key)
        try:
            bodies = json.loads(content) if content is not None else None
        except ValueError:
            return None
        known = isinstance(bodies, list) and all(isinstance(body, dict) for body in bodies)
        return bodies if known else None

    def put(self, key: str, bodies: list[dict[str, Any]]) -> None:
        """Keep what was built."""
        self._store.put(key, json.dumps(bodies).encode())

    def trim(self) -> None:
        """Keep what was used last, as far as there is room."""
        self._store.trim()


def inputs(graph: Graph, found: Kustomization) -> Iterator[Path]:
    """The files that a kustomization names: those read as YAML, and those its generators take as they are."""
    yield from graph.files(found)
    body = found.body or {}
    openapi = body.get("openapi")
    if isinstance(openapi, dict) and isinstance(openapi.get("path"), str):
        yield found.folder / openapi["path"]
    for field in _GENERATORS:
        entries = body.get(field)
        for entry in entries if isinstance(entries, list) else ():
            for name in _generated_from(entry):
                yield found.folder / name


def all_inputs(graph: Graph, root: Path) -> set[Path]:
    """Every file on this disk that building a root reads, as far as its kustomizations name it; links not followed."""
    known = [found for folder in graph.folders(root) if (found := graph.kustomization(folder)) is not None]
    named = {path for found in known for path in inputs(graph, found)}
    return {Path(os.path.abspath(path)) for path in {*named, *(found.file for found in known)} if path.is_file()}


def _generated_from(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict):
        return
    for field in ("files", "envs"):
        listed = entry.get(field)
        texts = (text for text in listed if isinstance(text, str)) if isinstance(listed, list) else ()
        for text in texts:
            yield text.partition("=")[2] or text if field == "files" else text
    if isinstance(entry.get("env"), str):
        yield entry["env"]
