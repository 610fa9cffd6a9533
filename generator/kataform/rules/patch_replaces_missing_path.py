"""patch-replaces-missing-path: a JSON patch replaces a field that is not there; kustomize adds it without a word.

RFC 6902 wants an error. kustomize gives one only where the parent is missing, too, so a misspelt last key becomes a new
entry beside the one that was meant. Where a kind's schema does not know the field, it says so itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource, schemas
from kataform.finding import Finding, Severity, pointer
from kataform.kustomization import Graph, Item, Kustomization, Operation, Patch, matches
from kataform.rule import Rule
from kataform.text import reader

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  level: info\n"
_PATCH = """\
resources:
- settings.yaml
patches:
- target:
    kind: ConfigMap
  patch: |
    - op: replace
      path: /data/{}
      value: debug
"""
RULE = Rule(
    "patch-replaces-missing-path",
    "A JSON patch that replaces a field which is not there: kustomize adds it.",
    Severity.WARNING,
    why="The value that was meant stays as it is, and a new one stands beside it. Other tools that apply JSON patches "
    "refuse such a patch.",
    remedy="name the field that is there, or write `op: add` for a new one",
    failing={"kustomization.yaml": _PATCH.format("levle"), "settings.yaml": _SETTINGS},
    passing={"kustomization.yaml": _PATCH.format("level"), "settings.yaml": _SETTINGS},
    source="https://www.rfc-editor.org/rfc/rfc6902#section-4.3",
)
# Fields of a kustomization that write into objects, each with the key that they write.
_WRITTEN = {
    "labels": "labels", "commonLabels": "labels", "commonAnnotations": "annotations", "namespace": "namespace",
    "replicas": "replicas", "images": "image",
}  # fmt: skip


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """Each such operation, at its path; none where something before it may have added the field."""
    here = graph.taken_in(found)
    below = [graph.kustomization(folder) for folder in sorted(graph.folders(found.folder) - {found.folder})]
    if not here.known or any(one is None or (one.body or {}).get("replacements") for one in below):
        return
    written = {key for one in below if one for field, key in _WRITTEN.items() if (one.body or {}).get(field)}
    before = [patch for one in below if one for patch in graph.patches(one)]
    for patch in graph.patches(found):
        items = [item for item in here.items if _is_target(patch, item)]
        if not any(_is_target(patch, item) for item in here.generated):
            for index, operation in enumerate(patch.operations):
                earlier = [one.path for one in patch.operations[:index]]
                if operation.op == "replace" and not _may_be_there(operation, before, earlier, written):
                    yield from _missing(operation, items)
        before.append(patch)


def _is_target(patch: Patch, item: Item) -> bool:
    """Whether a patch is certainly for an object; selectors of labels are not decided here."""
    target = patch.target
    if target is None or target.get("labelSelector") or target.get("annotationSelector"):
        return False
    return matches(target, item)


def _may_be_there(operation: Operation, before: list[Patch], earlier: list[tuple[str, ...]], written: set[str]) -> bool:
    """Whether something that kustomize does before may have written the field."""
    path = operation.path
    if any(part in written for part in path):
        return True
    operations = [*earlier, *(one.path for patch in before for one in patch.operations)]
    if any(path[: len(one)] == one for one in operations):
        return True
    return any(resource.get(body, path) is not None for patch in before for body in patch.merges)


def _missing(operation: Operation, items: list[Item]) -> Iterator[Finding]:
    import difflib  # only for who made a slip

    path = operation.path
    parents = [resource.get(item.body, _steps(item.body, path)[:-1]) for item in items]
    if not path or not items or not all(isinstance(one, dict) and path[-1] not in one for one in parents):
        return
    if not all(_is_known(item, path) for item in items):
        return
    near = difflib.get_close_matches(path[-1], sorted({str(name) for one in parents for name in one}), n=1)
    place = operation.written.at(reader.find(operation.node, ("path",)).node)
    message = f"{pointer(path)} is replaced and is not there, so kustomize adds it without a word"
    remedy = f"did you mean {near[0]}?" if near else "write `op: add` for a new field"
    yield Finding(RULE.name, Severity.WARNING if near else Severity.INFO, message, place, remedy)


def _is_known(item: Item, path: tuple[str, ...]) -> bool:
    """Whether the kind's schema, if there is one, has the field; else `unknown-field` says it of the built object."""
    api_version = str(item.body.get("apiVersion"))
    known = schemas.kind_schema(api_version, item.key.kind, kubernetes=schemas.NEWEST_KUBERNETES, operator=None)
    return known is None or schemas.at(known, _steps(item.body, path)) is not None


def _steps(body: Any, path: tuple[str, ...]) -> resource.Path:
    """A path of a JSON patch in an object: what leads into a list is a number."""
    steps: list[str | int] = []
    for part in path:
        inside = isinstance(body, list) and part.isdigit()
        steps.append(int(part) if inside else part)
        body = resource.get(body, (steps[-1],))
    return tuple(steps)
