"""Build many kustomizations in few runs of kustomize: those that cannot get into each other's way go together.

A run of kustomize has to be started, and for its first strategic merge it reads the schemas of all kinds, which takes
ten times as long as building a root without. A folder that takes in several roots builds to what they build to alone,
as long as no object of one has the name of another's and nothing is renamed on the way; each object then tells by its
name whose it is. Where that cannot be told from the files, or such a run fails, a root is built alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from kataform import kustomize, resource
from kataform.kustomization import Graph, Kustomization
from kataform.kustomize import BuildFailure, Built, Kustomize
from kataform.resource import Key
from kataform.text import emit
from kubecel.records import dataclass

# What kustomize does with a root alone, what renames objects, and what changes how names are followed.
_ALONE = (
    "sortOptions", "buildMetadata", "openapi", "crds", "configurations", "vars", "namePrefix", "nameSuffix",
    "transformers", "generators", "validators", "components", "configMapGenerator", "secretGenerator",
    "helmCharts", "helmChartInflationGenerator", "helmGlobals",
)  # fmt: skip
# Kinds in which kustomize completes the namespace of a name, out of all objects that it sees; and the one whose name a
# namespace that is put in changes.
_REFERRING = frozenset({
    "Namespace",
    "RoleBinding", "ClusterRoleBinding", "APIService", "CustomResourceDefinition", "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicyBinding",
})  # fmt: skip
_MOST_ROOTS, _MOST_OBJECTS = 50, 120  # beyond these kustomize takes longer for each object
_HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
_Body = dict[str, Any]


@dataclass(slots=True)
class _Batch:
    """Objects that are known to come, each with its root."""

    owners: dict[Key, Path] = field(default_factory=dict)
    roots: list[Path] = field(default_factory=list)

    def takes(self, keys: set[Key]) -> bool:
        return (
            len(self.roots) < _MOST_ROOTS
            and len(self.owners) + len(keys) <= _MOST_OBJECTS
            and self.owners.keys().isdisjoint(keys)
        )

    def add(self, root: Path, keys: set[Key]) -> None:
        self.roots.append(root)
        self.owners |= dict.fromkeys(keys, root)


def build_all(
    tool: Kustomize, graph: Graph, roots: Sequence[Path], *, timeout: float = kustomize.TIMEOUT
) -> dict[Path, list[_Body] | BuildFailure]:
    """The objects of each root, in the order of `roots`; the same as kustomize builds of each alone."""
    batches = [batch for batch in _batches(graph, roots) if len(batch.roots) > 1]
    found: dict[Path, list[_Body] | BuildFailure] = dict(_together(tool, batches, timeout)) if batches else {}
    alone = kustomize.build_all(tool, [root for root in roots if root not in found], timeout=timeout)
    found |= {root: result if isinstance(result, BuildFailure) else result.bodies for root, result in alone.items()}
    return {root: found[root] for root in roots}


def _batches(graph: Graph, roots: Iterable[Path]) -> list[_Batch]:
    """Each root in the first batch whose objects all have other names; only those that may be built with others."""
    batches: list[_Batch] = []
    open_from = 0
    for root in roots:
        keys = _keys(graph, root)
        if keys is None:
            continue
        batch = next((one for one in batches[open_from:] if one.takes(keys)), None)
        if batch is None:
            batch = _Batch()
            batches.append(batch)
        batch.add(root, keys)
        while open_from < len(batches) and len(batches[open_from].roots) == _MOST_ROOTS:
            open_from += 1
    return batches


def _keys(graph: Graph, root: Path) -> set[Key] | None:
    """The objects of a root; None where it has to be built alone."""
    known = [graph.kustomization(folder) for folder in graph.folders(root)]
    if any(found is None or _is_special(graph, found) for found in known):
        return None
    gathered = graph.accumulate(root)
    keys = {_identity(item.body) for item in gathered.items}
    if not gathered.complete or not keys or any(key.kind in _REFERRING or not key.name for key in keys):
        return None
    return keys


def _identity(body: _Body) -> Key:
    """What an object is known by wherever a namespace is put in, which a root does to objects that it takes in."""
    return resource.key(body)._replace(namespace="")


def _is_special(graph: Graph, found: Kustomization) -> bool:
    """Whether it has a part that is not for batches, or patches the identity of an object."""
    body = found.body
    if body is None or any(body.get(name) for name in _ALONE):
        return True
    entries = body.get("patches")
    if any(isinstance(entry, dict) and entry.get("options") for entry in entries or ()):  # it may change a name
        return True
    operations = (operation for patch in graph.patches(found) for operation in patch.operations)
    return any(operation.path[:2] in _IDENTITY for operation in operations)


# Where a JSON patch writes what an object is known by.
_IDENTITY = ((), ("",), ("kind",), ("apiVersion",), ("metadata",), ("metadata", "name"), ("metadata", "namespace"))


def _together(tool: Kustomize, batches: list[_Batch], timeout: float) -> Iterator[tuple[Path, list[_Body]]]:
    """The objects of the roots of each batch, as far as one run built them and each object is one that was to come."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="kataform-") as folder:
        top = Path(folder).resolve()
        wanted = {top / str(number): batch for number, batch in enumerate(batches)}
        if not all(_write(where, batch.roots) for where, batch in wanted.items()):
            return
        for where, result in kustomize.build_all(tool, wanted, timeout=timeout).items():
            if isinstance(result, Built):
                yield from _apart(result.bodies, wanted[where]).items()


def _write(folder: Path, roots: list[Path]) -> bool:
    """Make the kustomization that takes in all roots; whether there is a way from it to them."""
    try:
        ways = [os.path.relpath(root.resolve(), folder).replace(os.sep, "/") for root in roots]
    except ValueError:  # another drive
        return False
    folder.mkdir()
    text = _HEAD + "".join(f"- {emit.scalar(way)}\n" for way in ways)
    (folder / "kustomization.yaml").write_text(text, encoding="utf-8")
    return True


def _apart(built: list[_Body], batch: _Batch) -> dict[Path, list[_Body]]:
    """The objects of each root; of none where one comes that was not known to come."""
    found: dict[Path, list[_Body]] = {root: [] for root in batch.roots}
    for body in built:
        owner = batch.owners.get(_identity(body))
        if owner is None:
            return {}
        found[owner].append(body)
    return found
