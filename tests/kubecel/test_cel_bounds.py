"""No evaluation takes forever or all memory, whatever the expression."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kubecel
from kubecel.dispatch import Dispatch
from kubecel.signature import Overload
from kubecel.types import DYN, Type
from kubecel.values import NONE, Optional, UInt

BIG: dict[str, Any] = {"numbers": list(range(1000)), "text": "a" * 100_000}


@pytest.mark.parametrize(
    "expression",
    [
        "o.numbers.all(a, o.numbers.all(b, o.numbers.all(c, a + b + c >= 0)))",
        "o.numbers.all(a, !o.text.matches('(a+)+$b'))",
        "o.numbers.all(a, o.numbers.all(b, o == o))",
        "o.numbers.all(a, o.numbers.all(b, o.numbers.indexOf(-1) < 0))",
        "o.numbers.all(a, sets.contains(o.numbers, o.numbers))",
        "o.numbers.all(a, o.text.split('').size() > 0)",
        "lists.range(100000000).size() > 0",
        "lists.range(100000).distinct().size() > 0",
        "o.text.replace('', o.text).size() > 0",
        "o.numbers.map(n, o.text).join(o.text).size() > 0",
        "'%s'.format([o.numbers.map(n, o.text)]).size() > 0",
        "[o.text].map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).map(a, a + a).size() > 0",
    ],
)
def test_what_takes_too_long_is_cut_off(expression: str) -> None:
    program = kubecel.compile(expression, {"o": DYN})

    with pytest.raises(kubecel.BudgetExceeded):
        program({"o": BIG})


def test_nothing_looks_past_a_budget_that_is_used_up() -> None:
    program = kubecel.compile("lists.range(100000000).size() > 0 || true", {})

    with pytest.raises(kubecel.BudgetExceeded):
        program({})


# --- no function leaves the language ---

_TEXT = st.text(max_size=20) | st.sampled_from(
    ["", "1", "-1", "1.5Gi", "1e999999999", "9" * 500, "10.0.0.1", "::1/64", "1.2.3-rc.1+b", "https://a.b:80/c?d=e#f",
     "%d %s", "%.2f", "2024-02-30T00:00:00Z", "1h30m", "Europe/Paris", "+99:99", "(a|b)*", "[", "\\", "true", "\ud800"]
)  # fmt: skip
_INTS = st.integers(-(1 << 63), (1 << 63) - 1) | st.integers(-3, 3)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int": _INTS,
    "uint": st.integers(0, (1 << 64) - 1).map(UInt),
    "double": st.floats(),
    "string": _TEXT,
    "bytes": st.binary(max_size=20),
}
_MADE = {
    "google.protobuf.Timestamp": "timestamp(0)",
    "google.protobuf.Duration": "duration('1h')",
    "kubernetes.Quantity": "quantity('1.5Gi')",
    "net.IP": "ip('10.0.0.1')",
    "net.CIDR": "cidr('10.0.0.0/8')",
    "kubernetes.URL": "url('https://a.b/c')",
    "kubernetes.Semver": "semver('1.2.3')",
    "kubernetes.NamedFormat": "format.uri()",
    "google.type": "type(1)",
}
_ANY = st.none() | st.one_of(*_SCALARS.values())


def values_of(wanted: Type) -> st.SearchStrategy[Any]:
    """Values of a type of the overload table."""
    if wanted.name in _SCALARS:
        return _SCALARS[wanted.name]
    if wanted.name in _MADE:
        made = _MADE[wanted.name]
        return st.builds(lambda: kubecel.compile(made, {})({}))
    if wanted.name == "list":
        return st.lists(values_of(wanted.params[0]), max_size=4)
    if wanted.name == "map":
        return st.dictionaries(_TEXT, values_of(wanted.params[1]), max_size=3)
    if wanted.name == "optional_type":
        return st.just(NONE) | values_of(wanted.params[0]).map(Optional)
    return _ANY


_CALLABLE = [
    overload
    for overload in kubecel.reference()
    if "kubernetes.authorization" not in str(overload)
    and overload.name not in ("_&&_", "_||_", "_?_:_", "or", "orValue")
]


@settings(max_examples=1500, deadline=None)
@given(data=st.data())
def test_a_function_gives_a_value_or_an_error_of_the_language(data: st.DataObject) -> None:
    overload: Overload = data.draw(st.sampled_from(_CALLABLE), label="overload")
    values = [data.draw(values_of(wanted)) for wanted in overload.args]
    call = Dispatch((overload,))

    try:
        found = (call.choose(*values) if values else overload.implementation)(*values)
    except kubecel.EvaluationError:
        return

    assert found is None or type(found).__module__ in ("builtins", "kubecel.values")
