"""A small project, and the command line run on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from command_line import Run, run_in
from projects import write_specs

OVERLAY = """\
kataConfig:
  spec:
    logLevel: debug
examples:
- net-tools
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A base and one overlay, not generated yet."""
    return write_specs(tmp_path / "project", OVERLAY)


@pytest.fixture
def kataform(project: Path) -> Run:
    """Run the command line in the project."""
    return partial(run_in, project)
