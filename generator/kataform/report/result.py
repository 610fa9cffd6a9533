"""What a run found and covered, and how its report may look: the two things every format is written from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Literal, TextIO

from kataform.finding import Finding, Location, Severity
from kubecel.records import dataclass

__all__ = [
    "Counts",
    "Result",
    "View",
    "Writer",
    "coverage",
    "number",
    "occurrences",
    "place",
    "seen",
    "summary",
    "tally",
    "verdict",
]


@dataclass(frozen=True, slots=True)
class Counts:
    """What kubeconform said of the objects it was given."""

    objects: int
    valid: int
    invalid: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one run.

    `findings` are sorted by `Finding.sort_key`. `notes` say what was left out and why, one sentence each.
    `kubeconform` is None where no second opinion was asked for. `covered` is the sentence on what the run covered,
    where that was no objects. `others` counts files that are no manifests.
    """

    findings: tuple[Finding, ...] = ()
    objects_checked: int = 0
    objects_total: int = 0
    overlays: int = 0
    files: int = 0
    notes: tuple[str, ...] = ()
    kubeconform: Counts | None = None
    covered: str = ""
    others: int = 0


def _no_lines(_path: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class View:
    """How a report may look, decided by who calls.

    `style` full is for a terminal, lines is one line per finding. `width` is the terminal's, in cells. `lines` gives
    the lines of a file as the reader counts them, with or without their line ends, or None where there is no
    source. Lines in `secret_lines` (1-based, by path) are never shown. `titles` is one sentence per rule.
    """

    style: Literal["full", "lines"] = "lines"
    color: bool = False
    width: int = 120
    lines: Callable[[str], Sequence[str] | None] = _no_lines
    secret_lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


Writer = Callable[[Result, TextIO, View], None]


def number(count: int, noun: str) -> str:
    """A count with its noun: `1 object`, `2 objects`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def coverage(result: Result) -> str:
    """What the run covered: `checked 412 of 412 objects in 9 overlays; 14 files are no manifests`."""
    if result.covered:
        return result.covered
    counts = ((result.overlays, "overlay"), (result.files, "file"))
    where = " and ".join(number(count, noun) for count, noun in counts if count) or number(0, "file")
    checked = f"checked {result.objects_checked} of {number(result.objects_total, 'object')} in {where}"
    if not result.others:
        return checked
    return (
        f"{checked}; {number(result.others, 'file')} {'is no manifest' if result.others == 1 else 'are no manifests'}"
    )


def tally(result: Result) -> dict[Severity, int]:
    """How many findings there are of each severity, the worst first, zeros included."""
    counted = dict.fromkeys(sorted(Severity, reverse=True), 0)
    for finding in result.findings:
        counted[finding.severity] += 1
    return counted


def summary(result: Result) -> str:
    """The counts and the coverage in one line; the coverage alone where nothing was found."""
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
    counted = [number(count, nouns[severity]) for severity, count in tally(result).items() if count]
    return f"{', '.join(counted)}; {coverage(result)}" if counted else coverage(result)


def verdict(counts: Counts) -> str:
    """What kubeconform said, in one line; zeros are left out."""
    rest = [f"{count} {word}" for count, word in ((counts.invalid, "invalid"), (counts.skipped, "skipped")) if count]
    return ", ".join([f"kubeconform: {counts.valid} of {number(counts.objects, 'object')} valid", *rest])


def place(location: Location) -> str:
    """`path:line:column`, without the parts that are not known."""
    known = [str(part) for part in (location.line, location.column) if part] if location.line else []
    return ":".join([location.path, *known])


def seen(finding: Finding, most: int = 5) -> str:
    """The overlays a finding is seen in, counted and named: `seen in 7 overlays: a, b, c, d, e, and 2 more`."""
    names = list(finding.overlays[:most])
    if len(finding.overlays) > most:
        names.append(f"and {len(finding.overlays) - most} more")
    return f"seen in {number(len(finding.overlays), 'overlay')}: {', '.join(names)}"


def occurrences(findings: Sequence[Finding]) -> list[str]:
    """A name for each finding, `fingerprint:n`: unlike fingerprints alone, no two in a report are the same."""
    seen: dict[str, int] = {}
    names = []
    for finding in findings:
        seen[finding.fingerprint] = count = seen.get(finding.fingerprint, 0) + 1
        names.append(f"{finding.fingerprint}:{count}")
    return names
