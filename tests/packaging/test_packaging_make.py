"""The two commands set up what they need, and say or fail when something cannot be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kataform

LEFT = ("CI", "MAKEFLAGS", "MAKELEVEL", "KATAFORM_SHARED")
SOURCE = Path(kataform.__file__).parent.parent


def run(command: list[str], folder: Path, **variables: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name not in LEFT}
    answer = subprocess.run(
        command,
        cwd=folder,
        env=environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return answer.returncode, answer.stdout


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def clone(repository: Path, tmp_path: Path) -> Path:
    """What `make` needs to see of a clone, with a virtual environment that is set up already."""
    if shutil.which("make") is None:
        pytest.skip("left out: the two commands (there is no make)")
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(repository / name, folder / name)
    script(folder / ".venv/bin/kataform", 'echo "kataform $*"')
    script(folder / ".venv/bin/python", 'echo "python $*"')
    (folder / ".venv/.installed").touch()
    return folder


def test_test_sets_up_then_runs_every_test(clone: Path) -> None:
    assert run(["make", "test"], clone) == (
        0,
        "kataform tools install\npython tests/install_kustomize.py\npython -m pytest -n auto --dist loadgroup tests\n",
    )


def test_a_tool_that_cannot_be_had_is_said_and_the_rest_goes_on(clone: Path) -> None:
    script(clone / ".venv/bin/kataform", "echo 'kataform: error: no kustomize' >&2; exit 2")

    code, said = run(["make", "setup"], clone)

    assert (code, said) == (0, "kataform: error: no kustomize\ngoing on without it\n")


def test_with_ci_set_it_fails(clone: Path) -> None:
    script(clone / ".venv/bin/kataform", "echo 'kataform: error: no kustomize' >&2; exit 2")

    code, said = run(["make", "setup"], clone, CI="true")

    assert code == 2
    assert said.startswith("kataform: error: no kustomize\nmake: *** ")


def test_without_a_python_that_will_do_it_says_which_were_tried(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    script(clone / "bin/old", "exit 1")

    code, said = run(["make", "setup", "PYTHONS=nowhere old"], clone, PATH=f"{clone / 'bin'}:{os.environ['PATH']}")

    assert code == 2
    assert said.splitlines()[:2] == [
        "kataform needs Python 3.11 or newer with venv, and found none of: nowhere old",
        "install one (Debian and Ubuntu: also python3-venv), or name it: make test PYTHON=/path/to/python3",
    ]
    assert not (clone / ".venv").exists()


def test_a_half_finished_set_up_is_begun_anew(clone: Path) -> None:
    (clone / ".venv/.installed").unlink()
    script(clone / "bin/fake", f'echo "$*" >> "{clone}/asked"; case "$*" in *--clear*) exit 1;; esac')

    code, _ = run(["make", "setup", "PYTHONS=fake"], clone, PATH=f"{clone / 'bin'}:{os.environ['PATH']}")

    assert code == 2
    assert (clone / "asked").read_text().splitlines()[-1] == "-m venv --clear .venv"
    assert not (clone / ".venv/.installed").exists()


@pytest.mark.parametrize("shared", [True, False])
def test_ci_runs_exactly_make_test_with_the_reference_data_where_it_is(
    repository: Path, tmp_path: Path, shared: bool
) -> None:
    (tmp_path / "clone/.ci").mkdir(parents=True)
    shutil.copy(repository / ".ci/run", tmp_path / "clone/.ci/run")
    script(tmp_path / "bin/make", 'echo "$PWD: make $*; ${KATAFORM_SHARED-no data}"')
    if shared:
        (tmp_path / "shared").mkdir()
    variables = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}

    code, said = run([str(tmp_path / "clone/.ci/run")], tmp_path, **variables)

    assert (code, said) == (0, f"{tmp_path}/clone: make test; {'../shared' if shared else 'no data'}\n")


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("1", 1)])
def test_versions_of_kustomize_that_only_go_could_install_are_named(
    repository: Path, tmp_path: Path, ci: str, code: int
) -> None:
    command = [sys.executable, str(repository / "tests/install_kustomize.py")]
    nowhere = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "KATAFORM_KUSTOMIZES": str(tmp_path)}

    answer = run(command, tmp_path, CI=ci, PYTHONPATH=str(SOURCE), **nowhere)

    assert answer == (
        code,
        "left out: the tests with kustomize 5.0.1, 5.4.3, 5.8.1, which only Go can install; there is no Go\n",
    )
