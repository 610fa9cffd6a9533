"""Scalars drawn from a grammar mean, in each role and as value and as key, what the Go readers say.

KATAFORM_SCALARS is how many are drawn beside all of one to three dangerous characters; 20000 take some minutes.
"""

from __future__ import annotations

import os
import random

import pytest
from readings import disagreements
from scalar_grammar import SHORT, scalars, styled

from oracle_fixture import Oracle

NUMBER = int(os.environ.get("KATAFORM_SCALARS") or 400)
WORDS = [*(SHORT if NUMBER >= 20_000 else random.Random(3).sample(SHORT, NUMBER)), *scalars(NUMBER, 31)]
ROLES = {
    "value of a resource": "apiVersion: v1\ndata:\n  a: {}\n",
    "key of a resource": "apiVersion: v1\ndata:\n  {}: b\n",
    "value of a JSON 6902 patch": "- op: add\n  path: /a\n  value: {}\n",
    "key of a JSON 6902 patch": "- op: add\n  path: /a\n  value:\n    {}: b\n",
    "value of a field of a kustomization": "labels:\n- pairs:\n    a: {}\n",
    "key of a field of a kustomization": "labels:\n- pairs:\n    {}: b\n",
    "entry between brackets": "a: [b, {}, c]\n",
    "value between braces": "a: {b: {}, c: d}\n",
    "key between braces": "a: {b: c, {}: d}\n",
}


@pytest.mark.parametrize("role", ROLES)
def test_scalars_of_a_grammar_mean_what_the_go_readers_say(oracle: Oracle, role: str) -> None:
    assert disagreements(oracle, [ROLES[role].replace("{}", word) for word in WORDS]) == []


def test_quoted_literal_and_folded_scalars_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    assert disagreements(oracle, [f"a: {text}" for word in WORDS for text in styled(word)]) == []


def test_quoted_and_tagged_keys_mean_what_the_go_readers_say(oracle: Oracle) -> None:
    made = [f"a:\n  {quoted.strip()}: b\n" for word in WORDS for quoted in styled(word)[:2]]

    assert disagreements(oracle, made) == []
