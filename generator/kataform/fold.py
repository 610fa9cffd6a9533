"""One cause, one finding: what another finding explains is folded into it, what many roots see is counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kataform.finding import Finding, Location, Related, Severity
from kataform.resource import Path
from kataform.subject import Observation
from kubecel.records import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding and what it explains beyond its own lines: `covers(observation)` decides."""

    finding: Finding
    covers: Callable[[Observation], bool]


def fold(
    sources: Iterable[Finding],
    explanations: Iterable[Explanation],
    builds: Iterable[tuple[Observation, Finding | None]],
    schema: Iterable[Observation],
    policies: Iterable[Observation],
) -> list[Finding]:
    """Every finding that stands for itself, each with its consequences, sorted.

    The order of the arguments is the order of causes: what the text says comes before what a schema says of the
    object built from it, and that before what a policy says of the same field. `builds` are roots that were not
    built, each with the finding that is known to be why.
    """
    kept = _Kept()
    for finding in sources:
        kept.add(finding, _TEXT)
    for observation, cause in builds:
        kept.built(observation, cause)
    for explanation in explanations:
        kept.add(explanation.finding, _TEXT)
        kept.explanations.append(explanation)
    seen = list(schema)
    for observation in seen:
        kept.observe(observation, _SCHEMA)
    wrong: dict[tuple[str, str], list[Observation]] = {}
    for observation in seen:
        if observation.finding.severity >= Severity.ERROR:
            wrong.setdefault((observation.root, observation.title), []).append(observation)
    for observation in policies:
        causes = wrong.get((observation.root, observation.title), [])
        kept.observe(observation, _POLICY, next((cause for cause in causes if _explains(cause, observation)), None))
    return sorted(kept.findings(), key=lambda finding: finding.sort_key)


def gather(findings: Iterable[Finding]) -> list[Finding]:
    """What is said in many places in the same words and is no defect of any: once, at the first, with a count."""
    groups: dict[str, list[Finding]] = {}
    kept = []
    for finding in findings:
        if finding.rule in _GATHERED:
            groups.setdefault(finding.message, []).append(finding)
        else:
            kept.append(finding)
    return sorted((*kept, *map(_gathered, groups.values())), key=lambda finding: finding.sort_key)


def _gathered(findings: list[Finding]) -> Finding:
    first, *others = sorted(findings, key=lambda finding: finding.sort_key)
    if not others:
        return first
    return replace(
        first,
        remedy="; ".join(
            part for part in (f"the same holds for {len(others)} more of this kind", first.remedy) if part
        ),
        related=tuple(Related(other.location, "another one") for other in others[:_MOST]),
        overlays=tuple(sorted({name for finding in findings for name in finding.overlays})),
    )


# What says something of a kind or a version, not of the place that it stands at.
_GATHERED = frozenset({"kind-without-schema", "kubernetes-unknown", "version-newer"})
_MOST = 5
_TEXT, _SCHEMA, _POLICY = range(3)
_Identity = tuple[str, Location, str]


def _explains(cause: Observation, observation: Observation) -> bool:
    """Whether an object's schema violation explains a policy's verdict: the same field, or one that it misspells."""
    if _within(observation.path, cause.path) or (not observation.absent and _within(cause.path, observation.path)):
        return True
    if not cause.suggestion or not _within(observation.path, _meant(cause)):
        return False
    # A misspelt field of a patch leaves what the patched file says.
    return observation.absent or observation.finding.location.path != cause.finding.location.path


def _meant(cause: Observation) -> Path:
    return (*cause.path[:-1], cause.suggestion)


def _within(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


class _Kept:
    """Findings by identity, each with the stage that found it, the roots that see it and the messages it explains."""

    def __init__(self) -> None:
        self.explanations: list[Explanation] = []
        self._known: dict[_Identity, tuple[Finding, int]] = {}
        self._errors_at: dict[Location, _Identity] = {}

    def add(self, finding: Finding, stage: int) -> None:
        """A finding for itself; one that is known already gains the roots that see it now."""
        identity = _identity(finding)
        if identity in self._known:
            self._merge(identity, finding.overlays, finding.consequences)
            return
        self._known[identity] = (finding, stage)
        if finding.location.line and finding.severity >= Severity.ERROR:
            self._errors_at.setdefault(finding.location, identity)

    def observe(self, observation: Observation, stage: int, cause: Observation | None = None) -> None:
        """An observation: a consequence of its cause, of an earlier stage's error at its place, or of its cover."""
        identity = self._cause(observation, stage, cause)
        if identity is None:
            self.add(observation.finding, stage)
            return
        finding = observation.finding
        what = f"{finding.resource}: {finding.message}" if finding.resource else finding.message
        self._merge(identity, finding.overlays, (f"{what} [{finding.rule}]",))

    def built(self, observation: Observation, cause: Finding | None) -> None:
        """A root that was not built: a consequence of its cause, if known, else of an error in the file it names."""
        known = _identity(cause) if cause is not None else self._error_in(observation.finding.location.path)
        if known is not None and known in self._known:
            self._merge(known, observation.finding.overlays, ())
        else:
            self.observe(observation, _SCHEMA)

    def _error_in(self, path: str) -> _Identity | None:
        """The first error that the text of a file has: kustomize says less exactly what it stumbles over."""
        return min((at for at in self._errors_at.values() if at[1].path == path), key=lambda at: at[1], default=None)

    def _cause(self, observation: Observation, stage: int, cause: Observation | None) -> _Identity | None:
        at = self._errors_at.get(observation.finding.location)
        if at is not None and self._known[at][1] < stage:
            return at
        if cause is not None:
            known = _identity(cause.finding)
            at = known if known in self._known else self._errors_at.get(cause.finding.location)
            if at is not None:
                return at
        explained = next((e for e in self.explanations if e.covers(observation)), None)
        return _identity(explained.finding) if explained is not None else None

    def _merge(self, identity: _Identity, overlays: tuple[str, ...], consequences: tuple[str, ...]) -> None:
        known, stage = self._known[identity]
        merged = replace(
            known,
            overlays=tuple(sorted({*known.overlays, *overlays})),
            consequences=tuple(dict.fromkeys((*known.consequences, *consequences))),
        )
        self._known[identity] = (merged, stage)

    def findings(self) -> list[Finding]:
        return [finding for finding, _ in self._known.values()]


def _identity(finding: Finding) -> _Identity:
    return (finding.rule, finding.location, finding.message)
