"""generated-name-suffix: a generator adds a hash to a name that the operator looks up as it is.

The operator reads `peer-pods-cm` and its like by name, in code that no kustomize rewrites: `peer-pods-cm-7h2k9d5bf4`
is never found, and nothing reports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.finding import Finding, Severity
from kataform.kustomization import Kustomization
from kataform.rule import Rule

_EXAMPLE = "configMapGenerator:\n- name: peer-pods-cm\n  literals:\n  - VXLAN_PORT=9000\n"
RULE = Rule(
    "generated-name-suffix",
    "A generator adds a hash to a name that the operator looks up as it is.",
    why="The operator reads it by name, in code that no kustomize rewrites: what is named `peer-pods-cm-7h2k9d5bf4` is "
    "never found, and nothing reports it.",
    remedy="add `options: {disableNameSuffixHash: true}` to the generator",
    failing={"kustomization.yaml": _EXAMPLE},
    passing={"kustomization.yaml": f"{_EXAMPLE}  options:\n    disableNameSuffixHash: true\n"},
)
_LOOKED_UP = {
    "configMapGenerator": ("peer-pods-cm", "osc-feature-gates", "layered-image-deploy-cm"),
    "secretGenerator": ("peer-pods-secret", "ssh-key-secret", "auth-json-secret"),
}


def check(found: Kustomization) -> Iterator[Finding]:
    """A finding for each generator of such a name that leaves the hash on, at the name."""
    body = found.body or {}
    for field, names in _LOOKED_UP.items():
        entries = body.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("name") if isinstance(entry, dict) else None
            written = found.under(field, index, "name")
            if name in names and written is not None and not _without_hash(body, entry):
                message = f"{name} gets a hash behind its name, and the operator looks for {name} alone"
                remedy = "add `options: {disableNameSuffixHash: true}`"
                yield Finding(RULE.name, Severity.ERROR, message, written.place, remedy)


def _without_hash(body: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether the hash is off, for this generator or for all; merging into what exists keeps that one's name."""
    options = (resource.get(entry, ("options",)), body.get("generatorOptions"))
    off = any(isinstance(one, dict) and one.get("disableNameSuffixHash") is True for one in options)
    return off or entry.get("behavior") in ("merge", "replace")
