"""Kubernetes' quantities: `quantity('500Mi').isLessThan(quantity('1Gi'))`.

https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from kubecel.errors import EvalError
from kubecel.signature import function, method
from kubecel.values import INT_MAX, INT_MIN, Quantity

SINCE = (1, 29)
_QUANTITY = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)\Z")
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,18})\Z")
_NANO = 10**9
_MOST_DIGITS = 400  # of a part; what has more is far beyond the largest or below the smallest amount
_DIGITS = 18  # the most that a fast amount is given in


class Amount(NamedTuple):
    """A quantity: its number, and where it is a plain int64 times a power of ten, those two."""

    number: Fraction
    value: int | None
    scale: int


def parse(text: str) -> Amount:
    """The amount that a text spells. Raises EvalError."""
    match = _QUANTITY.match(text)
    if match is None or not (match[2] or match[3]):
        raise _invalid()
    sign, whole, fraction, suffix = match[1], match[2].lstrip("0"), match[3] or "", match[4]
    whole, fraction = whole[:_MOST_DIGITS], fraction[:_MOST_DIGITS]
    digits = int((whole + fraction) or 0)
    negative = -1 if sign == "-" else 1
    if suffix in _BINARY:
        return _binary(negative * digits, len(whole), len(fraction), _BINARY[suffix])
    return _decimal(negative * digits, len(whole), len(fraction), _exponent(suffix))


def _invalid() -> EvalError:
    shape = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
    return EvalError(f"quantities must match the regular expression '{shape}'")


def _exponent(suffix: str) -> int:
    if suffix in _DECIMAL:
        return _DECIMAL[suffix]
    found = _EXPONENT.match(suffix)
    if found is None:
        raise EvalError("unable to parse quantity's suffix")
    return max(min(int(found[1]), 10**4), -(10**4))


def _binary(digits: int, whole: int, fraction: int, power: int) -> Amount:
    number = Fraction(digits * (1 << power), 10**fraction)
    fast = not fraction and 15 - whole - power * 3 // 10 - 1 >= 0
    return Amount(number, int(number), 0) if fast else _exact(number)


def _decimal(digits: int, whole: int, fraction: int, exponent: int) -> Amount:
    scale = exponent - fraction
    number = _scaled(digits, scale)
    return Amount(number, digits, scale) if whole + fraction <= _DIGITS and scale >= -9 else _exact(number)


def _scaled(digits: int, scale: int) -> Fraction:
    """digits · 10**scale, except that what is far too large or small is only nearly so."""
    scale = max(min(scale, 60), -60 - len(str(digits)))
    return Fraction(digits * 10**scale) if scale >= 0 else Fraction(digits, 10**-scale)


def _exact(number: Fraction) -> Amount:
    """Rounded away from zero to a billionth, and at most an int64."""
    nano = number * _NANO
    rounded = -((-nano.numerator) // nano.denominator) if nano >= 0 else nano.numerator // nano.denominator
    return Amount(min(Fraction(rounded, _NANO), Fraction(INT_MAX)), None, 0)


def _as_integer(amount: Amount) -> int | None:
    if amount.value is None or amount.scale < 0:
        return None
    number = int(amount.number)
    return number if INT_MIN <= number <= INT_MAX else None


def _integer(quantity: Quantity) -> int:
    found = _as_integer(quantity.value)
    if found is None:
        raise EvalError("cannot convert value to integer")
    return found


def _sum(left: Quantity, right: Amount) -> Quantity:
    one = left.value
    number = one.number + right.number
    if one.value is None or right.value is None:
        return Quantity(Amount(number, None, 0))
    if right.value == 0 or one.value == 0:
        return Quantity(one if right.value == 0 else right)
    scale = min(one.scale, right.scale)
    value = number / _scaled(1, scale)
    fits = value.denominator == 1 and INT_MIN <= value.numerator <= INT_MAX
    return Quantity(Amount(number, value.numerator, scale) if fits else Amount(number, None, 0))


def _minus(amount: Amount) -> Amount:
    return Amount(-amount.number, None if amount.value is None else -amount.value, amount.scale)


def _whole(number: int) -> Amount:
    return Amount(Fraction(number), number, 0)


def _compare(left: Quantity, right: Quantity) -> int:
    one, other = left.value.number, right.value.number
    return int(one > other) - int(one < other)


def _is_quantity(text: str) -> bool:
    try:
        parse(text)
    except EvalError:
        return False
    return True


def _sign(quantity: Quantity) -> int:
    number = quantity.value.number
    return int(number > 0) - int(number < 0)


OVERLOADS = (
    function("quantity(string) -> Quantity", lambda text: Quantity(parse(text)), SINCE),
    function("isQuantity(string) -> bool", _is_quantity, SINCE),
    function("sign(Quantity) -> int", _sign, SINCE),
    method("Quantity", "isGreaterThan(Quantity) -> bool", lambda one, other: _compare(one, other) > 0, SINCE),
    method("Quantity", "isLessThan(Quantity) -> bool", lambda one, other: _compare(one, other) < 0, SINCE),
    method("Quantity", "compareTo(Quantity) -> int", _compare, SINCE),
    method("Quantity", "asApproximateFloat() -> double", lambda quantity: float(quantity.value.number), SINCE),
    method("Quantity", "asInteger() -> int", _integer, SINCE),
    method("Quantity", "isInteger() -> bool", lambda quantity: _as_integer(quantity.value) is not None, SINCE),
    method("Quantity", "add(Quantity) -> Quantity", lambda one, other: _sum(one, other.value), SINCE),
    method("Quantity", "add(int) -> Quantity", lambda one, number: _sum(one, _whole(number)), SINCE),
    method("Quantity", "sub(Quantity) -> Quantity", lambda one, other: _sum(one, _minus(other.value)), SINCE),
    method("Quantity", "sub(int) -> Quantity", lambda one, number: _sum(one, _minus(_whole(number))), SINCE),
)
