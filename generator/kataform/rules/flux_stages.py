"""flux-kind-without-crd: one Flux Kustomization for the operator's Subscription and for the KataConfig.

Flux dry-runs every object of a Kustomization before it applies any. On a fresh cluster the kind KataConfig comes with
the operator, so the dry run fails, the Subscription is never applied, and the kind never comes.
https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kataform import resource
from kataform.finding import Finding, Related, Severity
from kataform.kustomization import Graph, Item, Written
from kataform.text import reader
from kataform.text.resolve import Dialect

RULE = "flux-kind-without-crd"
_FLUX = "kustomize.toolkit.fluxcd.io/"
_PACKAGE = "sandboxed-containers-operator"
_MESSAGE = (
    "this Flux Kustomization holds the operator's Subscription and the KataConfig: on a fresh cluster its dry run does "
    "not know the kind KataConfig, so nothing of it is applied"
)
_REMEDY = "put the KataConfig into a Flux Kustomization of its own that depends on the operator's"


def check(graph: Graph, file: Path, source: reader.Source) -> Iterator[Finding]:
    """A finding for each Flux Kustomization in a file whose folder, on this disk, holds both."""
    if _FLUX not in source.text:
        return
    for document in source.documents:
        body = reader.value(document.node, Dialect.KUBECTL) if document.node is not None else None
        if document.node is not None and isinstance(body, dict) and _is_flux(body):
            yield from _in_stage(graph, file, Written(source.path, document.node), body)


def _is_flux(body: dict[str, Any]) -> bool:
    return body.get("kind") == "Kustomization" and str(body.get("apiVersion", "")).startswith(_FLUX)


def _in_stage(graph: Graph, file: Path, written: Written, body: dict[str, Any]) -> Iterator[Finding]:
    folder = _folder(file, resource.get(body, ("spec", "path")))
    items = list(_items(graph, folder)) if folder is not None else []
    operator = next((item for item in items if _installs(item)), None)
    config = next((item for item in items if item.key.kind == "KataConfig"), None)
    if operator is not None and config is not None:
        place = written.at(reader.find(written.node, ("spec", "path")).node)
        related = (
            Related(operator.written.place, "the Subscription"),
            Related(config.written.place, "the KataConfig"),
        )
        yield Finding(
            RULE, Severity.ERROR, _MESSAGE, place, _REMEDY, resource.title(body), "/spec/path", related=related
        )


def _installs(item: Item) -> bool:
    return item.key.kind == "Subscription" and resource.get(item.body, ("spec", "name")) == _PACKAGE


def _folder(file: Path, path: Any) -> Path | None:
    """The folder that `spec.path` names: below the top of the Git checkout, else below the nearest folder that has it.

    None where it is on no disk of ours: another repository, or an artifact.
    """
    if not isinstance(path, str):
        return None
    above = file.resolve().parents
    top = next((folder for folder in above if (folder / ".git").exists()), None)
    for root in (top,) if top is not None else above:
        found = (root / path.lstrip("/")).resolve()
        if found.is_relative_to(root) and found != root and found.is_dir():
            return found
    return None


def _items(graph: Graph, folder: Path) -> Iterator[Item]:
    """What Flux applies of a folder: its kustomization, or all manifests below it where there is none."""
    if graph.kustomization(folder) is not None:
        yield from graph.accumulate(folder).items
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            yield from _items(graph, path)
        elif path.suffix in (".yaml", ".yml") and path.is_file():
            yield from graph.items(path)
