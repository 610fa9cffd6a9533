"""The answers in tests/schemas/server.json are those of this API server; with KATAFORM_RECORD set they are renewed."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import definitions
import pytest
from apiserver import Cluster

EVERY = 5


@pytest.fixture(scope="module")
def samples(repository: Path) -> ModuleType:
    """The objects and mutants of tests/schemas."""
    spec = importlib.util.spec_from_file_location("mutants", repository / "tests" / "schemas" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def served(cluster: Cluster, shared: Path) -> Cluster:
    """The server with the CRDs of the operators, and with the RuntimeClass that a Pod names."""
    definitions.install(cluster, shared, "kataconfig-1.9", *definitions.OLM)
    kata = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "kata"}, "handler": "kata"}
    assert cluster.create(kata).code in (201, 409)
    return cluster


def _answer(cluster: Cluster, path: str, body: dict[str, object]) -> str:
    return "+" if cluster.request("POST", f"{path}?fieldValidation=Strict&dryRun=All", body).accepted else "-"


def test_the_recorded_answers_are_those_of_the_server(served: Cluster, samples: ModuleType, repository: Path) -> None:
    file = repository / "tests" / "schemas" / "server.json"
    recorded = json.loads(file.read_text("utf-8"))
    step = 1 if os.environ.get("KATAFORM_RECORD") else EVERY
    answers = {}

    for body in samples.accepted():
        path = served.path(body)
        bodies = [mutant.body for mutant in samples.mutants(body)][::step]
        answers[samples.title(body)] = "".join(_answer(served, path, mutant) for mutant in bodies)

    if step == 1:
        file.write_text(json.dumps({**recorded, "answers": answers}, indent=1) + "\n", encoding="utf-8")
    assert answers == {name: said[::step] for name, said in recorded["answers"].items()}
