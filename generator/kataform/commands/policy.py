"""`kataform policy`: try policies on their cases, lint them, export them for a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from kataform import catalogue, policies, project
from kataform.errors import InputError
from kataform.finding import Finding, Severity
from kataform.policies import Pack, cases
from kataform.project import shown


def run_test(paths: tuple[str, ...]) -> int:
    """Exit code 1 where a case comes out otherwise, or a file has errors. Raises InputError without policies."""
    folders = _folders(paths)
    pack = _pack(folders)
    tried, wrong = cases.read(folders)
    params = catalogue.policy_params(catalogue.load())
    findings = [*pack.problems, *wrong, *cases.check(pack, tried, params)]
    failed = {finding.location for finding in findings if finding.rule == "case-failed"}
    counted = f"{_count(len(pack.rules), 'policy', 'policies')}, {_count(len(tried), 'case', 'cases')}"
    return _report(findings, f"{counted}: {len(failed)} failed")


def _folders(paths: tuple[str, ...]) -> list[Path]:
    """The paths, else the policies of the project, else the working folder."""
    if not paths:
        found = project.find(Path())
        own = found.root / "policies" if found is not None else Path("policies")
        return [own if own.is_dir() else Path()]
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"{shown(path)}: no such file or folder")
    return [Path(path) for path in paths]


def _pack(folders: list[Path]) -> Pack:
    pack = policies.load(folders)
    if not pack.rules and not pack.problems:
        raise InputError(f"no policy in {', '.join(map(shown, folders))}")
    return pack


def _report(findings: Iterable[Finding], summary: str) -> int:
    unique = sorted(set(findings), key=lambda finding: finding.sort_key)
    for finding in unique:
        remedy = f"; {finding.remedy}" if finding.remedy else ""
        click.echo(f"{finding.location}: {finding.severity.label}[{finding.rule}] {finding.message}{remedy}")
    click.echo(summary)
    return 1 if any(finding.severity >= Severity.ERROR for finding in unique) else 0


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
