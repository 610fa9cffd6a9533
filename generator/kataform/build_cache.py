"""What kustomize built before, kept in the user's cache under a digest of every byte that went into it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kataform import __version__
from kataform.kustomization import NAMES, Graph, Kustomization
from kataform.kustomize import Kustomize

LIMIT = 256 << 20
_FORMAT = 1
# Fields through which kustomize reads files, or runs programs, that the other fields do not name.
_OPAQUE = ("transformers", "generators", "validators", "helmCharts", "helmChartInflationGenerator", "helmGlobals")
_GENERATORS = ("configMapGenerator", "secretGenerator")


class BuildCache:
    """Builds by the digest of their input. Where a file of the cache is missing or damaged, its root is built anew."""

    def __init__(self, folder: Path, tool: Kustomize) -> None:
        self.folder = folder / "builds"
        self._tool = f"{__version__} {_FORMAT} {tool.flavour} {tool.version}"
        self._written = False

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
                    content = path.read_bytes()
                except OSError:
                    return None
                name = os.fsencode(os.path.relpath(path, root))
                digest.update(b"%d:%d:%s" % (len(name), len(content), name))
                digest.update(content)
        return digest.hexdigest()

    def get(self, key: str) -> list[dict[str, Any]] | None:
        """The objects that were built from this input, or None."""
        try:
            head, _, content = self._path(key).read_bytes().partition(b"\n")
            if head != _seal(content):
                return None
            bodies = json.loads(content)
            os.utime(self._path(key))
        except (OSError, ValueError):
            return None
        known = isinstance(bodies, list) and all(isinstance(body, dict) for body in bodies)
        return bodies if known else None

    def put(self, key: str, bodies: list[dict[str, Any]]) -> None:
        """Keep what was built; a cache that cannot be written is done without."""
        content = json.dumps(bodies).encode()
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_seal(content) + b"\n" + content)
                os.replace(name, path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError:
            return
        self._written = True

    def trim(self, limit: int = LIMIT) -> None:
        """Keep what was used last, up to `limit` bytes."""
        if not self._written:
            return
        used = sorted(_entries(self.folder), reverse=True)
        total = 0
        for _, size, path in used:
            total += size
            if total > limit:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key


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


def _seal(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top, name)
            try:
                status = path.stat()
            except OSError:
                continue
            yield status.st_mtime, status.st_size, path
