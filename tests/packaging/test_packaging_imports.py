"""Starting costs what it imports: nothing heavy before it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kataform

SOURCE = Path(kataform.__file__).parent.parent
HEAVY = ("yaml", "jsonschema", "jsonschema_rs", "ruamel", "re2", "urllib.request", "http", "ssl", "json", "subprocess")
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: example.com/a:1\n"


def imported(*arguments: str, cwd: Path) -> set[str]:
    """Every module that `kataform ARGUMENTS` imports."""
    command = [sys.executable, "-X", "importtime", "-m", "kataform", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={"PYTHONPATH": str(SOURCE)})
    lines = [line for line in answer.stderr.splitlines() if line.startswith("import time:")]
    assert len(lines) > 20, answer.stderr
    return {line.rpartition("|")[2].strip() for line in lines}


def heavy(modules: set[str], names: tuple[str, ...]) -> set[str]:
    return {name for name in names for module in modules if module == name or module.startswith(f"{name}.")}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("check", "--help"), ("nonsense",)])
def test_nothing_heavy_is_imported_to_say_a_version_or_to_help(arguments: tuple[str, ...], tmp_path: Path) -> None:
    modules = imported(*arguments, cwd=tmp_path)

    assert heavy(modules, HEAVY) == set()
    assert "kubecel" not in modules
    assert {module for module in modules if module.startswith("kataform.")} <= {
        *("kataform.cli", "kataform.errors", "kataform.__main__", "kataform.answers", "kataform.cache"),
    }


def test_a_check_of_one_file_imports_no_editor_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)

    modules = imported("check", "pod.yaml", cwd=tmp_path)

    assert "yaml" in modules
    assert heavy(modules, ("ruamel", "urllib.request", "http", "ssl", "kataform.install")) == set()


def test_generating_validates_specs_but_needs_no_policies_and_no_subprocess(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "kataform", "init", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=True,
    )

    modules = imported("generate", cwd=tmp_path)

    assert heavy(modules, ("ruamel", "urllib.request", "http", "ssl", "subprocess")) == set()
    assert {module for module in modules if module.startswith("kubecel.")} <= {"kubecel.records"}
