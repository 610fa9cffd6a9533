"""Doubles as text, the way Go's strconv prints them."""

from __future__ import annotations


def shortest_digits(number: float) -> tuple[str, int]:
    """The fewest digits that read back as the (positive) number, and the decimal exponent of the first one."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    first = len(digits) - len(digits.lstrip("0"))
    power = len(whole) - 1 - first + (int(exponent) if exponent else 0)
    return digits.strip("0"), power


def positional(digits: str, exponent: int) -> str:
    """The digits without an exponent: `positional("15", 1)` is `15`, `positional("15", -1)` is `0.15`."""
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    digits = digits.ljust(exponent + 1, "0")
    whole, fraction = digits[: exponent + 1], digits[exponent + 1 :]
    return f"{whole}.{fraction}" if fraction else whole
