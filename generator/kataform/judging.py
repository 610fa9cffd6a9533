"""Judge objects one by one, by schemas and by policies; of many, other processors tell which nothing is said of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from kataform import ahead, cache, judge, policies, sources
from kataform.catalogue import Catalogue, policy_params
from kataform.crds import Known
from kataform.kustomization import Graph
from kataform.packs import Packs
from kataform.subject import Observation, Subject
from kataform.surroundings import MANIFESTS, Surroundings
from kubecel.records import dataclass

# What the rules on a manifest's text take, and what schemas and policies take for an object in it.
_TEXT, _OBJECT = 1, 3
# How much longer the same takes a forked process, for which the system copies whatever it touches.
_LONGER = 1.3


@dataclass(slots=True)
class Judges:
    """What decides about objects: the schemas that are `known`, and policies, by the overlay that a root is of.

    Policies are not asked about what is `clean`.
    """

    known: Known
    packs: Packs
    overlay_of: Mapping[str, str]
    around: Surroundings
    clean: cache.Clean
    _catalogues: dict[str, Catalogue] = field(default_factory=dict)
    _params: dict[tuple[int, tuple[str, ...]], dict[str, Any]] = field(default_factory=dict)

    def pack(self, subject: Subject) -> policies.Pack:
        return self.packs.of(self.overlay_of.get(subject.root, subject.root))

    def params(self, subject: Subject) -> dict[str, Any]:
        """What policies take their parameters from: by what is known where an object is, and what it is for."""
        where = subject.root
        if self.around.group(subject) == MANIFESTS:
            where = where[: where.rfind("/") + 1] or "./"  # which tells as much as the file, and is that of many
        if where not in self._catalogues:
            self._catalogues[where] = self.around.catalogue(where)
        known = self._catalogues[where]
        wanted = (id(known), subject.target.operator)
        if wanted not in self._params:
            self._params[wanted] = policy_params(known, subject.target.operator)
        return self._params[wanted]

    def by_schemas(self, subject: Subject) -> list[Observation]:
        return list(judge.check(subject, self.known))

    def by_policies(self, subject: Subject) -> list[Observation]:
        """What policies say of an object that is created."""
        around = self.around.of(subject)
        return list(self.pack(subject).judge(subject, self.params(subject), around, clean=self.clean))

    def is_quiet(self, subject: Subject) -> bool:
        """Whether nothing is said of an object, nor was anything missed that the report has to name."""
        return self.around.of(subject).complete and not self.by_schemas(subject) and not self.by_policies(subject)


@dataclass(slots=True)
class Judged:
    """What schemas and policies said, in the order of the objects; `quiet` are manifests whose text is known to be."""

    by_schemas: list[Observation]
    by_policies: list[Observation]
    quiet: frozenset[Path] = frozenset()


def judged(judges: Judges, subjects: Sequence[Subject], graph: Graph, manifests: Sequence[Path]) -> Judged:
    """Everything that is said of some objects; where there are many, it is looked at the manifests' texts as well."""
    own, shares = _shares(len(subjects), len(manifests), ahead.processes(len(subjects)))

    def look(objects: range, texts: range) -> tuple[list[int], list[int], list[bytes]]:
        judges.clean.start()
        silent = [number for number in texts if sources.is_silent(graph, manifests[number], judges.known, judges.clean)]
        return [n for n in objects if judges.is_quiet(subjects[n])], silent, judges.clean.added()

    by_schemas: dict[int, list[Observation]] = {}
    by_policies: dict[int, list[Observation]] = {}

    def ask(numbers: Sequence[int]) -> None:
        for number in numbers:
            by_schemas[number] = judges.by_schemas(subjects[number])
        for number in numbers:
            by_policies[number] = judges.by_policies(subjects[number])

    with ahead.asked([partial(look, *share) for share in shares]) as answers:
        ask(range(own))
        told = [answer for answer in answers() if answer is not None]
    quiet = {number for answer in told for number in answer[0]}
    ask([number for number in range(own, len(subjects)) if number not in quiet])
    judges.clean.take(chain.from_iterable(answer[2] for answer in told))
    return Judged(
        [seen for number in sorted(by_schemas) for seen in by_schemas[number]],
        [seen for number in sorted(by_policies) for seen in by_policies[number]],
        frozenset(manifests[number] for answer in told for number in answer[1]),
    )


def _shares(objects: int, texts: int, processes: int) -> tuple[int, list[tuple[range, range]]]:
    """How many objects to look at here, and for each other process the objects and the texts that it looks at.

    All texts are for the others, so that whoever comes to them later knows what is silent.
    """
    others = processes - 1
    own = min(round((objects * _OBJECT + texts * _TEXT) / (1 + others / _LONGER) / _OBJECT), objects)
    return own, list(zip(ahead.shares(objects, others, own), ahead.shares(texts, others), strict=True))
