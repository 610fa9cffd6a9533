"""What a Flux Kustomization applies: the folder that it names, and the kustomizations and manifests of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kataform.kustomization import Graph
from kataform.project import real

GROUP = "kustomize.toolkit.fluxcd.io/"


def is_flux(body: dict[str, Any]) -> bool:
    """Whether an object is a Kustomization of Flux, not of kustomize."""
    return body.get("kind") == "Kustomization" and str(body.get("apiVersion", "")).startswith(GROUP)


def find(file: Path, path: Any) -> Path | None:
    """The folder that `spec.path` names: below the top of the Git checkout, else below the nearest folder that has it.

    None where it is on no disk of ours: another repository, or an artifact.
    """
    if not isinstance(path, str) or "\0" in path:
        return None
    above = real(file).parents
    top = next((folder for folder in above if (folder / ".git").exists()), None)
    for root in (top,) if top is not None else above:
        found = real(root / path.lstrip("/"))
        if found.is_relative_to(root) and found != root and found.is_dir():
            return found
    return None


def parts(graph: Graph, folder: Path) -> Iterator[Path]:
    """What Flux builds of a folder, as far as it can be read: its kustomization, or all that is below it."""
    try:
        if graph.kustomization(folder) is not None:
            yield folder
            return
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from parts(graph, path)
        elif path.suffix in (".yaml", ".yml") and path.is_file():
            yield path
