"""Other processes tell which of many tasks come to nothing; the others are done by who asked.

So nothing that is found has to come from another process, and what is found does not depend on whether one helped: not
where a process cannot be forked, nor where one ends before its time.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

# Below this many tasks a process costs more than it saves; beyond so many processes the one that asks is what lasts.
FEWEST = 400
MOST = 4


def processes(tasks: int) -> int:
    """How many processes are worth having, this one included."""
    if tasks < FEWEST or not hasattr(os, "fork") or sys.platform == "darwin":  # where a fork may not use frameworks
        return 1
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(there, MOST)


def shares(tasks: int, others: int, first: int = 0) -> list[range]:
    """The tasks from `first` on, in equal parts for so many other processes."""
    ends = [first + (tasks - first) * number // others for number in range(others + 1)] if others else []
    return [range(*part) for part in pairwise(ends)]


@contextmanager
def asked(works: Sequence[Callable[[], Any]]) -> Iterator[Callable[[], list[Any]]]:
    """Start each work in a process of its own; what comes back waits for their results, in order, None for none.

    A result is what `marshal` can write; there is none of a process that failed, or could not be started. Those that
    are not waited for are ended.
    """
    running: list[tuple[int, int] | None] = []  # each process, and where it writes
    try:
        for work in works:
            running.append(_start(work))
        yield lambda: [_result(running, number) for number in range(len(running))]
    finally:
        for number, one in enumerate(running):
            if one is not None:
                with suppress(OSError):
                    os.kill(one[0], signal.SIGKILL)
                _result(running, number)


def _start(work: Callable[[], Any]) -> tuple[int, int] | None:
    reading, writing = os.pipe()
    process = None
    try:
        process = os.fork()
        if process:
            return process, reading
        gc.disable()
        with open(writing, "wb", closefd=False) as file:
            file.write(marshal.dumps(work()))
    except OSError:  # no more processes; in the other one, nobody reads any more
        os.close(reading)
    finally:
        if process == 0:
            os._exit(0)  # also after an error, which whoever asked meets, too, when it does the same
        os.close(writing)
    return None


def _result(running: list[tuple[int, int] | None], number: int) -> Any:
    process, reading = running[number] or (0, 0)
    running[number] = None
    if not process:
        return None
    with open(reading, "rb") as file:
        said = file.read()
    with suppress(OSError):  # somebody else has waited for it
        os.waitpid(process, 0)
    try:
        return marshal.loads(said)  # noqa: S302 — this program wrote it
    except (EOFError, ValueError, TypeError):
        return None
