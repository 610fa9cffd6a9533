"""Which manifests outside of kustomizations come to one cluster, as far as their folders tell.

A cluster has one installation: one Subscription of a package, one OperatorGroup in a namespace, one KataConfig. Folders
beside each other that have such an object each are therefore different clusters' own, and what stands outside of them
comes to all of those. Where nothing is there twice, everything comes to one cluster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from kataform import resource
from kubecel.records import dataclass

__all__ = ["EVERYTHING", "KINDS", "Clusters", "Part", "tell_apart"]

# A folder, or with an empty name behind it the files that stand in that folder itself.
Part = tuple[str, ...]
Held = Mapping[str, frozenset[Hashable]]
EVERYTHING: Part = ()
KINDS = ("KataConfig", "OperatorGroup", "Subscription")


@dataclass(frozen=True, slots=True)
class Clusters:
    """`together` are the parts that come to a cluster with a part, itself among them.

    `unsure` are those of which the folders do not tell all: several parts of the tree are divided, each by itself.
    """

    together: Mapping[Part, tuple[Part, ...]] = field(default_factory=lambda: {EVERYTHING: (EVERYTHING,)})
    unsure: frozenset[Part] = frozenset()
    _parts: dict[str, Part] = field(default_factory=dict, compare=False, repr=False)

    def part(self, file: str) -> Part:
        """The part that a file belongs to: the nearest folder above it that is one."""
        folder = file[: file.rfind("/") + 1]
        if folder not in self._parts:
            self._parts[folder] = self._part(folder)
        return self._parts[folder]

    def _part(self, file: str) -> Part:
        folder = _folder(file)
        above = (folder[:length] for length in range(len(folder), -1, -1))
        return next(part for part in ((*folder, ""), *above) if part in self.together)


def tell_apart(manifests: Iterable[tuple[str, Mapping[str, Any]]]) -> Clusters:
    """The clusters of some manifests, each given with its file."""
    held: dict[str, frozenset[Hashable]] = {}
    for file, body in manifests:
        found = _installed(body)
        if found is not None:
            held[file] = held.get(file, frozenset()) | {found}
    together: dict[Part, tuple[Part, ...]] = {}
    unsure: set[Part] = set()
    _divide(EVERYTHING, held, (), together, unsure)
    return Clusters(together, frozenset(unsure))


def _installed(body: Mapping[str, Any]) -> Hashable | None:
    """What an object is of which a cluster has one; None for any other object."""
    group, kind, namespace, _ = resource.key(dict(body))
    if (group, kind) == ("operators.coreos.com", "Subscription"):
        return kind, str(resource.get(body, ("spec", "name")))
    if (group, kind) == ("operators.coreos.com", "OperatorGroup"):
        return kind, namespace
    return kind if (group, kind) == ("kataconfiguration.openshift.io", "KataConfig") else None


def _divide(
    part: Part, held: Held, above: tuple[Part, ...], together: dict[Part, tuple[Part, ...]], unsure: set[Part]
) -> None:
    """Note a part and the parts that it divides into; what is not of one cluster alone is seen with the first."""
    line = (part, *above)
    divisions = list(_divisions(part, held))
    for division in divisions:
        for child, inside in division.items():
            if len(divisions) > 1 or part in unsure:
                unsure.add(child)
            _divide(child, inside, line, together, unsure)
    first = next(iter(divisions[0])) if divisions else part
    together[part] = tuple(dict.fromkeys((*line, *together.get(first, ()))))


def _divisions(folder: Part, held: Held) -> Iterator[dict[Part, Held]]:
    """Where below a folder several parts stand beside each other that a cluster can have only one of."""
    if folder and not folder[-1]:
        return
    parts: dict[Part, dict[str, frozenset[Hashable]]] = {}
    for file, found in sorted(held.items()):
        inside = _folder(file)
        part = inside[: len(folder) + 1] if len(inside) > len(folder) else (*folder, "")
        parts.setdefault(part, {})[file] = found
    holding = {part: frozenset[Hashable]().union(*files.values()) for part, files in parts.items()}
    counted = Counter(each for found in holding.values() for each in found)
    twice = {each for each, count in counted.items() if count > 1}
    if twice:
        yield {part: files for part, files in parts.items() if holding[part] & twice}
    for part, files in parts.items():
        if not holding[part] & twice:
            yield from _divisions(part, files)


def _folder(file: str) -> Part:
    names = [name for name in file.split("/")[:-1] if name not in ("", ".")]
    return ("/", *names) if file.startswith("/") else tuple(names)
