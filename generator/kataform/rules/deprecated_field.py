"""deprecated-field: fields of a kustomization that kustomize has deprecated; the finding names the modern form.

An entry of `patchesStrategicMerge` that matches nothing fails the build, one of `patches` with a target does not, so
moving from one to the other is more than a new name; that is why nothing here is fixed without being asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from kataform.finding import Finding, Severity
from kataform.kustomization import Kustomization
from kataform.rule import Rule
from kataform.text import reader

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: 'no'\n"
RULE = Rule(
    "deprecated-field",
    "A field that kustomize has deprecated, with what to write instead.",
    Severity.INFO,
    why="kustomize warns of it at each build, and promises it to the present version of the format only.",
    remedy="write what the finding names; compare the builds, as the new field may do a little less or more",
    failing={
        "kustomization.yaml": "resources:\n- settings.yaml\ncommonLabels:\n  team: web\n",
        "settings.yaml": _SETTINGS,
    },
    passing={
        "kustomization.yaml": "resources:\n- settings.yaml\nlabels:\n- pairs:\n    team: web\n",
        "settings.yaml": _SETTINGS,
    },
)
_MODERN = {
    "bases": "list the folders under `resources`",
    "patchesStrategicMerge": "write each under `patches`, a file as `- path: FILE`, a text as `- patch: |`",
    "patchesJson6902": "write each under `patches`, with the same `target`",
    "commonLabels": "use `labels`: `- pairs: {…}`; it leaves selectors alone unless `includeSelectors: true` is set",
    "vars": "use `replacements`",
}


def check(found: Kustomization) -> Iterator[Finding]:
    """A finding for each such field, at its key."""
    if found.written is None:
        return
    for field, remedy in _MODERN.items():
        at = reader.find(found.written.node, (field,))
        if at.depth == 1 and at.key is not None:
            place = found.written.at(at.key)
            yield Finding(RULE.name, Severity.INFO, f"kustomize has deprecated `{field}`", place, remedy)
