"""CRDs and the objects of their kinds: what the server refuses is refused here, and nothing else.

Objects are sent as clients send what they read as YAML: a number without a fraction has none.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

import broken_definitions
import custom_kinds
import definitions
import pytest
from apiserver import Cluster

from kataform import crds, schemas
from kataform.crds import defects, objects

FULL = bool(os.environ.get("KATAFORM_CLUSTER_FULL"))
EVERY = 1 if FULL else 11
DRAWN = int(os.environ.get("KATAFORM_DRAWN_OBJECTS") or (3000 if FULL else 200))
NEWEST = (schemas.NEWEST_KUBERNETES,)
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
# A list where a formatted text belongs passes the server's check of types; no controller could read it.
FORMATTED = ("until", "wait", "data", "host")


@pytest.fixture(scope="module")
def served(cluster: Cluster) -> Cluster:
    definitions.serve(cluster, *custom_kinds.CRDS.values())
    return cluster


def refused(body: dict[str, Any]) -> list[schemas.Violation]:
    """What is wrong with a CRD."""
    schema = schemas.kind_schema(CRD["apiVersion"], CRD["kind"], kubernetes=NEWEST[0], operator=None)
    assert schema is not None
    found = schemas.validate(schema, body) or list(defects.defects(body))
    definition = crds.read(body, "crd.yaml", broken=bool(found))
    return found if found or definition is None else objects.rule_defects(definition, NEWEST)


@pytest.mark.parametrize("name", broken_definitions.DEFINITIONS)
def test_a_crd_is_refused_where_the_server_refuses_it(cluster: Cluster, name: str) -> None:
    body = broken_definitions.DEFINITIONS[name]

    ours = refused(body)

    answer = cluster.create(body, dry_run=True)
    assert answer.accepted == (not ours), (answer.message, ours)


def judged(body: dict[str, Any]) -> list[schemas.Violation]:
    definition = crds.read(custom_kinds.CRDS[body["kind"]], "crd.yaml")
    assert definition is not None
    version = definition.versions[0]
    return objects.of_fields(definition, version, body, NEWEST) or objects.between(definition, version, body, NEWEST)


def sent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def bodies() -> Iterator[dict[str, Any]]:
    yield from custom_kinds.objects()
    yield from itertools.islice(custom_kinds.mutants(), 0, None, EVERY)
    yield from custom_kinds.drawn(1, DRAWN)


def is_left(body: dict[str, Any]) -> bool:
    return isinstance(body["spec"], dict) and any(isinstance(body["spec"].get(name), list) for name in FORMATTED)


def test_objects_are_judged_as_the_server_judges_them(served: Cluster) -> None:
    differing = []
    counted = 0
    for body in map(sent, bodies()):
        answer = served.create(body, dry_run=True)
        ours = judged(body)
        counted += 1
        if answer.accepted != (not ours) and not is_left(body):
            differing.append((body, answer.message, ours))

    assert differing == []
    assert counted > 1000


def test_the_objects_that_mutants_are_made_of_are_clean(served: Cluster) -> None:
    for body in custom_kinds.objects():
        assert (judged(body), served.create(body, dry_run=True).message) == ([], "")
