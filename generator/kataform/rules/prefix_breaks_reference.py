"""prefix-breaks-reference: `namePrefix` or `nameSuffix` renames what is looked up by a name that it does not rename.

kustomize renames every object and follows the references that it knows. `runtimeClassName` is none of them, nor are
the names that the operator reads in its own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.finding import Finding, Related, Severity
from kataform.kustomization import Graph, Item, Kustomization
from kataform.rule import Rule

_OBJECTS = """\
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata:
  name: mine
handler: kata
---
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  runtimeClassName: mine
  containers:
  - name: web
    image: registry.example.com/web:1.0
"""
RULE = Rule(
    "prefix-breaks-reference",
    "`namePrefix` or `nameSuffix` renames what pods or the operator look up by name.",
    why="kustomize follows the references that it knows. `runtimeClassName` is none of them, nor are the names that "
    "the operator reads in its own code.",
    remedy="take this object from a folder that is built without the prefix or suffix",
    failing={"kustomization.yaml": "namePrefix: my-\nresources:\n- all.yaml\n", "all.yaml": _OBJECTS},
    passing={"kustomization.yaml": "resources:\n- all.yaml\n", "all.yaml": _OBJECTS},
)
_LOOKED_UP = ("peer-pods-cm", "osc-feature-gates", "layered-image-deploy-cm", "peer-pods-secret", "ssh-key-secret")
_REMEDY = "take this object from a folder that is built without the prefix or suffix"
_PODS: tuple[resource.Path, ...] = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """One finding at the field, with what it renames and what keeps the old name."""
    field = next((name for name in ("namePrefix", "nameSuffix") if (found.body or {}).get(name)), "")
    written = found.under(field) if field else None
    if written is None:
        return
    items = graph.accumulate(found.folder).items
    for item in items:
        users = [other for other in items if _uses(other, item)]
        if users:
            message = f"`{field}` renames RuntimeClass {item.key.name}, and the pods that ask for it keep the old name"
            related = tuple(Related(user.written.place, f"asks for {item.key.name}") for user in users)
            yield Finding(RULE.name, Severity.ERROR, message, written.place, _REMEDY, related=related)
        elif item.key.kind in ("ConfigMap", "Secret") and item.key.name in _LOOKED_UP:
            message = f"`{field}` renames {item.key.kind} {item.key.name}, which the operator looks up by its name"
            yield Finding(
                RULE.name,
                Severity.ERROR,
                message,
                written.place,
                _REMEDY,
                related=(Related(item.written.place, "is renamed"),),
            )


def _uses(user: Item, item: Item) -> bool:
    if item.key.kind != "RuntimeClass":
        return False
    return any(_class(user.body, path) == item.key.name for path in _PODS)


def _class(body: dict[str, Any], path: resource.Path) -> Any:
    return resource.get(body, (*path, "runtimeClassName"))
