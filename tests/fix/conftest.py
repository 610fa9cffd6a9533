"""`kataform fix` and `kataform check`, run in a folder of their own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from command_line import Run, run_in


@pytest.fixture
def kataform(tmp_path: Path) -> Run:
    """The command line in a temporary folder."""

    return partial(run_in, tmp_path)
