"""Find the project: the folder whose base/ and overlays/ hold specs, and the names of its overlays."""

from __future__ import annotations

import errno
import os
import stat
from functools import cached_property
from pathlib import Path

from kataform.errors import InputError
from kubecel.records import dataclass

SPEC = "kataform.yaml"
LOCK = "kataform.lock"
BASE = "base"
OVERLAYS = "overlays"


@dataclass(frozen=True)
class Project:
    """`overlays` maps a name (its path below overlays/) to its folder, sorted; `base` is None where there is none."""

    root: Path
    base: Path | None
    overlays: dict[str, Path]

    @cached_property
    def rendered(self) -> dict[str, Path]:
        """Every folder that is rendered, by the name people use for it: base first, then the overlays."""
        return ({BASE: self.base} if self.base else {}) | self.overlays

    @cached_property
    def names(self) -> dict[Path, str]:
        """The name of every folder that is rendered."""
        return {folder: name for name, folder in self.rendered.items()}


def open_at(root: Path) -> Project | None:
    """The project whose root is exactly this folder, or None."""
    base = root / BASE
    overlays = {
        path.parent.relative_to(root / OVERLAYS).as_posix(): path.parent
        for path in _specs(root / OVERLAYS)
        if path.parent != root / OVERLAYS
    }
    has_base = (base / SPEC).is_file()
    if not has_base and not overlays:
        return None
    return Project(root, base if has_base else None, overlays)


def _specs(folder: Path) -> list[Path]:
    """Every spec below a folder, sorted. OSError where a folder cannot be listed: what is in it must not be lost."""

    def stop(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise error

    return sorted(Path(top, SPEC) for top, _, files in os.walk(folder, onerror=stop) if SPEC in files)


def abandoned(project: Project) -> list[Path]:
    """The folders that were generated and have no spec any more: the base or an overlay was removed or moved."""
    locks = [project.root / BASE / LOCK, *sorted((project.root / OVERLAYS).glob(f"**/{LOCK}"))]
    folders = [path.parent for path in locks if path.is_file()]
    return [path for path in folders if path not in project.names and not os.path.lexists(path / SPEC)]


def linked(project: Project) -> list[Path]:
    """Folders below overlays/ that are symbolic links to one with a spec: they are not followed."""
    found = (Path(top, name) for top, names, _ in os.walk(project.root / OVERLAYS) for name in names)
    return sorted(path for path in found if path.is_symlink() and (path / SPEC).is_file())


def find(start: Path) -> Project | None:
    """The nearest project at or above a folder, not looking above the top of its Git checkout."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        project = open_at(candidate)
        if project is not None:
            return project
        if (candidate / ".git").exists():
            return None
    return None


def require(start: Path) -> Project:
    """As `find`, but raises InputError where there is no project."""
    if not start.is_dir():
        raise InputError(f"{shown(start)}: no such folder")
    project = find(start)
    if project is None:
        raise InputError(
            f"{shown(start)}: no {BASE}/{SPEC} and no {OVERLAYS}/*/{SPEC} here or above; "
            "run `kataform init` to start a project, or name its folder"
        )
    return project


def select(project: Project, names: tuple[str, ...]) -> dict[str, Path]:
    """The rendered folders that names or paths mean; all of them without names. Raises InputError for others."""
    if not names:
        return project.rendered
    return dict(_named(project, name) for name in names)


def _named(project: Project, name: str) -> tuple[str, Path]:
    if name in project.rendered:
        return name, project.rendered[name]
    path = Path(name).resolve()
    folder = path.parent if path.name == SPEC else path
    if folder in project.names:
        return project.names[folder], folder
    import difflib

    close = difflib.get_close_matches(name, project.rendered, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(project.rendered)}"
    raise InputError(f"unknown overlay {name!r}; {hint}")


def real(path: Path) -> Path:
    """Where a path leads. Links that lead back to themselves have no end, and the path to one is as it is written."""
    return Path(os.path.realpath(path))


def bytes_of(path: Path) -> bytes:
    """What a regular file holds; a pipe would never end, and a folder that cannot be listed says so."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        os.listdir(path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    with open(path, "rb", buffering=0) as file:
        return file.readall()


def shown(path: Path) -> str:
    """A path as messages show it: relative to the working folder, forward slashes, never absolute where avoidable."""
    text, here = str(path), os.path.join(os.getcwd(), "")
    if text.startswith(here) and ".." not in text and os.sep == "/":
        return text[len(here) :]  # what is below the working folder, as most paths are, without taking it apart
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return Path(relative).as_posix()
