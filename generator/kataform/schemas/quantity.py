"""Why a text is no Kubernetes quantity, and what was probably meant."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["amount", "refusal"]

_SUFFIXES = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_LONGEST = 20
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_EXPONENT = re.compile(r"[eE][+-]?[0-9]+", re.ASCII)


def refusal(text: str) -> tuple[str, str]:
    """What is wrong with `text`, to follow "… is no quantity: ", and a remedy; ('', '') where it is a quantity."""
    if not text:
        return "it is empty", "write a number with a suffix, such as 350Mi"
    if text != text.strip():
        return "it has white space around it", f"write {text.strip()}" if not any(refusal(text.strip())) else ""
    match = _NUMBER.match(text)
    if match is None:
        return "it does not begin with a number", "write a number with a suffix, such as 350Mi or 250m"
    number, suffix = match.group(), text[match.end() :]
    if suffix in _SUFFIXES or _EXPONENT.fullmatch(suffix):
        return "", ""
    if "," in text:
        return "it has a comma", f"write {text.replace(',', '.')}" if not any(refusal(text.replace(",", "."))) else ""
    if suffix.startswith(" ") and suffix.strip() in _SUFFIXES:
        return "it has a space inside", f"write {number}{suffix.strip()}"
    shown = f"the suffix '{suffix}'" if len(suffix) <= _LONGEST and suffix.isprintable() else "its suffix"
    return f"{shown} does not exist", _remedy(number, suffix)


def _remedy(number: str, suffix: str) -> str:
    meant = [f"{number}{known}" for known in _meant(suffix.strip())]
    return f"write {' or '.join(meant)}" if meant else "suffixes are m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei"


def _meant(suffix: str) -> tuple[str, ...]:
    """The suffixes that people mean by one that does not exist: mb is M or Mi."""
    letter = suffix.lower().removesuffix("bytes").removesuffix("byte").removesuffix("b").removesuffix("i")
    binary = "i" in suffix.lower()
    if letter in ("k", "m", "g", "t", "p", "e"):
        decimal = "k" if letter == "k" else letter.upper()
        return (f"{letter.upper()}i",) if binary else (decimal, f"{letter.upper()}i")
    return ("",) if suffix.lower() in ("b", "byte", "bytes", "cpu", "cpus", "core", "cores") else ()


def amount(value: object) -> Fraction | None:
    """What a quantity comes to; None where it is none. null is zero, as for the API server."""
    if value is None:
        return Fraction(0)
    text = str(value)
    match = _NUMBER.match(text)
    if match is None or len(text) > _WIDEST or any(refusal(text)):
        return None
    suffix = text[match.end() :]
    if _EXPONENT.fullmatch(suffix):
        exponent = int(suffix[1:])
        return Fraction(match.group()) * Fraction(10) ** exponent if abs(exponent) < _FARTHEST else None
    return Fraction(match.group()) * _FACTORS[suffix]


_FARTHEST = 100
_WIDEST = 400
_FACTORS = {
    **{suffix: Fraction(10) ** (3 * power) for power, suffix in enumerate(("n", "u", "m", "", "k", *"MGTPE"), -3)},
    **{f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
