"""unreferenced-file: a manifest beside a kustomization that does not take it in, so that nothing applies it.

Often it is a patch that was commented out. Judged as an object of its own it would lack half of its fields; what it
lacks is told with this finding, not beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kataform import resource
from kataform.finding import Finding, Location, Severity
from kataform.kustomization import NAMES, Graph, Kustomization
from kataform.project import real, shown
from kataform.rule import Rule
from kataform.subject import Observation

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
_PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"
RULE = Rule(
    "unreferenced-file",
    "A manifest beside a kustomization that does not take it in, so building it does not apply it.",
    Severity.INFO,
    why="Often it is a patch that was commented out, so what it lacks of a whole object is no defect of its own and is "
    "told with this finding.",
    remedy="list it in the kustomization, or remove it",
    failing={
        "kustomization.yaml": "resources:\n- settings.yaml\n",
        "settings.yaml": _SETTINGS,
        "patches/web.yaml": _PATCH,
    },
    passing={"kustomization.yaml": "resources:\n- settings.yaml\n", "settings.yaml": _SETTINGS},
)
_PATCHES = ("patches", "patch")
_OF_PARTS = ("missing-field", "policy-error")


def check(graph: Graph, path: Path) -> Finding | None:
    """The finding for a manifest that no kustomization names, if one stands beside it or above its patches."""
    found = graph.kustomization(path.parent)
    if found is None and path.parent.name in _PATCHES:
        found = graph.kustomization(path.parent.parent)
    if found is None or found.body is None or path.name in NAMES or any(found.body.get(field) for field in _ANYTHING):
        return None
    message = f"{found.label} does not take this file in, so building it does not apply it"
    remedy = "list it there, or remove it"
    return Finding(RULE.name, Severity.INFO, message, Location.start(shown(path)), remedy)


def contents(found: Kustomization) -> Iterator[Path]:
    """The files that a kustomization puts into a ConfigMap or Secret as they are, or takes a schema from."""
    body = found.body or {}
    names = [resource.get(body, ("openapi", "path"))]
    for field in ("configMapGenerator", "secretGenerator"):
        entries = body.get(field)
        for entry in entries if isinstance(entries, list) else ():
            for key in ("files", "envs"):
                listed = entry.get(key) if isinstance(entry, dict) else None
                names += listed if isinstance(listed, list) else ()
            names.append(resource.get(entry, ("env",)))
    for name in names:
        if isinstance(name, str) and "\0" not in name:
            yield real(found.folder / name.rpartition("=")[2])


# Through these a kustomization may read files that it does not name.
_ANYTHING = ("transformers", "generators", "validators", "helmCharts", "helmGlobals", "helmChartInflationGenerator")


def explains(finding: Finding, observation: Observation) -> bool:
    """Whether an object of the file only lacks what a patch need not have; a file named a patch is no object at all."""
    if observation.root != finding.location.path:
        return False
    path = Path(finding.location.path)
    return observation.finding.rule in _OF_PARTS or "patch" in path.name or path.parent.name in _PATCHES
