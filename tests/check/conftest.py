"""The command line, run in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path) -> Run:
    """`kataform check` in a temporary folder."""

    def run(*arguments: str, stdin: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kataform", "check", *arguments]
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, timeout=120)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
