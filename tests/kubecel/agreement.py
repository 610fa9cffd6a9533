"""How often kubecel and kube-apiserver agree: on frozen answers, and on expressions and objects that are drawn.

    PYTHONPATH=tests python tests/kubecel/agreement.py

Go builds the server's own code. With KATAFORM_SHARED naming the reference data also every file of frozen answers, and
published policies over changed objects. KATAFORM_EXPRESSIONS=8 draws more than 100,000 expressions, and
KATAFORM_CHANGED_OBJECTS=100000 that many objects, each way; KATAFORM_SEED draws others.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cel_oracle
from cel_oracle import Oracle
from test_admission_oracle import NUMBER, SPECS, Question, about_pods, published
from test_kubecel_oracle import DRAWN, KNOWN, VARIABLES, in_other_words

from kubecel import conformance

REPOSITORY = Path(__file__).resolve().parents[2]
MOST = 10  # differences of one comparison that are printed


class Row(NamedTuple):
    """One comparison: what was compared, how many answers, and those that differ, with the reason if it is known."""

    what: str
    answers: int
    differing: Counter[str]


def frozen(shared: Path) -> Iterator[Row]:
    """Every file of frozen answers, which agree where verdict and messages do."""
    for path in sorted((shared / "gold").glob("*.jsonl.gz")):
        tally = conformance.Tally()
        told = [line.removeprefix(f"{path}:") for line in conformance.compare(path, tally)]
        yield Row(path.name, tally.cases, Counter(told[: tally.cases - tally.messages]))


def expressions(oracle: Oracle) -> Iterator[Row]:
    """Everything that is drawn, and what is said of what fails."""
    for kind, draw in DRAWN.items():
        asked = list(draw())
        found = cel_oracle.differences(oracle, asked, VARIABLES)
        yield Row(kind, len(asked), Counter(f"{KNOWN.get(text, 'UNEXPLAINED')}: {text}" for text in found))
        failing = oracle.errors(asked, VARIABLES)
        words = in_other_words(oracle, list(failing))
        yield Row("  words of those that fail", len(failing), Counter(theirs for theirs, _ in words.values()))


def policies(oracle: Oracle, shared: Path | None) -> Iterator[Row]:
    """Policies over changed objects."""
    yield _decided("our policies over changed pods", oracle, (about_pods(spec, NUMBER // len(SPECS)) for spec in SPECS))
    if shared is not None:
        yield _decided("published policies over changed objects", oracle, published(shared, NUMBER))


def _decided(what: str, oracle: Oracle, questions: Iterator[Question]) -> Row:
    asked, differing = 0, Counter[str]()
    for question in questions:
        asked += len(question.requests)
        name = str(question.policy["metadata"]["name"])
        differing[f"UNEXPLAINED: {name}"] += len(question.differing(oracle))
    return Row(what, asked, differing)


def rows(oracle: Oracle, shared: Path | None) -> Iterator[Row]:
    """Every comparison, one after the other."""
    if shared is not None:
        yield from frozen(shared)
    yield from expressions(oracle)
    yield from policies(oracle, shared)


def main() -> int:
    """Print the table; 2 where there is no Go."""
    go, named = shutil.which("go"), os.environ.get("KATAFORM_SHARED")
    if go is None:
        sys.stderr.write("Go is not on PATH, so there is nobody to ask\n")
        return 2
    oracle = Oracle(cel_oracle.build(Path(go), REPOSITORY))
    for what, answers, differing in rows(oracle, Path(named) if named else None):
        sys.stdout.write(f"{what}: {answers - differing.total()} of {answers} agree\n")
        sys.stdout.writelines(f"    {count:5}  {reason}\n" for reason, count in differing.most_common(MOST) if count)
        sys.stdout.flush()
    oracle.close()
    if not named:
        sys.stdout.write("left out: frozen answers and published policies (KATAFORM_SHARED is not set)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
