"""What kustomize finds objects, entries of lists and images by in a tree, beside their names.

A mark in such a scalar may change where the values of other scalars end up, so it is never put beside others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kataform.kustomization import Graph, Kustomization
from kataform.project import real
from kataform.sentinel.candidates import Candidate
from kubecel.records import dataclass

# Fields through which a kustomization may do anything with anything.
_OPAQUE = (
    "transformers", "generators", "validators", "configurations", "openapi", "vars", "helmCharts",
    "helmChartInflationGenerator",
)  # fmt: skip
_SELECTORS = ("labelSelector", "annotationSelector")
_LABELS = ("labels", "annotations", "commonLabels", "commonAnnotations", "pairs")
# What a kustomization only hands on: the last field of an entry, or the field that holds texts.
_HANDED_ON = {"images": ("newName", "newTag", "digest"), "replicas": ("count",)}
_TEXTS = ("literals", "pairs", "commonLabels", "commonAnnotations")
_IDENTITY = (("kind",), ("apiVersion",))
_NAMED = (("metadata", "name"), ("metadata", "namespace"))
_INSTRUCTS = re.compile(r"\$|.*(?:config\.k8s\.io|config\.kubernetes\.io)/")  # a directive in a patch, an annotation
_KEYED = re.compile(r"\[([^\[\]=\s]+)=")


@dataclass(frozen=True, slots=True)
class Matching:
    """One tree: whether it `selects` by labels or annotations, the `keys` of entries in paths, the names of `images`.

    `opaque` tells that it may match by anything.
    """

    selects: bool
    keys: frozenset[str]
    images: frozenset[str]
    opaque: bool

    def disturbs(self, one: Candidate, marked: str) -> bool:
        """Whether something may match otherwise, or not at all, where a scalar is marked."""
        if self.opaque or any(isinstance(part, str) and _INSTRUCTS.match(part) for part in one.field):
            return True
        if one.own and not _is_handed_on(one):
            return True
        if self.selects and any(part in _LABELS for part in one.field):
            return True
        return _identifies(one) or self._is_key(one) or any(_loses(one.text, marked, name) for name in self.images)

    def _is_key(self, one: Candidate) -> bool:
        return any(part in self.keys for part in one.field[-2:])


def of_tree(graph: Graph, root: Path) -> Matching:
    """What a tree matches by, as its kustomizations say."""
    known = [found for folder in graph.folders(root) if (found := graph.kustomization(folder)) is not None]
    bodies = [found.body or {} for found in known]
    texts = [text for found in known for text in _texts(graph, found)]
    replacing = any(body.get("replacements") for body in bodies)
    return Matching(
        selects=any(name in text for text in texts for name in _SELECTORS),
        keys=frozenset(key for text in texts for key in _KEYED.findall(text)) if replacing else frozenset(),
        images=frozenset(name for body in bodies for name in _images(body.get("images"))),
        opaque=any(body.get(field) for body in bodies for field in _OPAQUE),
    )


def _texts(graph: Graph, found: Kustomization) -> Iterator[str]:
    """The kustomization, and the files that hold its replacements."""
    yield found.source.text
    named = (name for (field, *_), name in graph.named(found) if field == "replacements" and "\0" not in name)
    for path in {real(found.folder / name) for name in named}.intersection(graph.files(found)):
        source = graph.source(path)
        yield source.text if source is not None else ""


def _entries(value: Any) -> Iterable[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def _images(value: Any) -> Iterator[str]:
    for entry in _entries(value):
        yield from (name for field in ("name", "newName") if isinstance(name := entry.get(field), str) and name)


def _is_handed_on(one: Candidate) -> bool:
    top, last = one.field[0], one.field[-1]
    return last in _HANDED_ON.get(str(top), ()) or any(part in _TEXTS for part in one.field)


def _identifies(one: Candidate) -> bool:
    """Whether it says what an object is, as an operation may that renames one."""
    return not one.own and (one.field in _IDENTITY or one.field[-2:] in _NAMED)


def _loses(text: str, marked: str, image: str) -> bool:
    """Whether a text is that image before it is marked, and after it another."""
    return (
        text.startswith(image)
        and text[len(image) :][:1] in ("", ":", "@")
        and not (marked.startswith(image) and marked[len(image) :][:1] in ("", ":", "@"))
    )
