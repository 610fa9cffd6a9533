"""The verdict on every object and mutant is that of a real kube-apiserver, recorded in server.json.

The record is made by tests/cluster/test_cluster_schemas.py.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from mutants import Mutant, accepted, mutants, title

from kataform import schemas

ANSWERS: dict[str, str] = json.loads((Path(__file__).parent / "server.json").read_text())["answers"]
OBJECTS = {title(body): body for body in accepted()}

# A CR's schema is all that its server checks; these are also the kinds that kataform itself writes.
EXACT = ("KataConfig", "OperatorGroup", "Subscription", "CatalogSource", "InstallPlan", "ClusterServiceVersion")

# Accepted by the server, refused here, and why that is right.
STRICTER = {
    ("LimitRange/limits", "metadata"): "nothing can apply an object without a name, though the server would store it",
    ("LimitRange/limits", "metadata.name"): "the same",
    ("CronJob/nightly", "spec.jobTemplate.metadata.labels.app"): "no Job could ever be made from it",
    ("CustomResourceDefinition/things.example.com", "status.acceptedNames"): "shares its definition with spec.names",
    ("CustomResourceDefinition/things.example.com", "status.acceptedNames.kind"): "the same",
    ("CustomResourceDefinition/things.example.com", "status.acceptedNames.plural"): "the same",
}

# Refused by the server and not here: each reason with the fields it is for, as `Kind path` with * for anything.
DIFFERENCES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "differences.yaml").read_text("utf-8"))


@functools.cache
def verdicts(name: str) -> list[tuple[Mutant, bool, bool]]:
    """Each mutant of an object: whether the server accepts it, and whether we do."""
    schema = schemas.kind_schema(
        OBJECTS[name]["apiVersion"], OBJECTS[name]["kind"], kubernetes="1.37", operator="1.9.0"
    )
    assert schema is not None
    return [
        (mutant, answer == "+", clean(schema, mutant.body))
        for mutant, answer in zip(mutants(OBJECTS[name]), ANSWERS[name], strict=True)
        if mutant.what != "whole"  # 1.0 for 1: refused as JSON, but no YAML reader passes it on like that
    ]


def clean(schema: schemas.Schema, body: dict[str, Any]) -> bool:
    return not schemas.validate(schema, body) and not any(schemas.relations(schema, body))


def dotted(mutant: Mutant) -> str:
    return ".".join(str(token) for token in mutant.path)


def test_every_object_was_put_to_the_server() -> None:
    assert ANSWERS.keys() == OBJECTS.keys()


@pytest.mark.parametrize("name", OBJECTS)
def test_an_accepted_object_is_accepted(name: str, engine: str) -> None:
    body: dict[str, Any] = OBJECTS[name]

    for kubernetes in ("1.32", "1.37"):
        schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes=kubernetes, operator="1.9.0")
        assert schema is not None
        assert schemas.validate(schema, body, engine=engine) == []


@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_is_refused_that_the_server_accepts(name: str) -> None:
    wrong = {
        f"{mutant.what} {dotted(mutant)}"
        for mutant, theirs, ours in verdicts(name)
        if theirs and not ours and (name, dotted(mutant)) not in STRICTER
    }

    assert wrong == set()


@pytest.mark.parametrize("name", [name for name in OBJECTS if name.startswith(EXACT)])
def test_what_the_server_refuses_of_a_custom_resource_is_refused(name: str) -> None:
    wrong = {f"{mutant.what} {dotted(mutant)}" for mutant, theirs, ours in verdicts(name) if ours and not theirs}

    assert wrong == set()


def missed() -> list[str]:
    """The field of each mutant that the server refuses and that is called clean here."""
    return [
        f"{name.partition('/')[0]} {dotted(mutant)}"
        for name in OBJECTS
        for mutant, theirs, ours in verdicts(name)
        if ours and not theirs
    ]


def test_every_refusal_is_an_error_here_or_a_difference_with_its_reason() -> None:
    places = [place for listed in DIFFERENCES.values() for place in listed]

    unexplained = [field for field in missed() if not any(fnmatch.fnmatchcase(field, place) for place in places)]
    idle = [place for place in places if not fnmatch.filter(missed(), place)]

    assert unexplained == []
    assert idle == []


def test_most_mutants_are_refused_and_few_of_them_only_by_the_server() -> None:
    every = [theirs for name in OBJECTS for _, theirs, _ in verdicts(name)]

    assert len(every) > 12_000
    assert every.count(False) > 9_000
    assert len(missed()) < 250
