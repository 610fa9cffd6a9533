"""Patterns of CRDs mean here what they mean to Go's regexp, with google-re2 and without, and none is dropped."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubecel import re2_machine, regex
from kubecel.re2_syntax import PatternError
from oracle_fixture import Oracle, Refusal, oracle

__all__ = ["oracle"]

COUNT = int(os.environ.get("KATAFORM_PATTERNS") or 400)
ATOMS = (
    "a", "b", "Z", "7", "-", r"\.", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", ".", "[a-f]", "[^a-f]", "[[:alpha:]]",
    "[[:^digit:]]", r"[\d_-]", r"\pL", r"\p{Lu}", r"\P{N}", "ß", "İ", "ſ", "K", r"\x41", r"\x{1F600}", r"\Q.*\E", r"\b",
    r"\B", "^", "$", r"\A", r"\z", "(?:ab|c)", "(a|b)", "(?i:k)", "(?s:.)", "[]a]", "[a-]", "",
)  # fmt: skip
AFTER = ("", "", "", "*", "+", "?", "{2}", "{1,3}", "{0,}", "*?", "+?", "??")
FLAGS = ("", "", "", "(?i)", "(?s)", "(?m)", "(?U)", "(?is)")
WRONG = (
    "(",
    "a{2,1}",
    "a**",
    "(?=a)",
    r"\1",
    "[b-a]",
    "(?<n",
    "[[:nope:]]",
    r"\8",
    "a{1001}",
    "*a",
    r"\p{Nope}",
    "(?!a)",
)
TEXTS = (
    "", "a", "A", "ab", "abc", "b7", "k", "K", "\u212a", "s", "ſ", "SS", "ß", "İ", "7", "-", ".", "a.b",
    "a\n", "\n", "a b",
    ".*", "_", "é", "É", "😀", "abababab", "Za", "aaa", "x" * 40, "\t", "1-2", "ab\ncd", "\x00", "]", "aa-7",
)  # fmt: skip


def drawn(seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    for _ in range(COUNT):
        branches = [
            "".join(rng.choice(ATOMS) + rng.choice(AFTER) for _ in range(rng.randrange(1, 5)))
            for _ in range(rng.choice((1, 1, 1, 2)))
        ]
        pattern = rng.choice(FLAGS) + rng.choice(("", "^")) + "|".join(branches) + rng.choice(("", "$"))
        yield pattern if rng.random() > 0.1 else pattern + rng.choice(WRONG)


def published(folder: Path) -> set[str]:
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update([value["pattern"]] if isinstance(value.get("pattern"), str) else [])
            for child in value.values():
                walk(child)
        elif isinstance(value, list):
            for child in value:
                walk(child)

    for path in folder.glob("*.yaml"):
        walk(yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def asked(oracle: Oracle, pattern: str) -> list[bool] | None:
    """In which of the texts Go finds the pattern; None where it is none."""
    try:
        found: list[bool] = oracle.ask("regexp", pattern=pattern, texts=list(TEXTS))
    except Refusal:
        return None
    return found


def searched(pattern: str) -> list[bool] | None:
    try:
        compiled = regex.compile_pattern(pattern)
    except PatternError:
        return None
    return [compiled.search(text) is not None for text in TEXTS]


@pytest.fixture(params=["google-re2", "machine"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each engine in turn; google-re2 where it is installed."""
    if request.param == "google-re2":
        pytest.importorskip("re2", reason="left out: google-re2 has no wheel for this machine")
    else:
        monkeypatch.setattr(regex, "compile_pattern", re2_machine.compile_pattern)
    return str(request.param)


@pytest.mark.usefixtures("engine")
def test_every_published_pattern_means_what_it_means_to_go(oracle: Oracle, shared: Path) -> None:
    patterns = published(shared / "upstream" / "crds")

    assert patterns
    assert {pattern: searched(pattern) for pattern in patterns} == {
        pattern: asked(oracle, pattern) for pattern in patterns
    }


@pytest.mark.usefixtures("engine")
def test_drawn_patterns_mean_what_they_mean_to_go(oracle: Oracle) -> None:
    differing = {
        pattern: (ours, theirs)
        for pattern in drawn(7)
        if (ours := searched(pattern)) != (theirs := asked(oracle, pattern))
    }

    assert differing == {}
