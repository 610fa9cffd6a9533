"""Run an outside program, bounded in time, memory and output, together with whatever it starts."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

from kataform.errors import ToolError
from kubecel.records import dataclass

# Seconds that a program may take unless somebody says otherwise.
TIMEOUT = 60.0

if TYPE_CHECKING:
    import subprocess

__all__ = ["Outcome", "Running", "run"]

_Process: TypeAlias = "subprocess.Popen[bytes]"
_STDERR = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended; `ended_by` is 'timeout' or 'size' where we stopped it or refused its output, else ''."""

    code: int
    stdout: bytes
    stderr: str
    ended_by: str = ""


class Running:
    """The programs that run in the threads of one caller, all ended when the caller is interrupted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[_Process] = set()
        self._stopped = False

    def stop(self) -> None:
        """End all that run, and whatever is still added."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                _kill(process)

    def add(self, process: _Process) -> None:
        with self._lock:
            self._processes.add(process)
            if self._stopped:
                _kill(process)

    def remove(self, process: _Process) -> None:
        with self._lock:
            self._processes.discard(process)


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    folder: Path | None = None,
    output: int = 64 << 20,
    memory: int | None = None,
    running: Running | None = None,
) -> Outcome:
    """Run `command` to its end; ToolError where it cannot be started.

    After `timeout` seconds it is killed with all its children. Standard output beyond `output` bytes is refused;
    `memory` is the most it may allocate in bytes, enforced where the system can (Linux).
    """
    import tempfile

    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as complaint,
    ):
        if stdin:
            given.write(stdin)
            given.seek(0)
        process = _start(command, folder, environment, given if stdin else None, answer, complaint)
        if running:
            running.add(process)
        try:
            _limit(process, output, memory)
            late = _wait(process, timeout)
        finally:
            if running:
                running.remove(process)
            _kill(process)
            process.wait()
        size = answer.seek(0, os.SEEK_END)
        answer.seek(0)
        complaint.seek(0)
        return Outcome(
            code=process.returncode,
            stdout=answer.read(output) if size < output else b"",
            stderr=complaint.read(_STDERR).decode("utf-8", "replace"),
            ended_by="timeout" if late else "size" if size >= output else "",
        )


def _start(
    command: Sequence[str],
    folder: Path | None,
    environment: Mapping[str, str],
    stdin: IO[bytes] | None,
    stdout: IO[bytes],
    stderr: IO[bytes],
) -> _Process:
    import subprocess

    group = 0 if os.name == "posix" else None  # a group of its own, so that its children can be ended with it
    try:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            process_group=group,
        )
    except OSError as error:
        raise ToolError(f"cannot start {command[0]}: {error.strerror or error}") from None


def _wait(process: _Process, timeout: float) -> bool:
    """Wait for the end, without polling and where possible without reaping; whether it was too late.

    Until it is reaped its number belongs to it and its group, so that what it left behind can be ended safely.
    """
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(timeout, end)
    timer.start()
    try:
        if sys.platform == "linux":
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        else:
            process.wait()
    finally:
        timer.cancel()
        timer.join()
    return late.is_set()


def _limit(process: _Process, output: int, memory: int | None) -> None:
    try:
        import resource

        if memory is not None:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (output, output))
    except (ImportError, AttributeError, OSError):  # another system, or it has ended already
        return


def _kill(process: _Process) -> None:
    """End the process and its group, unless it has been reaped."""
    if process.returncode is not None:
        return
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):  # only a zombie is left; macOS calls that no permission
        return
