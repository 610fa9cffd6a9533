"""The generate hook writes the tree and refuses the commit until what it wrote is part of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hook_repository import SOURCE, Repository, make_machine

SPEC = "overlays/production/kataform.yaml"


@pytest.fixture
def begun(project: Repository) -> Repository:
    """What `kataform init` makes, committed through the hooks, without kustomize on the machine."""
    code, said = project.run("kataform", "init", ".")
    assert code == 0, said
    code, said = project.commit()
    assert code == 0, said
    return project


def test_what_init_makes_is_committed_through_the_hooks_without_kustomize(begun: Repository) -> None:
    assert begun.run("git", "status", "--porcelain") == (0, "")


def test_a_changed_spec_is_refused_until_what_was_generated_is_added(begun: Repository) -> None:
    begun.change("base/kataform.yaml", "installPlanApproval: Manual", "installPlanApproval: Automatic")

    refused, said = begun.commit()
    added, _ = begun.commit()

    assert refused == 1
    assert "base/operator/subscription.yaml\n" in said
    assert added == 0
    assert "installPlanApproval: Automatic" in (begun.folder / "base/operator/subscription.yaml").read_text()


def test_new_files_count_as_well_though_git_does_not_know_them(begun: Repository) -> None:
    """pre-commit itself notices only changes in files that Git knows."""
    begun.write({"overlays/lab/kataform.yaml": (begun.folder / SPEC).read_text()})

    refused, said = begun.commit("overlays/lab/kataform.yaml")
    added, _ = begun.commit()

    assert refused == 1
    assert "overlays/lab/instance/kustomization.yaml\n" in said
    assert added == 0
    assert begun.run("git", "status", "--porcelain") == (0, "")


def test_a_label_without_quotes_in_a_spec_is_refused_at_its_line(begun: Repository) -> None:
    lines = (begun.folder / "base/kataform.yaml").read_text().splitlines()
    number = next(index for index, line in enumerate(lines, 1) if line.strip() == "kata: 'true'")
    begun.change("base/kataform.yaml", "kata: 'true'", "kata: true")

    code, said = begun.commit()

    assert code == 1
    assert f"base/kataform.yaml:{number}:15: " in said
    assert "kata: 'true'" in (begun.folder / "base/instance/kataconfig.yaml").read_text()


def test_a_generated_file_that_a_person_changed_is_reported_and_kept(begun: Repository) -> None:
    begun.change("base/instance/kataconfig.yaml", "kata: 'true'", "kata: 'yes'")

    code, said = begun.commit()

    assert code == 1
    assert "base/instance/kataconfig.yaml" in said
    assert "kata: 'yes'" in (begun.folder / "base/instance/kataconfig.yaml").read_text()


def test_a_commit_elsewhere_does_not_generate(begun: Repository) -> None:
    before = len(begun.invocations())
    begun.write({"README.md": "# mine\n", "policy/a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n"})

    code, said = begun.commit()

    assert code == 0, said
    assert [call[:2] for call in begun.invocations()[before:]] == [["check", "--hook"]]


def test_the_configuration_that_init_writes_runs_the_same_hooks(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    made = Repository(folder, *make_machine(tmp_path))
    for command in (
        ("git", "init", "-q", "-b", "main"),
        ("kataform", "init", "."),
        (sys.executable, "-m", "pre_commit", "install"),
    ):
        code, said = made.run(*command)
        assert code == 0, said

    first, said = made.commit()
    made.change("base/kataform.yaml", "kata: 'true'", "kata: true")
    second, refused = made.commit()

    assert first == 0, said
    assert second == 1
    assert "base/kataform.yaml:16:" in refused


def test_this_repository_passes_its_own_hooks(repository: Path, tmp_path: Path) -> None:
    if not (repository / ".git").exists():
        pytest.skip("left out: this repository's own hooks (not a Git checkout)")
    folder = tmp_path / "clone"
    made = Repository(tmp_path, *make_machine(tmp_path))
    made.variables["PATH"] = f"{made.bin}:{os.environ['PATH']}"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (repository / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((repository / name).read_bytes())
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "kataform").symlink_to(made.bin / "kataform")
    made.folder = folder
    for command in (("git", "init", "-q", "-b", "main"), ("git", "add", ".")):
        code, said = made.run(*command)
        assert code == 0, said

    code, said = made.run(sys.executable, "-m", "pre_commit", "run", "--all-files")

    assert code == 0, said
    assert [call[0] for call in made.invocations()] == ["generate", "check"]
    assert SOURCE.is_dir()
