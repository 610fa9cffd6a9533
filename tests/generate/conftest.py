"""A small project, and the command line run on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BASE = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
operator:
  version: 1.13.1
  subscription:
    channel: stable
kataConfig:
  spec:
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
"""
OVERLAY = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
kataConfig:
  spec:
    logLevel: debug
examples:
- net-tools
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A base and one overlay, not generated yet."""
    folder = tmp_path / "project"
    for name, text in {"base": BASE, "overlays/prod": OVERLAY}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "kataform.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def kataform(project: Path) -> Run:
    """Run the command line in the project."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kataform", *arguments]
        return subprocess.run(command, cwd=project, input=stdin, capture_output=True, text=True, timeout=120)

    return run
