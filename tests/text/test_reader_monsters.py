"""Files that no person writes: a finding or a plain success, in bounded memory, in time that grows as the file does.

KATAFORM_MONSTERS is how many times larger than usual they are: with 50 lines have 10 MB and there are 100,000 anchors.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform.text import reader
from kataform.text.resolve import Dialect

TIMES = int(os.environ.get("KATAFORM_MONSTERS") or 1)
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n"
LINES = [
    "x",
    "x: ",
    "x:",
    "x #",
    "x, ",
    "'",
    '"',
    "&",
    "!",
    "*",
    "? ",
    "- ",
    "[",
    "{",
    "{{ x }}",
    "1",
    "1_",
    "1.",
    "%",
    "\\",
    " ",
    "\t",
]
LINES += ["\x85", "\ufeff", "a: b, ", "'' ", "!a ", "&a ", "[] ", "{} ", "<<: "]
SHAPES: dict[str, Callable[[int], str]] = {
    "anchors": lambda n: HEAD + "".join(f"  k{i}: &a{i} v\n" for i in range(n)),
    "one anchor again and again": lambda n: HEAD + "".join(f"  k{i}: &a v\n" for i in range(n)),
    "aliases": lambda n: HEAD + "  x: &a v\n" + "".join(f"  k{i}: *a\n" for i in range(n)),
    "merges": lambda n: "a: &a {k: v}\nb:\n" + "- <<: *a\n" * n,
    "one merge of many": lambda n: "a: &a {k: v}\nb:\n  <<: [" + "*a, " * n + "]\n",
    "documents": lambda n: "---\n" * 10 * n,
    "objects": lambda n: f"---\n{HEAD}  a: b\n" * (n // 5),
    "comments": lambda n: "# c\n" * 10 * n,
    "empty lines": lambda n: "\n" * 50 * n,
    "keys twice": lambda n: HEAD + "  k: v\n" * n,
    "byte order marks": lambda n: HEAD + "\ufeff\n" * n,
    "byte order marks in a quote": lambda n: "a: '" + "\n\ufeff" * n + "'\n",
    "entries that fit nowhere": lambda n: HEAD + "".join(f"{' ' * (i % 7)}k{i}: v\n" for i in range(n)),
    "a quote over lines": lambda n: HEAD + '  a: "\n' + "  b: c\n" * n,
    "levels between brackets": lambda n: HEAD + "  a: " + "[" * n + "]" * n + "\n",
    "levels of lists": lambda n: "- " * n + "a\n",
    "aliases of a list": lambda n: "a: &a [" + "x," * n + "]\nb: [" + "*a," * n + "]\n",
    "aliases of aliases": lambda n: (
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 50))
    ),
}


def seconds(text: str) -> float:
    """The processor's time for reading a text and all its values."""
    start = time.process_time()
    source = reader.read(text.encode(), "a.yaml")
    for document in source.documents:
        for dialect in Dialect:
            if document.node is not None:
                reader.value(document.node, dialect)
    for line in (1, 7):
        reader.comment_at(source, line)
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
    texts = [shape(size) for shape in SHAPES.values()] + [f"{HEAD}  a: {piece * 100 * size}\n" for piece in LINES]
    raw = [text.encode() for text in texts]
    raw += [(HEAD + "  a: b\n").encode(coding) for coding in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig")]
    raw += [
        b"\0" * 100 * size,
        (HEAD + "  a: b\0").encode(),
        HEAD.replace("\n", "\r\n").encode(),
        HEAD.replace("\n", "\r").encode(),
    ]
    for number, content in enumerate(raw):
        (tmp_path / f"{number:03}.yaml").write_bytes(content)

    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, timeout=3000)

    assert done.returncode == 0, done.stderr[-3000:]
    rows = [row.split() for row in done.stdout.splitlines()]
    assert len(rows) == 2 * len(raw)
    assert [row for row in rows if row[2] not in ("0", "1", "2") or row[4] != "False"] == []
    assert [row for row in rows if int(row[3]) > 3_000 * size] == []
