"""Repositories whose commits go through the real hooks, run by the real pre-commit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hook_repository import Repository, make_machine, offer_hooks


@pytest.fixture
def project(tmp_path: Path, repository: Path) -> Repository:
    """An empty repository with both hooks of .pre-commit-hooks.yaml installed, and no kustomize on PATH."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Repository(folder, *make_machine(tmp_path))
    revision = offer_hooks(tmp_path / "offered", repository, made)
    made.write(
        {
            ".pre-commit-config.yaml": f"repos:\n- repo: {tmp_path / 'offered'}\n  rev: {revision}\n  hooks:\n"
            "  - id: kataform-generate\n  - id: kataform-check\n"
        }
    )
    for command in (("git", "init", "-q", "-b", "main"), (sys.executable, "-m", "pre_commit", "install")):
        code, said = made.run(*command)
        assert code == 0, said
    return made
