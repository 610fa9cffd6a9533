"""remote-base: an entry that each build fetches from the network; nothing of it is fetched or checked here.

With a branch, or without any version, the same commit of this repository builds to something else tomorrow. A tag can
be moved as well; only a full commit stays what it is, and even that needs the network, in each cluster, on each sync.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kataform.finding import Finding, Severity
from kataform.kustomization import Graph, Kustomization
from kataform.rule import Rule

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
RULE = Rule(
    "remote-base",
    "A part that each build fetches from the network; what takes it in is not checked, and may change by itself.",
    Severity.WARNING,
    why="Where the part names a branch, or nothing, the same commit of this repository builds to something else "
    "tomorrow, and nobody has reviewed that. kataform fetches nothing: roots with such a part are not built here, and "
    "their objects are not checked.",
    remedy="copy the part into this repository; else name a full commit, `?ref=<40 digits>`",
    failing={"kustomization.yaml": "resources:\n- https://github.com/example/web//deploy?ref=main\n"},
    passing={"kustomization.yaml": "resources:\n- vendored.yaml\n", "vendored.yaml": _SETTINGS},
    source="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/",
)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION = re.compile(r"v?\d+(\.\d+)+([-+.][\w.+-]+)?")
_REF = re.compile(r"[?&](?:ref|version)=([^&#]*)")
_RAW = re.compile(r"https?://(?:raw\.githubusercontent\.com/[^/]+/[^/]+|[^?]*?/(?:releases/download|raw))/([^/?]+)/")


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """A finding for each such entry, at its line."""
    remote = graph.remotes(found)
    for field in ("resources", "bases", "components"):
        entries = (found.body or {}).get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            written = found.under(field, index)
            if entry in remote and written is not None:
                message = f"{entry} is fetched anew by each build, {_fixed(entry)}; what takes it in was not checked"
                remedy = "copy it into this repository, or name a full commit"
                yield Finding(RULE.name, Severity.WARNING, message, written.place, remedy)


def _fixed(entry: str) -> str:
    """How far the entry says what is fetched."""
    named = _REF.search(entry) or _RAW.match(entry)
    if named is None or not named[1]:
        return "and names no version"
    if _COMMIT.fullmatch(named[1]):
        return f"fixed to the commit {named[1][:12]}"
    return f"in version {named[1]}" if _VERSION.fullmatch(named[1]) else f"from {named[1]}, which moves"
