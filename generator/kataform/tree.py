"""Compare a rendered folder on disk with its rendering: what to write, what to remove, what is a person's and stays."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from kataform import ignores, resource, whole_file
from kataform import lock as locks
from kataform.errors import ToolError
from kataform.finding import Finding, Location, Severity
from kataform.project import LOCK, SPEC, shown
from kataform.render import Rendering
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass


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
    before = _before(folder)
    if isinstance(before, Finding):
        return _stopped(folder, before)
    spec_digest = locks.digest(_canonical(rendering).encode())
    target = locks.Lock(spec_digest, {name: (locks.digest(t.encode()),) for name, t in rendering.files.items()})
    writes: dict[str, str] = {}
    foreign: list[Finding] = []
    for name, text in rendering.files.items():
        state = _state(folder, name, target.files[name][0], before.files.get(name, ()))
        if state == "foreign":
            foreign.append(_foreign(folder, name, text, listed=name in before.files))
        elif state == "write":
            writes[name] = text
    removals = _unwanted(folder, before, rendering.files, foreign)
    lock_text = locks.text(target)
    standing = _read(folder / LOCK)
    if standing is None or standing.replace(b"\r\n", b"\n") != lock_text.encode():
        writes[LOCK] = lock_text
    leftovers = tuple(
        p for p in (whole_file.beside(folder / name) for name in (*rendering.files, *before.files, LOCK)) if p.is_file()
    )
    return Plan(folder, writes, tuple(removals), tuple(foreign), target, before, leftovers)


def abandoned(folder: Path) -> Plan:
    """The plan for a folder with a lock and no spec: what was generated there goes, unless a person changed it."""
    before = _before(folder)
    if isinstance(before, Finding):
        return _stopped(folder, before)
    foreign: list[Finding] = []
    removals = _unwanted(folder, before, {}, foreign)
    leftovers = tuple(path for name in (*before.files, LOCK) if (path := whole_file.beside(folder / name)).is_file())
    return Plan(folder, {}, (*removals, LOCK), tuple(foreign), locks.EMPTY, before, leftovers, abandoned=True)


def left_behind(plan: Plan) -> Iterator[Finding]:
    """What stands in folders from which a run takes its own files, and is not ours: it stays, and is named."""
    gone = {plan.folder / name for name in plan.removals}
    kept = {plan.folder / name for name in plan.lock.files} | set(plan.leftovers)
    tops = {plan.folder} if plan.abandoned else {path.parent for path in gone} - {path.parent for path in kept}
    found = {path for top in tops for path in _files(top)}
    for path in sorted(found - gone - kept):
        message = "stands where nothing is generated any more; the tool did not write it and leaves it"
        yield Finding("file-left-behind", Severity.INFO, message, Location(shown(path)), "move or delete it")


def _files(top: Path) -> Iterator[Path]:
    """What stands in a folder and below it, other overlays left aside."""
    for folder, names, files in os.walk(top):
        yield from (path for name in (*names, *files) if (path := Path(folder, name)).is_symlink() or name in files)
        names[:] = [name for name in names if not any(os.path.lexists(Path(folder, name, of)) for of in (SPEC, LOCK))]


def _before(folder: Path) -> locks.Lock | Finding:
    """The lock of a folder, or why nothing in it may be touched."""
    if _is_behind_a_link(folder):
        message = "is reached through a symbolic link, through which nothing is written"
        remedy = "put the folder itself there, or let its own project generate it"
        return Finding("file-in-the-way", Severity.ERROR, message, Location(shown(folder)), remedy)
    before = locks.read(folder)
    if isinstance(before, locks.BrokenLock):
        message = f"the lock {before.reason}"
        return Finding("lock-unreadable", Severity.ERROR, message, before.location, before.remedy)
    return before


def _is_behind_a_link(folder: Path) -> bool:
    return os.path.normcase(os.path.realpath(folder)) != os.path.normcase(os.path.abspath(folder))


def _stopped(folder: Path, problem: Finding) -> Plan:
    return Plan(folder, {}, (), (problem,), locks.EMPTY, locks.EMPTY)


def _unwanted(folder: Path, before: locks.Lock, wanted: Collection[str], foreign: list[Finding]) -> list[str]:
    """What was generated and is not wanted any more; what a person changed of it is foreign."""
    removals = []
    for name in before.files:
        if name not in wanted and _inside(name) and not _is_respelled(folder, name, wanted):
            state = _state(folder, name, "", before.files[name], gone=True)
            if state == "foreign":
                foreign.append(_foreign(folder, name, "", listed=True, stale=True))
            elif state == "write":
                removals.append(name)
    return removals


def _canonical(rendering: Rendering) -> str:
    return json.dumps(rendering.spec.body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _inside(name: str) -> bool:
    """A lock is text that anyone may edit: a path in it must not lead out of the folder."""
    parts = name.split("/")
    return not os.path.isabs(name) and ".." not in parts and "\\" not in name and name not in ("", LOCK)


def _is_respelled(folder: Path, name: str, wanted: Collection[str]) -> bool:
    """Whether a file that is no longer listed is one that still is, where upper and lower case are the same."""
    for other in wanted:
        if other.casefold() == name.casefold():
            with contextlib.suppress(OSError):
                return (folder / name).samefile(folder / other)
    return False


def _state(folder: Path, name: str, wanted: str, ours: tuple[str, ...], *, gone: bool = False) -> str:
    path = folder / name
    if _is_blocked(folder, name):
        return "foreign"
    content = _read(path)
    if content is None:
        return "same" if gone else "write"
    found = locks.digest(content)
    if not gone and found == wanted:
        return "same"
    return "write" if found in ours else "foreign"


def _is_blocked(folder: Path, name: str) -> bool:
    """Whether on the way to a file something else stands than folders, or at its end than a file.

    Writing through a symbolic link would leave the folder; reading a pipe would wait for ever.
    """
    path = folder
    for part in name.split("/"):
        path = path / part
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return False
        if not (stat.S_ISREG(mode) if path == folder / name else stat.S_ISDIR(mode)):
            return True
    return False


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise ToolError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def _foreign(folder: Path, name: str, wanted: str, *, listed: bool, stale: bool = False) -> Finding:
    label = shown(folder / name)
    place = Location(label)
    content = b"" if _is_blocked(folder, name) else _read(folder / name) or b""
    if not listed:
        message = "stands where a generated file belongs, and the tool did not write it"
        return Finding("file-in-the-way", Severity.ERROR, message, place, "rename or delete it, then generate again")
    if (marker := locks.conflict(content, label)) is not None:
        place, message, remedy = marker, "holds a merge conflict", "delete the file, then generate again"
    elif stale:
        message, remedy = "is no longer generated, but was changed since it was", "keep what you need, then delete it"
    elif _says_the_same(content, wanted.encode()):
        if ignores.in_source(reader.read(content, label)):
            message = "has a comment that accepts a finding, which of what is generated only the spec can"
            remedy = "write it under `ignore` in the spec, delete the file, then generate again"
        else:
            message = "was written anew by a formatter or by hand; its values are those that would be generated"
            remedy = "exclude it from the formatter, delete it, then generate again"
    else:
        message = "was generated, but was changed since"
        remedy = "move the change into the spec, or delete the file; then generate again"
    return Finding("generated-file-changed", Severity.ERROR, message, place, remedy)


def _says_the_same(one: bytes, other: bytes) -> bool:
    """Whether every reader takes the same from both texts."""
    sources = [reader.read(raw, "") for raw in (one, other)]
    if any(source.problems for source in sources):
        return False
    values = [
        [reader.value(document.node, dialect) for dialect in Dialect for document in source.documents if document.node]
        for source in sources
    ]
    return resource.same(*values)


def on_disk(plan: Plan) -> locks.Lock:
    """The lock of before with one digest a file: of two that an interrupted run left, the one that is on disk."""
    files = {}
    for name, ours in plan.before.files.items():
        content = _read(plan.folder / name) if _inside(name) else None
        found = locks.digest(content) if content is not None else ""
        files[name] = (found,) if found in ours else ours[:1]
    return locks.Lock(plan.lock.spec, files)
