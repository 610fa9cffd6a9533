"""What git says has changed, and everything that builds on it, is checked; the rest is left alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

Git = Callable[..., str]

CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: 'true'}\n"
IDENTITY = ("-c", "user.name=kataform", "-c", "user.email=kataform@example.com", "-c", "commit.gpgsign=false")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """The real git in the folder of the test."""

    def run(*arguments: str) -> str:
        command = ["git", *IDENTITY, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    return run


@pytest.fixture
def repository(tmp_path: Path, git: Git) -> Path:
    """Two roots on one base, one root alone, one manifest alone; all committed."""
    write(tmp_path, "base/one.yaml", CONFIGMAP.replace("NAME", "one"))
    write(tmp_path, "base/kustomization.yaml", "resources: [one.yaml]\n")
    for name in ("test", "prod"):
        write(tmp_path, f"{name}/kustomization.yaml", "resources: [../base]\n")
    write(tmp_path, "other/two.yaml", CONFIGMAP.replace("NAME", "two"))
    write(tmp_path, "other/settings.env", "a=b\n")
    generator = "configMapGenerator:\n- name: set\n  envs: [settings.env]\n"
    write(tmp_path, "other/kustomization.yaml", f"resources: [two.yaml]\n{generator}")
    write(tmp_path, "alone.yaml", CONFIGMAP.replace("NAME", "alone"))
    git("init", "-q", "-b", "main", ".")
    git("add", "-A")
    git("commit", "-qm", "all of it")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def covered(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1].rpartition("checked ")[2] if done.stdout else done.stderr.strip()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("base/one.yaml", "2 of 2 objects in 2 overlays"),
        ("prod/kustomization.yaml", "1 of 1 object in 1 overlay"),
        ("other/settings.env", "2 of 2 objects in 1 overlay"),
        ("alone.yaml", "1 of 1 object in 1 file"),
        ("README.md", "nothing to check: no manifest has changed since HEAD"),
    ],
)
def test_a_change_is_checked_with_what_builds_on_it(
    repository: Path, check: Run, kustomize: Kustomize, name: str, expected: str
) -> None:
    path = repository / name
    path.write_text((path.read_text("utf-8") if path.exists() else "") + "# changed\n", encoding="utf-8")

    done = check("--changed")

    assert (done.returncode, covered(done)) == (0, expected)


def test_an_untracked_manifest_has_changed(repository: Path, check: Run) -> None:
    write(repository, "new/it's new.yaml", CONFIGMAP.replace("NAME", "new").replace("'true'", "true"))

    done = check("--changed")

    assert done.returncode == 1
    assert done.stdout.startswith("new/it's new.yaml:4:11: error[unquoted-boolean]")


def test_a_file_that_is_gone_breaks_what_names_it(repository: Path, check: Run, kustomize: Kustomize) -> None:
    (repository / "base" / "one.yaml").unlink()

    done = check("--changed")

    assert done.returncode == 1
    assert "base/kustomization.yaml:1:13: error[build-failed]" in done.stdout


def test_a_branch_is_compared_with_where_it_left_the_other(
    repository: Path, check: Run, kustomize: Kustomize, git: Git
) -> None:
    git("checkout", "-qb", "work")
    write(repository, "prod/kustomization.yaml", "resources: [../base]\nlabels: []\n")
    git("commit", "-qam", "ours")
    git("checkout", "-q", "main")
    write(repository, "alone.yaml", CONFIGMAP.replace("NAME", "theirs"))
    git("commit", "-qam", "theirs")
    git("checkout", "-q", "work")

    assert covered(check("--changed")) == "nothing to check: no manifest has changed since HEAD"
    assert covered(check("--changed=main")) == "1 of 1 object in 1 overlay"


def test_a_path_bounds_what_is_looked_at(repository: Path, check: Run, kustomize: Kustomize) -> None:
    write(repository, "base/one.yaml", CONFIGMAP.replace("NAME", "changed"))

    assert covered(check("test", "--changed")) == "1 of 1 object in 1 overlay"


def test_a_policy_that_changed_judges_everything_again(tmp_path: Path, check: Run, git: Git) -> None:
    write(
        tmp_path,
        "base/kataform.yaml",
        "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\noperator:\n  version: 1.13.1\n"
        "  subscription: {channel: stable}\n"
        "kataConfig: {spec: {kataConfigPoolSelector: {matchLabels: {kata: 'true'}}}}\n",
    )
    git("init", "-q", "-b", "main", ".")
    git("add", "-A")
    git("commit", "-qm", "all of it")
    write(tmp_path, "policies/own.yaml", "apiVersion: v1\nkind: List\nitems: []\n")

    done = check("--changed")

    assert "in 1 overlay" in covered(done)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--changed=nowhere",), "there is no revision 'nowhere' in this repository; fetch it first; "),
        (("--changed", "base"), "there is no revision 'base' in this repository; for the path, name it first: base "),
        (("-", "--changed"), "--changed is about files; it cannot be told of standard input"),
    ],
)
def test_what_cannot_be_told_is_an_error(
    repository: Path, check: Run, arguments: tuple[str, ...], message: str
) -> None:
    done = check(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"kataform: error: {message}")


def test_outside_a_repository_nothing_tells_what_changed(tmp_path: Path, check: Run) -> None:
    write(tmp_path, "alone.yaml", CONFIGMAP)

    done = check("--changed")

    assert done.returncode == 2
    assert done.stderr == ("kataform: error: .: this is not a git repository, so nothing tells what has changed\n")
