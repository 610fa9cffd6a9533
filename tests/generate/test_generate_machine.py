"""`generate` in repositories as they are: reformatted, merged, linked, renamed, with pipes and folders for files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Run
from kataform import project as projects
from kataform import tree
from kataform.overlays import Overlays

LOCK = "overlays/prod/kataform.lock"
KATACONFIG = "overlays/prod/instance/patch-kataconfig.yaml"
posix = pytest.mark.skipif(sys.platform == "win32", reason="left out: links and pipes of POSIX systems")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def plan(project: Path) -> tree.Plan:
    rendering = Overlays(projects.require(project)).get("prod").rendering
    assert rendering is not None
    return tree.plan(rendering)


# --- what other tools did ------------------------------------------------------------------------------------------


def test_a_file_that_a_formatter_rewrote_is_kept_and_said_to_be_the_same(project: Path, kataform: Run) -> None:
    kataform("generate")
    path = project / KATACONFIG
    formatted = "---\n" + path.read_text(encoding="utf-8").replace("- ", "-   ").replace("\n  ", "\n    ")
    path.write_text(formatted, encoding="utf-8")

    result = kataform("generate")

    assert (result.returncode, path.read_text(encoding="utf-8")) == (1, formatted)
    assert result.stderr.splitlines()[0] == (
        f"{KATACONFIG}: error[generated-file-changed] was written anew by a formatter or by hand; its values are those "
        "that would be generated; exclude it from the formatter, delete it, then generate again"
    )


def test_a_value_that_one_reader_takes_for_another_is_no_formatting(project: Path, kataform: Run) -> None:
    kataform("generate")
    path = project / "base/instance/kataconfig.yaml"
    path.write_text(path.read_text("utf-8").replace("'true'", "true"), encoding="utf-8")

    result = kataform("generate")

    assert "error[generated-file-changed] was generated, but was changed since" in result.stderr


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n", "# mine\n>>>>>>> other\n"])
def test_a_merge_conflict_in_a_generated_file_is_said_at_its_line(project: Path, kataform: Run, text: str) -> None:
    kataform("generate")
    path = project / KATACONFIG
    path.write_text(text, encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if row[:7] in ("<" * 7, ">" * 7))

    result = kataform("generate")
    path.unlink()

    assert result.returncode == 1
    message = f"{KATACONFIG}:{line}:1: error[generated-file-changed] holds a merge conflict; delete the file, then"
    assert message in result.stderr
    assert kataform("generate").returncode == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the lock is empty; restore it from Git, or delete it"),
        ("a: 1\n=======\nb: 2\n>>>>>>> other\n", "the lock holds a merge conflict; restore it from Git, or delete it"),
        (
            "apiVersion: kataform.dev/v2\nkind: Lock\n",
            "the lock is in a format that this version does not know; install the kataform that wrote it",
        ),
        ("kind: Pod\n", "the lock is not a lock; restore"),
    ],
)
def test_a_damaged_lock_is_named_and_the_remedy_mends_it(project: Path, kataform: Run, text: str, says: str) -> None:
    kataform("generate")
    wanted = files(project)
    (project / LOCK).write_text(text, encoding="utf-8")

    result = kataform("generate")
    (project / LOCK).unlink()
    mended = kataform("generate")

    assert result.returncode == 1
    assert says in result.stderr
    assert (mended.returncode, files(project)) == (0, wanted)


# --- links, and what is no file ------------------------------------------------------------------------------------


@posix
def test_an_overlay_that_is_a_link_is_said_and_not_written_through(
    project: Path, kataform: Run, tmp_path: Path
) -> None:
    (project / "overlays/prod").rename(tmp_path / "elsewhere")
    (project / "overlays/prod").symlink_to(tmp_path / "elsewhere")

    result = kataform("generate")

    assert result.returncode == 0
    assert "overlays/prod: warning[file-in-the-way] is a symbolic link to a folder with a spec" in result.stderr
    assert list(files(tmp_path / "elsewhere")) == ["kataform.yaml"]


@posix
def test_a_base_that_is_a_link_is_not_written_through(project: Path, kataform: Run, tmp_path: Path) -> None:
    (project / "base").rename(tmp_path / "elsewhere")
    (project / "base").symlink_to(tmp_path / "elsewhere")

    result = kataform("generate")

    assert result.returncode == 1
    assert "base: error[file-in-the-way] is reached through a symbolic link" in result.stderr
    assert list(files(tmp_path / "elsewhere")) == ["kataform.yaml"]


@posix
def test_a_project_that_is_reached_through_a_link_is_generated(project: Path, kataform: Run, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project)

    result = kataform("generate", "--directory", str(tmp_path / "link"))

    assert result.returncode == 0, result.stderr
    assert kataform("generate", "--check").returncode == 0


@posix
@pytest.mark.parametrize("name", [KATACONFIG, LOCK])
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_where_one_belongs_is_left_alone(project: Path, kataform: Run, kind: str, name: str) -> None:
    kataform("generate")
    path = project / name
    path.unlink()
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    before = files(project)

    result = kataform("generate")

    assert result.returncode == 1
    assert result.stderr.startswith(f"{name}: error[{'lock-unreadable' if name == LOCK else 'generated-file-changed'}]")
    assert (files(project), path.exists(), path.is_file()) == (before, True, False)


@posix
def test_a_link_where_a_generated_file_belongs_is_left_alone(project: Path, kataform: Run) -> None:
    kataform("generate")
    victim = project.parent / "victim"
    victim.write_bytes((project / KATACONFIG).read_bytes())
    (project / KATACONFIG).unlink()
    (project / KATACONFIG).symlink_to(victim)

    result = kataform("generate")

    assert result.stderr.startswith(f"{KATACONFIG}: error[generated-file-changed]")
    assert (project / KATACONFIG).is_symlink()


@posix
def test_two_names_of_one_file_that_differ_in_case_are_not_removed_for_each_other(project: Path, kataform: Run) -> None:
    kataform("generate")
    other = KATACONFIG.replace("patch", "Patch")
    os.link(project / KATACONFIG, project / other)  # as a disk that makes no difference between them shows it
    lock = project / LOCK
    lock.write_text(lock.read_text("utf-8").replace("patch-kataconfig", "Patch-kataconfig"), encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 0
    assert (project / KATACONFIG).is_file()
    assert (project / other).is_file()


# --- what is not wanted any more -----------------------------------------------------------------------------------


def test_a_dropped_part_takes_our_files_and_names_a_persons(project: Path, kataform: Run) -> None:
    kataform("generate")
    theirs = project / "overlays/prod/examples/notes.txt"
    theirs.write_text("mine\n", encoding="utf-8")
    spec = project / "overlays/prod/kataform.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("examples:\n- net-tools\n", ""), encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 0
    assert "overlays/prod/examples/notes.txt: info[file-left-behind]" in result.stderr
    assert list(files(project / "overlays/prod/examples")) == ["notes.txt"]


def test_a_renamed_overlay_takes_our_files_along_and_names_a_persons(project: Path, kataform: Run) -> None:
    kataform("generate")
    theirs = project / "overlays/prod/notes.txt"
    theirs.write_text("mine\n", encoding="utf-8")
    below = project / "overlays/prod/site/kataform.yaml"  # an overlay of its own, no leftover
    below.parent.mkdir()
    below.write_bytes((project / "overlays/prod/kataform.yaml").read_bytes())
    (project / "overlays/live").mkdir()
    (project / "overlays/prod/kataform.yaml").rename(project / "overlays/live/kataform.yaml")

    checked = kataform("generate", "--check")
    result = kataform("generate")

    assert (checked.returncode, result.returncode) == (1, 0), result.stderr
    assert result.stderr.count("info[file-left-behind]") == 1
    assert "overlays/prod/notes.txt: info[file-left-behind]" in result.stderr
    assert sorted(path.name for path in (project / "overlays/prod").iterdir()) == ["notes.txt", "site"]
    assert "kustomization.yaml" in files(project / "overlays/live")
    assert kataform("generate", "--check").returncode == 0


def test_a_base_whose_spec_is_gone_is_cleared(project: Path, kataform: Run) -> None:
    kataform("generate")
    base = (project / "base/kataform.yaml").read_text("utf-8")
    (project / "base/kataform.yaml").unlink()
    (project / "overlays/prod/kataform.yaml").write_text(base, encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 0, result.stderr
    assert not (project / "base").exists()
    assert kataform("generate", "--check").returncode == 0


def test_nothing_is_cleared_while_a_spec_cannot_be_read(project: Path, kataform: Run) -> None:
    kataform("generate")
    before = files(project / "overlays/prod")
    (project / "overlays/live").mkdir()
    (project / "overlays/prod/kataform.yaml").rename(project / "overlays/live/kataform.yaml")
    (project / "overlays/live/kataform.yaml").write_text("kind: [\n", encoding="utf-8")

    result = kataform("generate")

    assert result.returncode == 1
    assert "not cleared while a spec has errors, which may belong there: overlays/prod\n" in result.stderr
    assert files(project / "overlays/prod") == {
        name: content for name, content in before.items() if name != "kataform.yaml"
    }


def test_who_waits_for_another_run_is_told(project: Path) -> None:
    from kataform import turn

    program = "import sys\nfrom kataform.cli import main\nsys.exit(main(['generate']))"
    with turn.of(project):
        waiting = subprocess.Popen([sys.executable, "-c", program], cwd=project, stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        told = waiting.stderr.readline()
    waiting.communicate(timeout=60)

    assert (told, waiting.returncode) == ("waiting for another kataform that writes here\n", 0)
