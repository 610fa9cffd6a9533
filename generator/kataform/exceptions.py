"""Accepted findings that admission will refuse all the same, and the condition that makes an exception hold there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kataform.finding import Finding, Severity
from kataform.ignores import Ignore
from kataform.policies import Pack


def still_denied(accepted: Iterable[Ignore], pack: Pack) -> Iterator[Finding]:
    """One note for each ignore and each policy whose binding denies what the ignore accepts."""
    for ignore in accepted:
        for name in sorted(ignore.used):
            rule = pack.rule(name)
            if rule is None or rule.overlay or rule.severity is not Severity.ERROR:
                continue
            objects = sorted({finding.resource for finding in ignore.taken if finding.rule == name})
            message = (
                f"{name} is accepted here, but its binding denies: a cluster with this policy still refuses "
                f"{', '.join(objects)}"
            )
            condition = f'- {{name: accepted, expression: "{" && ".join(map(_other_than, objects))}"}}'
            remedy = f"for an exception in both places, add to the policy's matchConditions: {condition}"
            yield Finding("ignore-still-denied", Severity.INFO, message, ignore.place, remedy)


def _other_than(title: str) -> str:
    """The expression that is false for one object alone, which `title` names as findings do."""
    kind, *namespace, name = title.split("/")
    parts = [f"object.kind != {_quoted(kind)}", f"object.metadata.?name.orValue('') != {_quoted(name)}"]
    parts += [f"object.metadata.?namespace.orValue('') != {_quoted(one)}" for one in namespace]
    return f"({' || '.join(parts)})"


def _quoted(text: str) -> str:
    """A CEL string within a YAML string in double quotes."""
    return "'" + text.replace("\\", "").replace("'", "").replace('"', "") + "'"
