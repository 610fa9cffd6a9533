"""Documents that aliases make large are refused exactly where go-yaml refuses them."""

from __future__ import annotations

import random

from kataform.text import reader
from oracle_fixture import Oracle, Refusal


def documents(count: int) -> list[str]:
    """Lists and maps that take in each other by aliases, on both sides of what go-yaml allows."""
    source = random.Random(11)
    made = []
    for _ in range(count):
        width, levels, fan = source.randint(1, 150), source.randint(1, 4), source.randint(2, 20)
        lines = [f"plain: [{', '.join(['x'] * source.randint(1, 1500))}]"] if source.random() < 0.6 else []
        lines.append(f"a0: &a0 [{', '.join(['x'] * width)}]")
        for level in range(1, levels + 1):
            pairs = ", ".join(f"k{index}: *a{level - 1}" for index in range(fan))
            entries = ", ".join([f"*a{level - 1}"] * fan)
            lines.append(f"a{level}: &a{level} " + (f"{{{pairs}}}" if source.random() < 0.5 else f"[{entries}]"))
        lines.append(f"m: {{<<: {{a: *a{levels}}}, z: [{', '.join(['x'] * source.randint(1, 1000))}]}}")
        made.append("\n".join(lines) + "\n")
    return made


def is_taken(oracle: Oracle, text: str) -> bool:
    try:
        oracle.ask("yaml-kubectl", text=text)
    except Refusal as refusal:
        return "excessive aliasing" not in str(refusal)
    return True


def test_a_document_that_aliases_make_large_is_refused_where_go_yaml_refuses_it(oracle: Oracle) -> None:
    texts = documents(60)

    taken = [is_taken(oracle, text) for text in texts]

    assert [reader.read(text.encode(), "a.yaml").problems == () for text in texts] == taken
    assert {True, False} == set(taken)
