"""Match a regular expression without google-re2: by Python's `re` where that is quick for sure, else by a machine.

The machine goes over the text once, with every state it may be in at a time, so that no pattern makes it slow.
https://swtch.com/~rsc/regexp/regexp2.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from kubecel.errors import BudgetExceeded
from kubecel.re2_syntax import WORD, Assert, Chars, Either, PatternError, Range, Repeat, Sequence, Tree, parse

_QUICK = 2_000_000  # steps of `re` at most
_MOST_STEPS = 5_000_000  # of the machine, at least
_LARGEST = 50_000  # instructions
_MANY = 1_000
_WORD = "[0-9A-Za-z_]"
_PYTHON_ASSERTS = {
    "text-start": r"\A",
    "text-end": r"\Z",
    "line-start": "(?m:^)",
    "line-end": "(?m:$)",
    "word": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "no-word": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}


class Match(NamedTuple):
    """Where a pattern matches a text."""

    text: str
    first: int
    last: int

    def start(self) -> int:
        """Where the match begins."""
        return self.first

    def end(self) -> int:
        """Where the match ends."""
        return self.last

    def group(self) -> str:
        """What matches."""
        return self.text[self.first : self.last]


class Matcher:
    """A compiled pattern with the methods of `re.Pattern` that are used here."""

    def __init__(self, pattern: str) -> None:
        self._tree = parse(pattern)
        self._degree = _degree(self._tree) + (not _anchored(self._tree))
        self._python: re.Pattern[str] | None = None
        self._machine: _Machine | None = None

    def _is_quick(self, text: str) -> bool:
        return self._degree < _MANY and (len(text) + 1) ** self._degree <= _QUICK

    def _search(self, text: str, position: int) -> Match | None:
        if self._is_quick(text):
            if self._python is None:
                self._python = re.compile(to_python(self._tree))
            found = self._python.search(text, position)
            return None if found is None else Match(text, found.start(), found.end())
        if self._machine is None:
            self._machine = _Machine(self._tree)
        return self._machine.search(text, position)

    def search(self, text: str) -> Match | None:
        """The first match."""
        return self._search(text, 0)

    def finditer(self, text: str) -> Iterator[Match]:
        """The matches from left to right, none inside another."""
        position = 0
        while position <= len(text) and (found := self._search(text, position)) is not None:
            yield found
            position = found.last + (found.first == found.last)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Matcher:
    """The compiled pattern. Raises PatternError."""
    try:
        return Matcher(pattern)
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from None


# --- how long `re` may take ---


def _degree(tree: Tree) -> int:
    """The power of the text's length that bounds the steps of `re`; _MANY where there is no such bound."""
    if isinstance(tree, Sequence):
        return min(sum([_degree(part) for part in tree.parts]), _MANY)
    if isinstance(tree, Either):
        return max([_degree(branch) for branch in tree.branches])
    if not isinstance(tree, Repeat):
        return 0
    if tree.least == tree.most == 1:
        return _degree(tree.part)
    if (tree.most is None or tree.most > 1) and _varies(tree.part):
        return _MANY
    return _degree(tree.part) + (tree.least != tree.most and (tree.most is None or tree.most > 1))


def _varies(tree: Tree) -> bool:
    """Whether a part can match one text in more than one way or length."""
    if isinstance(tree, (Chars, Assert)):
        return False
    if isinstance(tree, Sequence):
        return any(_varies(part) for part in tree.parts) or not tree.parts
    return isinstance(tree, Either) or (isinstance(tree, Repeat) and (tree.least != tree.most or _varies(tree.part)))


def _anchored(tree: Tree) -> bool:
    """Whether a match can only begin where the text does."""
    if isinstance(tree, Sequence):
        return bool(tree.parts) and _anchored(tree.parts[0])
    if isinstance(tree, Either):
        return all(_anchored(branch) for branch in tree.branches)
    return tree == Assert("text-start")


# --- for Python ---


def to_python(tree: Tree) -> str:
    """The pattern as Python's `re` reads it."""
    if isinstance(tree, Chars):
        return _class_text(tree)
    if isinstance(tree, Assert):
        return _PYTHON_ASSERTS[tree.kind]
    if isinstance(tree, Sequence):
        return "".join([to_python(part) if not isinstance(part, Either) else f"(?:{to_python(part)})"
                        for part in tree.parts])  # fmt: skip
    if isinstance(tree, Either):
        return "|".join([f"(?:{to_python(branch)})" for branch in tree.branches])
    most = "" if tree.most is None else str(tree.most)
    return f"(?:{to_python(tree.part)}){{{tree.least},{most}}}{'' if tree.greedy else '?'}"


def _class_text(chars: Chars) -> str:
    if not chars.ranges:
        return r"[\s\S]" if chars.negated else r"[^\s\S]"
    ranges = "".join([f"\\U{low:08x}-\\U{high:08x}" for low, high in _unfolded(chars)])
    return f"[{'^' if chars.negated else ''}{ranges}]"


# --- upper and lower case ---

_LAST_CASED = 0x1E943
# Turkish letters, which belong to i and I in some languages only.
_ALONE = frozenset({0x130, 0x131})


def _unfolded(chars: Chars) -> tuple[Range, ...]:
    """The ranges with the other cases of their characters, where case does not matter."""
    if not chars.fold:
        return chars.ranges
    more: set[int] = set()
    for low, high in chars.ranges:
        if high - low < len(_cases()):
            for code in range(low, high + 1):
                more.update(_cases().get(code, ()))
        else:
            more.update(other for code, others in _cases().items() if low <= code <= high for other in others)
    return (*chars.ranges, *((code, code) for code in sorted(more)))


@lru_cache(maxsize=1)
def _cases() -> dict[int, tuple[int, ...]]:
    """Characters that differ in case only, as Unicode's simple case folding and Go have them."""
    groups: dict[int, set[int]] = {}
    for code in range(_LAST_CASED + 1):
        if code in _ALONE:
            continue
        char = chr(code)
        for other in (char.lower(), char.upper(), char.title(), char.casefold()):
            if len(other) == 1 and other != char:
                joined = groups.get(code, {code}) | groups.get(ord(other), {ord(other)})
                groups.update(dict.fromkeys(joined, joined))
    return {code: tuple(group - {code}) for code, group in groups.items()}


# --- the machine ---

_CHARACTER, _SPLIT, _JUMP, _ASSERT, _MATCH = range(5)
Instruction = tuple[int, object, object]


class _Machine:
    """A program of instructions, and its run over a text."""

    def __init__(self, tree: Tree) -> None:
        self._program: list[Instruction] = []
        self._compile(tree)
        self._add(_MATCH)

    def _add(self, operation: int, first: object = None, second: object = None) -> int:
        if len(self._program) >= _LARGEST:
            raise PatternError("expression too large")
        self._program.append((operation, first, second))
        return len(self._program) - 1

    def _compile(self, tree: Tree) -> None:
        if isinstance(tree, Chars):
            self._add(_CHARACTER, _membership(tree))
        elif isinstance(tree, Assert):
            self._add(_ASSERT, _CHECKS[tree.kind])
        elif isinstance(tree, Sequence):
            for part in tree.parts:
                self._compile(part)
        elif isinstance(tree, Either):
            self._compile_either(tree)
        else:
            self._compile_repeat(tree)

    def _compile_either(self, tree: Either) -> None:
        jumps = []
        for branch in tree.branches[:-1]:
            split = self._add(_SPLIT)
            self._compile(branch)
            jumps.append(self._add(_JUMP))
            self._program[split] = (_SPLIT, split + 1, len(self._program))
        self._compile(tree.branches[-1])
        for jump in jumps:
            self._program[jump] = (_JUMP, len(self._program), None)

    def _compile_repeat(self, tree: Repeat) -> None:
        for _ in range(tree.least):
            self._compile(tree.part)
        if tree.most is None:
            split = self._add(_SPLIT)
            self._compile(tree.part)
            self._add(_JUMP, split)
            self._branch(split, len(self._program), greedy=tree.greedy)
            return
        splits = []
        for _ in range(tree.most - tree.least):
            splits.append(self._add(_SPLIT))
            self._compile(tree.part)
        for split in splits:
            self._branch(split, len(self._program), greedy=tree.greedy)

    def _branch(self, split: int, end: int, *, greedy: bool) -> None:
        self._program[split] = (_SPLIT, split + 1, end) if greedy else (_SPLIT, end, split + 1)

    def search(self, text: str, position: int) -> Match | None:
        """The first match from a position on: the leftmost one, and of those the preferred one."""
        if len(self._program) * (len(text) - position) > _MOST_STEPS:
            raise BudgetExceeded
        found: Match | None = None
        states: list[tuple[int, int]] = []
        for index in range(position, len(text) + 1):
            seen: set[int] = set()
            waiting: list[tuple[int, int]] = []
            for state, start in states:
                self._follow(state, start, text, index, seen, waiting)
            if found is None:
                self._follow(0, index, text, index, seen, waiting)
            states = []
            for state, start in waiting:
                operation, member, _ = self._program[state]
                if operation == _MATCH:
                    found = Match(text, start, index)
                    break  # what comes after is less preferred
                if index < len(text) and member(text[index]):  # type: ignore[operator]
                    states.append((state + 1, start))
            if not states and found is not None:
                break
        return found

    def _follow(
        self, state: int, start: int, text: str, index: int, seen: set[int], waiting: list[tuple[int, int]]
    ) -> None:
        """Add the states that wait for a character, or match, which can be reached from here without one."""
        stack = [state]
        program = self._program
        while stack:
            state = stack.pop()
            if state in seen:
                continue
            seen.add(state)
            operation, first, second = program[state]
            if operation == _SPLIT:
                stack += (second, first)  # type: ignore[arg-type]
            elif operation == _JUMP:
                stack.append(first)  # type: ignore[arg-type]
            elif operation == _ASSERT:
                if first(text, index):  # type: ignore[operator]
                    stack.append(state + 1)
            else:
                waiting.append((state, start))


def _membership(chars: Chars) -> Callable[[str], bool]:
    """Whether a character is one of those."""
    ranges, negated = _unfolded(chars), chars.negated
    return lambda character: _within(character, ranges) is not negated


def _within(character: str, ranges: tuple[Range, ...]) -> bool:
    code = ord(character)
    for low, high in ranges:  # noqa: SIM110 (a plain loop is twice as quick)
        if low <= code <= high:
            return True
    return False


def _is_word(text: str, index: int) -> bool:
    return 0 <= index < len(text) and _within(text[index], WORD)


def _at_word_edge(text: str, index: int) -> bool:
    return _is_word(text, index - 1) != _is_word(text, index)


_CHECKS: dict[str, Callable[[str, int], bool]] = {
    "text-start": lambda _, index: index == 0,
    "text-end": lambda text, index: index == len(text),
    "line-start": lambda text, index: index == 0 or text[index - 1] == "\n",
    "line-end": lambda text, index: index == len(text) or text[index] == "\n",
    "word": _at_word_edge,
    "no-word": lambda text, index: not _at_word_edge(text, index),
}
