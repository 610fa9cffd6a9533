"""labels-change-selector: labels that kustomize also writes into selectors, which a cluster does not let change.

The selector of a Deployment, StatefulSet, DaemonSet or ReplicaSet is immutable: adding a label there to what already
runs is refused until the object is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.finding import Finding, Related, Severity, listed
from kataform.kustomization import Graph, Item, Kustomization, Written
from kataform.rule import Rule

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.0
"""
_EXAMPLE = "resources:\n- web.yaml\nlabels:\n- pairs:\n    team: web\n"
RULE = Rule(
    "labels-change-selector",
    "Labels that also go into selectors, which cannot change once the object exists.",
    Severity.INFO,
    why="The selector of a Deployment, StatefulSet, DaemonSet or ReplicaSet is immutable: what already runs without "
    "the label has to be deleted first.",
    remedy="use `labels` without `includeSelectors`, unless the objects always had these labels",
    failing={"kustomization.yaml": f"{_EXAMPLE}  includeSelectors: true\n", "web.yaml": _DEPLOYMENT},
    passing={"kustomization.yaml": _EXAMPLE, "web.yaml": _DEPLOYMENT},
)
_IMMUTABLE = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """One finding for each field that does, where it changes the selector of an object that it reaches."""
    fields = list(_fields(found))
    if not fields:
        return
    items = [i for i in graph.accumulate(found.folder).items if i.key.group == "apps" and i.key.kind in _IMMUTABLE]
    below = _below(graph, found)
    for name, written, pairs in fields:
        reached = [item for item in items if not pairs.items() <= {**_selector(item), **below}.items()]
        if not reached:
            continue
        what = listed(sorted({f"{item.key.kind} {item.key.name}" for item in reached}))
        message = f"`{name}` also goes into selectors, which cannot change once the object exists: {what}"
        remedy = "use `labels` without `includeSelectors`, unless the objects always had these labels"
        related = tuple(Related(item.written.place, "has such a selector") for item in reached[:3])
        yield Finding(RULE.name, Severity.INFO, message, written.place, remedy, related=related)


def _fields(found: Kustomization) -> Iterator[tuple[str, Written, dict[str, Any]]]:
    """The fields that write into selectors, each with its labels."""
    body = found.body or {}
    written = found.under("commonLabels")
    if isinstance(body.get("commonLabels"), dict) and written is not None:
        yield "commonLabels", written, body["commonLabels"]
    entries = body.get("labels")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        written = found.under("labels", index, "includeSelectors")
        pairs = resource.get(entry, ("pairs",))
        if resource.get(entry, ("includeSelectors",)) is True and written is not None and isinstance(pairs, dict):
            yield "labels", written, pairs


def _below(graph: Graph, found: Kustomization) -> dict[str, Any]:
    """The labels that the folders it takes in have put into selectors already."""
    folders = (graph.kustomization(folder) for folder in graph.folders(found.folder) - {found.folder})
    fields = (field for one in folders if one is not None for field in _fields(one))
    return {key: value for _, _, pairs in fields for key, value in pairs.items()}


def _selector(item: Item) -> dict[str, Any]:
    labels = resource.get(item.body, ("spec", "selector", "matchLabels"))
    return labels if isinstance(labels, dict) else {}
