"""The lock of a rendered folder: which files the tool wrote, and with which content. The rest belongs to people."""

from __future__ import annotations

import hashlib
import re
import stat
from pathlib import Path
from typing import Any

from kataform import __version__
from kataform.finding import Location
from kataform.project import LOCK, shown
from kataform.text import emit, reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

_HEADER = (
    "# Written by kataform. A file that is not listed here, or was changed since, is never overwritten or removed.\n"
)
_API = {"apiVersion": "kataform.dev/v1alpha1", "kind": "Lock"}


@dataclass(frozen=True, slots=True)
class Lock:
    """`files` maps a path to the digests that are ours: one, or two while a run that writes them is under way."""

    spec: str
    files: dict[str, tuple[str, ...]]
    tool: str = __version__


@dataclass(frozen=True, slots=True)
class BrokenLock:
    """A lock that cannot be read: where, why, and what to do."""

    location: Location
    reason: str
    remedy: str = (
        "restore it from Git, or delete it and generate again: what is as it would be generated is taken over, what is "
        "not is named"
    )


EMPTY = Lock("", {})
_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7}|\|{7})(?=[ \r\n]|\Z)", re.MULTILINE)


def conflict(content: bytes, label: str) -> Location | None:
    """Where Git left the first marker of a merge conflict in a file."""
    match = _CONFLICT.search(content)
    if match is None:
        return None
    line = content[: match.start()].count(b"\n") + 1
    return Location(label, line, 1, line, 8)


def digest(content: bytes) -> str:
    """The digest of a text file; CR LF counts as LF, so that a checkout with autocrlf keeps files recognisable."""
    return "sha256:" + hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read(folder: Path) -> Lock | BrokenLock:
    """The lock of a folder; the empty lock where there is none."""
    path = folder / LOCK
    label = shown(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return BrokenLock(Location(label), "is not a file", "move away what stands there, then generate again")
        content = path.read_bytes()
    except FileNotFoundError:
        return EMPTY
    except OSError as error:
        return BrokenLock(Location(label), f"cannot be read: {error.strerror}")
    if not content.strip():
        return BrokenLock(Location(label), "is empty")
    if (place := conflict(content, label)) is not None:
        return BrokenLock(place, "holds a merge conflict")
    source = reader.read(content, label)
    if source.problems or len(source.documents) != 1 or source.documents[0].node is None:
        place = source.problems[0].location if source.problems else Location(label)
        return BrokenLock(place, source.problems[0].message if source.problems else "is not one YAML document")
    body = reader.value(source.documents[0].node, Dialect.KUBECTL)
    lock = _from_body(body)
    if lock is None and _is_newer(body):
        remedy = f"install the kataform that wrote it, or a newer one (this is {__version__})"
        return BrokenLock(Location(label), "is in a format that this version does not know", remedy)
    return lock if lock is not None else BrokenLock(Location(label), "is not a lock")


def _is_newer(body: Any) -> bool:
    """Whether it is a lock of another format; ours is the first."""
    if not isinstance(body, dict) or body.get("kind") != "Lock" or body.get("apiVersion") == _API["apiVersion"]:
        return False
    return str(body.get("apiVersion")).startswith("kataform.dev/")


def _from_body(body: Any) -> Lock | None:
    if not isinstance(body, dict) or body.get("kind") != "Lock" or body.get("apiVersion") != _API["apiVersion"]:
        return None
    files, pending = body.get("files") or {}, body.get("pending") or {}
    if not isinstance(files, dict) or not isinstance(pending, dict):
        return None
    if not all(isinstance(text, str) for text in (*files.values(), *pending.values())):
        return None
    both = {name: tuple(d for d in (files.get(name), pending.get(name)) if d) for name in (*files, *pending)}
    return Lock(str(body.get("spec", "")), dict(sorted(both.items())), str(body.get("tool", "")))


def text(lock: Lock, pending: dict[str, str] | None = None) -> str:
    """The lock as it stands on disk; `pending` are digests about to be written, ours from then on."""
    body: dict[str, Any] = {**_API, "tool": lock.tool, "spec": lock.spec}
    body["files"] = {name: digests[0] for name, digests in sorted(lock.files.items()) if digests}
    if pending:
        body["pending"] = dict(sorted(pending.items()))
    return _HEADER + emit.dump(body)
