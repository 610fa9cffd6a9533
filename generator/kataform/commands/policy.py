"""`kataform policy`: try policies on their cases, lint them, export them for a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kataform import catalogue, policies, policy_scope, project, whole_file
from kataform.commands import output
from kataform.compatibility import stated_target
from kataform.errors import InputError
from kataform.finding import Finding, Location, Severity
from kataform.overlays import catalogue_at
from kataform.policies import Pack, cases, export, lint
from kataform.policy_scope import Asked, Group
from kataform.project import shown
from kataform.report.outputs import Output, parse_outputs
from kataform.report.result import Result
from kataform.subject import Target
from kataform.text import reader
from kataform.version import Version

_OLDEST = ".".join(map(str, lint.OLDEST))
_MOST = 5  # names of overlays in a sentence


def run_test(paths: tuple[str, ...], *, outputs: tuple[str, ...] = ()) -> int:
    """Exit code 1 where a case comes out otherwise, or a file has errors. Raises InputError without policies."""
    wanted = parse_outputs(outputs)
    asked = _asked(paths)
    findings = [*asked.missing]
    tried: dict[Location, cases.Case] = {}
    for group in asked.groups:
        found, wrong = cases.read(group.folders)
        params = catalogue.policy_params(group.catalogue)
        findings += [*group.pack.problems, *wrong, *cases.check(group.pack, found, params)]
        tried |= {case.at(): case for case in found}
    failed = {finding.location for finding in findings if finding.rule == "case-failed"}
    counted = f"{_rules(asked)}, {_count(len(tried), 'case', 'cases')}: {len(failed)} failed"
    return _report(asked, findings, counted, wanted, cases.secret_lines(tried.values()))


def run_lint(paths: tuple[str, ...], *, targets: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> int:
    """Exit code 1 where a policy is wrong for a target. Raises InputError without policies."""
    wanted = parse_outputs(outputs)
    asked = _asked(paths)
    findings = [*asked.missing]
    judged: list[Target] = []
    for group in asked.groups:
        stated = stated_target(targets, group.catalogue)
        judged.append(stated if targets else group.target)
        findings += [*group.pack.problems, *_doubtful(group, judged[-1])]
    older = () if targets else tuple(dict.fromkeys(name for group in asked.groups for name in group.older))
    notes = (
        (f"policies decide only at commit for clusters before Kubernetes {_OLDEST}: {_listed(older)}",) if older else ()
    )
    return _report(asked, findings, f"{_rules(asked)}{_versions(judged)}", wanted, notes=notes)


def _doubtful(group: Group, target: Target) -> Iterator[Finding]:
    """What lint finds; where a policy is too new, the overlays that are for the oldest server are related."""
    servers = [_minor(found) for found in target.kubernetes]
    because = tuple(group.asking_for(min(target.kubernetes, key=_minor))) if servers else ()
    for rule in group.pack.rules:
        for finding in lint.lint(rule, servers, target.operator, group.catalogue.openshift_of):
            yield replace(finding, related=because) if finding.rule == lint.TOO_NEW else finding


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
        return _report(Asked(()), findings, "nothing was exported", parse_outputs(()))
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


def _asked(paths: tuple[str, ...]) -> Asked:
    """What is asked for. Raises InputError where it is no policy."""
    asked = policy_scope.find(_present(paths))
    if not any(group.pack.rules or group.pack.problems for group in asked.groups) and not asked.missing:
        raise _nothing(folder for group in asked.groups for folder in group.folders)
    return asked


def _folders(paths: tuple[str, ...]) -> list[Path]:
    """The paths, else the policies of the project, else the working folder."""
    if paths:
        return [*_present(paths)]
    found = project.find(Path())
    own = found.root / "policies" if found is not None else Path("policies")
    return [own if own.is_dir() else Path()]


def _present(paths: tuple[str, ...]) -> tuple[Path, ...]:
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"{shown(path)}: no such file or folder")
    return tuple(map(Path, paths))


def _pack(folders: list[Path]) -> Pack:
    pack = policies.load(folders)
    if not pack.rules and not pack.problems:
        raise _nothing(folders)
    return pack


def _nothing(folders: Iterable[Path]) -> InputError:
    return InputError(f"no policy in {', '.join(map(shown, folders))}")


def _report(
    asked: Asked,
    findings: Iterable[Finding],
    covered: str,
    wanted: Sequence[Output],
    secret_lines: Mapping[str, frozenset[int]] | None = None,
    notes: tuple[str, ...] = (),
) -> int:
    unique = tuple(sorted(set(findings), key=lambda finding: finding.sort_key))
    broken = [
        f"{name} has errors in its spec, so nothing is known of it; `kataform check` tells" for name in asked.unknown
    ]
    result = Result(unique, notes=(*broken, *notes), covered=covered)
    output.write(result, wanted, "auto", _lines, secret_lines or {})
    return 1 if any(finding.severity >= Severity.ERROR for finding in unique) else 0


def _lines(path: str) -> Sequence[str]:
    return reader.read(Path(path).read_bytes(), path).text.splitlines()


def _rules(asked: Asked) -> str:
    places = {(rule.manifest.path, rule.manifest.number) for group in asked.groups for rule in group.pack.rules}
    return _count(len(places), "policy", "policies")


def _versions(targets: Iterable[Target]) -> str:
    """What policies were judged for, in words: ` for Kubernetes 1.30, 1.31 and operator 1.9.0`."""
    known = [*targets]
    kubernetes = _span({found for target in known for found in target.kubernetes} or {_OLDEST}, _minor)
    operators = {found for target in known for found in target.operator}
    operator = f" and operator {_span(operators, Version.parse)}" if operators else ""
    return f" for Kubernetes {kubernetes}{operator}"


def _span(versions: Iterable[str], key: Callable[[str], Any]) -> str:
    first, *more = sorted(versions, key=key)
    return f"{first} to {more[-1]}" if more else first


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
