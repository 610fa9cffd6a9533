"""`make demo` tells the story to its end, with and without kustomize and kubeconform."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kataform
from kataform.kustomize import Kustomize

SOURCE = Path(kataform.__file__).parent.parent
PROGRAMS = ("sh", "mktemp", "rm", "mv", "cp", "sed", "grep", "cat", "dirname", "touch")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine that has a shell's usual company and kataform, and nothing else."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found, f"no {name} on PATH"
        (programs / name).symlink_to(found)
    script = programs / "kataform"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{SOURCE}" exec "{sys.executable}" -m kataform "$@"\n')
    script.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    return {"PATH": str(programs), "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}


def tell(repository: Path, machine: dict[str, str]) -> str:
    """What the demo prints; it must end well and leave nothing behind."""
    answer = subprocess.run(
        ["sh", str(repository / "docs" / "demo.sh")],
        env=machine,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout
    assert os.listdir(machine["TMPDIR"]) == []
    return answer.stdout


def test_the_demo_shows_the_main_job(
    repository: Path, machine: dict[str, str], kustomize: Kustomize, kubeconform: Path
) -> None:
    for program in (kustomize.path, kubeconform):
        (Path(machine["PATH"]) / program.name).symlink_to(program)

    told = tell(repository, machine)

    assert "LEFT OUT" not in told
    assert [line for line in told.splitlines() if line.startswith("$ ")] == [
        "$ kataform init demo",
        "$ kataform show production",
        "$ kataform generate",
        "$ kustomize build overlays/production/instance",
        "$ kataform check --build",
        "$ kataform check --kubeconform",
        (
            "$ sed \"s/kata: 'true'/kata: true/\" base/instance/kataconfig.yaml > broken "
            "&& mv broken base/instance/kataconfig.yaml"
        ),
        "$ kustomize build overlays/production/instance | grep 'kata: '",
        "$ kataform check",
        "$ cp base/kataform.yaml spec && sed \"s/kata: 'true'/kata: true/\" spec > base/kataform.yaml",
        "$ kataform generate",
        "$ mv spec base/kataform.yaml",
        (
            "$ sed \"s/kata: true/kata: 'true'/\" base/instance/kataconfig.yaml > mended "
            "&& mv mended base/instance/kataconfig.yaml"
        ),
        "$ kataform generate --check",
        "$ kataform check",
    ]
    assert '      kata: "true"\n' in told
    assert "      kata: true\n" in told
    assert "base/instance/kataconfig.yaml:12:13: " in told
    assert "base/kataform.yaml:16:15: " in told


def test_without_kustomize_and_kubeconform_it_says_what_it_left_out(repository: Path, machine: dict[str, str]) -> None:
    told = tell(repository, machine)

    assert [line for line in told.splitlines() if "LEFT OUT" in line] == [
        "# LEFT OUT: building with kustomize, which is not here and could not be installed.",
        "# LEFT OUT: the second opinion of kubeconform, which is not here and could not be installed.",
    ]
    assert "$ kustomize" not in told
    assert "base/instance/kataconfig.yaml:12:13: " in told
