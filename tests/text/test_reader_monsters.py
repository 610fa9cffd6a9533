"""Files that no person writes: a finding or a plain success, in bounded memory, in time that grows as the file does."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform.text import reader
from kataform.text.resolve import Dialect
from monsters import HEAD, LINES, SHAPES, TIMES, monsters


def seconds(text: str) -> float:
    """The processor's time for reading a text and all its values."""
    start = time.process_time()
    source = reader.read(text.encode(), "a.yaml")
    for document in source.documents:
        for dialect in Dialect:
            if document.node is not None:
                reader.value(document.node, dialect)
    for line in (1, 7):
        reader.comments(source, [line])
    return time.process_time() - start


def grows_as_the_text(shape: Callable[[int], str], size: int) -> bool:
    """Whether eight times the text takes less than 32 times the time; the square of it would be 64 times."""
    return any(seconds(shape(8 * size)) < 32 * max(seconds(shape(size)), 0.002) for _ in range(3))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_time_for_a_shape_grows_as_the_text_does(shape: str) -> None:
    assert grows_as_the_text(SHAPES[shape], 400 * TIMES)


@pytest.mark.parametrize("piece", LINES, ids=map(repr, LINES))
@pytest.mark.parametrize("start", ["  a: ", "  ", '  a: "', "  a: [", "  a: {"])
def test_the_time_for_a_long_line_grows_as_the_line_does(piece: str, start: str) -> None:
    assert grows_as_the_text(lambda n: f"{HEAD}{start}{piece * n}\n", 2_000 * TIMES)


PROGRAM = """
import contextlib, io, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from kataform.cli import main
for path in sorted(Path(".").glob("*.yaml")):
    for verb in (["check", "--no-cache"], ["fix", "--diff"]):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main([*verb, str(path)])
        print(path, verb[0], code, len(said.getvalue()), "Traceback" in said.getvalue())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="left out: a limit of memory, which Windows does not have")
def test_monsters_are_checked_in_two_gigabytes(tmp_path: Path) -> None:
    size = 2_000 * TIMES
    raw = monsters(size)
    for number, content in enumerate(raw):
        (tmp_path / f"{number:03}.yaml").write_bytes(content)

    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, timeout=3000)

    assert done.returncode == 0, done.stderr[-3000:]
    rows = [row.split() for row in done.stdout.splitlines()]
    assert len(rows) == 2 * len(raw)
    assert [row for row in rows if row[2] not in ("0", "1", "2") or row[4] != "False"] == []
    assert [row for row in rows if int(row[3]) > 3_000 * size] == []
