"""One at a time: while one run writes to a project, others wait, and a run that dies leaves nothing that blocks."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kataform.errors import ToolError
from kataform.project import shown

__all__ = ["PATIENCE", "of"]

PATIENCE = 30.0
_PAUSE = 0.05


@contextlib.contextmanager
def of(root: Path, patience: float = PATIENCE, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the turn of a project while the block runs; `waiting` is called where another run has it.

    The lock is the kernel's: it ends with the process that holds it, however that ends, and writes nothing in the
    project. On a file system without locks nobody waits. Raises ToolError where another run keeps the turn too long.
    """
    try:
        descriptor = _open(root)
    except OSError as error:
        raise ToolError(f"{shown(root)}: cannot be opened: {error.strerror}") from error
    try:
        if not _take(descriptor):
            waiting()
            _wait(descriptor, root, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, root: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while not _take(descriptor):
        if time.monotonic() > end:
            message = "another kataform has been writing here for half a minute; wait for it, or end it"
            raise ToolError(f"{shown(root)}: {message}")
        time.sleep(_PAUSE)


if sys.platform == "win32":
    import msvcrt

    def _open(root: Path) -> int:
        """A file among the user's temporary files, as Windows locks no folder."""
        name = hashlib.sha256(os.path.normcase(root.resolve()).encode()).hexdigest()[:32]
        return os.open(Path(tempfile.gettempdir(), f"kataform-{name}"), os.O_RDWR | os.O_CREAT)

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _open(root: Path) -> int:
        return os.open(root, os.O_RDONLY)

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
