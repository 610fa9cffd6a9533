"""The committed schemas are, byte for byte, what the scripts make of their sources."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUDGET = 3 << 20


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def made(repository: Path, tmp_path: Path, script: str, *sources: str) -> Path:
    """What a script writes: it writes beside its own folder, so it is given a copy of that."""
    generate = tmp_path / "schemas" / "generate"
    generate.mkdir(parents=True)
    for path in (repository / "schemas" / "generate").glob("*.py"):
        (generate / path.name).write_bytes(path.read_bytes())
    subprocess.run([sys.executable, generate / script, *sources], check=True, capture_output=True)
    return tmp_path / "schemas"


def test_the_schemas_of_custom_resources_are_made_from_their_crds(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    written = made(repository, tmp_path, "crds.py", str(shared / "upstream" / "crds"))

    for folder in ("kataconfig", "olm"):
        assert contents(written / folder) == contents(repository / "schemas" / folder)


def test_the_schemas_of_kubernetes_are_made_from_kubernetes_validate(repository: Path, tmp_path: Path) -> None:
    named = os.environ.get("KATAFORM_KUBERNETES_VALIDATE")
    if not named:
        pytest.skip(
            "left out: kubernetes-validate (KATAFORM_KUBERNETES_VALIDATE names no folders of 1.24.1 and 1.37.0)"
        )

    written = made(repository, tmp_path, "kubernetes.py", *named.split(os.pathsep))

    assert contents(written / "kubernetes") == contents(repository / "schemas" / "kubernetes")


def test_the_schemas_are_small_and_without_prose(repository: Path) -> None:
    files = [
        (path, data)
        for folder in ("kubernetes", "kataconfig", "olm")
        for path, data in contents(repository / "schemas" / folder).items()
    ]

    assert sum(len(data) for _, data in files) < BUDGET
    for path, data in files:
        assert data.endswith(b"\n"), path
        assert data.isascii(), path
        assert b'"title":"' not in data, path
