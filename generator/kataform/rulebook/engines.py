"""What each reader makes of the scalar that a rule is about, asked of the readings themselves and not written down."""

from __future__ import annotations

import re
from dataclasses import replace

from kataform.rule import Rule, files
from kataform.text.resolve import Dialect, Refused, resolve

_KINDS = {bool: "the boolean", int: "the number", float: "the number", str: "the string", type(None): "null,"}


def with_readings(rule: Rule) -> Rule:
    """The rule with what each reader makes of the value that its failing example has and its passing one quotes."""
    text = _scalar(rule)
    kustomize, kubectl = (_reading(text, dialect) for dialect in (Dialect.KUSTOMIZE, Dialect.KUBECTL))
    said = (
        f"to kustomize, in resources and patches ({Dialect.KUSTOMIZE.value}), `{text}` is {kustomize}; to kubectl, "
        f"Argo CD and Flux ({Dialect.KUBECTL.value}) {kubectl}; the API server takes only a string"
    )
    return replace(rule, engines=said)


def _scalar(rule: Rule) -> str:
    passing = files(rule.passing)
    for path, wrong in files(rule.failing).items():
        for line, right in zip(wrong.splitlines(), passing[path].splitlines(), strict=True):
            if line != right:
                found = re.search(r"[^ ]+$", line)
                return found.group() if found else ""
    raise ValueError(f"{rule.name}: its examples do not differ in a value")


def _reading(text: str, dialect: Dialect) -> str:
    try:
        value = resolve(text, dialect)
    except Refused:
        return "nothing and refuses the file"
    shown = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return f"{_KINDS.get(type(value), 'the value')} {shown}"
