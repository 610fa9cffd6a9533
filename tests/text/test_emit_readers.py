"""Any text that is written survives a reader of YAML 1.2, and being built by kustomize."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kataform import kustomize as kustomizes
from kataform.kustomize import Kustomize
from kataform.text import emit

DRAWN = int(os.environ.get("KATAFORM_TEXTS", "2000"))
PIECES = (
    *"abyn0179.-+_:#'\"|>[]{},&*!%@`?=<~ /\\\t\n\réß\u00a0\u2028\u2029\ufeff\U0001f600\x00\x07\x1b",
    "true", "null", "0x1F", "0o17", "0755", "1.10", "1e3", "12:30", "2026-01-31", "- ", ": ", " #", "---\n", "...\n",
    "\n\n", "  ", "a" * 300, "word " * 60, ".inf", "<<", "${VAR}", "{{ x }}", "\r\n",
)  # fmt: skip


# What kustomize cannot print again, however it is written: it refuses the first and makes a blank of the second.
CONTROL = ("\x7f", "\x80", "\x9f", "\ufffe")
NEXT_LINE = "\u0085"
LONGEST_KEY = 900  # nor does it read the longer keys that it prints itself; Kubernetes has none beyond 317


def texts(seed: int, count: int) -> list[str]:
    """Texts of pieces that some reader takes for something else, all different; some of many lines, some very long."""
    draw = random.Random(seed)
    found = {"".join(draw.choices(PIECES, k=draw.choice((1, 1, 2, 2, 3, 4, 6, 12, 40)))) for _ in range(count)}
    return sorted(found | set(PIECES))


def document(words: list[str], longest_key: int) -> dict[str, Any]:
    """An object that holds the texts as values, as entries of a list and as keys; `<<` is never written as a key."""
    return {
        "apiVersion": "example.com/v1",
        "kind": "Texts",
        "metadata": {"name": "texts"},
        "spec": {
            "values": {f"k{number}": word for number, word in enumerate(words)},
            "entries": words,
            "keys": {word: "x" for word in words if word != "<<" and len(word) <= longest_key},
        },
    }


def test_a_reader_of_yaml_1_2_reads_what_was_written() -> None:
    tree = document(texts(12, DRAWN), longest_key=5000)

    assert YAML(typ="safe", pure=True).load(emit.dump(tree)) == tree


def test_a_control_character_survives_where_kustomize_does_not_build() -> None:
    words = [f"a{char}b" for char in (*CONTROL, NEXT_LINE)]

    assert YAML(typ="safe", pure=True).load(emit.dump({"words": words})) == {"words": words}


def test_kustomize_changes_no_text_that_was_written(tmp_path: Path, each_kustomize: Kustomize) -> None:
    tree = document(texts(5, DRAWN), longest_key=LONGEST_KEY)
    (tmp_path / "texts.yaml").write_bytes(emit.dump(tree).encode())
    (tmp_path / "kustomization.yaml").write_text("resources: [texts.yaml]\n", encoding="utf-8")

    built = kustomizes.build(each_kustomize, tmp_path)

    assert isinstance(built, kustomizes.Built), built.stderr
    assert built.bodies == [tree]


def test_what_kustomize_cannot_print_is_known(tmp_path: Path, each_kustomize: Kustomize) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [texts.yaml]\n", encoding="utf-8")
    for char in (*CONTROL, NEXT_LINE):
        (tmp_path / "texts.yaml").write_bytes(emit.dump(document([f"a{char}b"], longest_key=0)).encode())
        built = kustomizes.build(each_kustomize, tmp_path)
        if char == NEXT_LINE:
            assert isinstance(built, kustomizes.Built)
            assert built.bodies[0]["spec"]["entries"] == ["a b"]
        else:
            assert isinstance(built, kustomizes.BuildFailure)
