"""Make YAML as people write it, by chance: comments anywhere, blocks, anchors, brackets, every kind of scalar."""

from __future__ import annotations

import random

__all__ = ["document"]

PLAIN = ["a", "yes", "1.10", "0755", "~", "", "2026-01-01", "é ü", "a b c", "true", "!!str 1", "http://x/y", "'it''s'"]
LONG = ["a\n{}  more", "'one\n{}  two'", '"q\n{}  w"', '"x\\ty"', "&A v", "*A", "- x"]
KEYS = ["a", "b", "'d'", "yes", "k k", "é"]
# A block that keeps its last empty lines (|+) grows by one in kustomize where a comment follows; it is left out.
HINTS = ["|", ">", "|-", ">-", "|2"]


def document(source: random.Random) -> str:
    """One document, not always valid."""
    return _Author(source).document()


class _Author:
    def __init__(self, source: random.Random) -> None:
        self.choice, self.chance, self.upto = source.choice, source.random, source.randint

    def document(self) -> str:
        start, end = self.choice(["", "# head\n", "---\n", "# h\n\n"]), self.choice(["", "# end\n", "---\n", "...\n"])
        return start + self.mapping("", 3) + end

    def mapping(self, margin: str, depth: int) -> str:
        pairs = [
            f"{margin}<<: *B\n"
            if self.chance() < 0.05
            else f"{self.above(margin)}{margin}{self.choice(KEYS)}{number}:{self.value(margin, depth)}"
            for number in range(self.upto(1, 4))
        ]
        return "".join(pairs) + self.above(margin)

    def sequence(self, margin: str, depth: int) -> str:
        return "".join(
            f"{margin}- z: 1\n{self.mapping(margin + '  ', depth - 1)}"
            if depth and self.chance() < 0.35
            else f"{self.above(margin)}{margin}-{self.value(margin + '  ', 0)}"
            for _ in range(self.upto(1, 3))
        )

    def value(self, margin: str, depth: int) -> str:
        kind = self.chance()
        if depth and kind < 0.25:
            return f"{self.choice(['', ' &B', ' !foo'])}{self.beside()}\n{self.mapping(margin + '  ', depth - 1)}"
        if depth and kind < 0.45:
            return f"{self.beside()}\n{self.sequence(self.choice([margin, margin + '  ']), depth - 1)}"
        if kind < 0.55:
            return f" {self.choice(HINTS)}{self.beside()}\n{self.block(margin)}"
        if kind < 0.65:
            return f" {self.flow(2)}{self.beside()}\n"
        scalar = self.choice(PLAIN if self.chance() < 0.8 else LONG)
        return f" {scalar.format(margin)}{self.beside()}\n"

    def block(self, margin: str) -> str:
        rows = ["  text\n", "  # no comment\n", "   deeper\n", "  a: b\n"]
        made = [f"{margin}{self.choice(rows)}" if self.chance() < 0.8 else "\n" for _ in range(self.upto(1, 4))]
        return "".join((f"{margin}  first\n", *made))

    def flow(self, depth: int) -> str:
        if not depth:
            return str(self.choice(["a", "'b'", "1", "yes", "~", '"c"', "x y", ""]) or "{}")
        inside = [self.flow(depth - 1) for _ in range(self.upto(0, 3))]
        if self.chance() < 0.5:
            return f"[{', '.join(inside)}]"
        return f"{{{', '.join(f'k{number}: {child}' for number, child in enumerate(inside))}}}"

    def beside(self) -> str:
        return str(self.choice(["", "", "", "", "", " # c", "  # it's: x"]))

    def above(self, margin: str) -> str:
        lines = [f"{margin}# lead\n", "\n", "# zero\n", f"{margin}   # deep\n", "\n\n"]
        return str(self.choice(["", "", "", "", "", "", *lines]))
