"""Both resolvers against the Go readers themselves: every scalar that a search over their grammar comes upon."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import REFUSED, disagreements, in_json, ours, outcome

from kataform.text.resolve import Dialect, resolve
from oracle_fixture import Oracle

# One plain scalar a line, as JSON: spellings at the edges of what one reader or the other takes for no string.
WORDS = [json.loads(line) for line in Path(__file__).with_name("scalars.jsonl").read_text().splitlines()]


def test_known_spellings_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    values = [f"a: {word}\n" for word in WORDS]
    keys = [f"a:\n  {word}: b\n" for word in WORDS]
    entries = [f"a:\n- {word}\n" for word in WORDS]

    assert disagreements(oracle, values + keys + entries) == []


def test_number_like_scalars_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    short = ["".join(chars) for size in (1, 2, 3) for chars in itertools.product("019.-+_eExob", repeat=size)]
    source = random.Random(7)
    long = ["".join(source.choices("0123789.-+_eExXoObBfA:", k=source.randint(4, 24))) for _ in range(4000)]

    assert disagreements(oracle, [f"a: {word}\n" for word in (*short, *long)]) == []


def test_date_like_scalars_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    source = random.Random(8)
    parts = [["2024", "0000", "1999"], ["-"], ["1", "02", "12", "13"], ["-"], ["1", "29", "31", "032"]]
    clock = [["T", "t", " ", "  "], ["1", "23", "24"], [":"], ["5", "59", "60"], [":"], ["7", "59", "60"]]
    ends = [
        ["", ".5", ".123456789123", ",1", ".", ".000"],
        ["", "Z", "z", "+01:00", "-07:30", "+1:00", "+00:00", " +1"],
    ]
    words = ["".join(source.choice(part) for part in (*parts, *clock, *ends)) for _ in range(3000)]

    assert disagreements(oracle, [f"a: {word}\n" for word in words]) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.text(max_size=12).filter(lambda text: not any(0xD800 <= ord(char) <= 0xDFFF for char in text)), max_size=60
    )
)
def test_any_text_means_what_the_go_readers_say(oracle: Oracle, words: list[str]) -> None:
    assert disagreements(oracle, [f"a: {word}\n" for word in words]) == []


def test_kubectls_scalars_are_those_of_the_frozen_table(shared: Path) -> None:
    rows = [line.split("\t") for line in (shared / "gold" / "yaml_scalars.tsv").read_text().splitlines()]

    for text, answer in rows:
        mine = outcome(ours, f"a: {text}", Dialect.KUBECTL)
        if answer.startswith("ERR"):
            assert mine is REFUSED, text
        else:
            assert mine == {"a": in_json(json.loads(answer))}, text
    assert len(rows) == 60


@pytest.mark.parametrize("dialect", Dialect)
def test_a_scalar_resolves_the_same_every_time(dialect: Dialect) -> None:
    for word in WORDS:
        first, second = resolve(word, dialect), resolve(word, dialect)
        assert (type(first), repr(first)) == (type(second), repr(second))
