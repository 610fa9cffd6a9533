"""The KataConfig of every operator version: what a server says of an object and its mutants, kataform says, too."""

from __future__ import annotations

import copy
import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import definitions
import pytest
from apiserver import Cluster

from kataform import schemas

KATACONFIGS = "kataconfigs.kataconfiguration.openshift.io"
VERSIONS = list(definitions.KATACONFIG)[:: 1 if os.environ.get("KATAFORM_CLUSTER_FULL") else 4]


@pytest.fixture(scope="module")
def samples(repository: Path) -> ModuleType:
    """The objects and mutants of tests/schemas."""
    spec = importlib.util.spec_from_file_location("mutants", repository / "tests" / "schemas" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def known(schema: schemas.Schema, body: dict[str, Any]) -> dict[str, Any]:
    """An object without the fields that a version does not have."""
    made = copy.deepcopy(body)
    for violation in schemas.validate(schema, body):
        parent = made
        for token in violation.pointer[:-1]:
            parent = parent[token]
        del parent[violation.pointer[-1]]
    return made


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_judged_as_its_server_does(
    cluster: Cluster, shared: Path, samples: ModuleType, version: str
) -> None:
    schema = schemas.kind_schema("kataconfiguration.openshift.io/v1", "KataConfig", kubernetes="", operator=version)
    assert schema is not None
    bodies = [known(schema, body) for body in samples.accepted() if body["kind"] == "KataConfig"]
    definitions.install(cluster, shared, definitions.KATACONFIG[version])
    try:
        assert all(cluster.create(body, dry_run=True).accepted for body in bodies)
        path = f"{cluster.path(bodies[0])}?fieldValidation=Strict&dryRun=All"
        mutants = [mutant for body in bodies for mutant in samples.mutants(body) if mutant.what != "whole"]
        theirs = [cluster.request("POST", path, mutant.body).accepted for mutant in mutants]
    finally:
        definitions.remove(cluster, KATACONFIGS)

    ours = [not schemas.validate(schema, mutant.body) for mutant in mutants]
    differing = [m[:2] for m, one, other in zip(mutants, ours, theirs, strict=True) if one != other]
    assert differing == []
    assert len(mutants) > 50
