"""Thousands of made expressions, each with the answer of kube-apiserver's own code.

KATAFORM_EXPRESSIONS is how many times as many as usual are made; 8 are 100,000, of which new ones with KATAFORM_SEED.
Of an answer its kind is compared - refused, error or value - and the value with its type; the words of an error are
compared by tests of their own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

import cel_oracle
import pytest
from cel_expressions import OBJECT, Maker, overloads
from cel_oracle import NEWEST, Oracle, differences

import kubecel
from kubecel.signature import Overload

VARIABLES = {"object": OBJECT}
SEED = int(os.environ.get("KATAFORM_SEED") or 37)
TIMES = int(os.environ.get("KATAFORM_EXPRESSIONS") or 1)
HASHES = "the server panics where a map that was built in another place is asked for a key of bytes"
# What is answered differently, and why.
KNOWN = {"[1].map(x, {'a': x}).all(m, dyn(b'a') in m)": HASHES}
CRASHING = (
    "[1].flatten(1700000000)",
    "dyn([1].sortBy(x, 1 / 0)) == 1 && false",
    "dyn(b'a') in {'a': 1} || true",
    "dyn(b'a') in {}",
    "dyn(semver('10.0.0-0.3.7')) in {false: 'a'}",
    "dyn(format.dns1123Label()) in {-9223372036854775808: 2, 1: 2}",
    "size({b'a': timestamp('0001-01-01T00:00:00Z')})",
    "({b'a': false}).size()",
    "{semver('1.2.3'): 1} == {} || true",
    "dyn('1').distinct() == [] || true",
    "object.gone.distinct() == [] || true",
    "[1].map(x, x / 0).sort() == [] || true",
    "[1].map(x, dyn(x / 0)).sort() == [] || true",
    "object.gone.sortBy(x, size(x)) == [] || true",
    "object.gone.sortBy(x, x) == [] || true",
    "object.spec.ports.sortBy(x, x.foo) == [] || true",
    "object.spec.priority.sortBy(x, 1) == [] || true",
    "[1].flatten(1 / 0) == [] || true",
    "dyn(b'') in ['a'] || true",
    "dyn(semver('1.0.0')) in [1, true] || true",
    "object.gone.flatten(dyn('a')) == [] || true",
)
NUMBERS = (
    "dyn(9007199254740993) == dyn(9007199254740992.0)", "9007199254740993 > 9007199254740992.0",
    "9223372036854775807 >= 9223372036854775808.0", "18446744073709551615u < 18446744073709551616.0",
    "dyn([9007199254740993]) == dyn([9007199254740992.0])", "dyn(9007199254740993) in [9007199254740992.0]",
    "{9007199254740993: 1}[9007199254740992.0]", "dyn({'a': 9007199254740993}) == dyn({'a': 9007199254740992.0})",
    "[dyn(9007199254740993), dyn(9007199254740992.0)].distinct()", "1e19 == dyn(9223372036854775807)",
    "[dyn(9007199254740992.0), dyn(9007199254740993)].max()",
    "dyn(-9223372036854775807) == dyn(-9223372036854775808.0)",
    "sets.contains([dyn(9007199254740993)], [dyn(9007199254740992.0)])", "dyn(true) in [1, 'a']",
    "dyn(1.0) in [1, 'a']",
)  # fmt: skip
FREE = (
    "object.gone.optMap(v, v == 1 && v == 'a')",
    "object.gone.optMap(v, size(v) > 1 && v.contains('a'))",
    "object.gone.optMap(v, v in [1] || v in ['a'])",
    "[object.gone.optMap(v, v), object.gone.optMap(v, 1)]",
    "[object.gone.optFlatMap(v, v), optional.of(1)]",
    "object.gone.optMap(v, true && v && string(v) == '')",
    "object.gone.optMap(v, v && string(v) == '' && true && true)",
    "object.gone.optMap(v, true && true && true && v && true && string(v) == '')",
    "object.spec.?args[?0].optMap(v, v + v)",
    "object.spec.?ports[?0].optMap(v, -v * v)",
    "object.spec.?args[?0].optMap(v, int(v))",
    "object.spec.?args[?0].optMap(v, v.indexOf('a'))",
)
ADDRESSES = (
    "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "", "a", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4a", ":::", "::1::2",
    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "12345::", "g::", "::ffff:1.2.3.4", "::ffff:1.2.3.256", "::1.2.3.4.5", ":1",
    "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1::2:3:4:5:6:1.2.3.4", "fe80::1%eth0", "fe80::1%", "1.2.3.4%eth",
    "%eth", "::1:", "1:2:3:4:5:6:7::8", "::1:2:3:4:5:6:7:8", "é", "1.2.3.4:80", "::g", "1:2:3:4:5:6:7:8", "::", "::1",
)  # fmt: skip
NETWORKS = (
    "1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/a", "1.2.3.4/032", "1.2.3.4/-1", "1.2.3.4/+1", "1.2.3/8", "/8",
    "::ffff:1.2.3.4/96", "fe80::1%eth0/64", "::/129", "::/12345678901234567890", "1.2.3.4/8/9", "1.2.3.4/0", "::/00",
)  # fmt: skip
VERSIONS = (
    "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "a.2.3", "1.b.3", "1.2.c", "1.2.3-", "1.2.3-01", "1.2.3-a..b",
    "1.2.3-a_b", "1.2.3+", "1.2.3+a..b", "1.2.3+a_b", "99999999999999999999.2.3", "1.2.3-99999999999999999999", "1..3",
    ".2.3", "1.2.", "-1.2.3", "1.2.3 ", "1.2.3-é", "1.2.3+01", "1.2.3-a+b-c", "1.2.3+b-c", "1.2.3-0", "1.2.3--",
)  # fmt: skip
# What the server says in words of its own libraries that say no more, or where it does not say which type it met.
OTHER_WORDS = ("missing method", "NaN values", "control character", "exceeds maximum", "index 0 out")
OLDEST = 29
# What a server has by the cel-go it was built with, which an oracle of the newest server cannot show of older ones.
OF_THE_BUILD = ("duration", "first", "last", "optional.unwrap", "unwrapOpt")


def unknown(found: dict[str, Any]) -> dict[str, Any]:
    """The differences without those of KNOWN."""
    return {text: answers for text, answers in found.items() if text not in KNOWN}


def serves(overload: Overload, version: kubecel.Version) -> bool:
    """Whether a server of that version has the overload."""
    return overload.since <= version and (overload.removed is None or version < overload.removed)


def changed() -> Iterator[str]:
    """Expressions with words changed."""
    maker = Maker(SEED)
    made = [*(one for overload in overloads() for one in maker.calls(overload, 3)), *maker.about_objects(800)]
    return maker.mutated(made, 4000 * TIMES)


# Every kind of expressions that are made.
DRAWN: dict[str, Callable[[], Iterable[str]]] = {
    "calls of every overload": lambda: chain(*map(partial(Maker(SEED).calls, number=30 * TIMES), overloads())),
    "calls with a failing argument": lambda: chain(*map(partial(Maker(SEED).failing, number=12 * TIMES), overloads())),
    "expressions about an object": lambda: Maker(SEED).about_objects(2500 * TIMES),
    "macros around calls": lambda: Maker(SEED).binding(overloads(), 1500 * TIMES),
    "expressions with words changed": changed,
}


@pytest.mark.parametrize("kind", DRAWN)
def test_drawn_expressions_give_the_servers_answer(kubernetes_cel: Oracle, kind: str) -> None:
    """Where the server crashes on an error that it takes for a value, nothing looks past that."""
    expressions = list(DRAWN[kind]())

    assert unknown(differences(kubernetes_cel, expressions, VARIABLES)) == {}
    assert len(set(expressions)) > 1000 * TIMES


def test_every_overload_has_a_value_in_both(kubernetes_cel: Oracle) -> None:
    maker = Maker(SEED)
    calls = {str(one): list(maker.calls(one, 60))[::3] for one in overloads() if serves(one, NEWEST)}

    valued = [
        name
        for name, made in calls.items()
        if any(kind == "value" for kind, _ in kubernetes_cel.ask(made, VARIABLES))
        and any(cel_oracle.ours(text, VARIABLES)[0] == "value" for text in made)
    ]

    assert valued == list(calls)


@pytest.mark.parametrize("text", [*ADDRESSES, *NETWORKS, *VERSIONS])
def test_what_does_not_parse_is_told_in_the_servers_words(kubernetes_cel: Oracle, text: str) -> None:
    texts = [f"{name}({json.dumps(text)})" for name in ("ip", "cidr", "semver")]

    assert in_other_words(kubernetes_cel, texts) == {}


def test_errors_of_every_overload_are_told_in_the_servers_words(kubernetes_cel: Oracle) -> None:
    maker = Maker(SEED)
    calls = [call for overload in overloads() for call in maker.calls(overload, 12 * TIMES)]

    found = in_other_words(kubernetes_cel, calls)

    assert [told for told in found.items() if not any(part in told[1][0] for part in OTHER_WORDS)] == []


def in_other_words(oracle: Oracle, expressions: list[str]) -> dict[str, tuple[str, str]]:
    """The expressions that fail on both sides, with what the server says and what kubecel says, where that differs."""
    both = {
        text: (theirs, cel_oracle.failure(text, VARIABLES))
        for text, theirs in oracle.errors(expressions, VARIABLES).items()
    }
    return {text: (theirs, ours) for text, (theirs, ours) in both.items() if theirs != ours}


@pytest.mark.parametrize("text", NUMBERS)
def test_integers_are_compared_with_doubles_as_doubles_and_looked_for_as_they_are(
    kubernetes_cel: Oracle, text: str
) -> None:
    assert differences(kubernetes_cel, [text], VARIABLES) == {}


@pytest.mark.parametrize("text", FREE)
def test_a_value_of_unknown_type_has_the_type_of_the_first_function_that_reads_it(
    kubernetes_cel: Oracle, text: str
) -> None:
    assert differences(kubernetes_cel, [text], VARIABLES) == {}


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST[1] + 1))
def test_names_of_types_are_those_of_the_server(kubernetes_cel: Oracle, minor: int) -> None:
    names = ["int", "list", "null_type", "optional_type", "google.protobuf.Timestamp", "net.IP", "net.CIDR", "dyn",
             "kubernetes.Quantity", "kubernetes.URL", "kubernetes.Semver", "kubernetes.NamedFormat"]  # fmt: skip

    assert differences(kubernetes_cel, names, VARIABLES, (1, minor)) == {}


def test_a_variable_that_stands_for_a_type_is_refused_as_the_server_does(kubernetes_cel: Oracle) -> None:
    texts = ["[int].all(t, t == int)", "[int].exists(t, true)", "[int].filter(t, true)", "[int].map(t, 1)",
             "optional.of(int).optMap(t, 1)", "[type(1)].map(t, type(t))", "dyn([int]).all(t, t == int)"]  # fmt: skip

    assert differences(kubernetes_cel, texts, VARIABLES) == {}


@pytest.mark.parametrize("text", CRASHING)
def test_where_the_server_crashes_the_evaluation_fails_as_a_whole(kubernetes_cel: Oracle, text: str) -> None:
    assert differences(kubernetes_cel, [text], VARIABLES) == {}


def test_a_known_pattern_sees_a_type_by_its_name(kubernetes_cel: Oracle) -> None:
    texts = [f"dyn(type(1)).{call}" for call in ("matches('^int$')", "find('n.')", "findAll('[it]')", "contains('i')")]

    assert differences(kubernetes_cel, texts, VARIABLES) == {}


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST[1] + 1))
def test_each_server_has_the_functions_of_its_version(kubernetes_cel: Oracle, minor: int) -> None:
    maker = Maker(SEED)
    calls = [next(maker.calls(one, 1)) for one in overloads() if one.name not in OF_THE_BUILD]

    assert unknown(differences(kubernetes_cel, calls, VARIABLES, (1, minor))) == {}


def test_every_known_difference_is_one(kubernetes_cel: Oracle) -> None:
    assert sorted(differences(kubernetes_cel, list(KNOWN), VARIABLES)) == sorted(KNOWN)
