"""`kataform policy`: try policies on their cases, lint them, export them for a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from kataform import catalogue, policies, project, whole_file
from kataform.compatibility import stated_target
from kataform.errors import InputError
from kataform.finding import Finding, Severity
from kataform.overlays import catalogue_at
from kataform.policies import Pack, cases, export, lint
from kataform.project import shown


def run_test(paths: tuple[str, ...]) -> int:
    """Exit code 1 where a case comes out otherwise, or a file has errors. Raises InputError without policies."""
    folders = _folders(paths)
    pack = _pack(folders)
    tried, wrong = cases.read(folders)
    params = catalogue.policy_params(catalogue_at(Path()))
    findings = [*pack.problems, *wrong, *cases.check(pack, tried, params)]
    failed = {finding.location for finding in findings if finding.rule == "case-failed"}
    counted = f"{_count(len(pack.rules), 'policy', 'policies')}, {_count(len(tried), 'case', 'cases')}"
    return _report(findings, f"{counted}: {len(failed)} failed")


def run_lint(paths: tuple[str, ...], *, targets: tuple[str, ...]) -> int:
    """Exit code 1 where a policy is wrong for a target. Raises InputError without policies."""
    pack = _pack(_folders(paths))
    known = catalogue_at(Path())
    target = stated_target(targets, known)
    servers = [_minor(found) for found in target.kubernetes]
    findings = [*pack.problems]
    for rule in pack.rules:
        findings += lint.lint(rule, servers, target.operator, known.openshift_of)
    return _report(findings, _count(len(pack.rules), "policy", "policies"))


def run_export(folder: str, paths: tuple[str, ...], *, targets: tuple[str, ...]) -> int:
    """Exit code 1 where a policy is wrong for a target. Raises InputError where nothing may be written."""
    pack = _pack(_folders(paths))
    known = catalogue_at(Path())
    servers = [_minor(found) for found in stated_target(targets, known).kubernetes]
    _refuse_older(servers)
    findings = [*pack.problems]
    for rule in pack.rules:
        findings += lint.too_new(rule, servers, known.openshift_of) if not rule.overlay else ()
    if any(finding.severity >= Severity.ERROR for finding in findings):
        return _report(findings, "nothing was exported")
    written = export.files(pack, catalogue.policy_params(known))
    _write(Path(folder), written)
    for name in export.left_out(pack):
        click.echo(f"left out: {name} is an OverlayPolicy, which looks at more than a cluster shows a policy")
    click.echo(f"{shown(Path(folder))}: {_count(len(written), 'file', 'files')}; oc apply -k {shown(Path(folder))}")
    return 0


def _refuse_older(servers: list[tuple[int, int]]) -> None:
    if servers and min(servers) < lint.OLDEST:
        major, minor = min(servers)
        raise InputError(
            f"Kubernetes {major}.{minor} has no ValidatingAdmissionPolicy of v1; 1.30 (OpenShift 4.17) is the first"
        )


def _write(folder: Path, written: dict[str, str]) -> None:
    """Write the files, and remove those of an earlier export. Raises InputError where a file is somebody else's."""
    present = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in present:
        if not path.is_file() or not path.read_bytes().startswith(export.HEADER.encode()):
            raise InputError(f"{shown(path)}: this was not exported; name a folder that is new or empty")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{shown(folder)}: {error.strerror}") from None
    for name, text in written.items():
        whole_file.write(folder / name, text)
    for path in present:
        if path.name not in written:
            path.unlink()


def _minor(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


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
