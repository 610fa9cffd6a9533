"""Which entries kustomize fetches, held against kustomize itself: it asks for git, or connects to this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kataform.kustomization import Graph
from kataform.kustomize import Kustomize

FETCHED = (
    "https://127.0.0.1:1/org/repo", "https://127.0.0.1:1/repo", "https://127.0.0.1:1/x.yaml", "ssh://host/org/repo",
    "file:///org/repo", "git::https://127.0.0.1:1/org/repo", "git::github.com/org/repo", "github.com/org/repo",
    "GitHub.com/org/repo", "github.com:org/repo", "github.com/org/repo/deploy?ref=main", "git@github.com/org/repo",
    "git@example.com:org/repo", "git@example.com/org/repo", "git@example.com:repo.git",
    "git@example.com:repo.git?ref=1", "git@example.com:repo.gitx", "github.com/org.git",
    "org-12345@github.com:org/repo",
)  # fmt: skip
LOCAL = (
    "my.dir/x.yaml", "example.com/org/repo", "example.com/org/repo//sub", "example.com:org/repo", "x.git", "x.git/y",
    "my.dir/x.git", "org/repo.git", "my.dir/x?ref=a", "git::my.dir/x", "user@my.dir/x", "github.com", "github.com/org",
    "www.github.com/org/repo", "gist.github.com/org/repo", "github.company.com/org/repo", "gitlab.com/org/repo",
    "bitbucket.org/org/repo", "git@example.com:repo", "git@example.com:repo?ref=1",
    "gh:org/repo", "mygithub.com/org/repo", "githubxcom/org/repo",
)  # fmt: skip


def root(folder: Path, name: str) -> Path:
    (folder / "kustomization.yaml").write_text(f'resources:\n- "{name}"\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", [*FETCHED, *LOCAL])
def test_what_is_fetched_is_called_remote(each_kustomize: Kustomize, tmp_path: Path, name: str) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    command = [shutil.which(each_kustomize.path) or each_kustomize.path, "build", root(tmp_path, name)]

    said = subprocess.run(command, env={"PATH": str(empty)}, capture_output=True, text=True, timeout=60).stderr

    assert ("no 'git' program on path" in said or "connect" in said) is (name in FETCHED), said


@pytest.mark.parametrize("name", [*FETCHED, *LOCAL])
def test_the_graph_calls_the_same_remote(tmp_path: Path, name: str) -> None:
    graph = Graph()
    found = graph.kustomization(root(tmp_path, name))

    assert found is not None
    assert graph.remotes(found) == ([name] if name in FETCHED else [])
