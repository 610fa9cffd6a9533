"""Every YAML file of public repositories, as it is and with quotes taken away: a fix puts in quotes and nothing else.

A sample by default; with KATAFORM_CORPUS every file.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from pathlib import Path

import pytest

from command_line import run_in
from kataform import fix, sources
from kataform.text import reader

FULL = bool(os.environ.get("KATAFORM_CORPUS"))
SAMPLE, SMALL = 120, 20_000
LOOKS_LIKE_ANOTHER = re.compile(
    r"""(?<=: )(["'])(true|false|yes|no|on|off|[0-9][0-9.]{0,9})\1(?=[ \r]*$)""", re.MULTILINE
)


def mended(text: str) -> str:
    read = sources.Read()
    sources.take(read, reader.read(text.encode(), "file.yaml"))
    return fix.plan(read.findings, {"file.yaml": text}.get, unsafe=False).texts.get("file.yaml", text)


def only_quotes_came_in(before: str, after: str) -> bool:
    at = 0
    for character in after:
        if at < len(before) and character == before[at]:
            at += 1
        elif character != "'":
            return False
    return at == len(before)


def written_otherwise(text: str, draw: random.Random) -> str:
    """The text without the quotes around what looks like a boolean or a number, and saved as other editors do."""
    bare = LOOKS_LIKE_ANOTHER.sub(lambda match: match.group(2), text)
    if draw.random() < 0.3:
        bare = bare.replace("\r\n", "\n").replace("\n", "\r\n")
    if draw.random() < 0.3:
        bare = "\ufeff" + bare.removeprefix("\ufeff")
    return bare + draw.choice(("", "  ", "\n\n")) if draw.random() < 0.3 else bare


@pytest.fixture(scope="module")
def texts(corpus: Path) -> list[str]:
    paths = sorted(path for path in corpus.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    if not FULL:
        paths = random.Random(6).sample([path for path in paths if path.stat().st_size < SMALL], SAMPLE)
    return [path.read_bytes().decode() for path in paths]


def test_only_quotes_come_in_and_twice_is_once(texts: list[str]) -> None:
    draw, changed, count = random.Random(6), 0, 0
    for original in texts:
        for text in (original, written_otherwise(original, draw)):
            if reader.read(text.encode(), "").problems:
                continue

            after = mended(text)

            assert only_quotes_came_in(text, after), text
            assert mended(after) == after, text
            assert reader.read(after.encode(), "").problems == (), text
            changed += after != text
            count += 1
    print(f"{count} texts, {changed} of them changed")
    assert changed > (50 if FULL else 5)


@pytest.mark.skipif(not FULL, reason="left out: whole repositories mended (KATAFORM_CORPUS is not set)")
def test_whole_repositories_keep_every_other_byte(corpus: Path, tmp_path: Path) -> None:
    for repository in sorted(corpus.iterdir()):
        copy = tmp_path / repository.name
        if not repository.is_dir():
            continue
        shutil.copytree(repository, copy)
        before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}

        done = run_in(copy, "fix", limit=1200)

        after = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
        assert done.returncode in (0, 1), done.stderr
        assert before.keys() == after.keys()
        changed = [path for path, raw in before.items() if after[path] != raw]
        print(f"{repository.name}: {done.stderr.strip()}")
        assert all(only_quotes_came_in(before[path].decode(), after[path].decode()) for path in changed)
        assert run_in(copy, "fix", limit=1200).stdout == ""
        assert {path: path.read_bytes() for path in after} == after
