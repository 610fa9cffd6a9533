"""Findings that are known from an earlier report: a repository that is not clean yet is judged by what is new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kataform.errors import InputError
from kataform.finding import Finding
from kubecel.records import dataclass

_API_GROUP = "kataform.dev/"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is new, how many of the known findings are still there, and how many are not."""

    new: tuple[Finding, ...]
    known: int
    gone: int


def read(path: Path) -> Counter[str]:
    """How often a report in JSON, written by `check -o json=FILE`, has each fingerprint.

    Raises InputError where the file cannot be read or is something else.
    """
    remedy = "write it with `kataform check -o json=FILE`"
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: the baseline cannot be read: {error.strerror}; {remedy}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: the baseline is not JSON; {remedy}") from error
    findings = body.get("findings") if isinstance(body, dict) else None
    if not isinstance(findings, list) or not str(body.get("apiVersion")).startswith(_API_GROUP):
        raise InputError(f"{path}: the baseline is not a report of kataform; {remedy}")
    return Counter(str(one.get("fingerprint")) for one in findings if isinstance(one, dict))


def compare(findings: Iterable[Finding], known: Counter[str]) -> Compared:
    """The findings that the baseline does not have; of equal ones as many are known as it counts."""
    left = Counter(known)
    new = []
    for finding in findings:
        if left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
        else:
            new.append(finding)
    gone = sum(left.values())
    return Compared(tuple(new), sum(known.values()) - gone, gone)
