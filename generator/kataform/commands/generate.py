"""Render specs to disk, to standard output, or compare them with what is there."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kataform import apply, project, tree, turn
from kataform.commands import report_problems
from kataform.finding import Finding, Location, Severity
from kataform.overlays import Overlays
from kataform.project import LOCK, Project, shown
from kataform.render import stream
from kataform.text import diff


def run(
    overlays: tuple[str, ...] = (),
    *,
    directory: str = ".",
    check: bool = False,
    stdout: bool = False,
    hook: bool = False,
) -> int:
    """Exit code: 0 done, 1 for problems in specs, files in the way, drift under `check`, or a hook that wrote."""
    found = project.require(Path(directory))
    if check or stdout:
        return _run(found, overlays, check=check, stdout=stdout, hook=hook)
    with turn.of(found.root, waiting=_tell_waiting):
        # Looked for again: the run before may have been waited for.
        return _run(project.require(found.root), overlays, check=False, stdout=False, hook=hook)


def _tell_waiting() -> None:
    click.echo("waiting for another kataform that writes here", err=True)


def _run(found: Project, overlays: tuple[str, ...], *, check: bool, stdout: bool, hook: bool) -> int:
    folders = project.select(found, overlays)
    loaded = Overlays(found)
    findings = [] if overlays else [_linked(path) for path in project.linked(found)]
    plans: list[tree.Plan] = []
    names = list(folders) if stdout else loaded.with_parents(folders)
    for name in names:
        overlay = loaded.get(name)
        findings += overlay.findings
        if overlay.rendering is None:
            continue
        if stdout:
            sys.stdout.write(stream(overlay.rendering))
        else:
            plans.append(tree.plan(overlay.rendering))
    unreadable = any(finding.severity >= Severity.ERROR for finding in findings)
    left = project.abandoned(found) if not overlays and not stdout else []
    if not unreadable:
        plans += map(tree.abandoned, left)
    for plan in plans:
        findings += plan.foreign or tree.left_behind(plan)
    broken = report_problems(findings)
    if unreadable and left:
        where = ", ".join(map(shown, left))
        click.echo(f"not cleared while a spec has errors, which may belong there: {where}", err=True)
    if stdout:
        return 1 if broken else 0
    return _compare(plans, broken) if check else _write(plans, len(names), broken, hook)


def _linked(path: Path) -> Finding:
    message = "is a symbolic link to a folder with a spec, and links are not followed"
    return Finding("file-in-the-way", Severity.WARNING, message, Location(shown(path)), "put the folder itself there")


def _write(plans: list[tree.Plan], wanted: int, broken: bool, hook: bool) -> int:
    written = []
    doing = [plan for plan in plans if not plan.foreign]
    apply.every(doing)
    for plan in doing:
        written += [shown(plan.folder / name) for name in plan.changed if name != LOCK or plan.changed == (LOCK,)]
    for path in written:
        click.echo(path)
    done = sum(not plan.foreign and not plan.abandoned for plan in plans)
    if done:
        changed = f"{_count(len(written), 'file')} changed" if written else "nothing to change"
        click.echo(f"generated {_count(done, 'overlay')}: {changed}", err=True)
    if done < wanted:
        click.echo(f"not generated: {_count(wanted - done, 'overlay')}; nothing there was touched", err=True)
    return 1 if broken or (hook and written) else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _compare(plans: list[tree.Plan], broken: bool) -> int:
    drifted = False
    for plan in plans:
        for name in plan.changed:
            drifted = True
            sys.stdout.write(_difference(plan, name))
    if drifted:
        count = sum(len(plan.changed) for plan in plans)
        click.echo(f"{_count(count, 'file')} out of date; run `kataform generate`", err=True)
    elif not broken:
        click.echo(f"{_count(len(plans), 'overlay')} up to date", err=True)
    return 1 if broken or drifted else 0


def _difference(plan: tree.Plan, name: str) -> str:
    """A unified diff from what is on disk to what would be written, like git's."""
    path = plan.folder / name
    try:
        old = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        old = ""
    label = shown(path)
    before = f"a/{label}" if old else "/dev/null"
    after = f"b/{label}" if name in plan.writes else "/dev/null"
    return "".join(diff.unified(old, plan.writes.get(name, ""), before, after))
