"""Quantities as the API server stores them: `1000m` is `1`, `0.5Gi` is `512Mi`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from kubecel.errors import EvalError
from kubecel.library import quantity

_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]+\Z")


def canonical(value: Any) -> Any:
    """The one way in which an amount is written; what is none stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    text = str(value)
    try:
        number = quantity.parse(text).number
    except EvalError:
        return value
    if text.endswith("i") and abs(number) >= 1024 and number.denominator == 1:
        return _binary(number.numerator)
    return _decimal(number, exponent=bool(_EXPONENT.search(text)))


def _binary(number: int) -> str:
    power = 0
    while number and number % 1024 == 0 and power < len(_BINARY) - 1:
        number //= 1024
        power += 1
    return f"{number}{_BINARY[power]}"


def _decimal(number: Fraction, *, exponent: bool) -> str:
    """As few digits as a power of ten that is a multiple of three allows."""
    power = 18
    while power > -9 and (number / Fraction(10) ** power).denominator != 1:
        power -= 3
    digits = (number / Fraction(10) ** power).numerator if number else 0
    if not number:
        return "0"
    return f"{digits}{f'e{power}' if exponent and power else _DECIMAL[power]}"
