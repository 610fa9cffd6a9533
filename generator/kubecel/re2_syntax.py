"""Parse a regular expression by RE2's rules, which are Go's, into a tree.

https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kubecel.pattern import Pattern

Range = tuple[int, int]
LAST = 0x10FFFF


class PatternError(Exception):
    """A pattern that RE2 would refuse."""


class UnknownClass(PatternError):
    """A Unicode class that is not known here, such as a script."""


class Chars(NamedTuple):
    """One character that is in one of the ranges, or with `negated` in none; `fold` says that case does not matter."""

    ranges: tuple[Range, ...]
    negated: bool = False
    fold: bool = False


class Assert(NamedTuple):
    """A place between characters: `text-start`, `text-end`, `line-start`, `line-end`, `word`, `no-word`."""

    kind: str


class Sequence(NamedTuple):
    """One part after the other."""

    parts: tuple[Tree, ...]


class Either(NamedTuple):
    """One of the branches, the earlier the better."""

    branches: tuple[Tree, ...]


class Repeat(NamedTuple):
    """The part between `least` and `most` times (None: as often as may be), `greedy` or as seldom as possible."""

    part: Tree
    least: int
    most: int | None
    greedy: bool


Tree: TypeAlias = "Chars | Assert | Sequence | Either | Repeat"

_MOST_REPEATS = 1000
_DEEPEST = 1000
_POSIX: dict[str, tuple[Range, ...]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": ((48, 57),),
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
WORD = _POSIX["word"]
_PERL = {"d": _POSIX["digit"], "w": WORD, "s": ((9, 10), (12, 13), (32, 32))}
_NEWLINE: tuple[Range, ...] = ((10, 10),)
_ESCAPES = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ASSERTS = {"A": "text-start", "z": "text-end", "b": "word", "B": "no-word"}
_REPEAT = Pattern(r"\{([0-9]+)(,([0-9]*))?\}")
_FLAGS = Pattern(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAMED = Pattern(r"\(\?P?<([A-Za-z_0-9]+)>")
_CLASS_NAME = Pattern(r"\[:(\^?)([a-z]+):\]")
_HEX = Pattern(r"\\x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))")
_OCTAL = Pattern(r"\\([1-7][0-7]{1,2}|0[0-7]{0,2})")
_PROPERTY = Pattern(r"\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))")


def parse(pattern: str) -> Tree:
    """The tree of a pattern. Raises PatternError."""
    return _parsed(_Parser(pattern), pattern)


def without_names(pattern: str) -> str:
    """The pattern without the names of its groups, of which Go takes one twice, and nothing here asks. Raises
    PatternError.
    """
    parser = _Parser(pattern)
    _parsed(parser, pattern)
    for start, end in reversed(parser.named):
        pattern = f"{pattern[:start]}({pattern[end:]}"
    return pattern


def _parsed(parser: _Parser, pattern: str) -> Tree:
    tree = parser.either(0)
    if parser.position < len(pattern):
        raise parser.error("unexpected )")
    if repeats(tree) > _MOST_REPEATS:
        raise parser.error("invalid repeat count")
    return tree


def repeats(tree: Tree) -> int:
    """How often counted repetitions inside each other repeat at most."""
    if isinstance(tree, Repeat):
        return max(1, tree.most or tree.least) * repeats(tree.part)
    if isinstance(tree, (Sequence, Either)):
        return max([repeats(part) for part in tree[0]], default=1)
    return 1


class _Parser:
    """A recursive descent over a pattern; `_flags` are those in force, `named` says where groups have names."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.position = 0
        self._flags: frozenset[str] = frozenset()
        self.named: list[tuple[int, int]] = []

    def error(self, problem: str) -> PatternError:
        return PatternError(f"{problem}: `{self._pattern}`")

    def _match(self, syntax: Pattern) -> re.Match[str] | None:
        found = syntax.match(self._pattern, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def _next(self) -> str:
        return self._pattern[self.position : self.position + 1]

    # --- structure ---

    def either(self, depth: int) -> Tree:
        """Branches up to a closing parenthesis or the end; flags that are set inside hold up to there."""
        if depth > _DEEPEST:
            raise self.error("expression nests too deeply")
        flags = self._flags
        branches = [self._sequence(depth)]
        while self._next() == "|":
            self.position += 1
            branches.append(self._sequence(depth))
        self._flags = flags
        return _either(branches)

    def _sequence(self, depth: int) -> Tree:
        parts: list[Tree] = []
        repeatable = False
        while (character := self._next()) and character not in "|)":
            counted = character == "{" and _REPEAT.match(self._pattern, self.position)
            if character in "*+?" or counted:
                if not parts:
                    raise self.error("missing argument to repetition operator")
                if not repeatable:
                    raise self.error("invalid nested repetition operator")
                parts[-1] = self._repeat(parts[-1])
                repeatable = False
                continue
            parts += self._part(character, depth)
            repeatable = True
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeat(self, part: Tree) -> Tree:
        character = self._next()
        if counted := self._match(_REPEAT):
            least = _count(counted[1])
            most = least if not counted[2] else _count(counted[3]) if counted[3] else None
            if least > _MOST_REPEATS or (most is not None and (most > _MOST_REPEATS or most < least)):
                raise self.error("invalid repeat count")
        else:
            self.position += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
        greedy = self._next() != "?"
        self.position += not greedy
        return Repeat(part, least, most, greedy is not ("U" in self._flags))

    def _part(self, character: str, depth: int) -> list[Tree]:
        """The parts that stand next; flags are none."""
        if character == "(":
            group = self._group(depth)
            return [] if group is None else [group]
        if character == "\\":
            return self._escape()
        if character == "[":
            return [self._class()]
        self.position += 1
        if character == "^":
            return [Assert("line-start" if "m" in self._flags else "text-start")]
        if character == "$":
            return [Assert("line-end" if "m" in self._flags else "text-end")]
        if character == ".":
            return [Chars((), negated=True) if "s" in self._flags else Chars(_NEWLINE, negated=True)]
        return [self._chars(((ord(character),) * 2,))]

    def _chars(self, ranges: tuple[Range, ...], *, negated: bool = False) -> Chars:
        return Chars(ranges, negated, "i" in self._flags)

    def _group(self, depth: int) -> Tree | None:
        before = self._flags
        if flags := self._match(_FLAGS):
            self._flags = self._flags.union(flags[1]).difference((flags[2] or "-")[1:])
            if flags[3] == ")":
                return None
        elif named := self._match(_NAMED):
            self.named.append(named.span())
        elif self._pattern.startswith("(?", self.position):
            raise self.error("invalid or unsupported Perl syntax")
        else:
            self.position += 1
        tree = self.either(depth + 1)
        if self._next() != ")":
            raise self.error("missing closing )")
        self.position += 1
        self._flags = before
        return tree

    # --- escapes and classes ---

    def _escape(self) -> list[Tree]:
        following = self._pattern[self.position + 1 : self.position + 2]
        if following == "Q":
            return self._literal()
        if following and following in _ASSERTS:
            self.position += 2
            return [Assert(_ASSERTS[following])]
        known = self._class_escape()
        if known is not None:
            return [Chars(known[0], known[1], "i" in self._flags)]
        return [self._chars(((self._character(),) * 2,))]

    def _literal(self) -> list[Tree]:
        start = self.position + 2
        end = self._pattern.find("\\E", start)
        text = self._pattern[start:] if end < 0 else self._pattern[start:end]
        self.position = len(self._pattern) if end < 0 else end + 2
        return [self._chars(((ord(character),) * 2,)) for character in text]

    def _class_escape(self) -> tuple[tuple[Range, ...], bool] | None:
        """The ranges of `\\d`, `\\pL` and the like, and whether they are negated; None for any other escape."""
        following = self._pattern[self.position + 1 : self.position + 2]
        if following and following.lower() in _PERL:
            self.position += 2
            return _PERL[following.lower()], following.isupper()
        if following not in ("p", "P"):
            return None
        found = self._match(_PROPERTY)
        if found is None:
            raise self.error("invalid character class range")
        ranges = unicode_class(found[2] or found[3])
        if not ranges:
            raise UnknownClass(f"invalid character class range: `{found[0]}`")
        return ranges, (following == "P") != bool(found[1])

    def _character(self) -> int:
        """The code point of an escape at which it stands; moves behind it."""
        following = self._pattern[self.position + 1 : self.position + 2]
        if not following:
            raise self.error("trailing backslash at end of expression")
        if following in _ESCAPES:
            self.position += 2
            return _ESCAPES[following]
        if number := self._match(_HEX):
            code = int(number[1] or number[2], 16)
            if code > LAST:
                raise self.error("invalid escape sequence")
            return code
        if octal := self._match(_OCTAL):
            return int(octal[1], 8)
        if following.isascii() and not following.isalnum():
            self.position += 2
            return ord(following)
        raise self.error(f"invalid escape sequence: `\\{following}`")

    def _class(self) -> Chars:
        self.position += 1
        negated = self._next() == "^"
        self.position += negated
        ranges: list[Range] = []
        first = True
        while first or self._next() != "]":
            if not self._next():
                raise self.error("missing closing ]")
            ranges += self._member()
            first = False
        self.position += 1
        return self._chars(tuple(ranges), negated=negated)

    def _member(self) -> tuple[Range, ...]:
        if self._pattern.startswith("[:", self.position) and (name := self._match(_CLASS_NAME)):
            if name[2] not in _POSIX:
                raise self.error("invalid character class range")
            return complement(_POSIX[name[2]]) if name[1] else _POSIX[name[2]]
        if self._next() == "\\":
            known = self._class_escape()
            if known is not None:
                return complement(known[0]) if known[1] else known[0]
        low = self._class_character()
        after = self._pattern[self.position + 1 : self.position + 2]
        if self._next() != "-" or after in ("]", ""):
            return ((low, low),)
        self.position += 1
        high = self._class_character()
        if high < low:
            raise self.error("invalid character class range")
        return ((low, high),)

    def _class_character(self) -> int:
        character = self._next()
        if character == "\\":
            return self._character()
        self.position += 1
        return ord(character)


def _count(digits: str) -> int:
    """A count, of which only matters whether it is too large."""
    return int(digits) if len(digits) <= 9 else _MOST_REPEATS + 1


def _either(branches: list[Tree]) -> Tree:
    """Branches of one plain character each are one class."""
    if len(branches) == 1:
        return branches[0]
    chars = [branch for branch in branches if isinstance(branch, Chars) and not branch.negated]
    if len(chars) == len(branches) and len({branch.fold for branch in chars}) == 1:
        return Chars(tuple([one for branch in chars for one in branch.ranges]), fold=chars[0].fold)
    return Either(tuple(branches))


def complement(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """The ranges of the characters that are in none of the ranges."""
    found: list[Range] = []
    start = 0
    for low, high in sorted(ranges):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return (*found, (start, LAST)) if start <= LAST else tuple(found)


@lru_cache(maxsize=64)
def unicode_class(name: str) -> tuple[Range, ...]:
    """The ranges of a general category such as L or Lu; scripts are not known here."""
    if name == "Any":
        return ((0, LAST),)
    if name[0] not in "CLMNPSZ" or len(name) > 2:
        return ()
    found: list[Range] = []
    for code in range(LAST + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return tuple(found)
