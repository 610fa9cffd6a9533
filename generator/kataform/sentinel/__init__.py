"""Prove which scalar produced a built value: change it in a copy, build again, and see whether the value changed.

Equal values are everywhere, and components, generators and replacements carry them far. So every scalar that could
have produced the value gets a mark of its own, in one temporary copy; the marks that kustomize prints tell which did.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kataform import kustomize, resource
from kataform.kustomization import Graph
from kataform.resource import Path as Pointer
from kataform.sentinel import marked_copy
from kataform.sentinel.candidates import Candidate, mark, that_may_give
from kubecel.records import dataclass

_BUILDS = 12  # for one proof, where marks in some scalars break the build and have to be told from the others
_IN_ALL = 200  # for one run


@dataclass(slots=True)
class Prover:
    """Proofs for one run; `builds` counts what they cost. Nothing is written in the person's tree."""

    graph: Graph
    tool: kustomize.Kustomize
    timeout: float = kustomize.TIMEOUT
    builds: int = 0

    def prove(self, root: Path, body: dict[str, Any], path: Pointer) -> list[Candidate]:
        """The scalars that the value is made from, the one that gives most of it first; none where it is not told."""
        value = _at(body, path)
        if value is None or isinstance(value, dict | list) or value == "":
            return []
        candidates = that_may_give(self.graph, root, value)
        if not candidates:
            return []
        found = self._search(root, body, path, list(enumerate(candidates)), [_BUILDS])
        return sorted(found, key=lambda one: -min(len(one.text), len(str(value))))

    def _search(
        self, root: Path, body: dict[str, Any], path: Pointer, marked: list[tuple[int, Candidate]], left: list[int]
    ) -> list[Candidate]:
        """Those of the marked scalars whose marks come out; halves are tried where all together do not build."""
        if left[0] == 0 or self.builds >= _IN_ALL:
            return []
        left[0] -= 1
        self.builds += 1
        value = _at(body, path)
        kept = _image_name(value) if path[-1:] == ("image",) else ""
        marks = [(one, one.marked(value, number, kept)) for number, one in marked]
        built = marked_copy.build(self.graph, self.tool, root, marks, self.timeout)
        if built is not None:
            shown_value = str(_at(_same_object(built, body), path))
            return [one for number, one in marked if mark(value, number) in shown_value]
        if len(marked) == 1:
            return []
        half = len(marked) // 2
        first = self._search(root, body, path, marked[:half], left)
        return first or self._search(root, body, path, marked[half:], left)


def _image_name(value: Any) -> str:
    """An image up to its tag or digest: `images` of a kustomization finds it by its name."""
    found = re.match(r"(?:.*/)?[^/:@]+[:@](?=.)", value) if isinstance(value, str) else None
    return found.group() if found else ""


def _at(body: Any, path: Pointer) -> Any:
    return resource.get(body, path)


def _same_object(built: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    """The object in another build; by its identity, else, as a mark may be in its name, the only one of its kind."""
    key = resource.key(body)
    exact = [one for one in built if resource.key(one) == key]
    alike = [one for one in built if resource.key(one)[:2] == key[:2]]
    near = [one for one in alike if _common(resource.key(one).name, key.name)]
    return next(iter(exact), {}) or (near[0] if len(near) == 1 else alike[0] if len(alike) == 1 else {})


def _common(one: str, other: str) -> bool:
    """Whether two names differ in a hash at their end, or in a mark, alone."""
    first, second = re.sub(r"-[a-z0-9]{10}$", "", one), re.sub(r"-[a-z0-9]{10}$", "", other)
    pattern = re.escape(re.sub(r"q\d{4}z", "\0", first)).replace("\0", ".*")
    return re.fullmatch(pattern, second) is not None
