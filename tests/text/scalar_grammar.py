"""Make plain scalars by chance, near what one reader or another takes for something else than a string."""

from __future__ import annotations

import itertools
import random

__all__ = ["SHORT", "scalars", "styled"]

DANGEROUS = "01_.-+:eExo~yYnN<=#!&*[{"
SHORT = ["".join(chars) for size in (1, 2, 3) for chars in itertools.product(DANGEROUS, repeat=size)]
WORDS = ["true", "yes", "no", "on", "off", "y", "n", "null", "~", ".inf", ".nan", "<<", "=", "True", "FALSE", "oN"]
WORDS += ["false", "nuLL", "-.INF", "+.inf", ".NAN", "none", "'yes'", "-", "?", ":"]
TAGS = ["!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!binary", "!", "!foo", "!!foo", "!!merge"]
TAGS += ["!<tag:yaml.org,2002:str>", "!<tag:yaml.org,2002:int>", "!<x>", "!!seq", "!!map", "!!value"]
UNICODE = [
    "é",
    "\u00a0",
    "\u0660\u0661",
    "\uff11",
    "\u2028",
    "\u0085",
    "\ufeff",
    "\U0001f600",
    "e\u0301",
    "\u200b",
    "½",
]


def scalars(count: int, seed: int) -> list[str]:
    """That many different spellings, the same for a seed; those of one to three characters are not among them."""
    author = _Author(random.Random(seed))
    found: dict[str, None] = {}
    short = set(SHORT)
    while len(found) < count:
        word = author.scalar()
        if word not in short:
            found[word] = None
    return list(found)


def styled(word: str) -> list[str]:
    """The same text as a value in single and double quotes, as a literal and as a folded block."""
    single, double = word.replace("'", "''"), word.replace("\\", "\\\\").replace('"', '\\"')
    return [f"'{single}'\n", f'"{double}"\n', f"|\n  {word}\n", f">-\n  {word}\n"]


class _Author:
    def __init__(self, source: random.Random) -> None:
        self.source, self.choice, self.upto = source, source.choice, source.randint

    def scalar(self) -> str:
        make = self.choice((self.number, self.number, self.number, self.date, self.clock, self.word, self.text))
        made = str(make())
        if self.source.random() < 0.15:
            made = self.changed(made)
        return f"{self.choice(TAGS)} {made}" if self.source.random() < 0.15 else made

    def number(self) -> str:
        sign = self.choice(["", "", "-", "+", "--", "+-"])
        base = self.choice(["", "", "", "0", "0x", "0X", "0o", "0O", "0b", "0B", "00"])
        alphabet = {"x": "0123456789abcdefABCDEF", "o": "01234567", "b": "01"}.get(base.lower()[1:], "0123456789")
        long = self.source.random() < 0.15
        digits = "".join(self.source.choices(alphabet, k=self.upto(17, 70) if long else self.upto(0, 6)))
        if self.source.random() < 0.12:
            digits = self.choice(LIMITS)
        point = self.choice(["", "", ".", f".{self.upto(0, 999)}", ".0"])
        exponent = self.choice(["", "", "", f"e{self.upto(0, 400)}", "e+3", "E-7", f"e-{self.upto(0, 400)}", "e", "p3"])
        made = f"{sign}{base}{digits}{point}{exponent}"
        return self.underscored(made) if self.source.random() < 0.25 else made

    def underscored(self, text: str) -> str:
        for _ in range(self.upto(1, 3)):
            at = self.upto(0, len(text))
            text = f"{text[:at]}{self.choice(['_', '_', '__'])}{text[at:]}"
        return text

    def date(self) -> str:
        year, month, day = (
            self.choice(["2024", "0000", "1999", "99", "12345", "2023"]),
            self.upto(0, 13),
            self.upto(0, 32),
        )
        pad = self.choice(["02", "02", "1", "03"])
        made = f"{year}-{month:{pad}}-{day:{pad}}"
        if self.source.random() < 0.4:
            return made
        gap = self.choice(["T", "t", " ", "  ", "\t"])
        fraction = self.choice(["", ".5", ".123456789123", ",1", ".", ".000"])
        zone = self.choice(
            ["", "Z", "z", "+01:00", "-07:30", "+1:00", "+00:00", "-00:00", " +1", " Z", "+24:00", "+01:60"]
        )
        return f"{made}{gap}{self.upto(0, 25):{pad}}:{self.upto(0, 60):02}:{self.upto(0, 61):02}{fraction}{zone}"

    def clock(self) -> str:
        parts = [str(self.upto(0, 99)) for _ in range(self.upto(2, 4))]
        return self.choice(["", "-", "+"]) + ":".join(parts) + self.choice(["", ".5", ".", "_", ":"])

    def word(self) -> str:
        word = self.choice(WORDS)
        return self.choice([word, word.upper(), word.capitalize(), word.swapcase(), f"{word}x", f"-{word}", f"{word} "])

    def text(self) -> str:
        alphabet = [*DANGEROUS, *UNICODE, "a", " ", ",", "]", "}", "'", '"', "%", "@", "`", "|", ">", "/", "\\", "\t"]
        return "".join(self.source.choices(alphabet, k=self.upto(1, 9)))

    def changed(self, text: str) -> str:
        at = self.upto(0, len(text))
        return text[:at] + self.choice([*DANGEROUS, *UNICODE, " ", ""]) + text[at + self.upto(0, 1) :]


LIMITS = ["9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616"]
LIMITS += ["777777777777777777777", "1000000000000000000000", "7fffffffffffffff", "ffffffffffffffff", "16777217"]
