"""Which known word was meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

__all__ = ["nearest"]

_ENOUGH = 4


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that differs in case only, else by few letters, else continues `word`; None where none is near."""
    known = [candidate for candidate in known if candidate != word]
    for candidate in known:
        if candidate.lower() == word.lower():
            return candidate
    if len(word) > 2 * max(map(len, known), default=0):
        return None
    possible = [candidate for candidate in known if abs(len(word) - len(candidate)) <= _few(word, candidate)]
    distances = [(distance(word.lower(), candidate.lower()), candidate) for candidate in possible]
    best = min(distances, default=(len(word), ""))
    if best[1] and best[0] <= _few(word, best[1]):
        return best[1]
    longer = [name for name in known if len(word) >= _ENOUGH and name.lower().startswith(word.lower())]
    shorter = [name for name in known if len(name) >= _ENOUGH and word.lower().startswith(name.lower())]
    return min(longer, key=len) if longer else max(shorter, key=len, default=None)


def _few(one: str, other: str) -> int:
    """How many letters may differ between two words for one to be meant by the other."""
    return min(len(one), len(other)) // 3


@lru_cache(maxsize=1024)
def distance(one: str, other: str) -> int:
    """How many letters to insert, drop, change or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (char != wanted))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
