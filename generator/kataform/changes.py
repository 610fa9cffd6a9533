"""Policies over a change: what the objects of a revision have become, and which are gone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kataform import resource
from kataform.finding import Location
from kataform.judging import Judges
from kataform.kustomization import NAMES
from kataform.project import SPEC, shown
from kataform.resource import Key
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject
from kataform.surroundings import Surroundings
from kubecel.records import dataclass


@dataclass(frozen=True, slots=True)
class Before:
    """The objects of a revision, by the overlay or root they belong to, relative to `top`, and what they are.

    Several stand for one where manifests of several clusters have the same name.

    `whole` tells that the scope is all that there is, so that what is missing in it has been deleted; `unknown` are the
    groups of which not all objects are known, `rendered` the overlays with a spec.
    """

    top: Path
    subjects: dict[tuple[str, Key], list[Subject]]
    whole: bool = True
    unknown: frozenset[str] = frozenset()
    rendered: frozenset[str] = frozenset()


def by_identity(subjects: Iterable[Subject], around: Surroundings, top: Path) -> dict[tuple[str, Key], list[Subject]]:
    """Objects by what they belong to and what they are."""
    found: dict[tuple[str, Key], list[Subject]] = {}
    for one in subjects:
        found.setdefault((below(around.group(one), top), resource.key(one.body)), []).append(one)
    return found


def below(group: str, top: Path) -> str:
    """The name of a group relative to the top of the files, the same in both trees."""
    return group and Path(os.path.relpath(group, top)).as_posix()


def judged(
    judges: Judges, subjects: Iterable[Subject], known: Before, top: Path, unrendered: Iterable[str]
) -> Iterator[Observation]:
    """What policies say of every object as a change of what it was before, and of what is deleted.

    `top` is that of the tree that the objects are of; of `unrendered` overlays nobody knows what has gone.
    """
    around = judges.around
    left = {identity: list(olds) for identity, olds in known.subjects.items()}
    for identity, here in by_identity(subjects, around, top).items():
        for subject, old in _paired(here, left.get(identity, []), known.top, top):
            before = old.body if old is not None else None
            yield from judges.pack(subject).judge(subject, judges.params(subject), around.of(subject), before)
    incomplete = {below(name, top) for name in (*around.incomplete, *unrendered)}
    for group, old in ((group, old) for (group, _), olds in left.items() for old in olds) if known.whole else ():
        if group not in incomplete:
            gone = _gone(old, known, top)
            overlay = around.within(group and shown(top / group), gone.root)
            yield from judges.pack(gone).judge_removal(gone, judges.params(gone), overlay)


def _paired(
    subjects: list[Subject], olds: list[Subject], before: Path, top: Path
) -> Iterator[tuple[Subject, Subject | None]]:
    """Each object with what it was before, which is taken away: what stood in its file, else one that is nobody's."""
    where = {below(old.root, before): old for old in olds}
    same = [where.pop(below(subject.root, top), None) for subject in subjects]
    for subject, old in zip(subjects, same, strict=True):
        found = old or (where.pop(next(iter(where))) if where else None)
        if found is not None:
            olds.remove(found)
        yield subject, found


def _gone(old: Subject, known: Before, top: Path) -> Subject:
    """An object that is no longer there, placed in the file whose change has taken it away."""

    def locate(path: Pointer, key: bool) -> Location:
        return Location(shown(top / os.path.relpath(_taken_in(old, path, key, known, top), known.top)))

    return replace(old, locate=locate, root=shown(top / os.path.relpath(old.root, known.top)))


def _taken_in(old: Subject, path: Pointer, key: bool, known: Before, top: Path) -> str | Path:
    """The spec that an object was made from, else the file that it stood in, else what took that in."""
    if old.root in known.rendered:
        return f"{old.root}/{SPEC}"
    there = old.locate(path, key).path
    here = top / os.path.relpath(there, known.top)
    kustomizations = [Path(old.root, name) for name in NAMES if Path(old.root, name).is_file()]
    same = here.is_file() and here.read_bytes() == Path(there).read_bytes()
    return kustomizations[0] if same and kustomizations else there
