"""Quotes go where they are needed, in texts that nobody thought of: and a second pass has nothing to do."""

from __future__ import annotations

import difflib
import json
import random

import pytest

from kataform import fix, sources
from kataform.text import reader
from kataform.text.resolve import Dialect

TEXTS = 2000
PLAIN = ("true", "no", "On", "y", "1.10", "0755", "0o17", "1e3", "0x1F", "08", "+1", "1_000", "2026-01-01", "12:30:45")
SAFE = ("kata", "'true'", '"no"', "v1.10", "a b", "'it''s'", '"a\\tb"', "café", "x#y")
KEYS = ("kata", "on", "1", "true", "y", "'no'", "node-role.kubernetes.io/metal", "0x1")
ENDS = ("\n", "\r\n")


def drawn(seed: int) -> str:
    """A ConfigMap whose data, labels and annotations are written in one of the many ways people write them."""
    draw = random.Random(seed)
    end = draw.choice(ENDS)
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: drawn"]
    for above in ("  labels", "  annotations", "data"):
        lines += _map(draw, above)
    return draw.choice(("", "\ufeff")) + end.join(lines) + draw.choice(("", end, end + end))


def _map(draw: random.Random, name: str) -> list[str]:
    keys = draw.sample(KEYS, draw.randint(1, 4))
    pairs = [(key, draw.choice(PLAIN + SAFE)) for key in keys]
    if draw.random() < 0.3:
        gap = " " * draw.randint(1, 3)
        inside = f",{gap}".join(f"{key}:{gap}{value}" for key, value in pairs)
        return [f"{name}: {{{gap}{inside}{gap}}}{draw.choice(('', '  # all'))}"]
    indent = " " * (len(name) - len(name.lstrip()) + draw.randint(1, 5))
    tails = ("", "", " ", "  # true", "   # it's 'no'")
    return [f"{name}:{draw.choice(tails)}"] + [
        f"{indent}{key}:{' ' * draw.randint(1, 4)}{value}{draw.choice(tails)}" for key, value in pairs
    ]


def mended(text: str) -> str:
    read = sources.Read()
    sources.take(read, reader.read(text.encode(), "drawn.yaml"))
    return fix.plan(read.findings, lambda _path: text, unsafe=False).texts.get("drawn.yaml", text)


def value(text: str) -> object:
    source = reader.read(text.encode(), "drawn.yaml")
    assert source.problems == ()
    assert source.documents[0].node is not None
    return reader.value(source.documents[0].node, Dialect.KUBECTL)


@pytest.mark.parametrize("part", range(4))
def test_only_single_quotes_come_in_and_then_every_value_is_a_string(part: int) -> None:
    changed = 0
    for seed in range(part, TEXTS, 4):
        text = drawn(seed)
        if reader.read(text.encode(), "drawn.yaml").problems:
            continue  # two keys that are one to a reader: a person has to choose

        after = mended(text)

        steps = difflib.SequenceMatcher(None, text, after, autojunk=False).get_opcodes()
        assert {(how, after[start:end].strip("'")) for how, _, _, start, end in steps if how != "equal"} <= {
            ("insert", "")
        }, seed
        body = value(after)
        assert isinstance(body, dict)
        kept = (body["data"], body["metadata"]["labels"], body["metadata"]["annotations"])
        assert all(isinstance(each, str) for part in kept for each in part.values()), (seed, json.dumps(kept))
        assert mended(after) == after, seed
        changed += after != text
    assert changed > TEXTS / 4 / 4
