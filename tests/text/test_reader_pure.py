"""Where PyYAML has no libyaml, its own parser serves: slower, with the same values and the same words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from test_oracle_documents import texts
from test_reader_problems import CASES

from kataform.text import reader
from kataform.text.resolve import Dialect

# PyYAML's own parser takes a byte order mark inside a text for white space, refuses tabs between a key and its value,
# and ends a plain scalar at a ? between brackets, as the Go parsers do and libyaml does not.
SEEN_DIFFERENTLY = ("\ufeff", "\t", "?")
TEXTS = [
    text
    for text in (*texts("documents.jsonl"), *(text for text, _, _ in CASES))
    if not any(character in text for character in SEEN_DIFFERENTLY)
]

PROGRAM = """
import json, sys, yaml
yaml.__with_libyaml__ = False
from test_reader_pure import summary
from kataform.text import reader
assert not reader._COMPOSES
json.dump([summary(text) for text in json.load(sys.stdin)], sys.stdout)
"""


def summary(text: str) -> dict[str, object]:
    source = reader.read(text.encode(), "a.yaml")
    nodes = [] if source.problems else [document.node for document in source.documents]
    return {
        "problems": [[problem.rule, str(problem.location)] for problem in source.problems],
        "values": [[node and reader.value(node, dialect) for node in nodes] for dialect in Dialect],
        "ends": [None if node is None else reader.location("a.yaml", node).end_line for node in nodes],
    }


def test_the_slower_parser_reads_the_same() -> None:
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), str(here.parent.parent / "generator")]
    command = [sys.executable, "-c", PROGRAM]

    answer = subprocess.run(
        command,
        input=json.dumps(TEXTS),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert answer.returncode == 0, answer.stderr
    wanted = json.loads(json.dumps([summary(text) for text in TEXTS]))
    assert dict(zip(TEXTS, json.loads(answer.stdout), strict=True)) == dict(zip(TEXTS, wanted, strict=True))
