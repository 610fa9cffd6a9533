"""Kubernetes' quantities: `quantity('500Mi').isLessThan(quantity('1Gi'))`.

https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from kubecel.errors import EvalError
from kubecel.pattern import Pattern
from kubecel.signature import function, method
from kubecel.values import INT_MAX, INT_MIN, Quantity

if TYPE_CHECKING:
    from fractions import Fraction

SINCE = (1, 29)
_QUANTITY = Pattern(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)\Z")
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_EXPONENT = Pattern(r"[eE]([+-]?[0-9]{1,18})\Z")
_MOST_DIGITS = 400  # of a part; what has more is far beyond the largest or below the smallest amount
_DIGITS = 18  # the most that a fast amount is given in


class Amount(NamedTuple):
    """A quantity: digits · 10**exponent. `plain` says that the server keeps the digits as an int64."""

    digits: int
    exponent: int
    plain: bool

    @property
    def number(self) -> Fraction:
        """The exact number."""
        from fractions import Fraction

        if self.exponent >= 0:
            return Fraction(self.digits * 10**self.exponent)
        return Fraction(self.digits, 10**-self.exponent)


def parse(text: str) -> Amount:
    """The amount that a text spells. Raises EvalError."""
    match = _QUANTITY.match(text)
    if match is None or not text:  # a sign or a small suffix alone is 0
        raise _invalid()
    whole, fraction, suffix = match[2].lstrip("0"), match[3] or "", match[4]
    whole, fraction = whole[:_MOST_DIGITS] or "0", fraction[:_MOST_DIGITS]
    digits = int(whole + fraction)
    if suffix in _BINARY:
        amount = _binary(digits, len(whole), len(fraction), _BINARY[suffix])
    else:
        amount = _decimal(digits, len(whole), len(fraction), _exponent(suffix))
    if not amount.plain and not (match[2] or match[3]):
        raise EvalError("unable to parse numeric part of quantity")
    return amount._replace(digits=-amount.digits) if match[1] == "-" else amount


def _invalid() -> EvalError:
    shape = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
    return EvalError(f"quantities must match the regular expression '{shape}'")


def _exponent(suffix: str) -> int:
    if suffix in _DECIMAL:
        return _DECIMAL[suffix]
    found = _EXPONENT.match(suffix)
    if found is None:
        raise EvalError("unable to parse quantity's suffix")
    return max(min(int(found[1]), 2 * _MOST_DIGITS), -2 * _MOST_DIGITS)


def _binary(digits: int, whole: int, fraction: int, power: int) -> Amount:
    if not fraction and 15 - whole - power * 3 // 10 - 1 >= 0:
        return Amount(digits << power, 0, plain=True)
    amount = _rounded(Amount(digits << power, -fraction, plain=False))
    return amount if amount.digits <= INT_MAX * 10**9 else Amount(INT_MAX, 0, plain=False)


def _decimal(digits: int, whole: int, fraction: int, exponent: int) -> Amount:
    exponent -= fraction
    if whole + fraction <= _DIGITS and exponent >= -9:
        return Amount(digits, exponent, plain=True)
    return _rounded(Amount(digits, max(exponent, -2 * _MOST_DIGITS), plain=False))


def _rounded(amount: Amount) -> Amount:
    """In billionths, rounded up."""
    if not amount.digits:
        return amount
    power = amount.exponent + 9
    nano = amount.digits * 10**power if power >= 0 else -(-amount.digits // 10**-power)
    return Amount(nano, -9, plain=False)


def _as_integer(amount: Amount) -> int | None:
    if not amount.plain or amount.exponent < 0:
        return None
    number = amount.digits * 10**amount.exponent
    return number if INT_MIN <= number <= INT_MAX else None


def _power_of_ten(exponent: int) -> float:
    """As inexact as Go's math.Pow10, which multiplies two of the powers that it knows."""
    high, low = divmod(abs(exponent), 32)
    if exponent < 0:
        return float(f"1e-{32 * high}") / float(f"1e{low}")
    return float(f"1e{32 * high}") * float(f"1e{low}")


def _as_float(quantity: Quantity) -> float:
    amount = quantity.value
    try:
        return float(amount.digits) * _power_of_ten(amount.exponent)
    except OverflowError:
        return math.inf if amount.digits > 0 else -math.inf


def _integer(quantity: Quantity) -> int:
    found = _as_integer(quantity.value)
    if found is None:
        raise EvalError("cannot convert value to integer")
    return found


def _sum(left: Quantity, right: Amount) -> Quantity:
    one = left.value
    plain = one.plain and right.plain
    if plain and (right.digits == 0 or one.digits == 0):
        return Quantity(one if right.digits == 0 else right)
    exponent = min(one.exponent, right.exponent)
    digits = _digits(one, exponent) + _digits(right, exponent)
    return Quantity(Amount(digits, exponent, plain and INT_MIN <= digits <= INT_MAX))


def _digits(amount: Amount, exponent: int) -> int:
    """The digits of the amount with that exponent, which is no larger than its own."""
    return amount.digits * int(10 ** (amount.exponent - exponent))


def _minus(amount: Amount) -> Amount:
    return amount._replace(digits=-amount.digits)


def _whole(number: int) -> Amount:
    return Amount(number, 0, plain=True)


def _without(quantity: Quantity, number: int) -> Quantity:
    """The lowest integer has no opposite: as long as the server counts in integers, it is added instead."""
    if number == INT_MIN and (found := _sum(quantity, _whole(number))).value.plain:
        return found
    return _sum(quantity, _minus(_whole(number)))


def _compare(left: Quantity, right: Quantity) -> int:
    exponent = min(left.value.exponent, right.value.exponent)
    one, other = _digits(left.value, exponent), _digits(right.value, exponent)
    return int(one > other) - int(one < other)


def _is_quantity(text: str) -> bool:
    try:
        parse(text)
    except EvalError:
        return False
    return True


def _sign(quantity: Quantity) -> int:
    number = quantity.value.digits
    return int(number > 0) - int(number < 0)


OVERLOADS = (
    function("quantity(string) -> Quantity", lambda text: Quantity(parse(text)), SINCE),
    function("isQuantity(string) -> bool", _is_quantity, SINCE),
    function("sign(Quantity) -> int", _sign, SINCE),
    method("Quantity", "isGreaterThan(Quantity) -> bool", lambda one, other: _compare(one, other) > 0, SINCE),
    method("Quantity", "isLessThan(Quantity) -> bool", lambda one, other: _compare(one, other) < 0, SINCE),
    method("Quantity", "compareTo(Quantity) -> int", _compare, SINCE),
    method("Quantity", "asApproximateFloat() -> double", _as_float, SINCE),
    method("Quantity", "asInteger() -> int", _integer, SINCE),
    method("Quantity", "isInteger() -> bool", lambda quantity: _as_integer(quantity.value) is not None, SINCE),
    method("Quantity", "add(Quantity) -> Quantity", lambda one, other: _sum(one, other.value), SINCE),
    method("Quantity", "add(int) -> Quantity", lambda one, number: _sum(one, _whole(number)), SINCE),
    method("Quantity", "sub(Quantity) -> Quantity", lambda one, other: _sum(one, _minus(other.value)), SINCE),
    method("Quantity", "sub(int) -> Quantity", _without, SINCE),
)
