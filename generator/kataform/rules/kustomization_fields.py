"""Scalars of a kustomization itself that are not the string they look like: labels, tags, targets, literals.

kustomize reads its own files with sigs.k8s.io/yaml into Go structs, so `kata: true` under `labels` fails the whole
build, and `newTag: yes` does so as well. What it says then names the field and not the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform.finding import Finding
from kataform.kustomization import Kustomization
from kataform.rules import scalars
from kataform.schemas import Schema
from kataform.text.resolve import Dialect

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_PAIRS = {"type": "object", "additionalProperties": _TEXT}


def _fields(*names: str, **others: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {**dict.fromkeys(names, _TEXT), **others}}


def _each(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entry}


_OPTIONS = _fields(labels=_PAIRS, annotations=_PAIRS)
_TARGET = _fields("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
_PATCHES = _each(_fields("path", "patch", target=_TARGET))
# https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/; secretGenerator is left to kustomize, which
# says less of what is in it.
_ROOT = _fields(
    "apiVersion",
    "kind",
    "namespace",
    "namePrefix",
    "nameSuffix",
    **dict.fromkeys(("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge"), _TEXTS),
    **dict.fromkeys(("commonLabels", "commonAnnotations"), _PAIRS),
    **dict.fromkeys(("patches", "patchesJson6902"), _PATCHES),
    labels=_each(_fields(pairs=_PAIRS)),
    images=_each(_fields("name", "newName", "newTag", "digest")),
    replicas=_each(_fields("name")),
    configMapGenerator=_each(
        _fields("name", "namespace", literals=_TEXTS, files=_TEXTS, envs=_TEXTS, options=_OPTIONS)
    ),
    generatorOptions=_OPTIONS,
)
_SCHEMA = Schema("kustomization", _ROOT)


def check(found: Kustomization) -> Iterator[Finding]:
    """Findings for every such scalar of one kustomization file."""
    if found.written is not None:
        yield from scalars.check(found.label, found.written.node, _SCHEMA, Dialect.KUBECTL, resource="Kustomization")
