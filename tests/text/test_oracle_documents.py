"""Whole documents against the Go readers: what people write, and what chance makes of its pieces."""

from __future__ import annotations

import json
import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import disagreements
from yaml_grammar import document

from kataform.text import reader
from oracle_fixture import Oracle


def texts(name: str) -> list[str]:
    """The texts of a file that has one on each line, as JSON."""
    return [json.loads(line) for line in Path(__file__).with_name(name).read_text().splitlines()]


PIECES = texts("pieces.jsonl")


def test_known_documents_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    assert disagreements(oracle, texts("documents.jsonl")) == []


def test_documents_as_people_write_them_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    source = random.Random(12)
    made = [document(source) for _ in range(1500)]

    assert disagreements(oracle, made) == []
    sound = [text for text in made if not reader.read(text.encode(), "a.yaml").problems]
    assert len(sound) > 300


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), min_size=20, max_size=40))
def test_pieces_of_yaml_in_any_order_mean_what_the_go_readers_say(oracle: Oracle, made: list[str]) -> None:
    assert disagreements(oracle, [f"a: 1\n{text}" for text in made]) == []


def test_what_kustomize_quotes_between_brackets_means_what_it_says(oracle: Oracle) -> None:
    made = [
        "a: &y\n  b: 2023-10-16t01:37:56Z\n  c:\n  d: &z\nb: [*y, *z]\n",
        "a: &y\n- 2023-10-16t01:37:56Z\n- &x\nb: {c: *y, d: *x}\n",
        "a: {<<: {b: 2023-10-16t01:37:56Z}}\n",
        "b: &b\n  c: 2023-10-16t01:37:56Z\na: {<<: *b}\n",
        "b: &b {c: 2023-10-16t01:37:56Z, d: }\na:\n  <<: *b\n",
        "b: &b {c: 2023-10-16t01:37:56Z, d: {e: 1:30 }}\na: *b\n",
        "a: [{b: , c: &d }, [&e , 2023-1-1, 1:30, :a]]\n",
    ]

    assert disagreements(oracle, made) == []


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from(["  a b\n", "   c\n", "\n", "  \td\n", "   \n"]), min_size=1, max_size=6)))
def test_folded_blocks_mean_what_the_go_readers_say(oracle: Oracle, bodies: list[list[str]]) -> None:
    made = [f"a: >{hint}\n{''.join(body)}{end}" for body in bodies for hint in ("", "-", "+") for end in ("", "b: 1\n")]

    assert disagreements(oracle, made) == []
