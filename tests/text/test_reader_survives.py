"""The reader ends, in bounded time and memory and without a traceback, whatever a file holds.

KATAFORM_MUTANTS is how many mutated documents are read; a million takes a quarter of an hour on one core.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

from yaml_grammar import document

from kataform.text import reader
from kataform.text.resolve import Dialect

NUMBER = int(os.environ.get("KATAFORM_MUTANTS") or 4000)
SEED = int(os.environ.get("KATAFORM_SEED") or 21)
HERE = Path(__file__).parent
KNOWN = [
    json.loads(line) for name in ("documents.jsonl", "pieces.jsonl") for line in (HERE / name).read_text().splitlines()
]
BITS = [b"\0", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\t", b"\xc2\x85", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\x07"]
BITS += [
    b"&a ",
    b"*a",
    b"<<: ",
    b"? ",
    b": ",
    b"- ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"'",
    b'"',
    b"|",
    b">",
    b"#",
    b"!!x ",
    b"---\n",
]
BITS += [
    b"...\n",
    b"%YAML 1.2\n",
    b"\n",
    b"  ",
    b"\\x0",
    b"\\ud800",
    b"{{ x }}",
    b"\xf0\x9f\x98\x80",
    b"1e999",
    b"!<",
    b"@",
]


def mutants(count: int, seed: int) -> Iterator[bytes]:
    """Documents as people write them, cut, doubled, spliced and strewn with what YAML is touchy about."""
    source = random.Random(seed)
    for _ in range(count):
        start = source.choice(KNOWN) if source.random() < 0.5 else document(source)
        raw = start.encode()
        for _ in range(source.randint(1, 6)):
            raw = _mutated(source, raw)
        yield raw.decode(errors="replace").encode("utf-16") if source.random() < 0.01 else raw


def _mutated(source: random.Random, raw: bytes) -> bytes:
    one, other = sorted((source.randint(0, len(raw)), source.randint(0, len(raw))))
    kind = source.randint(0, 6)
    if kind == 0:
        return raw[:one] + raw[other:]
    if kind == 1:
        return raw[:other] + raw[one:][:4000]
    if kind == 2:
        return raw[:one] + bytes([source.randint(0, 255)]) + raw[one + 1 :]
    if kind == 3:
        piece = source.choice(KNOWN).encode()
        return raw[:one] + piece[source.randint(0, len(piece)) :] + raw[one:]
    return raw[:one] + source.choice(BITS) * source.choice([1, 1, 1, 2, 30]) + raw[one:]


def survive(raw: bytes) -> None:
    """Read it as `check` does: every document, every value, every place, every comment."""
    source = reader.read(raw, "a.yaml")
    for found in source.problems:
        assert found.location.line >= 1, raw
        assert found.location.column >= 1, raw
        assert found.message, raw
    for found_document in source.documents:
        if found_document.node is None:
            continue
        for dialect in Dialect:
            reader.value(found_document.node, dialect)
        reader.location("a.yaml", found_document.node)
    for line in (1, 2, 3):
        reader.comments(source, [line])


def test_mutated_documents_are_read_or_refused() -> None:
    for raw in mutants(NUMBER, SEED):
        try:
            survive(raw)
        except Exception as error:
            error.add_note(f"document: {raw!r}")
            raise
