"""secret-in-git: a Secret whose values stand in the repository, as data, stringData or literals of a generator.

Whoever can read the repository, a clone or its history has them, and base64 hides nothing. What SOPS has encrypted is
left alone, and so are empty values and placeholders that something fills in when it applies them: `<path:...>` of
argocd-vault-plugin, `${NAME}` of Flux. No message shows a value.
https://kubernetes.io/docs/concepts/security/secrets-good-practices/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from kataform import resource
from kataform.finding import Finding, Location, Severity, listed, pointer
from kataform.kustomization import Kustomization, Written
from kataform.rule import Rule
from kataform.text import reader

_EXAMPLE = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: {}\n"
RULE = Rule(
    "secret-in-git",
    "Values of a Secret in clear, as data, as stringData or as literals of a generator; what SOPS encrypted and "
    "placeholders are left alone.",
    Severity.WARNING,
    why="Whoever can read the repository, a clone or its history has them, and base64 hides nothing.",
    remedy="keep it in a vault and commit an ExternalSecret or a SealedSecret; it is in the history, so change it, too",
    failing=_EXAMPLE.format("secret"),
    passing=_EXAMPLE.format("${PASSWORD}"),
    source="https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
)
_REMEDY = "keep it in a vault and commit an ExternalSecret or a SealedSecret; it is in the history, so change it, too"
_PLACEHOLDER = re.compile(r"\s*(<[^<>]*>|\$\{[^{}]*\}|\$\([^()]*\))\s*")


def check(written: Written, body: dict[str, object]) -> Iterator[Finding]:
    """A finding for a Secret with values in clear, at the first of them."""
    if (body.get("apiVersion"), body.get("kind")) != ("v1", "Secret") or "sops" in body:
        return
    clear = [
        (field, name)
        for field in ("data", "stringData")
        if isinstance(values := body.get(field), dict)
        for name, value in values.items()
        if isinstance(value, str) and not _is_placeholder(value, encoded=field == "data")
    ]
    if clear:
        found = reader.find(written.node, tuple(map(str, clear[0])))
        title = resource.title(body)
        yield _finding([str(name) for _, name in clear], written.at(found.key or found.node), title, pointer(clear[0]))


def check_generators(found: Kustomization) -> Iterator[Finding]:
    """A finding for each secretGenerator of a kustomization with literals in clear, at the first of them."""
    generators = (found.body or {}).get("secretGenerator")
    for index, entry in enumerate(generators if isinstance(generators, list) else ()):
        literals = entry.get("literals") if isinstance(entry, dict) else None
        pairs = [str(each).partition("=") for each in literals] if isinstance(literals, list) else []
        clear = [at for at, (_, _, value) in enumerate(pairs) if not _is_placeholder(value.strip("'\""), encoded=False)]
        written = found.under("secretGenerator", index, "literals", clear[0]) if clear else None
        if written is not None:
            title = f"Secret {entry.get('name') or ''}".strip()
            yield _finding([pairs[at][0] for at in clear], written.place, title, "")


def _is_placeholder(value: str, *, encoded: bool) -> bool:
    """Whether a value is empty or stands for one that comes later, be it in base64."""
    if not value.strip() or _PLACEHOLDER.fullmatch(value):
        return True
    return encoded and _PLACEHOLDER.fullmatch(_decoded(value)) is not None


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:  # no base64, or no text
        return ""


def _finding(names: list[str], place: Location, title: str, path: str) -> Finding:
    verb = "stands" if len(names) == 1 else "stand"
    message = f"{listed(names)} of a Secret {verb} in clear in these files; base64 hides nothing"
    return Finding(RULE.name, Severity.WARNING, message, place, _REMEDY, title, path)
