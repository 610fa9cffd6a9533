"""outside-repository: a path or a link that leads out of the repository; it is never followed.

What stands there is on one machine and not on another, and a pull request could make a check print what it likes to
read. The repository is the nearest folder above with `.git`; where there is none, nothing is outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kataform.finding import Finding, Location, Severity
from kataform.kustomization import Graph, Kustomization
from kataform.project import shown
from kataform.rule import Rule

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
RULE = Rule(
    "outside-repository",
    "A path or a link that leads out of the repository; it is not followed, so nothing of it is checked.",
    why="What stands there is on one machine and not on another: Argo CD and Flux have only the repository. And who "
    "opens a pull request could have a check read whatever lies on the machine.",
    remedy="copy what is needed into the repository",
    failing={
        "repository/.git/HEAD": "ref: refs/heads/main\n",
        "repository/kustomization.yaml": "resources:\n- ../elsewhere\n",
        "elsewhere/kustomization.yaml": "resources:\n- settings.yaml\n",
        "elsewhere/settings.yaml": _SETTINGS,
    },
    passing={
        "repository/.git/HEAD": "ref: refs/heads/main\n",
        "repository/kustomization.yaml": "resources:\n- base\n",
        "repository/base/kustomization.yaml": "resources:\n- settings.yaml\n",
        "repository/base/settings.yaml": _SETTINGS,
    },
)
_REMEDY = "copy what is needed into the repository"


def check(graph: Graph, found: Kustomization) -> Iterator[Finding]:
    """A finding for each entry of a kustomization that leads out, at its line."""
    for path, name in graph.named(found):
        written = found.under(*path)
        if written is not None and graph.leads_out(found, name):
            message = f"{name} leads out of the repository, so it is not followed, and what takes it in is not checked"
            yield Finding(RULE.name, Severity.ERROR, message, written.place, _REMEDY)


def of_link(path: Path) -> Finding:
    """The finding for a file that is a link out of the repository."""
    message = "a link out of the repository, which is not followed, so what it leads to is not checked"
    return Finding(RULE.name, Severity.ERROR, message, Location.start(shown(path)), _REMEDY)
