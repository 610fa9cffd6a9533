"""The command line, run in a folder of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from command_line import Run, run_in


@pytest.fixture
def check(tmp_path: Path) -> Run:
    """`kataform check` in a temporary folder."""

    return partial(run_in, tmp_path, "check")
