"""Thousands of made expressions, each with the answer of kube-apiserver's own code.

Of an answer its kind is compared - refused, error or value - and the value with its type; not the words of an error.
"""

from __future__ import annotations

from typing import Any

import cel_oracle
import pytest
from cel_expressions import OBJECT, Maker, overloads
from cel_oracle import NEWEST, Oracle, differences

import kubecel
from kubecel.signature import Overload

VARIABLES = {"object": OBJECT}
SEED = 37
HASHES = "the server panics where a map has, or is asked for, a key of bytes, a version or a format"
SORTING = "the server panics in the evaluation as a whole where sortBy has no key for an element"
COST = "the server counts the depth as a cost, whatever there is to flatten"
# What is answered differently, and why.
KNOWN = {
    "[1].flatten(1700000000)": COST,
    "dyn([1].sortBy(x, 1 / 0)) == 1 && false": SORTING,
    "dyn(b'a') in {'a': 1}": HASHES,
    "dyn(semver('10.0.0-0.3.7')) in {false: 'a'}": HASHES,
    "dyn(format.dns1123Label()) in {-9223372036854775808: 2, 1: 2}": HASHES,
    "size({b'a': timestamp('0001-01-01T00:00:00Z')})": HASHES,
    "({b'a': false}).size()": HASHES,
}
OLDEST = 29
# What a server has by the cel-go it was built with, which an oracle of the newest server cannot show of older ones.
OF_THE_BUILD = ("duration", "first", "last", "optional.unwrap", "unwrapOpt")


def unknown(found: dict[str, Any]) -> dict[str, Any]:
    """The differences without those of KNOWN."""
    return {text: answers for text, answers in found.items() if text not in KNOWN}


def serves(overload: Overload, version: kubecel.Version) -> bool:
    """Whether a server of that version has the overload."""
    return overload.since <= version and (overload.removed is None or version < overload.removed)


def test_every_overload_gives_the_servers_answer(kubernetes_cel: Oracle) -> None:
    maker = Maker(SEED)
    calls = [call for overload in overloads() for call in maker.calls(overload, 30)]

    found = differences(kubernetes_cel, calls, VARIABLES)

    assert unknown(found) == {}
    assert len(set(calls)) > 7000


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


def test_expressions_about_an_object_give_the_servers_answer(kubernetes_cel: Oracle) -> None:
    expressions = list(Maker(SEED).about_objects(2500))

    assert differences(kubernetes_cel, expressions, VARIABLES) == {}


def test_changed_expressions_give_the_servers_answer(kubernetes_cel: Oracle) -> None:
    maker = Maker(SEED)
    calls = [call for overload in overloads() for call in maker.calls(overload, 3)]
    expressions = list(maker.mutated([*calls, *maker.about_objects(800)], 4000))

    assert unknown(differences(kubernetes_cel, expressions, VARIABLES)) == {}


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST[1] + 1))
def test_each_server_has_the_functions_of_its_version(kubernetes_cel: Oracle, minor: int) -> None:
    maker = Maker(SEED)
    calls = [next(maker.calls(one, 1)) for one in overloads() if one.name not in OF_THE_BUILD]

    assert unknown(differences(kubernetes_cel, calls, VARIABLES, (1, minor))) == {}


def test_every_known_difference_is_one(kubernetes_cel: Oracle) -> None:
    assert sorted(differences(kubernetes_cel, list(KNOWN), VARIABLES)) == sorted(KNOWN)
