"""deprecated-field: fields of a kustomization that kustomize has deprecated; the finding names the modern form.

An entry of `patchesStrategicMerge` that matches nothing fails the build, one of `patches` with a target does not, so
moving from one to the other is more than a new name; that is why nothing here is fixed without being asked, and then
only where every root is proved to build to the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from kataform.finding import Finding, Fix, Location, Severity
from kataform.kustomization import Graph, Kustomization
from kataform.rule import Rule
from kataform.rules import modern_fields
from kataform.text import reader

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: 'no'\n"
RULE = Rule(
    "deprecated-field",
    "A field that kustomize has deprecated, with what to write instead.",
    Severity.INFO,
    why="kustomize warns of it at each build, and promises it to the present version of the format only.",
    remedy=(
        "write what the finding names; `kataform fix --unsafe` does where it can prove that every root that reads the "
        "file builds to the same"
    ),
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
    "imageTags": "rename it to `images`",
    "vars": "use `replacements`",
}
_GENERATORS = ("configMapGenerator", "secretGenerator")


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """A finding for each such field, at its key."""
    if found.written is None:
        return
    for field, remedy in _MODERN.items():
        at = reader.find(found.written.node, (field,))
        if at.depth == 1 and at.key is not None:
            yield _finding(found, field, at.key, remedy, modern_fields.fix(graph, found, field))
    for field in _GENERATORS:
        listed = reader.find(found.written.node, (field,))
        entries = listed.node.value if listed.depth == 1 and isinstance(listed.node, reader.Sequence) else []
        for entry in entries:
            at = reader.find(entry, ("env",))
            if at.depth == 1 and at.key is not None:
                remedy = "list the file under `envs`"
                yield _finding(found, "env", at.key, remedy, modern_fields.fix_environment(found, entry))


def _finding(found: Kustomization, field: str, key: reader.Node, remedy: str, fix: Fix | None) -> Finding:
    place = found.written.at(key) if found.written is not None else Location.start(found.label)
    return Finding(RULE.name, Severity.INFO, f"kustomize has deprecated `{field}`", place, remedy, fix=fix)
