"""Manifests and kustomizations of public repositories, damaged at random: each check ends, with findings or without.

kustomize is out of reach here, so everything is read and judged, and no root is built.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kataform import kustomize
from kataform import scope as scopes
from kataform.check import Options, check
from kataform.errors import InputError
from kataform.kustomization import NAMES, Graph

MUTANTS = int(os.environ.get("KATAFORM_DAMAGED", "80"))
LONGEST = float(os.environ.get("KATAFORM_DAMAGED_SECONDS", "60"))
BATCH = 40
SLOW = 60.0
SEED = 6
LARGE = 6000
PIECES = (
    "\t", "---\n", "...\n", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: *a\n", "!!binary ", "!x ", "| \n", ">-\n",
    "'", '"', "\\", "#", "%YAML 1.1\n", "\ufeff", "\x00", "\u2028", "null", "~", "true", "0x1F", "1e999", ".inf",
    "apiVersion: v1\n", "kind: List\n", "items: []\n", "metadata:\n", "name: 1\n", "resources: [.]\n",
    "resources: [..]\n",
    "patches:\n- target: {name: '('}\n  patch: '[]'\n", "namePrefix: [a]\n", "labels: {a: b}\n", "replacements: [1]\n",
    "configMapGenerator: {name: a}\n", "components: [{}]\n", "commonLabels: []\n", "../", "\r\n", "é", "\U0001f600",
)  # fmt: skip


def damaged(text: str, draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 4))):
        at = draw.randrange(len(text) + 1)
        lines = text.splitlines(keepends=True) or [""]
        row = draw.randrange(len(lines))
        match draw.randrange(7):
            case 0:
                text = text[:at] + draw.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + draw.randint(1, 20) :]
            case 2:
                lines.insert(row, draw.choice(lines))
                text = "".join(lines)
            case 3:
                lines[row] = draw.choice(("  ", " ", "\t")) + lines[row]
                text = "".join(lines)
            case 4:
                lines[row] = lines[row].partition(":")[0] + ": " + draw.choice(PIECES).rstrip("\n") + "\n"
                text = "".join(lines)
            case 5:
                del lines[row : row + draw.randint(1, 4)]
                text = "".join(lines)
            case _:
                lines[row] = lines[row].lstrip()
                text = "".join(lines)
    raw = text.encode("utf-8", "surrogatepass")
    if draw.random() < 0.05 and raw:
        at = draw.randrange(len(raw))
        raw = raw[:at] + bytes([draw.randrange(256)]) + raw[at + 1 :]
    return raw


def folders(corpus: Path) -> list[list[Path]]:
    """The small files of each folder that has a kustomization, and every other small file alone."""
    found: list[list[Path]] = []
    for folder in sorted({path.parent for path in corpus.rglob("*.yaml")}):
        files = [path for path in sorted(folder.glob("*.y*ml")) if path.stat().st_size < LARGE]
        if any(path.name in NAMES for path in files):
            found.append(files[:6])
        else:
            found += [[path] for path in files]
    return found


def test_no_damage_makes_a_check_fail_or_hang(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize, "locate", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    draw, trees = random.Random(SEED), folders(corpus)
    began, done = time.monotonic(), 0
    while done < MUTANTS and time.monotonic() - began < LONGEST:
        hurt = [write(tmp_path / str(number), draw.choice(trees), draw) for number in range(BATCH)]
        started = time.monotonic()

        try:
            examine(tmp_path)
        except Exception as error:
            raise AssertionError(
                f"one of the mutants {done} to {done + BATCH}: {next(culprits(hurt), hurt)}"
            ) from error

        assert time.monotonic() - started < SLOW, f"one of {BATCH} mutants from {done} on takes long"
        for path in hurt:
            shutil.rmtree(path.parent)
        done += BATCH
    print(f"{done} damaged trees checked in {time.monotonic() - began:.0f} s")
    assert done


def write(folder: Path, files: list[Path], draw: random.Random) -> Path:
    """A copy of some files, of which one is damaged: that one."""
    folder.mkdir()
    hurt = draw.choice(files)
    for path in files:
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_bytes(damaged(text, draw) if path == hurt else text.encode())
    return folder / hurt.name


def examine(folder: Path) -> None:
    graph = Graph()
    with suppress(InputError):  # said to the person, as a sentence
        check(scopes.discover([folder], graph), graph, Options())


def culprits(hurt: list[Path]) -> Iterator[bytes]:
    """What the damaged files say that alone make a check fail."""
    for path in hurt:
        try:
            examine(path.parent)
        except Exception:  # noqa: BLE001 — whatever it is, it is what the test is after
            yield path.read_bytes()
