"""patch-matches-nothing: a patch whose target selects no object. kustomize says nothing and builds without it.

The seed of this rule is real: an overlay kept the old name of a Subscription as its target, so the channel stayed
the placeholder of the base, and every build succeeded.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kataform import resource
from kataform.finding import Edit, Finding, Fix, Location, Severity
from kataform.kustomization import Graph, Item, Kustomization, Patch, matches, target_of
from kataform.rule import Rule
from kataform.text import emit, reader

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: 'no'\n"
_EXAMPLE = """\
resources:
- settings.yaml
patches:
- target:
    kind: ConfigMap
    name: {}
  patch: |
    - op: replace
      path: /data/debug
      value: 'yes'
"""
RULE = Rule(
    "patch-matches-nothing",
    "A patch whose target selects no object; kustomize builds without it and says nothing.",
    why="The object keeps what the base says, and every build succeeds: an overlay that kept the old name of a "
    "Subscription rolled out the placeholder of its base.",
    remedy="correct the target; `kataform fix --unsafe` does where one name is near",
    failing={"kustomization.yaml": _EXAMPLE.format("setting"), "settings.yaml": _SETTINGS},
    passing={"kustomization.yaml": _EXAMPLE.format("settings"), "settings.yaml": _SETTINGS},
    source="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/",
)


def check(graph: Graph, found: Kustomization) -> Iterator[tuple[Patch, Finding]]:
    """Each patch with a target that selects nothing, as it was meant, and the finding.

    None where that cannot be told from files.
    """
    if found.is_component or found.body is None:
        return
    here = graph.accumulate(found.folder)
    if not here.complete:
        return
    for patch in graph.patches(found):
        if patch.target is not None and not any(matches(patch.target, item) for item in here.items):
            field, near = _nearest(patch.target, here.items)
            meant = replace(patch, target={**patch.target, field: near}) if near else patch
            yield meant, _finding(found, patch, field, near)


def _finding(found: Kustomization, patch: Patch, field: str, near: str) -> Finding:
    target = patch.target or {}
    place, node = _place(patch, field)
    wanted = ", ".join(f"{name} {value}" for name, value in target.items())
    message = f"the patch's target ({wanted}) selects no object, so kustomize leaves the patch out without a word"
    remedy = f"{field} is {near!r} in this tree" if near else "name an object that the resources above contain"
    fix = None
    if near and isinstance(node, reader.Scalar):
        edit = Edit(found.label, node.start_mark.index, node.end_mark.index, emit.scalar(near))
        fix = Fix(f"set the target's {field} to {near}", False, (edit,))
    return Finding(RULE.name, Severity.ERROR, message, place, remedy, fix=fix)


def _nearest(target: dict[str, Any], items: tuple[Item, ...]) -> tuple[str, str]:
    """The one field of the target that, left out, makes it match, and the value that it should have."""
    for field in ("name", "namespace", "version", "group", "kind"):
        if not isinstance(target.get(field), str):
            continue
        without = {name: value for name, value in target.items() if name != field}
        candidates = sorted({_value(item, field) for item in items if matches(without, item)})
        close = difflib.get_close_matches(target[field], candidates, n=1, cutoff=0.0 if len(candidates) == 1 else 0.5)
        if close and close[0]:
            return field, close[0]
    return "", ""


def _value(item: Item, field: str) -> str:
    return {
        "name": item.key.name,
        "namespace": item.key.namespace,
        "version": item.version,
        "group": item.key.group,
        "kind": item.key.kind,
    }[field]


def _place(patch: Patch, field: str) -> tuple[Location, reader.Node | None]:
    if patch.target_written is None:
        return patch.entry, None
    found = reader.find(patch.target_written.node, (field,) if field else ("kind",))
    if found.depth == 1:
        return patch.target_written.at(found.node), found.node
    return patch.target_written.place, None


def explains(patch: Patch, kind: str, path: tuple[str | int, ...]) -> bool:
    """Whether a patch that matched nothing would have written this field of an object of this kind."""
    if not any(selector.get("kind") in (None, "", kind) for selector in target_of(patch)):
        return False
    texts = tuple(str(token) for token in path)
    if any(texts[: len(operation.path)] == operation.path for operation in patch.operations):
        return True
    return any(_holds(body, texts) for body in patch.merges)


def _holds(body: Any, path: tuple[str, ...]) -> bool:
    above = resource.get(body, path[:-1])
    return not path or (isinstance(above, dict) and path[-1] in above)
