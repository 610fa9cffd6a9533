"""The trees of public repositories, unpacked once per run."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

FULL = bool(os.environ.get("KATAFORM_CORPUS"))


@pytest.fixture(scope="session")
def corpus(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds them; nothing in it may be changed."""
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(shared / "corpus" / "trees.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder.resolve()


@pytest.fixture(scope="session")
def rows(shared: Path) -> list[tuple[str, str, int]]:
    """Each root with what kustomize 5.8.1 did, and the number of objects; with KATAFORM_CORPUS all, else a sample."""
    lines = (shared / "corpus" / "roots.tsv").read_text(encoding="utf-8").splitlines()
    found = [(folder, did, int(count)) for folder, did, count, *_ in (line.split("\t") for line in lines)]
    return found if FULL else found[::24]
