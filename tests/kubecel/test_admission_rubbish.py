"""Policies, bindings and objects with anything anywhere: refused or decided, never an error of ours.

KATAFORM_RUBBISH is the number of drawn policies.
"""

from __future__ import annotations

import copy
import os
import random
from typing import Any

from mutated_objects import RUBBISH, Mutator
from test_admission_oracle import POD, SPECS, binding_of, policy_of

from kubecel.admission import Binding, Policy, PolicyError, Request, Verdict, evaluate

NUMBER = int(os.environ.get("KATAFORM_RUBBISH", "300"))


def decide(policy: Any, binding: Any, request: Request) -> list[Verdict] | None:
    """What is decided; None where the policy or its binding is refused."""
    try:
        return evaluate(Policy.read(policy), [Binding.read(binding)], request)
    except PolicyError:
        return None


def test_anything_anywhere_is_refused_or_decided() -> None:
    draw = random.Random(3)
    decided = 0
    for _ in range(NUMBER):
        policy = policy_of(copy.deepcopy(draw.choice(SPECS)))
        mutator = Mutator(draw.randrange(10**6), [{"kind": "Pod", **policy}, POD])
        body = mutator._changed(policy, ("Pod",), draw.choice((0.0, 0.02, 0.3)))
        binding = mutator._changed(binding_of([]), ("Pod",), draw.choice((0.0, 0.1)))
        changed = mutator._changed(POD, ("Pod",), 0.3)
        for request in (Request(changed), Request(changed, draw.choice((POD, {}, changed)), "UPDATE")):
            decided += decide(body, binding, request) is not None

    assert decided > NUMBER / 5


def test_labels_that_are_no_texts_are_looked_at_as_texts() -> None:
    selector = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["5"]}]}
    policy = policy_of({"validations": [{"expression": "false"}]})
    policy["spec"]["matchConstraints"]["objectSelector"] = selector

    for label, denied in ((5, False), ({}, True), (None, True)):
        body = {**POD, "metadata": {"name": "web", "labels": {"app": label}}}
        assert bool(evaluate(Policy.read(policy), None, Request(body))) is denied


def test_what_is_no_policy_at_all_is_refused() -> None:
    for body in RUBBISH:
        if isinstance(body, dict):
            assert decide(body, binding_of([]), Request(POD)) is None
