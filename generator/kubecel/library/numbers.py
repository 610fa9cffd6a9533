"""Numbers as text: doubles as Go's strconv prints them, and integers of any length."""

from __future__ import annotations

_MOST_DIGITS = 60  # far more than any type of CEL holds


def whole(digits: str) -> int:
    """The integer that a text of digits spells; one too long for any type is only known to be very large."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MOST_DIGITS else int(10**_MOST_DIGITS)


def signed(text: str) -> int:
    """The integer that a text of digits with an optional sign spells."""
    return -whole(text[1:]) if text.startswith("-") else whole(text.removeprefix("+"))


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
