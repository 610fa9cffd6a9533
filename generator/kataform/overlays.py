"""The overlays of a project, each read, held against the catalogue and rendered once, however often it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kataform import catalogue, project
from kataform.catalogue import Catalogue
from kataform.finding import Finding, Location, Severity
from kataform.project import Project
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform.render import Rendering
    from kataform.spec import File, Files, Spec


@dataclass(frozen=True, slots=True)
class Overlay:
    """One rendered folder. `rendering` is None where its specs have errors: then `findings` say which.

    `chain` are the files it is merged from, as far as they could be followed; `catalogue` is what holds for it: ours,
    with what its spec says under `releases:`.
    """

    name: str
    spec: Spec | None
    rendering: Rendering | None
    findings: tuple[Finding, ...]
    chain: tuple[File, ...]
    catalogue: Catalogue


class Overlays:
    """Reads lazily; parents are read for their children."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._files: Files | None = None
        self._known: dict[str, Overlay] = {}

    def get(self, name: str) -> Overlay:
        """The overlay of this name, which the project has."""
        if name not in self._known:
            self._known[name] = self._load(name)
        return self._known[name]

    def _load(self, name: str) -> Overlay:
        from kataform import compatibility  # what many a run has no spec for
        from kataform import spec as specs
        from kataform.render import render

        self._files = self._files or specs.Files()
        merged, chain, findings = specs.load(self.project, name, self._files)
        if merged is None:
            return Overlay(name, None, None, tuple(findings), chain, catalogue.load())
        known = catalogue.of_site(merged.get("releases"))
        findings += compatibility.check(merged, known)
        below = self.get(self.project.names[merged.parent]) if merged.parent is not None else None
        if below is not None and below.rendering is None:
            findings = list(dict.fromkeys((*findings, *below.findings)))
        rendering = None
        if not any(finding.severity >= Severity.ERROR for finding in findings):
            parent = below.rendering if below is not None else None
            rendering = render(merged, known, parent, self.project.root)
            findings += (_dropped(merged, part) for part in rendering.dropped)
        return Overlay(name, merged, rendering, tuple(findings), chain, known)

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


class Catalogues:
    """What is known of releases in each folder: with what the base of the project there says, each base read once."""

    def __init__(self, loaded: Mapping[Path, Overlays] | None = None) -> None:
        self._loaded = dict(loaded or {})
        self._known: dict[str, Catalogue] = {}

    def at(self, path: str) -> Catalogue:
        """What holds at a file or folder that no overlay owns; ours where there is no base, or one with errors.

        The path is absolute.
        """
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, folder: str) -> Catalogue:
        if os.path.isfile(f"{folder}/{project.BASE}/{project.SPEC}"):  # a folder that is closed has none for us
            found = self._loaded.get(Path(folder))
            opened = project.open_at(Path(folder)) if found is None else None
            found = Overlays(opened) if opened is not None else found
            return found.get(project.BASE).catalogue if found is not None else catalogue.load()
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(f"{folder}/.git"):
            return catalogue.load()
        return self.at(above)


def catalogue_at(folder: Path) -> Catalogue:
    """What is known of releases in a folder: with the `releases:` of the overlay it belongs to, else of the base."""
    here = folder.resolve()
    found = project.find(here)
    names = found.names if found is not None else {}
    owner = next((names[above] for above in (here, *here.parents) if above in names), None)
    if found is None or owner is None:
        return Catalogues().at(str(here))
    return Overlays(found).get(owner).catalogue
