"""The README and the pages say what is true: the picture is real output, and every command in them works."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kataform.kustomize import Kustomize

REPOSITORY = Path(__file__).resolve().parents[2]
WALK = REPOSITORY / "docs/site.md"  # its commands build on each other: tests/tools runs them in their order
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
# What the two commands of the README do is tested where they are: tests/demo, and this very run.
ELSEWHERE = {"make demo", "make test"}
PLACEHOLDERS = {
    "OVERLAY": "stable",
    "production": "stable",
    "NAME": "stable",
    "PATH": str(REPOSITORY / "tests/walk/tree"),
    "DIR": "adopted",
}


def commands() -> list[str]:
    """Everything that a page says to run: lines after a prompt, and `kataform …` in the text."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += re.findall(r"^\$ (.+)$", text, re.MULTILINE) if page != WALK else []
        found += re.findall(r"`(kataform [a-z][^`]*)`", text)
        found += [part for line in re.findall(r"`(kataform [^`]*&&[^`]*)`", text) for part in line.split(" && ")]
    kept = {command for command in found if "&&" not in command and command not in ELSEWHERE}
    return sorted(kept)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a fresh clone has of the tree and the hand-written example."""
    for name in ("base", "overlays", "policies", "schemas"):
        shutil.copytree(REPOSITORY / name, tmp_path / "clone" / name)
    return tmp_path / "clone"


@pytest.mark.parametrize("command", commands())
def test_a_command_in_the_docs_works(clone: Path, kustomize: Kustomize, kubeconform: Path, command: str) -> None:
    for placeholder, value in PLACEHOLDERS.items():
        command = command.replace(placeholder, value)
    arguments = shlex.split(command)
    folder = clone
    if arguments[:2] == ["kataform", "init"]:
        folder = clone.parent
    if arguments[1:2] == ["tools"]:
        arguments = ["kataform", "tools", "list"]  # installing has its own tests

    result = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=os.environ, capture_output=True, text=True, timeout=300
    )

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="left out: a pseudo-terminal, which Windows does not have")
def test_the_picture_in_the_readme_is_what_a_terminal_shows(kustomize: Kustomize) -> None:
    generate = runpy.run_path(str(REPOSITORY / "docs/generate.py"))
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert generate["picture"]() in text, "run `make docs`"


def test_links_lead_somewhere() -> None:
    missing = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert missing == []
