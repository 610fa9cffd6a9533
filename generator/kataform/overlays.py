"""The overlays of a project, each read, held against the catalogue and rendered once, however often it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kataform import catalogue, compatibility
from kataform import spec as specs
from kataform.finding import Finding, Location, Severity
from kataform.project import Project
from kataform.render import Rendering, render
from kataform.spec import File, Spec


@dataclass(frozen=True, slots=True)
class Overlay:
    """One rendered folder. `rendering` is None where its specs have errors: then `findings` say which.

    `chain` are the files it is merged from, as far as they could be followed.
    """

    name: str
    spec: Spec | None
    rendering: Rendering | None
    findings: tuple[Finding, ...]
    chain: tuple[File, ...]


class Overlays:
    """Reads lazily; parents are read for their children."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.catalogue = catalogue.load()
        self._files = specs.Files()
        self._known: dict[str, Overlay] = {}

    def get(self, name: str) -> Overlay:
        """The overlay of this name, which the project has."""
        if name not in self._known:
            self._known[name] = self._load(name)
        return self._known[name]

    def _load(self, name: str) -> Overlay:
        merged, chain, findings = specs.load(self.project, name, self._files)
        if merged is None:
            return Overlay(name, None, None, tuple(findings), chain)
        findings += compatibility.check(merged, self.catalogue)
        below = self.get(self.project.names[merged.parent]) if merged.parent is not None else None
        if below is not None and below.rendering is None:
            findings = list(dict.fromkeys((*findings, *below.findings)))
        rendering = None
        if not any(finding.severity >= Severity.ERROR for finding in findings):
            parent = below.rendering if below is not None else None
            rendering = render(merged, self.catalogue, parent, self.project.root)
            findings += (_dropped(merged, part) for part in rendering.dropped)
        return Overlay(name, merged, rendering, tuple(findings), chain)

    def with_parents(self, names: Iterable[str]) -> list[str]:
        """The names with those of the overlays they patch, each once, parents first."""
        ordered: dict[str, None] = {}
        for name in names:
            line = [name]
            while (merged := self.get(line[-1]).spec) is not None and merged.parent is not None:
                line.append(self.project.names[merged.parent])
            ordered |= dict.fromkeys(reversed(line))
        return list(ordered)


def _dropped(merged: Spec, part: str) -> Finding:
    """What a spec below adds to a part reaches only overlays that build on that part."""
    message = f"what the spec below adds to {part} is not in this overlay, which leaves out an object of that part"
    remedy = f"say it here, too: kustomize.{part}"
    return Finding("additions-dropped", Severity.WARNING, message, Location.start(merged.label), remedy)
