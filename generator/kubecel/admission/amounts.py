"""Quantities as the API server stores them: `1000m` is `1`, `0.5Gi` is `512Mi`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kubecel.errors import EvalError
from kubecel.library import quantity
from kubecel.library.quantity import Amount
from kubecel.pattern import Pattern

_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_EXPONENT = Pattern(r"[eE][+-]?[0-9]+\Z")


def canonical(value: Any) -> Any:
    """The one way in which an amount is written; what is none stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    found = _canonical(str(value))
    return value if found is None else found


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str | None:
    """The objects of a cluster have few amounts, again and again."""
    try:
        amount = _shortest(quantity.parse(text))
    except EvalError:
        return None
    if text.endswith("i") and amount.exponent >= 0 and abs(number := amount.digits * 10**amount.exponent) >= 1024:
        return _binary(number)
    return _decimal(amount, exponent=bool(_EXPONENT.search(text)))


def _shortest(amount: Amount) -> Amount:
    """The amount with no 0 at the end of its digits."""
    digits, exponent = amount.digits, amount.exponent
    while digits and digits % 10 == 0:
        digits //= 10
        exponent += 1
    return Amount(digits, exponent, amount.plain)


def _binary(number: int) -> str:
    power = 0
    while number and number % 1024 == 0 and power < len(_BINARY) - 1:
        number //= 1024
        power += 1
    return f"{number}{_BINARY[power]}"


def _decimal(amount: Amount, *, exponent: bool) -> str:
    """As few digits as a power of ten that is a multiple of three allows."""
    if not amount.digits:
        return "0"
    power = min(max(amount.exponent // 3 * 3, -9), 18)
    digits = amount.digits * 10 ** (amount.exponent - power)
    return f"{digits}{f'e{power}' if exponent and power else _DECIMAL[power]}"
