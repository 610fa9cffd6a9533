"""The command line as a user runs it: a process of its own in a folder, its bytes taken as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def run_in(
    folder: Path,
    *arguments: str,
    stdin: str | bytes = b"",
    before: tuple[str, ...] = (),
    limit: float = 300,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """`kataform ARGUMENTS` in a folder, `variables` added to the environment; line ends are not translated.

    `before` is a command that starts it, such as `setpriv`.
    """
    command = [*before, sys.executable, "-m", "kataform", *arguments]
    given = stdin.encode() if isinstance(stdin, str) else stdin
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=environment, input=given, capture_output=True, timeout=limit)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
