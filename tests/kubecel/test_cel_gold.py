"""Expressions against the frozen answers of kube-apiserver."""

from __future__ import annotations

import json
from pathlib import Path

import cel_gold

from kubecel.admission.defaulting import defaulted

# Expressions whose maps have keys that are lists or maps, which Python's maps cannot have.
UNHASHABLE_KEYS = 5


def test_every_language_feature_gives_the_servers_answer(shared: Path) -> None:
    rows = cel_gold.rows(shared, "cel_features")

    wrong = [row["id"] for row in rows if cel_gold.answer(row["expr"], row["vars"]) != cel_gold.outcome(row)]

    assert (len(rows), wrong) == (356, [])


def test_mutated_expressions_give_the_servers_answer(shared: Path) -> None:
    rows = cel_gold.rows(shared, "cel_fuzz")

    wrong = [row["expr"] for row in rows if cel_gold.answer(row["expr"], row["vars"]) != cel_gold.outcome(row)]

    assert (len(rows), len(wrong)) == (2466, UNHASHABLE_KEYS), wrong


# Cases of policies with functions of Kyverno, which no server would take, and objects that they do not concern.
NEVER_CREATED = 37


def test_policies_decide_published_cases_as_the_server_does(shared: Path) -> None:
    rows = cel_gold.rows(shared, "vap_cases")
    policies = {text: cel_gold.read_policy(json.loads(text)) for text in {json.dumps(row["vap"]) for row in rows}}

    decided = [(row, *cel_gold.decide(row, policies[json.dumps(row["vap"])])) for row in rows]

    wrong = [(row, verdict) for row, verdict, _ in decided if verdict != row["apiserver"].replace("nomatch", "allow")]
    refused = [row["id"] for row, verdict in wrong if verdict == "compile"]
    others = [(row["id"], verdict) for row, verdict in wrong if verdict != "compile"]
    other_words = [row["id"] for row, verdict, said in decided if verdict == "deny" and said != row["messages"]]
    assert (len(rows), len(refused), others, other_words) == (5195, NEVER_CREATED, [], [])


def test_policies_decide_completed_objects_as_the_server_does(shared: Path) -> None:
    rows = cel_gold.rows(shared, "vap_cases")
    policies = {text: cel_gold.read_policy(json.loads(text)) for text in {json.dumps(row["vap"]) for row in rows}}

    decided = [(row, cel_gold.decide(row, policies[json.dumps(row["vap"])], complete=False)[0]) for row in rows]

    wrong = [(row["id"], verdict) for row, verdict in decided if verdict != _expected(row["apiserver_defaulted"])]
    assert (len(rows), [one for one in wrong if one[1] != "compile"], len(wrong)) == (5195, [], NEVER_CREATED)


def _expected(verdict: str) -> str:
    return verdict.replace("nomatch", "allow")


# Fields that Kubernetes does not know stay: they are findings of their own, and policies seldom read them.
UNKNOWN_FIELDS = 3


def test_objects_are_completed_as_the_server_does(shared: Path) -> None:
    rows = cel_gold.rows(shared, "defaulting")

    wrong = [row["object"] for row in rows if defaulted(row["object"]) != row["defaulted"]]

    assert (len(rows), len(wrong)) == (2324, UNKNOWN_FIELDS), wrong
