"""Decide what a check covers: overlays with a spec, other kustomizations, manifests that no kustomization takes in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kataform import project as projects
from kataform.errors import InputError
from kataform.kustomization import GENERATORS, NAMES, Graph
from kataform.project import BASE, LOCK, OVERLAYS, SPEC, Project, shown
from kubecel.records import dataclass

POLICIES = "policies"
_SUFFIXES = (".yaml", ".yml", ".json")
_EDITOR = ".#"  # Emacs marks a file that is being edited with a link to nowhere
_SKIPPED = {"node_modules", "__pycache__", "venv"}


@dataclass(frozen=True, slots=True)
class Scope:
    """`overlays` by project; `roots` are kustomizations nobody else in the scope takes in; `plain` stand alone.

    `kustomizations` are all of them, also those that another takes in. `context` are roots and manifests that are not
    checked themselves, but may tell what the others are for. `named` are the files that the command line names.
    """

    overlays: tuple[tuple[Project, str], ...] = ()
    roots: tuple[Path, ...] = ()
    kustomizations: tuple[Path, ...] = ()
    plain: tuple[Path, ...] = ()
    context: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.overlays and not self.roots and not self.kustomizations and not self.plain


def default_paths(start: Path) -> tuple[Path, ...]:
    """What is checked when nothing is named: at a project's root its base, overlays and policies; else the folder."""
    found = projects.open_at(start)
    if found is None:
        return (start,)
    return tuple(found.root / name for name in (BASE, OVERLAYS, POLICIES) if (found.root / name).is_dir())


def discover(paths: Iterable[Path], graph: Graph) -> Scope:
    """Everything to check below some paths. InputError for one that does not exist, OSError for one that is closed."""
    files: dict[Path, None] = {}
    named: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{shown(path)}: no such file or folder")
        if path.is_dir():
            os.listdir(path)  # one that is asked for must be readable
            files |= dict.fromkeys(_walk(path.resolve()))
        else:
            files[path.resolve()] = None
            named.append(path.resolve())
    return _sort(files, named, graph)


def affected(changed: Iterable[Path], paths: Iterable[Path], graph: Graph) -> Scope:
    """What changed files can have changed of all that is below some paths.

    For a commit hook, which is given the files and knows no roots, and for what git says has changed. Files that are
    gone count for the folders they were in; a policy that changed for everything that it judges.
    """
    wanted = {path.resolve() for path in changed}
    everything = discover(paths, graph)
    ruled = {
        project.root
        for project, _ in everything.overlays
        if any(p.is_relative_to(project.root / POLICIES) for p in wanted)
    }
    overlays = tuple((p, name) for p, name in everything.overlays if p.root in ruled or _touches(p, name, wanted))
    roots = tuple(root for root in everything.roots if _reads(graph, root, wanted))
    inside = {folder for root in roots for folder in graph.folders(root)}
    kustomizations = tuple(folder for folder in everything.kustomizations if folder in inside)
    plain = tuple(path for path in everything.plain if path in wanted)
    context = (path for path in (*everything.roots, *everything.plain) if path not in roots and path not in plain)
    return Scope(overlays, roots, kustomizations, plain, context=tuple(context))


def _reads(graph: Graph, root: Path, changed: set[Path]) -> bool:
    """Whether building a root reads a changed file, or may: a generator reads any kind of file, and one may be gone."""
    if graph.closure(root) & changed:
        return True
    folders = graph.folders(root)
    return any(path.parent in folders for path in changed) or any(
        path.is_relative_to(folder) for folder in folders if _generates(graph, folder) for path in changed
    )


def _generates(graph: Graph, folder: Path) -> bool:
    found = graph.kustomization(folder)
    return found is not None and any((found.body or {}).get(field) for field in GENERATORS)


def _touches(project: Project, name: str, changed: set[Path]) -> bool:
    folders = [project.rendered[name], *([project.base] if project.base else [])]
    if any(path.is_relative_to(folder) for folder in folders for path in changed):
        return True
    specs = {folder for folder in project.rendered.values() if folder / SPEC in changed}
    return bool(specs) and name != BASE


def files(path: Path) -> tuple[Path, ...]:
    """A file, or the YAML and JSON files below a folder. InputError where there is nothing of the name."""
    if not path.exists():
        raise InputError(f"{shown(path)}: no such file or folder")
    return tuple(_walk(path.resolve())) if path.is_dir() else (path.resolve(),)


def _walk(folder: Path) -> Iterator[Path]:
    """YAML and JSON files below a folder, sorted; hidden folders, links to folders and installed packages left out.

    A folder that cannot be listed comes as itself, for whoever reads it to say so.
    """
    closed: list[OSError] = []
    for top, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(
            n for n in folders if not n.startswith(".") and n not in _SKIPPED and not n.endswith(".egg-info")
        )
        for name in sorted(files):
            if (name.endswith(_SUFFIXES) and not name.startswith(_EDITOR)) or name in NAMES:
                yield Path(top, name)
    yield from (Path(error.filename) for error in closed)


def _sort(files: dict[Path, None], named: list[Path], graph: Graph) -> Scope:
    overlays: dict[tuple[Path, str], tuple[Project, str]] = {}
    folders: dict[Path, None] = {}
    plain: list[Path] = []
    rendered: set[Path] = set()
    owners = _Owners()
    for path in files:
        owner = owners.of(path.parent)
        if owner is not None:
            overlays[owner[0].root, owner[1]] = owner
            rendered.add(path)
        elif path.name in NAMES:
            folders[path.parent] = None
        elif path.name not in (SPEC, LOCK):
            plain.append(path)
    taken: set[Path] = set()
    for folder in folders:
        found = graph.kustomization(folder)
        taken |= set(graph.children(found)) - {folder} if found is not None else set()
    named_folders = {path.parent for path in named}
    roots = [f for f in folders if (f not in taken or f in named_folders) and not _is_component(graph, f)]
    closures: set[Path] = set()
    for folder in folders:
        found = graph.kustomization(folder)
        closures |= set(graph.files(found)) if found is not None else set()
    alone = tuple(path for path in plain if path not in closures or path in named)
    return Scope(tuple(overlays.values()), tuple(roots), tuple(folders), alone, named=tuple(named))


def _is_component(graph: Graph, folder: Path) -> bool:
    found = graph.kustomization(folder)
    return found is not None and found.is_component


class _Owners:
    """Which overlay a folder belongs to, each folder looked at once and each project opened once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Project, str] | None] = {}
        self._opened: dict[Path, Project | None] = {}

    def of(self, folder: Path) -> tuple[Project, str] | None:
        """The overlay whose folder holds this one, if any: the nearest that has a spec."""
        if folder not in self._known:
            here = self._at(folder) if (folder / SPEC).is_file() else None
            above = None if here or folder.parent == folder or (folder / ".git").exists() else self.of(folder.parent)
            self._known[folder] = here or above
        return self._known[folder]

    def _at(self, folder: Path) -> tuple[Project, str] | None:
        for root in folder.parents:
            if folder not in (root / BASE, root / OVERLAYS) and root / OVERLAYS not in folder.parents:
                continue
            if root not in self._opened:
                self._opened[root] = projects.open_at(root)
            found = self._opened[root]
            if found is not None and folder in found.names:
                return found, found.names[folder]
        return None
