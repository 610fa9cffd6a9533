"""One module per verb, each with `run(...) -> int`; what several of them say the same way stands here."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kataform import fold
from kataform.finding import Finding, Severity


def report_problems(findings: Iterable[Finding]) -> bool:
    """Print findings to standard error, one line each and each once; says whether any is an error."""
    unique = fold.gather(set(findings))
    for finding in unique:
        remedy = f"; {finding.remedy}" if finding.remedy else ""
        click.echo(f"{finding.location}: {finding.severity.label}[{finding.rule}] {finding.message}{remedy}", err=True)
    return any(finding.severity >= Severity.ERROR for finding in unique)
