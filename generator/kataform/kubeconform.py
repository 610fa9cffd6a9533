"""Ask kubeconform for a second opinion: the same objects, the same schemas, another program's verdict."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from kataform import judge, process, resource, schemas, tools
from kataform.crds import Known
from kataform.errors import ToolError
from kataform.finding import Finding, Severity
from kataform.judge import Measure
from kataform.report.result import Counts
from kataform.schemas import Schema
from kataform.subject import Subject
from kubecel.records import dataclass

__all__ = ["second_opinion"]

RULE = "kubeconform-disagrees"
TIMEOUT = 300.0
_OUTPUT = 256 << 20
# Our folder is its only schema location, so it has nothing to fetch; should it try, nobody listens there.
_NOWHERE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
_STATUS = {"statusValid": "valid", "statusInvalid": "invalid", "statusError": "invalid", "statusSkipped": "skipped"}
# Of several verdicts on the documents of one file, or for several versions, the first of these counts.
_WORST = ("invalid", "valid", "skipped")


@dataclass(slots=True)
class _Batch:
    """What is asked in one run: the objects meant for one version, by their number, and the schemas of that version."""

    objects: list[int] = field(default_factory=list)
    known: dict[tuple[str, str], Schema] = field(default_factory=dict)
    measures: dict[int, Measure] = field(default_factory=dict)


def second_opinion(subjects: Iterable[Subject], crds: Known | None = None) -> tuple[Counts, list[Finding]]:
    """What kubeconform says of each object in every version it is meant for, and where it and kataform disagree.

    ToolError where kubeconform is missing or fails. Bodies pass through files that only this user can read, and that
    are removed at the end; nothing kubeconform says of a value gets into a finding.
    """
    subjects = list(subjects)
    tool = tools.require("kubeconform")
    verdicts: list[set[str]] = [set() for _ in subjects]
    findings: list[Finding] = []
    for label, batch in _batches(subjects, crds or Known()).items():
        answers = _ask(tool.path, [subjects[number].body for number in batch.objects], batch.known)
        for number, (theirs, where) in zip(batch.objects, answers, strict=True):
            verdicts[number].add(theirs)
            ours = _own(batch.measures.get(number), subjects[number])
            if ours != theirs:
                findings.append(_disagreement(subjects[number], label, ours, theirs, where))
    final = [next((word for word in _WORST if word in found), "skipped") for found in verdicts]
    counts = Counts(len(final), final.count("valid"), final.count("invalid"), final.count("skipped"))
    return counts, sorted(findings, key=lambda finding: finding.sort_key)


def _batches(subjects: Sequence[Subject], crds: Known) -> dict[str, _Batch]:
    """The objects by the version they are judged for, as `judge` names it."""
    batches: dict[str, _Batch] = {}
    for number, subject in enumerate(subjects):
        for measure in judge.measures(subject, crds):
            batch = batches.setdefault(measure.label, _Batch())
            batch.objects.append(number)
            if measure.schema is not None:
                batch.known[subject.body["apiVersion"], subject.body["kind"]] = measure.schema
                batch.measures[number] = measure
    return batches


def _own(measure: Measure | None, subject: Subject) -> str:
    if measure is None:
        return "skipped"
    return "invalid" if judge.of_fields(measure, subject) else "valid"


def _ask(
    binary: Path, bodies: Sequence[dict[str, Any]], known: Mapping[tuple[str, str], Schema]
) -> list[tuple[str, str]]:
    """kubeconform's verdict on each body, and the first field it objects to."""
    with tempfile.TemporaryDirectory(prefix="kataform-") as name:
        folder = Path(name)
        schemas.export(folder / "schemas", known)
        (folder / "objects").mkdir()
        for number, body in enumerate(bodies):
            _write(folder / "objects" / f"{number}.json", body)
        outcome = process.run(
            _command(binary), environment=os.environ | _NOWHERE, timeout=TIMEOUT, folder=folder, output=_OUTPUT
        )
    return _answers(outcome, len(bodies))


def _command(binary: Path) -> list[str]:
    own = f"schemas/{schemas.FILES}"
    options = ["-strict", "-output", "json", "-verbose", "-ignore-missing-schemas", "-schema-location", own]
    return [str(binary), *options, "objects"]


def _write(path: Path, body: dict[str, Any]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(body, file)


def _answers(outcome: process.Outcome, asked: int) -> list[tuple[str, str]]:
    """The verdicts in the order of the files; ToolError where an object is left out or the answer can't be read."""
    if outcome.ended_by:
        raise ToolError(f"kubeconform was ended: {outcome.ended_by}")
    try:
        rows = json.loads(outcome.stdout)["resources"] or []
    except (ValueError, KeyError, TypeError):
        first = outcome.stderr.strip().partition("\n")[0]
        raise ToolError(f"kubeconform failed (exit code {outcome.code}): {first or 'it said nothing'}") from None
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        places = [error.get("path", "") for error in row.get("validationErrors") or ()]
        verdict = _STATUS.get(row["status"], "skipped")
        found.setdefault(int(Path(row["filename"]).stem), []).append((verdict, places[0] if places else ""))
    if found.keys() != set(range(asked)):
        raise ToolError(f"kubeconform judged {len(found)} of {asked} objects")
    return [min(found[number], key=lambda answer: _WORST.index(answer[0])) for number in range(asked)]


def _disagreement(subject: Subject, label: str, ours: str, theirs: str, where: str) -> Finding:
    """An error of one of the two programs; what kubeconform says of the value itself may be a secret."""
    place = f" at {where}" if where else ""
    message = f"kubeconform says {theirs}{place}, kataform says {ours} ({label})"
    remedy = "one of the two is wrong: check the object against a cluster, and report it to kataform"
    title = resource.title(subject.body)
    location = subject.locate((), False)
    return Finding(RULE, Severity.ERROR, message, location, remedy, title, "", overlays=(subject.root,))
