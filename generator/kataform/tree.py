"""Bring a rendered folder on disk in line with its rendering, whole file by whole file, never touching a person's."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from kataform import lock as locks
from kataform.errors import ToolError
from kataform.finding import Finding, Location, Severity
from kataform.project import LOCK, shown
from kataform.render import Rendering

_TEMPORARY = ".kataform-tmp"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do in one folder. `foreign` lists what stands in the way and belongs to a person.

    An `abandoned` folder has no spec any more: what was generated there goes, and the lock with it.
    """

    folder: Path
    writes: dict[str, str]
    removals: tuple[str, ...]
    foreign: tuple[Finding, ...]
    lock: locks.Lock
    before: locks.Lock
    leftovers: tuple[Path, ...] = ()
    abandoned: bool = False

    @property
    def clean(self) -> bool:
        """Whether the folder already is what it should be."""
        return not self.writes and not self.removals and not self.foreign

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(sorted((*self.writes, *self.removals)))


def plan(rendering: Rendering) -> Plan:
    """Compare a folder with its rendering. Never writes. A broken lock is reported and stops the folder."""
    folder = rendering.spec.folder
    before = locks.read(folder)
    if isinstance(before, locks.BrokenLock):
        return _unreadable(folder, before)
    spec_digest = locks.digest(_canonical(rendering).encode())
    target = locks.Lock(spec_digest, {name: (locks.digest(t.encode()),) for name, t in rendering.files.items()})
    writes: dict[str, str] = {}
    foreign: list[Finding] = []
    for name, text in rendering.files.items():
        state = _state(folder, name, target.files[name][0], before.files.get(name, ()))
        if state == "foreign":
            foreign.append(_foreign(folder, name, listed=name in before.files))
        elif state == "write":
            writes[name] = text
    removals = _unwanted(folder, before, rendering.files, foreign)
    lock_text = locks.text(target)
    standing = _read(folder / LOCK)
    if standing is None or standing.replace(b"\r\n", b"\n") != lock_text.encode():
        writes[LOCK] = lock_text
    leftovers = tuple(
        p for p in (_beside(folder / name) for name in (*rendering.files, *before.files, LOCK)) if p.is_file()
    )
    return Plan(folder, writes, tuple(removals), tuple(foreign), target, before, leftovers)


def abandoned(folder: Path) -> Plan:
    """The plan for a folder with a lock and no spec: what was generated there goes, unless a person changed it."""
    before = locks.read(folder)
    if isinstance(before, locks.BrokenLock):
        return _unreadable(folder, before)
    foreign: list[Finding] = []
    removals = _unwanted(folder, before, {}, foreign)
    leftovers = tuple(path for name in (*before.files, LOCK) if (path := _beside(folder / name)).is_file())
    return Plan(folder, {}, (*removals, LOCK), tuple(foreign), locks.EMPTY, before, leftovers, abandoned=True)


def _unreadable(folder: Path, before: locks.BrokenLock) -> Plan:
    remedy = "restore it from Git, or delete it and every generated file of this folder, then generate again"
    problem = Finding("lock-unreadable", Severity.ERROR, f"the lock {before.reason}", before.location, remedy)
    return Plan(folder, {}, (), (problem,), locks.EMPTY, locks.EMPTY)


def _unwanted(folder: Path, before: locks.Lock, wanted: Container[str], foreign: list[Finding]) -> list[str]:
    """What was generated and is not wanted any more; what a person changed of it is foreign."""
    removals = []
    for name in before.files:
        if name not in wanted and _inside(name):
            state = _state(folder, name, "", before.files[name], gone=True)
            if state == "foreign":
                foreign.append(_foreign(folder, name, listed=True, stale=True))
            elif state == "write":
                removals.append(name)
    return removals


def _canonical(rendering: Rendering) -> str:
    return json.dumps(rendering.spec.body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _inside(name: str) -> bool:
    """A lock is text that anyone may edit: a path in it must not lead out of the folder."""
    parts = name.split("/")
    return not os.path.isabs(name) and ".." not in parts and "\\" not in name and name not in ("", LOCK)


def _state(folder: Path, name: str, wanted: str, ours: tuple[str, ...], *, gone: bool = False) -> str:
    path = folder / name
    if _is_linked(folder, name):
        return "foreign"
    content = _read(path)
    if content is None:
        return "foreign" if path.exists() else ("same" if gone else "write")
    found = locks.digest(content)
    if not gone and found == wanted:
        return "same"
    return "write" if found in ours else "foreign"


def _is_linked(folder: Path, name: str) -> bool:
    """Whether a file, or a folder on the way to it, is a symbolic link: writing through one would leave the folder."""
    path = folder
    for part in name.split("/"):
        path = path / part
        if path.is_symlink():
            return True
    return False


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def _foreign(folder: Path, name: str, *, listed: bool, stale: bool = False) -> Finding:
    place = Location(shown(folder / name))
    if stale:
        message = "is no longer generated, but was changed since it was"
        return Finding(
            "generated-file-changed", Severity.ERROR, message, place, "keep what you need of it, then delete it"
        )
    if listed:
        message = "was generated, but was changed since"
        remedy = "move the change into the spec, or delete the file; then generate again"
        return Finding("generated-file-changed", Severity.ERROR, message, place, remedy)
    message = "stands where a generated file belongs, and the tool did not write it"
    return Finding("file-in-the-way", Severity.ERROR, message, place, "rename or delete it, then generate again")


def apply(plan: Plan) -> None:
    """Carry a plan out. Killed at any moment it leaves whole files, and a lock that knows them for ours.

    The lock that names the new content goes first, then the files, then what is no longer wanted, then the final lock.
    """
    if plan.foreign or plan.clean:
        _remove_leftovers(plan)
        return
    for step in steps(plan):
        step()


def steps(plan: Plan) -> Iterator[_Step]:
    """The single steps of `apply`, in order, so that a test can stop between any two."""
    new = {name: locks.digest(text.encode()) for name, text in plan.writes.items() if name != LOCK}
    if plan.abandoned:
        yield from (_Step(leftover, None, plan.folder) for leftover in plan.leftovers)
        yield from (_Step(plan.folder / name, None, plan.folder.parent) for name in plan.removals)
        return
    if new or plan.removals:
        yield _Step(plan.folder / LOCK, locks.text(_on_disk(plan), new))
    for name in sorted(new):
        yield _Step(plan.folder / name, plan.writes[name])
    for name in plan.removals:
        yield _Step(plan.folder / name, None, plan.folder)
    yield _Step(plan.folder / LOCK, locks.text(plan.lock))
    for leftover in plan.leftovers:
        yield _Step(leftover, None, plan.folder)


def _on_disk(plan: Plan) -> locks.Lock:
    """The lock of before with one digest a file: of two that an interrupted run left, the one that is on disk."""
    files = {}
    for name, ours in plan.before.files.items():
        content = _read(plan.folder / name) if _inside(name) else None
        found = locks.digest(content) if content is not None else ""
        files[name] = (found,) if found in ours else ours[:1]
    return locks.Lock(plan.lock.spec, files)


@dataclass(frozen=True, slots=True)
class _Step:
    """Write one whole file, or remove one (and the folders that this leaves empty, up to `top`)."""

    path: Path
    text: str | None
    top: Path | None = None

    def __call__(self) -> None:
        try:
            if self.text is None:
                remove(self.path, self.top or self.path.parent)
            else:
                write(self.path, self.text)
        except OSError as error:
            raise ToolError(f"{shown(self.path)}: cannot be written: {error.strerror or error}") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{_TEMPORARY}")


def write(path: Path, text: str) -> None:
    """Write a whole file or nothing, in a folder that is made where it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, text.encode())


def put(path: Path, content: bytes, *, keep_mode: bool = False) -> None:
    """Write a whole file or nothing: a temporary file beside it, then a rename over it. Raises OSError.

    With `keep_mode` the file keeps the permissions it has.
    """
    temporary = _beside(path)
    temporary.unlink(missing_ok=True)  # nothing is written through a link that has its name
    try:
        with open(temporary, "xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())  # or a power failure could leave an empty file under the final name
        if keep_mode:
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def remove(path: Path, top: Path) -> None:
    """Remove a file and the folders below `top` that this leaves empty. Raises OSError."""
    path.unlink(missing_ok=True)
    folder = path.parent
    while folder != top and top in folder.parents and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _remove_leftovers(plan: Plan) -> None:
    for leftover in plan.leftovers:
        leftover.unlink(missing_ok=True)
