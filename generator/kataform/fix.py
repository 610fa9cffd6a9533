"""Mend files by the fixes that findings carry: spans are spliced, every other character stays as it is."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from operator import attrgetter

from kataform.finding import Edit, Finding, Fix
from kataform.subject import Observation
from kubecel.records import dataclass

Texts = Callable[[str], str | None]
_start = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass would do. `texts` are the new texts by path, `applied` the findings whose fixes are in them.

    `conflicting` have fixes that touch the same characters as an applied one; the next pass may apply them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    applied: tuple[Finding, ...] = ()
    conflicting: tuple[Finding, ...] = ()


def plan(findings: Iterable[Finding], texts: Texts, *, unsafe: bool) -> Plan:
    """The fixes that can be applied together, in the order of the findings, each wholly or not at all.

    `texts` gives what a file says, None for a file that must not be changed.
    """
    taken: dict[str, list[Edit]] = {}
    applied: list[Finding] = []
    conflicting: list[Finding] = []
    for finding in findings:
        if finding.fix is None or not (finding.fix.safe or unsafe):
            continue
        if any(texts(one.path) is None for one in finding.fix.edits):
            continue
        if any(_collides(one, taken.get(one.path, ())) for one in finding.fix.edits):
            conflicting.append(finding)
            continue
        applied.append(finding)
        for one in finding.fix.edits:
            bisect.insort(taken.setdefault(one.path, []), one, key=_start)
    from kataform.text import edit

    spliced = {path: edit.splice(texts(path) or "", edits) for path, edits in taken.items()}
    return Plan(spliced, tuple(applied), tuple(conflicting))


def _collides(one: Edit, taken: Sequence[Edit]) -> bool:
    """Whether two edits share a character, or stand at the same place, where their order would be a guess.

    Those that are taken are in order and share nothing, so the two beside it tell.
    """
    after = bisect.bisect_left(taken, one.start, key=_start)
    if after < len(taken) and (taken[after].start == one.start or taken[after].start < one.end):
        return True
    return after > 0 and taken[after - 1].end > one.start


def unhelpful(applied: Iterable[Finding], before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that are still there, although their fixes were applied.

    Lines move, so a finding is known by its fingerprint; of several that share one, none is told apart.
    """
    applied = tuple(applied)
    had, has = (Counter(finding.fingerprint for finding in findings) for findings in (before, after))
    tried = Counter(finding.fingerprint for finding in applied)
    return tuple(f for f in applied if has[f.fingerprint] > had[f.fingerprint] - tried[f.fingerprint])


def offer(observation: Observation, texts: Texts) -> Observation:
    """The observation with a fix, where its place holds just the name that is wrong and one right name is known."""
    finding = observation.finding
    if finding.rule != "unknown-field" or finding.fix is not None or not observation.suggestion:
        return observation
    fix = renaming(finding, str(observation.path[-1]), observation.suggestion, texts(finding.location.path))
    return replace(observation, finding=replace(finding, fix=fix)) if fix is not None else observation


def renaming(finding: Finding, old: str, new: str, text: str | None) -> Fix | None:
    """A field under its right name: not safe, because the field may have been meant for something else."""
    from kataform.text import edit  # there may be nothing to mend

    found = edit.replacing(text, finding.location, old, new) if text is not None else None
    return Fix(f"rename {old} to {new}", False, (found,)) if found is not None else None


def edited(finding: Finding) -> set[str]:
    """The files that a finding's fix edits."""
    return {one.path for one in finding.fix.edits} if finding.fix is not None else set()
