"""Flux Kustomizations that hold a KataConfig.

flux-kind-without-crd     the operator's Subscription is in the same one
flux-prunes-kataconfig    it prunes, and nothing keeps the KataConfig from it

Flux dry-runs every object of a Kustomization before it applies any. On a fresh cluster the kind KataConfig comes with
the operator, so the dry run fails, the Subscription is never applied, and the kind never comes.
https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go
And a file that is renamed is enough for Flux to prune what it held: https://fluxcd.io/flux/components/kustomize/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kataform import resource
from kataform.finding import Finding, Related, Severity
from kataform.kustomization import Graph, Item, Written
from kataform.rule import Rule
from kataform.rules import flux_folder
from kataform.text import reader
from kataform.text.resolve import Dialect

_STAGE = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: kata
  namespace: flux-system
spec:
  interval: 10m
  path: {}
  prune: {}
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_TREE = {
    "kata/operator/subscription.yaml": """\
apiVersion: operators.coreos.com/v1alpha1
kind: Subscription
metadata:
  name: sandboxed-containers-operator
  namespace: openshift-sandboxed-containers-operator
spec:
  channel: stable
  name: sandboxed-containers-operator
  source: redhat-operators
  sourceNamespace: openshift-marketplace
""",
    "kata/instance/kataconfig.yaml": """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
""",
}
RULES = (
    Rule(
        "flux-kind-without-crd",
        "A Flux Kustomization with the operator and the KataConfig: the one brings the kind of the other, and on a "
        "fresh cluster Flux applies neither.",
        why="Flux dry-runs every object of a Kustomization before it applies any, and the kind KataConfig comes with "
        "the operator.",
        remedy="put the KataConfig into a Flux Kustomization of its own that depends on the operator's",
        failing={"flux/kata.yaml": _STAGE.format("./kata", "false"), **_TREE},
        passing={"flux/kata.yaml": _STAGE.format("./kata/operator", "false"), **_TREE},
        source="https://github.com/fluxcd/pkg/blob/main/ssa/manager_apply.go",
    ),
    Rule(
        "flux-prunes-kataconfig",
        "A Flux Kustomization with `prune: true` whose KataConfig nothing keeps from being pruned.",
        Severity.WARNING,
        why="Without the KataConfig the operator takes Kata from every node, and each of them reboots.",
        remedy="annotate the KataConfig with `kustomize.toolkit.fluxcd.io/prune: disabled`, or set `prune: false`",
        failing={"flux/kata.yaml": _STAGE.format("./kata/instance", "true"), **_TREE},
        passing={"flux/kata.yaml": _STAGE.format("./kata/instance", "false"), **_TREE},
        source="https://fluxcd.io/flux/components/kustomize/kustomizations/#prune",
    ),
)
_PACKAGE = "sandboxed-containers-operator"
_MESSAGE = (
    "this Flux Kustomization holds the operator's Subscription and the KataConfig: on a fresh cluster its dry run does "
    "not know the kind KataConfig, so nothing of it is applied"
)
_FENCE = "kustomize.toolkit.fluxcd.io/prune"
_PRUNES = "this Flux Kustomization may prune the KataConfig, which would drain and reboot its nodes"
_KEEP = f"annotate the KataConfig with {_FENCE}: disabled"
_REMEDY = "put the KataConfig into a Flux Kustomization of its own that depends on the operator's"


def check(graph: Graph, file: Path, source: reader.Source) -> Iterator[Finding]:
    """A finding for each Flux Kustomization in a file whose folder, on this disk, holds both."""
    if flux_folder.GROUP not in source.text:
        return
    for document in source.documents:
        body = document.value(Dialect.KUBECTL)
        if isinstance(body, dict) and flux_folder.is_flux(body) and document.node is not None:
            yield from _in_stage(graph, file, Written(source.path, document.node), body)


def _in_stage(graph: Graph, file: Path, written: Written, body: dict[str, Any]) -> Iterator[Finding]:
    folder = flux_folder.find(file, resource.get(body, ("spec", "path")))
    items = list(_items(graph, folder)) if folder is not None else []
    operator = next((item for item in items if _installs(item)), None)
    config = next((item for item in items if item.key.kind == "KataConfig"), None)
    if config is None or folder is None:
        return
    title, there = resource.title(body), Related(config.written.place, "the KataConfig")
    if operator is not None:
        place = written.at(reader.find(written.node, ("spec", "path")).node)
        related = (Related(operator.written.place, "the Subscription"), there)
        yield Finding(RULES[0].name, Severity.ERROR, _MESSAGE, place, _REMEDY, title, "/spec/path", related=related)
    if resource.get(body, ("spec", "prune")) is True and not _is_fenced(graph, folder, config):
        place = written.at(reader.find(written.node, ("spec", "prune")).node)
        yield Finding(RULES[1].name, Severity.WARNING, _PRUNES, place, _KEEP, title, "/spec/prune", related=(there,))


def _is_fenced(graph: Graph, folder: Path, config: Item) -> bool:
    """Whether the KataConfig is kept, or some file of the folder's kustomizations may keep it, as a patch does."""
    if resource.get(config.body, ("metadata", "annotations", _FENCE)) == "disabled":
        return True
    sources = (graph.source(path) for path in graph.closure(folder))
    return any(source is not None and _FENCE in source.text for source in sources)


def _installs(item: Item) -> bool:
    return item.key.kind == "Subscription" and resource.get(item.body, ("spec", "name")) == _PACKAGE


def _items(graph: Graph, folder: Path) -> Iterator[Item]:
    """What Flux applies of a folder, as the files say it."""
    for part in flux_folder.parts(graph, folder):
        yield from graph.accumulate(part).items if part.is_dir() else graph.items(part)
