"""A repository that is not clean yet is judged by what is new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

OLD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
data:
  a: true
  b: true
"""
NEW = OLD.replace("old", "new").replace("  b: true\n", "")


@pytest.fixture
def known(tmp_path: Path, check: Run) -> Path:
    """A report of what was wrong yesterday."""
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    check("-o", "json=known.json")
    return tmp_path / "known.json"


def test_what_the_baseline_has_is_counted_and_not_shown(check: Run, known: Path) -> None:
    done = check("--baseline", "known.json", "old.yaml")

    assert done.returncode == 0
    assert done.stdout == ("note: 2 findings of the baseline not shown\nchecked 1 of 1 object in 1 file\n")


def test_it_is_known_also_where_its_line_moved(tmp_path: Path, check: Run, known: Path) -> None:
    (tmp_path / "old.yaml").write_text("# Ours.\n" + OLD, encoding="utf-8")

    assert check("--baseline", "known.json", "old.yaml").returncode == 0


PATCHED = """\
resources: [pod.yaml]
patches:
- target: {kind: Pod}
  patch: |-
    - {op: add, path: /spec/priority, value: high}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: web, image: registry.example.com/web}
"""


def test_so_are_those_in_a_build_whose_patch_and_base_moved(tmp_path: Path, check: Run, kustomize: Kustomize) -> None:
    over, pod = tmp_path / "over/kustomization.yaml", tmp_path / "base/pod.yaml"
    for file, text in (
        (pod, POD),
        (pod.with_name("kustomization.yaml"), PATCHED),
        (over, "resources: [../base]\nnamePrefix: a-\n"),
    ):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    before = check("-o", "json=known.json", "-o", "json", "over")
    pod.write_text(POD.replace("spec:\n", "spec:\n  # Ours.\n  hostNetwork: false\n"), encoding="utf-8")
    moved = PATCHED.replace("    - {op", "    - {op: add, path: /spec/hostPID, value: false}\n\n    - {op")
    pod.with_name("kustomization.yaml").write_text(f"# Ours.\n{moved}", encoding="utf-8")
    after = check("-o", "json", "over")
    new = check("--baseline", "known.json", "over")

    lines = [
        [(one["rule"], one["location"]["path"], one["location"]["line"]) for one in json.loads(done.stdout)["findings"]]
        for done in (before, after)
    ]
    assert lines == [
        [("wrong-type", "base/kustomization.yaml", 5), ("image-tag-not-fixed", "base/pod.yaml", 6)],
        [("wrong-type", "base/kustomization.yaml", 8), ("image-tag-not-fixed", "base/pod.yaml", 8)],
    ]
    assert (new.returncode, new.stdout.splitlines()[0]) == (0, "note: 2 findings of the baseline not shown")


def test_what_is_new_is_shown_and_fails(tmp_path: Path, check: Run, known: Path) -> None:
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")

    done = check("--baseline", "known.json", "old.yaml", "new.yaml")
    what = "a must be a string; unquoted, true is a boolean"

    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if "error" in line] == [
        f"new.yaml:5:6: error[unquoted-boolean] {what}; write 'true'; also explains wrong-type",
        "1 error; checked 2 of 2 objects in 2 files",
    ]


def test_of_two_equal_findings_one_known_one_is_new(tmp_path: Path, check: Run, known: Path) -> None:
    (tmp_path / "old.yaml").write_text(OLD + "---\n" + OLD, encoding="utf-8")

    done = check("--baseline", "known.json", "old.yaml")

    assert done.returncode == 1
    assert "2 errors; checked 2 of 2 objects" in done.stdout


def test_what_was_mended_is_said(tmp_path: Path, check: Run, known: Path) -> None:
    (tmp_path / "old.yaml").write_text(OLD.replace("b: true", "b: 'true'"), encoding="utf-8")

    done = check("--baseline", "known.json", "old.yaml", "-o", "json")

    assert json.loads(done.stdout)["summary"]["notes"] == [
        "1 finding of the baseline not shown",
        "1 finding of the baseline no longer there; write it anew to keep it so",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a report of kataform"),
        (b'{"findings": []}', "is not a report of kataform"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_baseline_that_is_none_is_refused(tmp_path: Path, check: Run, content: bytes | None, why: str) -> None:
    (tmp_path / "old.yaml").write_text(OLD, encoding="utf-8")
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)

    done = check("--baseline", "bad.json", "old.yaml")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"kataform: error: bad.json: the baseline {why}; write it with `kataform check -o json=FILE`\n"
    )
