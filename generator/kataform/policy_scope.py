"""Which policies `kataform policy` is about, and which overlays they decide about."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from kataform import packs, policies, project, version
from kataform.catalogue import Catalogue
from kataform.compatibility import targets_of
from kataform.finding import Finding, Related
from kataform.overlays import Overlay, Overlays, catalogue_at
from kataform.policies import Pack, lint
from kataform.spec import Spec
from kataform.subject import Target
from kataform.version import Version
from kubecel.records import dataclass

_VERSIONS = ("openshift", "kubernetes")


@dataclass(frozen=True)
class Group:
    """Policies that are read together, and the overlays about whose objects they decide."""

    folders: tuple[Path, ...]
    overlays: tuple[Overlay, ...] = ()

    @cached_property
    def pack(self) -> Pack:
        """What the folders hold."""
        return policies.load(self.folders)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is known of releases where the policies decide."""
        own = [overlay.catalogue for overlay in self.overlays if _named(overlay)[0] == self.folders]
        return own[0] if own else catalogue_at(Path())

    @cached_property
    def target(self) -> Target:
        """What the overlays' clusters are that can have policies; Kubernetes only as far as specs state it."""
        operators: set[str] = set()
        minors: set[str] = set()
        for spec, known in self._specs:
            stated = _stated(spec, known)
            fitting = [minor for minor in stated if not _too_old(minor)]
            minors |= set(fitting)
            operators |= set(targets_of(spec, known).operator if fitting or not stated else ())
        return Target(tuple(sorted(operators, key=Version.parse)), tuple(sorted(minors, key=version.minor)))

    @property
    def older(self) -> list[str]:
        """The overlays that are for clusters that cannot have policies, too: for those they decide at commit alone."""
        return [spec.name for spec, known in self._specs if any(map(_too_old, _stated(spec, known)))]

    def asking_for(self, minor: str) -> list[Related]:
        """Where overlays say that they are for a Kubernetes minor."""
        return [
            Related(spec.origin((field,)).location, f"{spec.name} is for Kubernetes {minor}")
            for spec, known in self._specs
            for field in [name for name in _VERSIONS if spec.get(name)][:1]
            if minor in _stated(spec, known)
        ]

    @property
    def _specs(self) -> list[tuple[Spec, Catalogue]]:
        return [(overlay.spec, overlay.catalogue) for overlay in self.overlays if overlay.spec is not None]


@dataclass(frozen=True)
class Asked:
    """The groups that are asked for, what is not where a spec says, and the overlays whose specs have errors."""

    groups: tuple[Group, ...]
    missing: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


def find(paths: tuple[Path, ...]) -> Asked:
    """The policies at some paths; without paths those of the project and those that its specs name. Without a project
    they are those of the working folder.
    """
    found = project.find(Path())
    if found is None:
        return Asked((Group(paths or (_own(Path()) or Path(),)),))
    overlays = Overlays(found)
    every = [overlays.get(name) for name in found.rendered]
    known = tuple(overlay for overlay in every if overlay.rendering is not None)
    unknown = tuple(overlay.name for overlay in every if overlay.rendering is None)
    if paths:
        naming = tuple(overlay for overlay in known if _beside(_named(overlay)[0], paths))
        return Asked((Group(paths, naming or known),), (), unknown)
    own = _own(found.root)
    by_folders: dict[tuple[Path, ...], list[Overlay]] = {}
    for overlay in known:
        by_folders.setdefault(_named(overlay)[0], []).append(overlay)
    by_folders.pop((), None)
    groups = [Group(folders, tuple(naming)) for folders, naming in by_folders.items()]
    missing = dict.fromkeys(problem for overlay in known for problem in _named(overlay)[1])
    if own is not None or not (groups or missing):
        groups.insert(0, Group((own or Path(),), known))
    return Asked(tuple(groups), tuple(missing), unknown)


def _own(root: Path) -> Path | None:
    """A project's folder of policies."""
    folder = root / "policies"
    return folder if folder.is_dir() else None


def _named(overlay: Overlay) -> tuple[tuple[Path, ...], list[Finding]]:
    """The paths that the spec of an overlay names, and what is wrong with those that are not there."""
    named = packs.named(overlay.spec) if overlay.spec is not None else []
    present = tuple(Path(os.path.normpath(path)) for path, missing in named if missing is None)
    return present, [missing for _, missing in named if missing is not None]


def _beside(named: tuple[Path, ...], given: tuple[Path, ...]) -> bool:
    """Whether one of the paths is one of the others, or in it."""
    folders = [project.real(path) for path in named]
    return any(project.real(path).is_relative_to(folder) for path in given for folder in folders)


def _stated(spec: Spec, known: Catalogue) -> tuple[str, ...]:
    """The Kubernetes minors that a spec states, by itself or through OpenShift."""
    return targets_of(spec, known).kubernetes if any(map(spec.get, _VERSIONS)) else ()


def _too_old(minor: str) -> bool:
    return version.minor(minor) < lint.OLDEST
