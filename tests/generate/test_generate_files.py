"""Nobody's file is lost: two runs at once, disks that are full or closed, links, other tools that rewrite, removals."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import Run
from kataform import turn

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="left out: signals, links and mounts of POSIX systems")
# How many runs are killed at a random moment; a thousand on demand.
KILLS = int(os.environ.get("KATAFORM_KILLS") or 15)
PERSONS = {"overlays/prod/operator/mine.yaml": b"mine: true\n", "overlays/prod/notes.md": b"# Notes\n"}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def write(project: Path, wanted: dict[str, bytes]) -> None:
    for name, content in wanted.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(content)


def respell(project: Path, level: str) -> None:
    """Another spec, which renders to other files: with `trace` the examples go, too."""
    spec = project / "overlays/prod/kataform.yaml"
    text = spec.read_text(encoding="utf-8")
    for other in ("debug", "trace", "warn"):
        text = text.replace(f"logLevel: {other}", f"logLevel: {level}")
    kept = text.partition("examples:")[0] + ("examples: []\n" if level == "trace" else "examples:\n- net-tools\n")
    spec.write_text(kept, encoding="utf-8")


@POSIX
def test_killed_at_any_moment_it_leaves_whole_files_and_the_next_run_heals_them(project: Path, kataform: Run) -> None:
    write(project, PERSONS)
    states = {}
    for level in ("debug", "trace"):
        respell(project, level)
        assert kataform("generate").returncode == 0
        states[level] = files(project)
    started = time.monotonic()
    kataform("generate")
    usual = time.monotonic() - started
    source, killed = random.Random(4), 0

    for number in range(KILLS):
        respell(project, ("debug", "trace")[number % 2])
        run = subprocess.Popen([sys.executable, "-m", "kataform", "generate"], cwd=project, stderr=subprocess.DEVNULL)
        time.sleep(source.uniform(0.3 * usual, usual))
        run.send_signal(signal.SIGKILL)
        killed += run.wait() == -signal.SIGKILL

        for name, content in files(project).items():
            if not name.endswith((".lock", ".kataform-tmp", "kataform.yaml")):
                assert content in [state.get(name) for state in states.values()], (number, name)
        healed = kataform("generate")
        assert healed.returncode == 0, (number, healed.stderr)
        assert files(project) == states["debug" if number % 2 == 0 else "trace"], number
    assert killed


@POSIX
def test_two_runs_at_once_write_one_after_the_other(project: Path, kataform: Run) -> None:
    command = [sys.executable, "-m", "kataform", "generate"]
    runs = [subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]

    ended = [(run.communicate(timeout=120), run.returncode) for run in runs]

    assert [code for _, code in ended] == [0] * 4, ended
    assert sum(bool(out) for (out, _), _ in ended) == 1
    assert kataform("generate", "--check").returncode == 0


@POSIX
def test_who_waits_too_long_says_so_and_a_dead_run_blocks_nobody(project: Path) -> None:
    holding = "import sys, time\nfrom pathlib import Path\nfrom kataform import turn\n"
    holding += "with turn.of(Path('.')):\n    print('held', flush=True)\n    time.sleep(60)\n"
    other = subprocess.Popen([sys.executable, "-c", holding], cwd=project, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"

    with pytest.raises(Exception, match="another kataform has been writing here"), turn.of(project, patience=0.2):
        pass
    other.kill()
    other.wait()
    with turn.of(project, patience=5):
        pass

    assert files(project).keys() == {"base/kataform.yaml", "overlays/prod/kataform.yaml"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB, where this user may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip("left out: a full disk (this user may mount no tmpfs)")
    yield folder
    subprocess.run(["umount", folder], check=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 512)


@pytest.mark.skipif(sys.platform != "linux", reason="left out: a full disk, which is mounted on Linux")
def test_a_full_disk_is_said_and_nothing_is_lost(small_disk: Path, project: Path, kataform: Run) -> None:
    kataform("generate")
    shutil.copytree(project, small_disk / "project")
    inside = small_disk / "project"
    respell(inside, "trace")
    write(inside, {"overlays/prod/mine.txt": b"mine"})
    before = files(inside)
    _fill(small_disk / "filler")
    command = [sys.executable, "-m", "kataform", "generate", "--directory", inside]

    full = subprocess.run(command, capture_output=True, text=True, timeout=60)
    left = files(inside)
    (small_disk / "filler").unlink()
    healed = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert full.returncode == 2
    assert full.stderr.endswith("cannot be written: No space left on device\n")
    assert "Traceback" not in full.stderr
    assert all(left[name] for name in before)
    assert left["overlays/prod/mine.txt"] == b"mine"
    assert not [name for name in left if name.endswith(".kataform-tmp")]
    assert healed.returncode == 0, healed.stderr


@POSIX
def test_a_folder_that_may_not_be_written_is_said(project: Path, kataform: Run) -> None:
    kataform("generate")
    respell(project, "trace")
    closed = project / "overlays/prod/instance"
    if subprocess.run(["chattr", "+i", closed], capture_output=True).returncode:
        if os.geteuid() == 0:
            pytest.skip("left out: a folder that root may not write to (chattr has no effect here)")
        closed.chmod(0o555)
    before = files(project)
    try:
        done = kataform("generate")
    finally:
        subprocess.run(["chattr", "-i", closed], capture_output=True)
        closed.chmod(0o755)

    assert done.returncode == 2
    assert "overlays/prod/instance/patch-kataconfig.yaml: cannot be written: " in done.stderr
    assert {name: files(project)[name] for name in before if not name.endswith(".lock")} == {
        name: content for name, content in before.items() if not name.endswith(".lock")
    }
    assert kataform("generate").returncode == 0


@POSIX
def test_an_overlay_behind_a_link_out_of_the_repository_is_not_written_to(
    project: Path, kataform: Run, tmp_path: Path
) -> None:
    kataform("generate")
    outside = tmp_path / "outside"
    shutil.move(project / "overlays/prod/instance", outside)
    (project / "overlays/prod/instance").symlink_to(outside)
    before = files(outside)
    respell(project, "trace")

    done = kataform("generate")

    assert (done.returncode, files(outside)) == (1, before)
    assert "error[generated-file-changed]" in done.stderr or "error[file-in-the-way]" in done.stderr


def test_a_checkout_with_autocrlf_is_up_to_date(project: Path, kataform: Run, tmp_path: Path) -> None:
    kataform("generate")
    git = ["git", "-c", "user.name=kataform", "-c", "user.email=kataform@example.com"]
    for arguments in (["init", "-q", "."], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], cwd=project, check=True)
    clone = tmp_path / "clone"
    subprocess.run([*git, "-c", "core.autocrlf=true", "clone", "-q", project, clone], check=True)
    assert b"\r\n" in (clone / "base/instance/kataconfig.yaml").read_bytes()

    done = subprocess.run(
        [sys.executable, "-m", "kataform", "generate", "--check"], cwd=clone, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "2 overlays up to date\n")


@pytest.mark.parametrize("content", [b"", b"\0", b"[", b"apiVersion: kataform.dev/v9\nkind: Lock\nfiles: {}\n"])
def test_a_lock_that_cannot_be_read_stops_its_folder_and_no_other(project: Path, kataform: Run, content: bytes) -> None:
    kataform("generate")
    (project / "overlays/prod/kataform.lock").write_bytes(content)
    respell(project, "trace")
    before = files(project)

    done = kataform("generate")

    assert (done.returncode, files(project)) == (1, before)
    assert "overlays/prod/kataform.lock" in done.stderr
    assert "error[lock-unreadable]" in done.stderr
    assert "Traceback" not in done.stderr


# --- what is not wanted any more -----------------------------------------------------------------------------------


def test_an_example_that_is_dropped_takes_just_its_own_files_along(project: Path, kataform: Run) -> None:
    spec = project / "overlays/prod/kataform.yaml"
    spec.write_text(spec.read_text("utf-8") + "- fedora\n", encoding="utf-8")
    kataform("generate")
    write(project, {"overlays/prod/examples/pod-example-fedora-mine.yaml": b"a: 1\n"})
    before = files(project)
    spec.write_text(spec.read_text("utf-8").replace("- fedora\n", ""), encoding="utf-8")

    done = kataform("generate")

    assert done.returncode == 0
    assert before.keys() - files(project).keys() == {
        "overlays/prod/examples/pod-example-fedora-kata.yaml",
        "overlays/prod/examples/pod-example-fedora-regular.yaml",
    }


def test_the_files_of_an_overlay_whose_spec_is_gone_go_and_a_persons_stay(project: Path, kataform: Run) -> None:
    kataform("generate")
    write(project, PERSONS)
    (project / "overlays/prod/kataform.yaml").unlink()

    shown = kataform("generate", "--check")
    done = kataform("generate")

    assert shown.returncode == 1
    assert done.returncode == 0, done.stderr
    assert {name for name in files(project) if name.startswith("overlays")} == PERSONS.keys()
    assert kataform("generate", "--check").returncode == 0


def test_an_overlay_that_is_renamed_leaves_nothing_behind(project: Path, kataform: Run) -> None:
    kataform("generate")
    (project / "overlays/site").mkdir()
    (project / "overlays/prod/kataform.yaml").rename(project / "overlays/site/kataform.yaml")

    done = kataform("generate")

    assert done.returncode == 0, done.stderr
    assert not (project / "overlays/prod").exists()
    assert (project / "overlays/site/kustomization.yaml").is_file()


def test_a_changed_file_of_an_overlay_that_is_gone_is_kept_with_all_the_others(project: Path, kataform: Run) -> None:
    kataform("generate")
    (project / "overlays/prod/kataform.yaml").unlink()
    file = project / "overlays/prod/instance/kustomization.yaml"
    file.write_text(file.read_text("utf-8") + "# mine\n", encoding="utf-8")
    before = files(project)

    done = kataform("generate")

    assert (done.returncode, files(project)) == (1, before)
    assert "is no longer generated, but was changed since it was" in done.stderr


def test_a_runtime_class_that_changes_its_owner_changes_the_aggregate(project: Path, kataform: Run) -> None:
    kataform("generate")
    spec = project / "overlays/prod/kataform.yaml"
    text = spec.read_text("utf-8")
    aggregates = []
    for owner in ("git", "operator"):
        spec.write_text(f"{text}runtimeClass:\n  owner: {owner}\n", encoding="utf-8")
        assert kataform("generate").returncode == 0
        aggregates.append("runtimeclass" in (project / "overlays/prod/kustomization.yaml").read_text("utf-8"))

    assert aggregates == [True, False]
