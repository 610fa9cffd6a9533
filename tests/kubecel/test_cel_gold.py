"""Expressions against the frozen answers of kube-apiserver."""

from __future__ import annotations

from pathlib import Path

import cel_gold

# Expressions whose maps have keys that are lists or maps, which Python's maps cannot have.
UNHASHABLE_KEYS = 5


def test_every_language_feature_gives_the_servers_answer(shared: Path) -> None:
    rows = cel_gold.rows(shared, "cel_features")

    wrong = [row["id"] for row in rows if cel_gold.evaluate(row["expr"], row["vars"]) != cel_gold.outcome(row)]

    assert (len(rows), wrong) == (356, [])


def test_mutated_expressions_give_the_servers_answer(shared: Path) -> None:
    rows = cel_gold.rows(shared, "cel_fuzz")

    wrong = [row["expr"] for row in rows if cel_gold.evaluate(row["expr"], row["vars"]) != cel_gold.outcome(row)]

    assert (len(rows), len(wrong)) == (2466, UNHASHABLE_KEYS), wrong
