"""What is ours is kept up to date; what is a person's is never touched; a kill at any moment leaves whole files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import project as projects
from kataform import tree
from kataform.overlays import Overlays

Run = Callable[..., subprocess.CompletedProcess[str]]
KATACONFIG = "overlays/prod/instance/patch-kataconfig.yaml"
NO_EXAMPLES = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
argocd: false
kataConfig:
  spec:
    logLevel: trace
"""


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def change(project: Path) -> None:
    """Another spec: some files change, some are no longer wanted."""
    (project / "overlays/prod/kataform.yaml").write_text(NO_EXAMPLES, encoding="utf-8")


def plan(project: Path, name: str = "prod") -> tree.Plan:
    rendering = Overlays(projects.require(project)).get(name).rendering
    assert rendering is not None
    return tree.plan(rendering)


def test_generated_files_are_written_once_and_then_left_alone(project: Path, kataform: Run) -> None:
    first, written = kataform("generate"), files(project)
    second = kataform("generate")

    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
    assert first.stdout.splitlines() == sorted(
        set(written)
        - {"base/kataform.yaml", "overlays/prod/kataform.yaml"}
        - {"base/kataform.lock", "overlays/prod/kataform.lock"}
    )
    assert files(project) == written


def test_what_is_no_longer_wanted_is_removed_with_its_folder(project: Path, kataform: Run) -> None:
    kataform("generate")
    change(project)

    result = kataform("generate")

    assert result.returncode == 0, result.stderr
    assert not (project / "overlays/prod/examples").exists()
    assert kataform("generate", "--check").returncode == 0


@pytest.mark.parametrize("start", ["nothing", "another spec"])
def test_a_stop_between_any_two_writes_leaves_whole_files_and_the_next_run_heals_them(
    project: Path, kataform: Run, start: str
) -> None:
    kataform("generate", "base")
    if start == "another spec":
        kataform("generate")
        change(project)
    before = files(project)
    steps = list(tree.steps(plan(project)))
    for step in steps:
        step()
    after = files(project)
    assert len(steps) > 5
    for stop in range(len(steps) + 1):
        _restore(project, before)
        for step in list(tree.steps(plan(project)))[:stop]:
            step()
        halfway = files(project)
        assert all(
            content in (before.get(name), after.get(name)) for name, content in halfway.items() if "lock" not in name
        )

        result = kataform("generate")

        assert (result.returncode, result.stderr.count("error")) == (0, 0), (stop, result.stderr)
        assert files(project) == after


def _restore(folder: Path, wanted: dict[str, bytes]) -> None:
    for name in files(folder).keys() - wanted.keys():
        (folder / name).unlink()
    for name, content in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


KILLED = """
import os, sys
from kataform.cli import main
calls, replace = 0, os.replace
def killing(source, target):
    global calls
    calls += 1
    if calls == {stop} and {before}:
        os.kill(os.getpid(), 9)
    replace(source, target)
    if calls == {stop}:
        os.kill(os.getpid(), 9)
os.replace = killing
sys.exit(main(["generate"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="left out: SIGKILL, which Windows does not have")
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("stop", [1, 2, 3, 7])
def test_a_killed_process_leaves_whole_files_and_the_next_run_heals_them(
    project: Path, kataform: Run, stop: int, before: bool
) -> None:
    kataform("generate")
    wanted = files(project)
    change(project)
    kataform("generate")
    changed = files(project)
    (project / "overlays/prod/kataform.yaml").write_bytes(wanted["overlays/prod/kataform.yaml"])
    script = KILLED.format(stop=stop, before=before)

    killed = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, timeout=60)
    halfway = {
        name: content for name, content in files(project).items() if "lock" not in name and ".kataform-tmp" not in name
    }
    healed = kataform("generate")

    assert killed.returncode == -9
    assert all(content in (wanted.get(name), changed.get(name)) for name, content in halfway.items())
    assert (healed.returncode, files(project)) == (0, wanted), healed.stderr


def test_a_persons_file_in_the_way_is_never_overwritten_also_with_our_header(project: Path, kataform: Run) -> None:
    theirs = project / "overlays/prod/instance/kustomization.yaml"
    theirs.parent.mkdir()
    header = "# Generated by kataform from overlays/prod/kataform.yaml. Edit that, then run: kataform generate prod\n"
    theirs.write_text(header + "resources: []\n", encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 1
    assert "overlays/prod/instance/kustomization.yaml: error[file-in-the-way]" in result.stderr
    assert theirs.read_text(encoding="utf-8") == header + "resources: []\n"
    assert list(files(project / "overlays/prod")) == ["instance/kustomization.yaml", "kataform.yaml"]
    assert (project / "base/kataform.lock").is_file()


def test_a_generated_file_that_a_person_changed_is_never_overwritten(project: Path, kataform: Run) -> None:
    kataform("generate")
    theirs = project / KATACONFIG
    theirs.write_text(theirs.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    change(project)
    before = files(project)

    result = kataform("generate", "prod")

    assert (result.returncode, files(project)) == (1, before)
    assert result.stderr.startswith(
        f"{KATACONFIG}: error[generated-file-changed] was generated, but was changed since;"
    )


def test_a_changed_file_that_is_no_longer_wanted_is_kept(project: Path, kataform: Run) -> None:
    kataform("generate")
    theirs = project / "overlays/prod/examples/kustomization.yaml"
    theirs.write_text("resources: []\n", encoding="utf-8")
    change(project)

    result = kataform("generate", "prod")

    assert (result.returncode, theirs.read_text(encoding="utf-8")) == (1, "resources: []\n")
    assert "is no longer generated, but was changed since it was" in result.stderr


def test_a_deleted_file_comes_back(project: Path, kataform: Run) -> None:
    kataform("generate")
    wanted = files(project)
    (project / KATACONFIG).unlink()

    assert kataform("generate").stdout == f"{KATACONFIG}\n"
    assert files(project) == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="left out: symbolic links need a privilege on Windows")
def test_nothing_is_written_through_a_symbolic_link(project: Path, kataform: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / "overlays/prod/instance").symlink_to(elsewhere)

    result = kataform("generate")

    assert (result.returncode, list(elsewhere.iterdir())) == (1, [])
    assert "error[file-in-the-way]" in result.stderr


def test_a_checkout_with_crlf_is_recognised_and_left_alone(project: Path, kataform: Run) -> None:
    kataform("generate")
    for path in (project / "overlays/prod").rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    result = kataform("generate", "--check")

    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_a_lock_with_a_merge_conflict_is_reported_at_its_line_and_nothing_is_written(
    project: Path, kataform: Run
) -> None:
    kataform("generate")
    lock = project / "overlays/prod/kataform.lock"
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    lock.write_text("".join([*lines[:3], "<<<<<<< HEAD\n", *lines[3:]]), encoding="utf-8")
    change(project)
    before = files(project)

    result = kataform("generate")

    assert (result.returncode, files(project)) == (1, before)
    assert "overlays/prod/kataform.lock:4:1: error[lock-unreadable] the lock holds a merge conflict" in result.stderr


def test_an_empty_lock_is_reported_and_nothing_is_written(project: Path, kataform: Run) -> None:
    kataform("generate")
    (project / "overlays/prod/kataform.lock").write_bytes(b"")
    change(project)
    before = files(project)

    result = kataform("generate")

    assert (result.returncode, files(project)) == (1, before)
    assert result.stderr.startswith("overlays/prod/kataform.lock: error[lock-unreadable] the lock is empty; restore it")


def test_a_lock_cannot_reach_outside_its_folder(project: Path, kataform: Run) -> None:
    kataform("generate")
    victim = project / "victim.yaml"
    victim.write_text("precious\n", encoding="utf-8")
    from kataform.lock import digest

    lock = project / "overlays/prod/kataform.lock"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(f"{text.rstrip()}\n  ../../victim.yaml: {digest(b'precious' + bytes([10]))}\n", encoding="utf-8")

    kataform("generate")

    assert victim.read_text(encoding="utf-8") == "precious\n"


def test_check_names_the_files_shows_the_diff_and_writes_nothing(project: Path, kataform: Run) -> None:
    kataform("generate")
    change(project)
    before = files(project)

    result = kataform("generate", "--check")

    assert (result.returncode, files(project)) == (1, before)
    assert f"--- a/{KATACONFIG}\n+++ b/{KATACONFIG}\n" in result.stdout
    assert "-  value: debug\n" in result.stdout
    assert "+++ /dev/null\n" in result.stdout


def test_as_a_hook_it_fails_when_it_wrote_and_passes_when_it_did_not(project: Path, kataform: Run) -> None:
    assert kataform("generate", "--hook").returncode == 1
    assert kataform("generate", "--hook").returncode == 0


def test_stdout_is_one_stream_and_writes_nothing(project: Path, kataform: Run) -> None:
    before = files(project)

    result = kataform("generate", "--stdout", "prod")

    assert (result.returncode, files(project)) == (0, before)
    kinds = [line for line in result.stdout.splitlines() if line.startswith("kind: ")]
    assert kinds == [
        f"kind: {k}"
        for k in ("Namespace", "OperatorGroup", "Subscription", "KataConfig", "RuntimeClass", "Namespace", "Pod", "Pod")
    ]


def test_a_broken_overlay_hides_no_other(project: Path, kataform: Run) -> None:
    (project / "overlays/bad").mkdir()
    (project / "overlays/bad/kataform.yaml").write_text("kind: Overlay\noperater: {}\n", encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 1
    assert (project / "overlays/prod/kataform.lock").is_file()
    assert "overlays/bad/kataform.yaml:2:1: error[unknown-field]" in result.stderr
    assert result.stderr.endswith("\nnot generated: 1 overlay; nothing there was touched\n")


def test_an_unknown_overlay_is_an_error_of_use(kataform: Run) -> None:
    result = kataform("generate", "prd")

    assert (result.returncode, result.stderr) == (2, "kataform: error: unknown overlay 'prd'; did you mean 'prod'?\n")
