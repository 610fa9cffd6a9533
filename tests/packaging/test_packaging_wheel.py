"""The built wheel works where there is no checkout: its schemas and policies travel inside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kataform import __version__

TRAVELLING = ("schemas", "policies")
PROGRAM = Path("Scripts" if os.name == "nt" else "bin")


@pytest.fixture(scope="session")
def distributions(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that was built from nothing but the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(repository)]
    answer = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return distributions / f"kataform-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    return distributions / f"kataform-{__version__}.tar.gz"


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the wheel and what it needs: linked, for want of a network, and nothing else."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=os.name != "nt")
    python = folder / PROGRAM / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, str(wheel)], check=True, env=environment())
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages")
    for name in needed(wheel):
        link(metadata.distribution(name), site)
    return folder


def needed(wheel: Path) -> set[str]:
    """What the wheel's metadata asks for, and what that asks for in turn."""
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"kataform-{__version__}.dist-info/METADATA").decode()
    waiting = list(Parser().parsestr(text).get_all("Requires-Dist", []))
    seen: set[str] = set()
    while waiting:
        need = Requirement(waiting.pop())
        if need.name not in seen and (need.marker is None or need.marker.evaluate({"extra": ""})):
            seen.add(need.name)
            waiting += metadata.requires(need.name) or []
    return seen


def link(distribution: metadata.Distribution, site: Path) -> None:
    """Make the packages and the metadata of what is installed here be installed there, too."""
    for top in {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}:
        (site / top).symlink_to(Path(str(distribution.locate_file(top))))


def environment() -> dict[str, str]:
    """Nothing here may lead to the checkout."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(installed: Path, *arguments: str, cwd: Path) -> tuple[int, str, str]:
    answer = subprocess.run(
        [str(installed / PROGRAM / "kataform"), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
    )
    return answer.returncode, answer.stdout, answer.stderr


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_two_packages_and_what_travels_with_them(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    info = f"kataform-{__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"kataform", "kubecel", info}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    assert {"kataform/py.typed", f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= set(names)
    for folder in TRAVELLING:
        inside = {name.removeprefix(f"kataform/_data/{folder}/") for name in names if f"/_data/{folder}/" in name}
        assert inside == files_below(repository / folder)
        assert inside


def test_the_sdist_holds_the_sources_and_nothing_of_a_working_copy(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]

    assert {name.split("/")[0] for name in names} == {
        *("generator", "schemas", "policies"),
        *("LICENSE", "NOTICE", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"),
    }
    assert not [name for name in names if "__pycache__" in name]


def test_the_metadata_says_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"kataform-{__version__}.dist-info/METADATA").decode()

    metadata = Parser().parsestr(text)
    required = {
        re.split(r"[^\w.-]", need)[0] for need in metadata.get_all("Requires-Dist", []) if "extra ==" not in need
    }
    assert metadata["Version"] == __version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert required == {"click", "pyyaml", "jsonschema", "jsonschema-rs"}


def test_the_installed_program_runs(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path) == (0, f"kataform {__version__}\n", "")


def test_nothing_is_installed_but_what_the_wheel_asks_for(installed: Path, tmp_path: Path) -> None:
    code = "from importlib import metadata; print(*{d.metadata['Name'].lower() for d in metadata.distributions()})"
    answer = subprocess.run([installed / PROGRAM / "python", "-c", code], capture_output=True, text=True, cwd=tmp_path)

    there = set(answer.stdout.split()) - {"pip", "setuptools"}
    assert {"kataform", "click", "pyyaml", "jsonschema"} <= there
    assert not there & {"pytest", "hypothesis", "google-re2", "ruamel.yaml", "hatchling", "pre_commit"}


@pytest.mark.skipif(os.name == "nt", reason="left out: the demo, which is a shell script")
def test_the_demo_runs(installed: Path, repository: Path, tmp_path: Path) -> None:
    path = f"{installed / PROGRAM}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", str(repository / "docs/demo.sh")]

    answer = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment() | {"PATH": path}, timeout=300
    )

    assert (answer.returncode, answer.stderr.count("Traceback")) == (0, 0), answer.stdout + answer.stderr


def test_it_finds_its_schemas_and_policies_inside_itself(installed: Path, repository: Path, tmp_path: Path) -> None:
    command = [str(installed / PROGRAM / "python"), "-c", "from kataform import data; print(data.directory())"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment(), check=True)

    folder = Path(answer.stdout.strip())
    assert installed.resolve() in folder.resolve().parents
    assert repository not in folder.parents
    assert {path.name for path in folder.iterdir()} == set(TRAVELLING)


BROKEN = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelecter:
    matchLabels:
      kata: true
"""


def test_a_check_with_schemas_and_policies_works_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "kataconfig.yaml").write_text(BROKEN)

    code, out, err = run(installed, "check", "kataconfig.yaml", cwd=tmp_path)

    assert (code, err) == (1, "")
    assert "kataconfig.yaml:6:" in out
    assert "kataConfigPoolSelecter" in out
    assert "kataConfigPoolSelector" in out


def test_a_project_can_be_begun_and_generated_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    begun = run(installed, "init", ".", cwd=tmp_path)
    drift = run(installed, "generate", "--check", cwd=tmp_path)

    assert begun[0] == 0, begun
    assert drift[0] == 0, drift
    assert (tmp_path / "base" / "kataform.yaml").is_file()
