"""Prove which scalar produced a built value: change it in a copy, build again, and see whether the value changed.

Equal values are everywhere, and components, generators and replacements carry them far. So every scalar that could
have produced the value gets a mark of its own, in one temporary copy; the marks that kustomize prints tell which did.
Many values of a root share a copy as long as their marks do not disturb one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from kataform import kustomize, resource
from kataform.kustomization import Graph
from kataform.resource import Path as Pointer
from kataform.sentinel import candidates, marked_copy, matching, shared
from kataform.sentinel.candidates import Candidate
from kataform.sentinel.shared import Asked, Question
from kubecel.records import dataclass

_BUILDS = 12  # for one value, where marks in some scalars break the build and have to be told from the others
_IN_ALL = 200  # for values that share them in one run, and as many for values alone


@dataclass(slots=True)
class Prover:
    """Proofs for one run; `builds` counts what they cost. Nothing is written in the person's tree."""

    graph: Graph
    tool: kustomize.Kustomize
    timeout: float = kustomize.TIMEOUT
    builds: int = 0
    _alone: int = 0
    _scalars: dict[Path, list[Candidate]] = field(default_factory=dict)

    def prove(self, root: Path, body: dict[str, Any], path: Pointer) -> list[Candidate]:
        """The scalars that the value is made from, the one that gives most of it first; none where it is not told."""
        return next(
            (found for question in self._questions(root, [(body, path)]) for found in self._ask(root, question)), []
        )

    def prove_all(
        self, root: Path, bodies: list[dict[str, Any]], asked: Iterable[Asked]
    ) -> Iterator[tuple[Asked, list[Candidate]]]:
        """As `prove`, for many fields of the objects that a root was built to, with as few builds as are enough."""
        questions = self._questions(root, asked)
        known = matching.of_tree(self.graph, root) if len(questions) > 1 else None
        alone: list[Question] = []
        sharing: list[Question] = []
        for question in questions:
            shares = known is not None and question.candidates and not _disturbs(known, question)
            (sharing if shares else alone).append(question)
        for batch in shared.together(sharing):
            most = [_BUILDS + len(batch.questions) // 2]
            for question, found in self._share(root, bodies, batch, most):
                yield from zip(question.asked, found, strict=True)
        for question in alone:
            yield from zip(question.asked, self._ask(root, question), strict=True)

    def _questions(self, root: Path, asked: Iterable[Asked]) -> list[Question]:
        """What is asked, by values: whoever has the same one has the same candidates."""
        by_value: dict[tuple[type, str, str], list[Asked]] = {}
        for body, path in asked:
            value = resource.get(body, path)
            if value is not None and not isinstance(value, dict | list) and value != "":
                kept = _image_name(value) if path[-1:] == ("image",) else ""
                by_value.setdefault((type(value), str(value), kept), []).append((body, path))
        if by_value and root not in self._scalars:
            self._scalars = {root: list(candidates.of_tree(self.graph, root))}  # of one root; there may be hundreds
        values = ((resource.get(*alike[0]), kept, alike) for (_, _, kept), alike in by_value.items())
        return [
            Question(value, kept, tuple(alike), tuple(candidates.that_may_give(self._scalars[root], value)))
            for value, kept, alike in values
        ]

    def _share(
        self, root: Path, bodies: list[dict[str, Any]], batch: shared.Batch, left: list[int]
    ) -> Iterator[tuple[Question, list[list[Candidate]]]]:
        """What one copy tells of a batch; halves are tried where it does not build, or shows that marks disturb."""
        if len(batch.questions) == 1 or left[0] == 0 or self.builds - self._alone >= _IN_ALL:
            yield from ((question, self._ask(root, question)) for question in batch.questions)
            return
        left[0] -= 1
        built = self._build(root, batch.marks)
        answers = batch.answers(bodies, built) if built is not None else None
        if answers is None:
            half = len(batch.questions) // 2
            for part in (batch.questions[:half], batch.questions[half:]):
                for smaller in shared.together(part):
                    yield from self._share(root, bodies, smaller, left)
            return
        for question, found in zip(batch.questions, answers, strict=True):
            yield question, self._completed(root, question, [_ordered(question, each) for each in found])

    def _completed(self, root: Path, question: Question, found: list[list[Candidate]]) -> list[list[Candidate]]:
        """The answers, and where there is none that of a copy for this value alone."""
        missing = [number for number, each in enumerate(found) if not each]
        if missing:
            rest = self._ask(root, replace(question, asked=tuple(question.asked[number] for number in missing)))
            for number, each in zip(missing, rest, strict=True):
                found[number] = each
        return found

    def _ask(self, root: Path, question: Question) -> list[list[Candidate]]:
        """The answers of copies for this value alone."""
        found = self._search(root, question, list(enumerate(question.candidates)), [_BUILDS])
        return [_ordered(question, found.get(number, [])) for number in range(len(question.asked))]

    def _search(
        self, root: Path, question: Question, marked: list[tuple[int, Candidate]], left: list[int]
    ) -> dict[int, list[Candidate]]:
        """Those of the marked scalars whose marks come out in each field, by the number of the field.

        Halves are tried where all together do not build.
        """
        if not marked or left[0] == 0 or self._alone >= _IN_ALL:
            return {}
        left[0] -= 1
        self._alone += 1
        value = question.value
        built = self._build(root, [(one, one.marked(value, number, question.kept)) for number, one in marked])
        if built is not None:
            shown = [str(resource.get(_same_object(built, body), path)) for body, path in question.asked]
            told = ([one for number, one in marked if candidates.mark(value, number) in text] for text in shown)
            return {number: found for number, found in enumerate(told) if found}
        if len(marked) == 1:
            return {}
        half = len(marked) // 2
        first = self._search(root, question, marked[:half], left)
        if len(first) == len(question.asked):
            return first
        return self._search(root, question, marked[half:], left) | first

    def _build(self, root: Path, marks: list[marked_copy.Marked]) -> list[dict[str, Any]] | None:
        self.builds += 1
        return marked_copy.build(self.graph, self.tool, root, marks, self.timeout)


def _disturbs(known: matching.Matching, question: Question) -> bool:
    """Whether a mark for a value may change what becomes of others."""
    return any(known.disturbs(one, one.marked(question.value, 0, question.kept)) for one in question.candidates)


def _ordered(question: Question, found: list[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda one: -min(len(one.text), len(str(question.value))))


def _image_name(value: Any) -> str:
    """An image up to its tag or digest: `images` of a kustomization finds it by its name."""
    found = re.match(r"(?:.*/)?[^/:@]+[:@](?=.)", value) if isinstance(value, str) else None
    return found.group() if found else ""


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
