"""Values that are proved together: the marks of many in one copy, and what the build of it tells of each.

Marks are put beside others only where they cannot disturb one another, and a build is believed only where everything
in it, marks taken back, is what it was.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from kataform import resource
from kataform.resource import Path as Pointer
from kataform.sentinel.candidates import Candidate, mark, reads_as
from kubecel.records import dataclass

_MARKS = 9_000  # in one copy: each has a number of four digits
_MARK = re.compile(r"q\d{4}z|71\d{7}")
_HASH = re.compile(r"-[a-z0-9]{10}(?![a-z0-9])")

Asked = tuple[dict[str, Any], Pointer]  # an object as it was built, and a field of it


@dataclass(frozen=True, slots=True)
class Question:
    """A value, the fields that have it, and the scalars that may give it; `kept` is how the value has to begin."""

    value: Any
    kept: str
    asked: tuple[Asked, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A scalar with what stands in its place in the copy, and the part of its text that this replaces."""

    one: Candidate
    marked: str
    part: str


@dataclass(slots=True)
class Batch:
    """Questions that one copy answers: no scalar has to be marked in two ways, and none overlaps another."""

    questions: list[Question] = field(default_factory=list)
    _marks: list[_Mark] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)
    _spans: dict[tuple[Path, int], list[tuple[int, int, int]]] = field(default_factory=dict)

    @property
    def marks(self) -> list[tuple[Candidate, str]]:
        return [(each.one, each.marked) for each in self._marks]

    def take(self, question: Question) -> bool:
        """Take a question in, if there is room for its marks."""
        new = []
        for one in question.candidates:
            number = self._number_at(one)
            if number is None:
                new.append(one)
            elif number < 0 or self._marks[number].marked != one.marked(question.value, number, question.kept):
                return False
        if len(self._marks) + len(new) > _MARKS:
            return False
        for one in new:
            number = len(self._marks)
            bisect.insort(self._spans.setdefault((one.file, id(one.host)), []), (one.start, one.end, number))
            marked, part = one.marked(question.value, number, question.kept), one.part(question.value, question.kept)
            self._marks.append(_Mark(one, marked, part))
            self._numbers[mark(question.value, number)] = number
        self.questions.append(question)
        return True

    def _number_at(self, one: Candidate) -> int | None:
        """The number of the mark in a scalar; -1 where one is in a part of it, or in more; None for no mark."""
        spans = self._spans.get((one.file, id(one.host)), [])
        index = bisect.bisect_left(spans, (one.start,))
        before, after = spans[max(index - 1, 0) : index], spans[index : index + 1]
        if after and after[0][:2] == (one.start, one.end):
            return after[0][2]
        overlaps = any(end > one.start for _, end, _ in before) or any(start < one.end for start, _, _ in after)
        return -1 if overlaps else None

    def answers(self, bodies: list[dict[str, Any]], built: list[dict[str, Any]]) -> list[list[list[Candidate]]] | None:
        """For each question and each field that it asks of, the scalars whose marks came out there.

        None of a field of which this build does not tell; None in all where the marks changed more than their scalars.
        """
        odd = self._odd(bodies, built)
        if odd is None:
            return None
        index = {resource.key(body): number for number, body in enumerate(bodies)}
        return [
            [self._told(question, built, odd, index.get(resource.key(body)), path) for body, path in question.asked]
            for question in self.questions
        ]

    def _told(
        self,
        question: Question,
        built: list[dict[str, Any]],
        odd: set[tuple[int, Pointer]],
        index: int | None,
        path: Pointer,
    ) -> list[Candidate]:
        """Those whose marks came out in a field; none where others did as well, or the field is an odd one."""
        if index is None or (index, path) in odd:
            return []
        shown_value = str(resource.get(built[index], path))
        numbers = {self._numbers[text] for text in _MARK.findall(shown_value) if text in self._numbers}
        found = [one for one in question.candidates if self._number_at(one) in numbers]
        return found if len(found) == len(numbers) else []

    def _odd(self, bodies: list[dict[str, Any]], built: list[dict[str, Any]]) -> set[tuple[int, Pointer]] | None:
        """The fields that show marks and are not, with those taken back, what they were: kustomize made them of marks.

        None where something else is not as it was: then marks have changed what matches what.
        """
        if len(bodies) != len(built):
            return None
        odd: set[tuple[int, Pointer]] = set()
        for index, pair in enumerate(zip(bodies, built, strict=True)):
            for path, old, new in _differing(*pair):
                if isinstance(old, dict | list) or isinstance(new, dict | list):
                    return None
                before = _MARK.sub(self._taken_back, str(new))
                if _is_alike(old, before):
                    continue
                if before == str(new):
                    return None
                odd.add((index, path))
        return odd

    def _taken_back(self, match: re.Match[str]) -> str:
        number = self._numbers.get(match.group())
        return match.group() if number is None else self._marks[number].part


def together(questions: Iterable[Question]) -> list[Batch]:
    """As few batches as the questions easily fit in."""
    batches: list[Batch] = []
    for question in questions:
        if not any(batch.take(question) for batch in batches):
            batches.append(Batch())
            batches[-1].take(question)
    return batches


def _differing(body: dict[str, Any], other: dict[str, Any]) -> Iterator[tuple[Pointer, Any, Any]]:
    """The fields in which two objects differ; maps and lists only where their keys or lengths do."""
    secret = body.get("kind") == "Secret"
    waiting: list[tuple[Pointer, Any, Any]] = [((), body, other)]
    while waiting:
        path, old, new = waiting.pop()
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
            waiting += [((*path, key), old[key], new[key]) for key in old]
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            waiting += [((*path, index), *pair) for index, pair in enumerate(zip(old, new, strict=True))]
        elif type(old) is not type(new) or (old != new and str(old) != str(new)):
            yield (path, _decoded(old), _decoded(new)) if secret and path[:1] == ("data",) else (path, old, new)


def _is_alike(old: Any, text: str) -> bool:
    """Whether a text says what a value was, but for the hashes behind the names of what kustomize generates."""
    return reads_as(text, old) if not isinstance(old, str) else _HASH.sub("", old) == _HASH.sub("", text)


def _decoded(value: Any) -> Any:
    """What a Secret's value stands for, where that is text."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError, TypeError):
        return value
