"""A unified diff is what git applies, and does not take the square of what changed."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from kataform.text import diff


@pytest.mark.skipif(shutil.which("git") is None, reason="left out: git is not on PATH")
@pytest.mark.parametrize("seed", range(30))
def test_git_applies_it(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    old = [draw.choice("abcde") for _ in range(draw.randint(1, 40))]
    new = [draw.choice("abcde") if draw.random() < 0.2 else line for line in old] + ["z"] * draw.choice((0, 0, 2))
    before, after = ("\n".join(lines) + "\n" * draw.randint(0, 1) for lines in (old, new))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "a.txt").write_text(before, encoding="utf-8", newline="")

    written = "".join(diff.unified(before, after, "a/a.txt", "b/a.txt"))

    if before == after:
        assert written == ""
    else:
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=written, text=True, check=True)
        assert (tmp_path / "a.txt").read_text(encoding="utf-8") == after


def test_ten_thousand_changed_lines_are_no_trouble() -> None:
    before, after = ("".join(f"  k{number}: {quote}1{quote}\n" for number in range(10_000)) for quote in ("", "'"))

    start = time.process_time()
    written = list(diff.unified(before, after, "a", "b"))

    assert len(written) == 2 + 1 + 20_000
    assert time.process_time() - start < 5
