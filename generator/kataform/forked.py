"""Do the same for many things in forked copies of this process: a copy knows all that this process knows.

Only what the work gives comes back. What it changes in memory is lost, and so is which files it opens.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["FEWEST", "each"]

FEWEST = 250  # things for a process; with fewer it costs more than it gains
_T = TypeVar("_T")
_R = TypeVar("_R")


def each(work: Callable[[_T], _R], things: Sequence[_T], processes: int | None = None) -> list[_R]:
    """What the work gives for each thing, in order: something that can be pickled.

    A copy that fails for whatever reason is done without: its part is done here, where an error is raised as always.
    """
    count = min(processes or _processors(), len(things) // FEWEST)
    if count < 2 or threading.active_count() > 1:
        return [work(one) for one in things]
    size = -(-len(things) // count)
    first, *others = (things[at : at + size] for at in range(0, len(things), size))
    copies: list[tuple[int, int]] = []
    try:
        copies += (_copy(work, part) for part in others)
        found = [work(one) for one in first]
        for part in others:
            found += _given(*copies.pop(0)) or [work(one) for one in part]
    finally:
        for process, pipe in copies:
            _end(process, pipe)
    return found


def _processors() -> int:
    """How many processes may run at once; on other systems than Linux libraries do not survive being copied."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _copy(work: Callable[[_T], _R], things: Sequence[_T]) -> tuple[int, int]:
    """Begin the work in a copy of this process: its number, and the pipe from which to read what it gives."""
    out, into = os.pipe()
    process = os.fork()
    if process:
        os.close(into)
        return process, out
    code = 1
    try:
        gc.freeze()  # what is shared with the original is not touched to look for garbage
        with open(into, "wb") as pipe:
            pickle.dump([work(one) for one in things], pipe)
        code = 0
    finally:
        os._exit(code)  # whatever happened, nothing of what the original has to do at its end is done here


def _given(process: int, pipe: int) -> list[_R] | None:
    """What a copy gave; None where it failed."""
    with open(pipe, "rb") as file:
        content = file.read()
    _, status = os.waitpid(process, 0)
    return pickle.loads(content) if status == 0 else None  # noqa: S301 — from a copy of ourselves


def _end(process: int, pipe: int) -> None:
    """End a copy that nobody waits for any more."""
    os.close(pipe)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
