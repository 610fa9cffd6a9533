"""One at a time: while one run writes to a project, others wait, and a run that dies leaves nothing that blocks."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kataform.errors import ToolError
from kataform.project import shown

__all__ = ["PATIENCE", "of"]

PATIENCE = 30.0
_PAUSE = 0.05


@contextlib.contextmanager
def of(root: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the turn of a project while the block runs. Raises ToolError where another run keeps it too long.

    The lock is on the project's own folder and is the kernel's: it ends with the process that holds it, however that
    ends, and writes nothing. Where the system has no such lock (Windows, some network drives) nobody waits.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        descriptor = os.open(root, os.O_RDONLY)
    except OSError as error:
        raise ToolError(f"{shown(root)}: cannot be opened: {error.strerror}") from error
    try:
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    message = "another kataform has been writing here for half a minute; wait for it, or end it"
                    raise ToolError(f"{shown(root)}: {message}") from None
                time.sleep(_PAUSE)
                continue
            except OSError:  # a file system without locks
                break
            break
        yield
    finally:
        os.close(descriptor)
