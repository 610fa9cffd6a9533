"""Check overlays, kustomizations and manifests, and report what is wrong at its line."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from kataform import answers, definitions, settings
from kataform import cache as caches
from kataform import scope as scopes
from kataform.catalogue import load
from kataform.check import Checked, Options, before, check
from kataform.commands import output
from kataform.compatibility import stand_ins, stated_target
from kataform.errors import InputError
from kataform.finding import Finding, Severity
from kataform.kustomization import Graph
from kataform.overlays import catalogue_at
from kataform.project import shown
from kataform.report.outputs import Output, parse_outputs
from kataform.report.result import Counts, Result, number
from kataform.text import reader

_NEVER = Severity.ERROR + 1


def run(
    paths: tuple[str, ...] = (),
    *,
    build: bool = False,
    kubeconform: bool = False,
    targets: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    fail_on: str = "error",
    color: str = "auto",
    stdin_filename: str | None = None,
    baseline: str | None = None,
    changed: str | None = None,
    base: str | None = None,
    policies: tuple[str, ...] = (),
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    crds: tuple[str, ...] = (),
    cache: bool = True,
    hook: bool = False,
    question: answers.Question | None = None,
) -> int:
    """Exit code: 0 clean, 1 findings at or above `fail_on`. Raises InputError where there is nothing to check.

    Where only what changed is asked for (`hook`, `changed`), nothing to check is 0. The answer is kept for `question`.
    """
    wanted = parse_outputs(outputs)
    if question is not None:
        question.watch()
    known = _baseline(baseline) if baseline is not None else None
    known_releases = catalogue_at(Path()) if targets else load()
    target = stated_target(targets, known_releases)
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    own = _policies(policies)
    chosen = settings.read(Path.cwd(), select=select, ignore=ignore)
    kept = caches.known() if cache and not build else None
    options = Options(build, target, today, cache=kept, policies=own, settings=chosen)
    graph = Graph()
    options = replace(options, crds=definitions.files(graph, map(Path, crds)))
    streams = _streams(paths, stdin_filename)
    found = _scope(paths, graph, changed=changed, hook=hook, streams=bool(streams))
    partial = hook or changed is not None
    if found.empty and not streams:
        if partial:
            return _nothing_changed(changed)
        where = ", ".join(paths) or "here"
        raise InputError(f"nothing to check: no spec, kustomization or Kubernetes manifest in {where}")
    if base is None:
        checked = check(found, graph, options, streams)
    else:
        checked = _check_change(found, graph, options, streams, base, paths, whole=not partial)
    checked.notes += stand_ins(target, known_releases)
    counts = _second_opinion(checked, chosen) if kubeconform else None
    if not checked.subjects and not checked.findings and not partial:
        raise InputError(f"nothing to check: no Kubernetes object in {', '.join(paths) or 'here'}")
    if known is not None:
        _leave_known(checked, known)
    text = _report(checked, counts, wanted, color, quiet=hook and not checked.findings)
    code = _exit_code(checked.findings, fail_on)
    if question is not None and all(output.file is None for output in wanted) and checked.complete:
        owned = (project.root / "policies" for project, _ in found.overlays)
        question.looked_for((*paths, *graph.looked_for, *graph.outside, *checked.looked_for))
        question.looked_for((*owned, *settings.places(Path.cwd())))
        question.keep(answers.Answer(text, code))
    return code


def _check_change(
    found: scopes.Scope,
    graph: Graph,
    options: Options,
    streams: list[reader.Source],
    base: str,
    paths: tuple[str, ...],
    *,
    whole: bool,
) -> Checked:
    """Judge what becomes of the objects of a revision, whose files are in a temporary folder meanwhile."""
    import tempfile

    from kataform import git

    if streams:
        raise InputError("--base is about files; it cannot be told of standard input")
    here = Path.cwd().resolve()
    with tempfile.TemporaryDirectory(prefix="kataform-") as folder:
        there = Path(folder).resolve() / "tree"
        there.mkdir()
        top = git.extract(here, base, there)
        chosen = [Path(path).resolve() for path in paths] or [here]
        outside = [path for path in chosen if not path.is_relative_to(top)]
        if outside:
            raise InputError(f"{shown(outside[0])}: --base knows only what is in the repository")
        before_paths = [there / path.relative_to(top) for path in chosen]
        if not paths:
            before_paths = list(scopes.default_paths(before_paths[0]))
        old_graph = Graph()
        old_scope = scopes.discover([path for path in before_paths if path.exists()], old_graph)
        known = before(old_scope, old_graph, options, there, whole=whole)
        return check(found, graph, options, streams, (known, top))


def _policies(paths: tuple[str, ...]) -> tuple[Path, ...]:
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"{shown(path)}: no such file or folder")
    return tuple(map(Path, paths))


def _streams(paths: tuple[str, ...], name: str | None) -> list[reader.Source]:
    if "-" not in paths:
        return []
    if sys.stdin is None or sys.stdin.isatty():
        kind = "a terminal" if sys.stdin is not None else "closed"
        raise InputError(f"-: standard input is {kind}; pipe manifests into it")
    return [reader.read(sys.stdin.buffer.read(), name or "<stdin>")]


def _nothing_changed(revision: str | None) -> int:
    if revision is not None:
        click.echo(f"nothing to check: no manifest has changed since {revision}", err=True)
    return 0


def _scope(paths: tuple[str, ...], graph: Graph, *, changed: str | None, hook: bool, streams: bool) -> scopes.Scope:
    if "" in paths:
        raise InputError("a path is empty; is a variable unset?")
    files = tuple(Path(path) for path in paths if path != "-")
    if changed is not None:
        from kataform import git

        if streams:
            raise InputError("--changed is about files; it cannot be told of standard input")
        return scopes.affected(git.changed(Path.cwd(), changed), files or scopes.default_paths(Path.cwd()), graph)
    if hook and files:
        return scopes.affected((path for path in files if path.exists()), (Path.cwd(),), graph)
    if not files and streams:
        return scopes.Scope()
    return scopes.discover(files or scopes.default_paths(Path.cwd()), graph)


def _second_opinion(checked: Checked, chosen: settings.Settings) -> Counts | None:
    from kataform import kubeconform

    counts, findings = kubeconform.second_opinion(checked.subjects, checked.crds)
    told = chosen.told(findings)
    checked.findings = sorted([*checked.findings, *told], key=lambda finding: finding.sort_key)
    return counts


def _baseline(file: str) -> Counter[str]:
    from kataform import baseline

    return baseline.read(Path(file))


def _leave_known(checked: Checked, known: Counter[str]) -> None:
    """Only what is new stays in the report; how much was known is said, and when the baseline can shrink."""
    from kataform import baseline

    compared = baseline.compare(checked.findings, known)
    checked.findings = list(compared.new)
    if compared.known:
        checked.notes.append(f"{number(compared.known, 'finding')} of the baseline not shown")
    if compared.gone:
        gone = f"{number(compared.gone, 'finding')} of the baseline no longer there; write it anew to keep it so"
        checked.notes.append(gone)


def _report(checked: Checked, counts: Counts | None, wanted: Sequence[Output], color: str, *, quiet: bool) -> str:
    """Write the reports; what goes to standard output is returned, too."""
    if quiet:
        return ""
    result = Result(
        tuple(checked.findings),
        objects_checked=len(checked.subjects),
        objects_total=len(checked.subjects) + checked.left_out,
        overlays=checked.overlays,
        files=checked.files,
        others=checked.others,
        notes=tuple(checked.notes),
        kubeconform=counts,
    )

    def lines(path: str) -> Sequence[str] | None:
        source = checked.sources.get(path)
        return source.text.splitlines() if source is not None else None

    return output.write(result, wanted, color, lines, checked.secret_lines)


def _exit_code(findings: list[Finding], fail_on: str) -> int:
    threshold = _NEVER if fail_on == "never" else Severity[fail_on.upper()]
    return 1 if any(finding.severity >= threshold for finding in findings) else 0
