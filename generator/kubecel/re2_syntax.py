"""RE2's syntax: what Go's regexp refuses, and a translation of the rest for Python's `re`.

https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t\n\v\f\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_PERL = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_SIMPLE_ESCAPES = {"a": r"\x07", "f": r"\f", "n": r"\n", "r": r"\r", "t": r"\t", "v": r"\x0b"}
_REPEAT = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_0-9]+)>")
_CLASS_NAME = re.compile(r"\[:(\^?)([a-z]+):\]")
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"\\([1-7][0-7]{1,2}|0[0-7]{0,2})")
_PROPERTY = re.compile(r"\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))")
_MAX_REPEAT = 1000


def check(pattern: str) -> str:
    """What is wrong with a pattern that google-re2 would take although Go's regexp refuses it, or an empty text."""
    if "\\C" in pattern and re.search(r"(?<!\\)(?:\\\\)*\\C", pattern):
        return r"invalid escape sequence: `\C`"
    return ""


def compile_for_python(pattern: str) -> re.Pattern[str]:
    """The pattern for Python's `re`. Raises regex.PatternError."""
    from kubecel.regex import PatternError

    translation = _Translation(pattern)
    try:
        return re.compile(translation.translate(), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from None


class _Translation:
    """A walk over a pattern that writes Python's spelling of it. `_flags` are those of the group it is in."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._written: list[str] = []
        self._multiline = [False]
        self._closers = [0]
        self._names: set[str] = set()
        self._repeatable = False

    def translate(self) -> str:
        while self._position < len(self._pattern):
            self._step(self._pattern[self._position])
        if len(self._closers) > 1:
            raise self._error("missing closing )")
        return "".join(self._written) + ")" * self._closers[0]

    def _error(self, problem: str) -> Exception:
        from kubecel.regex import PatternError

        return PatternError(f"{problem}: `{self._pattern}`")

    def _write(self, text: str, width: int, *, repeatable: bool = True) -> None:
        self._written.append(text)
        self._position += width
        self._repeatable = repeatable

    def _match(self, syntax: re.Pattern[str]) -> re.Match[str] | None:
        return syntax.match(self._pattern, self._position)

    def _step(self, character: str) -> None:
        if character == "\\":
            self._escape()
        elif character == "[":
            self._class()
        elif character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character in "*+?":
            self._repeat(character, 1)
        elif character == "{" and (repeat := self._match(_REPEAT)):
            self._counted(repeat)
        elif character == "$":
            self._write("$" if self._multiline[-1] else r"\Z", 1)
        elif character == "^":
            self._write("^", 1)
        elif character == "|":
            self._write("|", 1, repeatable=False)
        elif character == ".":
            self._write(".", 1)
        else:
            self._write(re.escape(character), 1)

    # --- repetition ---

    def _counted(self, repeat: re.Match[str]) -> None:
        low, comma, high = int(repeat[1]), repeat[2], repeat[3]
        if low > _MAX_REPEAT or (high and (int(high) > _MAX_REPEAT or int(high) < low)):
            raise self._error("invalid repeat count")
        exactly = f"{{{low}}}" if not comma else f"{{{low},{high}}}"
        self._repeat(exactly, repeat.end() - repeat.start())

    def _repeat(self, operator: str, width: int) -> None:
        if not self._repeatable:
            last = self._written[-1] if self._written else ""
            nested = last[:1] in ("*", "+", "?", "{")
            raise self._error(
                "invalid nested repetition operator" if nested else "missing argument to repetition operator"
            )
        lazy = self._pattern[self._position + width : self._position + width + 1] == "?"
        self._write(operator + ("?" if lazy else ""), width + lazy, repeatable=False)

    # --- groups ---

    def _open(self) -> None:
        if flags := self._match(_FLAGS):
            self._flags(flags)
        elif named := self._match(_NAMED):
            if named[1] in self._names:
                raise self._error("duplicate capture group name")
            self._names.add(named[1])
            self._enter("(", named.end() - named.start())
        elif self._pattern.startswith("(?", self._position):
            raise self._error("invalid or unsupported Perl syntax")
        else:
            self._enter("(", 1)

    def _enter(self, opening: str, width: int) -> None:
        self._multiline.append(self._multiline[-1])
        self._closers.append(0)
        self._write(opening, width, repeatable=False)

    def _flags(self, flags: re.Match[str]) -> None:
        on, off = flags[1], (flags[2] or "")[1:]
        if "U" in on + off:
            raise self._error("unsupported flag U")
        opening = f"(?{on}{'-' + off if off else ''}:" if on or off else "(?:"
        width = flags.end() - flags.start()
        if flags[3] == ":":
            self._enter(opening, width)
        else:  # the flags hold until the group ends, which Python only has as a group of its own
            self._closers[-1] += 1
            self._write(opening, width, repeatable=False)
        if "m" in on:
            self._multiline[-1] = True
        if "m" in off:
            self._multiline[-1] = False

    def _close(self) -> None:
        if len(self._closers) == 1:
            raise self._error("unexpected )")
        self._multiline.pop()
        self._write(")" * (self._closers.pop() + 1), 1)

    # --- escapes and classes ---

    def _escape(self) -> None:
        following = self._pattern[self._position + 1 : self._position + 2]
        if following == "Q":
            self._literal()
        elif following in ("A", "b", "B"):
            self._write("\\" + following, 2)
        elif following == "z":
            self._write(r"\Z", 2)
        elif following and following in _PERL:
            self._write(f"[{_PERL[following]}]", 2)
        elif following and following.lower() in _PERL:
            self._write(f"[^{_PERL[following.lower()]}]", 2)
        elif following in ("p", "P"):
            members, negated = self._property()
            self._write(f"[{'^' if negated else ''}{members}]", 0)
        else:
            self._write(self._character(), 0)

    def _literal(self) -> None:
        start = self._position + 2
        end = self._pattern.find("\\E", start)
        text = self._pattern[start:] if end < 0 else self._pattern[start:end]
        for character in text:
            self._write(re.escape(character), 0)
        self._position = len(self._pattern) if end < 0 else end + 2

    def _character(self) -> str:
        """The escape of one character, at which it stands; moves behind it."""
        following = self._pattern[self._position + 1 : self._position + 2]
        if not following:
            raise self._error("trailing backslash at end of expression")
        if following in _SIMPLE_ESCAPES:
            self._position += 2
            return _SIMPLE_ESCAPES[following]
        number = self._match(_HEX)
        if number:
            code = int(number[1] or number[2], 16)
        elif octal := self._match(_OCTAL):
            number, code = octal, int(octal[1], 8)
        elif (following.isascii() and not following.isalnum() and following != "_") or following == "_":
            self._position += 2
            return re.escape(following)
        else:
            raise self._error(f"invalid escape sequence: `\\{following}`")
        if code > 0x10FFFF:
            raise self._error("invalid escape sequence")
        self._position = number.end()
        return re.escape(chr(code))

    def _property(self) -> tuple[str, bool]:
        """The members of a Unicode class and whether it is negated; moves behind it."""
        found = self._match(_PROPERTY)
        if found is None:
            raise self._error("invalid character class range")
        negated = (self._pattern[self._position + 1] == "P") != bool(found[1])
        members = _unicode_class(found[2] or found[3])
        if not members:
            raise self._error(f"invalid character class range: `{found[0]}`")
        self._position = found.end()
        return members, negated

    def _class(self) -> None:
        """A bracketed class, whose members are written as ranges that Python reads the same way."""
        self._position += 1
        negated = self._pattern.startswith("^", self._position)
        self._position += negated
        members: list[str] = []
        first = True
        while first or not self._pattern.startswith("]", self._position):
            if self._position >= len(self._pattern):
                raise self._error("missing closing ]")
            members.append(self._member(first))
            first = False
        self._write(f"[{'^' if negated else ''}{''.join(members)}]", 1)

    def _member(self, first: bool) -> str:
        pattern, position = self._pattern, self._position
        if name := self._match(_CLASS_NAME):
            if name[2] not in _POSIX:
                raise self._error("invalid character class range")
            self._position = name.end()
            return _complement(_POSIX[name[2]]) if name[1] else _POSIX[name[2]]
        following = pattern[position + 1 : position + 2]
        if pattern[position] == "\\" and following.lower() in _PERL and following:
            self._position += 2
            members = _PERL[following.lower()]
            return _complement(members) if following.isupper() else members
        if pattern[position] == "\\" and following in ("p", "P"):
            members, negated = self._property()
            return _complement(members) if negated else members
        if pattern[position] == "-" and not first and following not in ("]", ""):
            raise self._error("invalid character class range")
        low = self._class_character()
        after = pattern[self._position + 1 : self._position + 2]
        if pattern.startswith("-", self._position) and after not in ("]", ""):
            self._position += 1
            high = self._class_character()
            if _code(low) > _code(high):
                raise self._error("invalid character class range")
            return f"{low}-{high}"
        return low

    def _class_character(self) -> str:
        character = self._pattern[self._position : self._position + 1]
        if character == "\\":
            return self._character()
        if not character:
            raise self._error("missing closing ]")
        self._position += 1
        return "\\" + character if character in "\\[]^-&~|" else character


def _code(member: str) -> int:
    """The code point of a class member as written for Python."""
    if len(member) == 1:
        return ord(member)
    named = {r"\x07": 7, r"\f": 12, r"\n": 10, r"\r": 13, r"\t": 9, r"\x0b": 11}
    return named.get(member) or ord(member[-1])


@lru_cache(maxsize=64)
def _complement(members: str) -> str:
    """The members of a class that are not those."""
    inside = re.compile(f"[{members}]")
    return _ranges([code for code in range(0x110000) if not inside.match(chr(code))])


@lru_cache(maxsize=64)
def _unicode_class(name: str) -> str:
    """The members of a general category such as L or Lu; other properties are not known here."""
    if name == "Any":
        return r"\x00-\U0010ffff"
    categories = "CLMNPSZ"
    if name[0] not in categories or len(name) > 2:
        return ""
    return _ranges([code for code in range(0x110000) if unicodedata.category(chr(code)).startswith(name)])


def _ranges(codes: list[int]) -> str:
    written: list[str] = []
    start = previous = -2
    for code in [*codes, -2]:
        if code != previous + 1:
            if previous >= 0:
                written.append(f"{re.escape(chr(start))}-{re.escape(chr(previous))}")
            start = code
        previous = code
    return "".join(written)
