"""Write a whole file or nothing, and remove one with the folders that this leaves empty."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from kataform.project import LOCK

_TEMPORARY = ".kataform-tmp"


def beside(path: Path) -> Path:
    """The temporary file that a killed run may leave beside a file."""
    return path.with_name(f".{path.name}{_TEMPORARY}")


def write(path: Path, text: str) -> None:
    """Write a whole file or nothing, in a folder that is made where it is missing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, text.encode())


def put(path: Path, content: bytes, *, keep_mode: bool = False) -> None:
    """Write a whole file or nothing: a temporary file beside it, then a rename over it. Raises OSError.

    With `keep_mode` the file keeps the permissions it has.
    """
    temporary = beside(path)
    temporary.unlink(missing_ok=True)  # nothing is written through a link that has its name
    try:
        with open(temporary, "xb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())  # or a power failure could leave an empty file under the final name
        if keep_mode:
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
        if path.name == LOCK:
            _settle(path.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Have a rename survive a loss of power, where the system can be asked to (Windows and some shares cannot).

    A lock must: it has its name before what it names is written, so that no file of ours is taken for a person's.
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path, top: Path) -> None:
    """Remove a file and the folders below `top` that this leaves empty. Raises OSError."""
    path.unlink(missing_ok=True)
    folder = path.parent
    while folder != top and top in folder.parents and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
