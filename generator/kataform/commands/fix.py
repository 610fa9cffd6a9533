"""Mend what can be mended safely, check again, and undo what did not help.

A fix after which every root has to build to the same is proved before it is applied, and held to it afterwards.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

import click

from kataform import cache, fix, settings, unchanged, whole_file
from kataform import scope as scopes
from kataform.check import Options, check
from kataform.compatibility import stated_target
from kataform.errors import InputError, ToolError
from kataform.finding import Finding, Severity
from kataform.generated import Generated
from kataform.kustomization import Graph
from kataform.overlays import catalogue_at
from kataform.project import bytes_of, real, shown
from kataform.rules import deprecated_field
from kataform.subject import Target
from kataform.text import diff, reader
from kubecel.records import dataclass

_PASSES = 20


@dataclass(slots=True)
class _Session:
    """One run: what was applied and stayed, what was taken back, what was left and why, which files are not edited.

    `unbuilt` are roots that could not be compared before and after a fix that has to leave them as they are.
    """

    paths: tuple[Path, ...]
    options: Options
    unsafe: bool
    fixed: list[Finding] = field(default_factory=list)
    undone: list[Finding] = field(default_factory=list)
    left: dict[str, tuple[Finding, str]] = field(default_factory=dict)
    unbuilt: set[str] = field(default_factory=set)
    generated: Generated = field(default_factory=Generated)
    proofs: unchanged.Proofs = field(default_factory=lambda: unchanged.Proofs(()))


def run(paths: tuple[str, ...] = (), *, unsafe: bool = False, diff: bool = False, targets: tuple[str, ...] = ()) -> int:
    """Exit code: 0 nothing is left that fails a check, 1 errors remain, or with `diff` something would change."""
    if "-" in paths:
        raise InputError("-: only files can be mended; save the manifests first")
    target = stated_target(targets, catalogue_at(Path())) if targets else Target()
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    options = Options(target=target, today=today, settings=settings.read(Path.cwd()), cache=cache.known())
    session = _Session(tuple(map(Path, paths)), options, unsafe)
    findings = _look(session)
    return _preview(session, findings) if diff else _mend(session, findings)


def _look(session: _Session) -> list[Finding]:
    """Everything that a check of the files as they are now finds."""
    session.proofs = unchanged.Proofs(_around(session.paths))
    graph = Graph()
    found = scopes.discover(session.paths or scopes.default_paths(Path.cwd()), graph)
    if found.empty:
        where = f"in {names}" if (names := ", ".join(map(str, session.paths))) else "here"
        raise InputError(f"nothing to fix: no spec, kustomization or Kubernetes manifest {where}")
    return check(found, graph, session.options).findings


# --- what can be applied -------------------------------------------------------------------------------------------


def _plans(session: _Session, findings: list[Finding]) -> Iterator[fix.Plan]:
    """What mends objects, and, apart from that, what is proved to leave them as they are."""
    texts = partial(_text, session)
    yield fix.plan((finding for finding in findings if not _keeps(finding)), texts, unsafe=session.unsafe)
    if session.unsafe:
        yield fix.plan(_proved(session, [finding for finding in findings if _keeps(finding)]), texts, unsafe=True)


def _keeps(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.same_build


def _proved(session: _Session, findings: list[Finding]) -> list[Finding]:
    """Those whose fixes leave all builds as they are: all together, or halves of them; of the others it is kept why."""
    together = fix.plan(findings, partial(_text, session), unsafe=True)
    if not together.applied:
        return []
    if _unreadable(together.texts):
        reason = "the file could not be read after it"
    else:
        reason = session.proofs.refuted(together.texts)
    if not reason:
        for finding in together.applied:
            session.left.pop(finding.fingerprint, None)
        return list(together.applied)
    if len(findings) == 1:
        session.left[findings[0].fingerprint] = (findings[0], reason)
        return []
    half = len(findings) // 2
    return [*_proved(session, findings[:half]), *_proved(session, findings[half:])]


def _around(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Where roots that read a file may be: in the whole repository, without one where the command looks."""
    return tuple({_top(path) for path in (Path.cwd(), *paths)})


def _top(path: Path) -> Path:
    here = real(path)
    folder = here if here.is_dir() else here.parent
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


# --- one look without writing --------------------------------------------------------------------------------------


def _preview(session: _Session, findings: list[Finding]) -> int:
    """What the first pass would change, as a diff."""
    applicable = [finding for plan in _plans(session, findings) for finding in plan.applied]
    plan = fix.plan(applicable, partial(_text, session), unsafe=session.unsafe)
    for path in sorted(plan.texts):
        sys.stdout.writelines(diff.unified(_text(session, path) or "", plan.texts[path], f"a/{path}", f"b/{path}"))
    would = f"{_number(len(plan.applied), 'finding')} would be fixed in {_number(len(plan.texts), 'file')}"
    _tell_left(session, findings)
    click.echo(_sentence(would if plan.applied else "nothing would change", _more(session, findings)), err=True)
    return 1 if plan.texts or _errors(findings) else 0


# --- pass after pass -----------------------------------------------------------------------------------------------


def _mend(session: _Session, findings: list[Finding]) -> int:
    for _ in range(_PASSES):
        refused = {finding.fingerprint for finding in session.undone}
        wanted = [finding for finding in findings if finding.fingerprint not in refused]
        plan = next((plan for plan in _plans(session, wanted) if plan.applied), None)
        if plan is None:
            break
        findings = _pass(session, plan, findings)
    _tell(session, findings)
    return 1 if _errors(findings) else 0


def _pass(session: _Session, plan: fix.Plan, before: list[Finding]) -> list[Finding]:
    """Write one plan and look again; what did not help, or broke a text or a build, is taken back."""
    originals = {path: _read(path) for path in plan.texts}
    unreadable = _unreadable(plan.texts)
    bad = _guilty([finding for finding in plan.applied if unreadable.intersection(fix.edited(finding))])
    if not bad:
        built = _built(session, plan)
        _write_all({path: text.encode() for path, text in plan.texts.items()})
        after = _look(session)
        bad = [*fix.unhelpful(plan.applied, before, after), *_breaking(plan, before, after)]
        bad += plan.applied if built != _built(session, plan) else []
        if not bad:
            session.unbuilt |= {shown(root) for root in session.proofs.unbuilt(_kept(plan))}
            session.fixed += plan.applied
            return after
        _write_all(originals)
        session.proofs = unchanged.Proofs(_around(session.paths))
    session.undone += dict.fromkeys(bad)
    return before


def _built(session: _Session, plan: fix.Plan) -> dict[Path, str]:
    """What the roots build to that read the files changed by fixes after which they have to build to the same."""
    files = _kept(plan)
    return session.proofs.built(files) if files else {}


def _kept(plan: fix.Plan) -> list[Path]:
    """The files of fixes after which everything has to build to the same."""
    return [real(Path(path)) for finding in plan.applied if _keeps(finding) for path in fix.edited(finding)]


def _unreadable(texts: dict[str, str]) -> set[str]:
    return {path for path, text in texts.items() if _breaks(_read(path), text, path)}


def _breaks(before: bytes, after: str, path: str) -> bool:
    """Whether a text that could be read cannot be after the change: the field's right name stands there already."""
    return not reader.read(before, path).problems and bool(reader.read(after.encode(), path).problems)


def _breaking(plan: fix.Plan, before: list[Finding], after: list[Finding]) -> list[Finding]:
    """The fixes that may be why a root builds no longer."""
    failed = {finding.fingerprint for finding in after if finding.rule == "build-failed"}
    return _guilty(plan.applied) if failed - {finding.fingerprint for finding in before} else []


def _guilty(suspects: Sequence[Finding]) -> list[Finding]:
    """Whose fixes are taken back where one of several did harm: those that are not safe, all if each is."""
    unsafe = [finding for finding in suspects if finding.fix is not None and not finding.fix.safe]
    return unsafe or list(suspects)


# --- files ---------------------------------------------------------------------------------------------------------


def _text(session: _Session, path: str) -> str | None:
    """What a file says; None where it is not ours to edit: generated, a link, or not UTF-8."""
    if Path(path).is_symlink() or session.generated.holds(real(Path(path))):
        return None
    try:
        return _read(path).decode()
    except (UnicodeDecodeError, ToolError):
        return None


def _read(path: str) -> bytes:
    try:
        return bytes_of(Path(path))
    except OSError as error:
        raise ToolError(f"{path}: cannot be read: {error.strerror}") from error


def _write_all(texts: dict[str, bytes]) -> None:
    """Each file whole, or not at all, with the permissions it had."""
    for path, raw in texts.items():
        try:
            whole_file.put(Path(path), raw, keep_mode=True)
        except OSError as error:
            raise ToolError(f"{path}: cannot be written: {error.strerror or error}") from error


# --- words ---------------------------------------------------------------------------------------------------------


def _tell(session: _Session, findings: list[Finding]) -> None:
    for finding in sorted(session.fixed, key=lambda finding: finding.sort_key):
        click.echo(f"{finding.location}: fixed [{finding.rule}] {_title(finding)}")
    for finding in session.undone:
        click.echo(f"{finding.location}: taken back [{finding.rule}] {_title(finding)}: it did not help")
    _tell_left(session, findings)
    files = len({path for finding in session.fixed for path in fix.edited(finding)})
    done = f"{_number(len(session.fixed), 'finding')} fixed in {_number(files, 'file')}"
    left = sum(finding.severity >= Severity.ERROR for finding in findings)
    remain = f"{_number(left, 'error')} left; see `kataform check`" if left else ""
    click.echo(_sentence(done if session.fixed else "nothing was fixed", _more(session, findings), remain), err=True)


def _tell_left(session: _Session, findings: list[Finding]) -> None:
    """What was not fixed although it could be, and why; and which roots were no proof."""
    there = {finding.fingerprint for finding in findings}
    for fingerprint, (finding, reason) in session.left.items():
        if fingerprint in there:
            click.echo(f"{finding.location}: left [{finding.rule}] {_title(finding)}: {reason}", err=True)
    for finding in findings if session.unsafe else ():
        if finding.rule == deprecated_field.RULE.name and finding.fix is None:
            click.echo(f"{finding.location}: left [{finding.rule}] {finding.message}: {finding.remedy}", err=True)
    if session.unbuilt:
        names = ", ".join(sorted(session.unbuilt))
        click.echo(f"not compared, as they do not build: {names}", err=True)
    for folder, broken in session.generated.closed.items():
        what = f"nothing in {shown(folder)} is fixed, as it may be generated: the lock {broken.reason}"
        click.echo(f"{broken.location}: {what}; {broken.remedy}", err=True)


def _title(finding: Finding) -> str:
    return finding.fix.title if finding.fix is not None else ""


def _more(session: _Session, findings: list[Finding]) -> str:
    """What `--unsafe` would do beside."""
    unsafe = sum(f.fix is not None and not f.fix.safe for f in findings) if not session.unsafe else 0
    return f"{_number(unsafe, 'fix', 'fixes')} more with --unsafe" if unsafe else ""


def _errors(findings: list[Finding]) -> bool:
    return any(finding.severity >= Severity.ERROR for finding in findings)


def _sentence(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _number(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
