"""patch-matches-nothing: a patch whose target selects no object. kustomize says nothing and builds without it.

The seed of this rule is real: an overlay kept the old name of a Subscription as its target, so the channel stayed
the placeholder of the base, and every build succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kataform import resource, selector
from kataform.finding import Edit, Finding, Fix, Location, Severity
from kataform.kustomization import Graph, Item, Kustomization, Patch, matches, target_of
from kataform.project import shown
from kataform.rule import Rule
from kataform.text import reader

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
    here, above = graph.taken_in(found), graph.accumulate(found.folder)
    if not here.known:
        return
    empty = _empty(graph, found)
    before = _patches_below(graph, found)
    for patch in graph.patches(found):
        part = above if patch.late else here
        items = (*part.items, *part.generated)
        if patch.target is not None and not _selects(patch.target, items, before):
            field, near = _nearest(patch.target, items)
            meant = replace(patch, target={**patch.target, field: near[0]}) if near else patch
            yield meant, _finding(found, patch, field, near, empty)
        before.append(patch)


def _patches_below(graph: Graph, found: Kustomization) -> list[Patch]:
    folders = (graph.kustomization(folder) for folder in sorted(graph.folders(found.folder) - {found.folder}))
    return [patch for one in folders if one is not None for patch in (*graph.patches(one), *_relabelling(one))]


def _relabelling(found: Kustomization) -> Iterator[Patch]:
    """A folder's fields that add labels or annotations, as patches that would."""
    for name, field in (("labels", "labels"), ("commonLabels", "labels"), ("commonAnnotations", "annotations")):
        if (found.body or {}).get(name):
            yield Patch(Location(found.label), None, None, (), ({"metadata": {field: {}}},), (), None)


def _selects(target: dict[str, Any], items: tuple[Item, ...], before: list[Patch]) -> bool:
    """Whether a target selects an object, or one that patches before it may have renamed or labelled so."""
    for item in items:
        if matches(target, item) and all(_chosen(target, name, item, before) for name in _SELECTORS):
            return True
    return any(matches(target, item) for item in _renamed(items, before))


_SELECTORS = {"labelSelector": "labels", "annotationSelector": "annotations"}


def _chosen(target: dict[str, Any], name: str, item: Item, before: list[Patch]) -> bool:
    """Whether a selector fits what an object has; taken to fit where that may have been patched, or is no selector."""
    wanted, field = target.get(name), _SELECTORS[name]
    if not isinstance(wanted, str) or any(_touches(patch, field) for patch in before):
        return True
    has = resource.get(item.body, ("metadata", field))
    texts = {key: str(value) for key, value in has.items()} if isinstance(has, dict) else {}
    return selector.selects(wanted, texts) is not False


def _touches(patch: Patch, field: str) -> bool:
    path = ("metadata", field)
    operations = any(path[: len(one.path)] == one.path[:2] for one in patch.operations)
    return operations or any(resource.get(body, path) is not None for body in patch.merges)


def _renamed(items: tuple[Item, ...], before: list[Patch]) -> Iterator[Item]:
    """The objects as patches with `allowNameChange` or `allowKindChange` may have made them."""
    for patch in before:
        for body in (*patch.merges, _written(patch)) if patch.renames else ():
            key = resource.key(body)
            for item in items:
                kind = key.kind or item.key.kind
                yield replace(item, names=item.names | {key.name}, key=item.key._replace(kind=kind))


def _written(patch: Patch) -> dict[str, Any]:
    """The name and kind that its operations write."""
    texts = {one.path: one.value.value for one in patch.operations if isinstance(one.value, reader.Scalar)}
    return {"kind": texts.get(("kind",), ""), "metadata": {"name": texts.get(("metadata", "name"), "")}}


def _empty(graph: Graph, found: Kustomization) -> str:
    """A file that it takes in and that holds nothing yet, such as one that `flux bootstrap` fills."""
    for folder in sorted(graph.folders(found.folder)):
        one = graph.kustomization(folder)
        for path in graph.files(one) if one is not None else ():
            source = graph.source(path)
            if source is not None and not source.problems and all(d.node is None for d in source.documents):
                return shown(path)
    return ""


def _finding(found: Kustomization, patch: Patch, field: str, near: list[str], empty: str) -> Finding:
    target = patch.target or {}
    place, node = _place(patch, field)
    wanted = ", ".join(f"{name} {value}" for name, value in target.items() if value != "")
    if empty:
        message = f"the patch's target ({wanted}) selects no object, as long as {empty} is empty"
        return Finding(RULE.name, Severity.INFO, message, place)
    message = f"the patch's target ({wanted}) selects no object, so kustomize leaves the patch out without a word"
    remedy = f"{field} is {' or '.join(map(repr, near))} in this tree" if near else _REMEDY
    fix = None
    if len(near) == 1 and isinstance(node, reader.Scalar):
        from kataform.text import emit

        edit = Edit(found.label, node.start_mark.index, node.end_mark.index, emit.scalar(near[0]))
        fix = Fix(f"set the target's {field} to {near[0]}", False, (edit,))
    return Finding(RULE.name, Severity.ERROR, message, place, remedy, fix=fix)


_REMEDY = "name an object that the resources above contain"


def _nearest(target: dict[str, Any], items: tuple[Item, ...]) -> tuple[str, list[str]]:
    """The one field of the target that, left out, makes it match, and the values that it may have been meant to have.

    The nearest first; one that is clearly nearer than the others stands alone.
    """
    import difflib  # only for who made a slip

    for field in ("name", "namespace", "version", "group", "kind"):
        if not isinstance(target.get(field), str):
            continue
        without = {name: value for name, value in target.items() if name != field}
        candidates = sorted({_value(item, field) for item in items if matches(without, item)})
        if target[field] in candidates:
            continue  # a selector is at fault
        cutoff = 0.0 if len(candidates) == 1 else 0.5
        close = difflib.get_close_matches(target[field], candidates, n=3, cutoff=cutoff)
        if close:
            nearest = difflib.SequenceMatcher(None, close[0], target[field]).ratio() - _CLEARLY
            return field, [one for one in close if difflib.SequenceMatcher(None, one, target[field]).ratio() > nearest]
    return "", []


_CLEARLY = 0.1


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
