"""`kataform fix` and `kataform check`, run in a folder of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kataform(tmp_path: Path) -> Run:
    """The command line in a temporary folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kataform", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
