"""jsonschema-rs and jsonschema, behind one function, say the same of everything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import accepted, mutants, title

from kataform import schemas

pytest.importorskip("jsonschema_rs", reason="left out: jsonschema-rs has no wheel for this machine")

EVERY = 17  # jsonschema is slow: every 17th mutant, about 750


@pytest.mark.parametrize("name", [title(body) for body in accepted()])
def test_both_engines_find_the_same_violations(name: str) -> None:
    body = next(body for body in accepted() if title(body) == name)
    schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes="1.34", operator="1.4.1")
    assert schema is not None

    for mutant in list(mutants(body))[len(name) % EVERY :: EVERY]:
        rust = schemas.validate(schema, mutant.body, engine="jsonschema-rs")
        python = schemas.validate(schema, mutant.body, engine="jsonschema")
        assert rust == python, (mutant.what, mutant.path)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, -(10**30), 1e400, "\ud800", [[]] * 3])
def test_both_engines_bear_values_that_json_has_not(value: object) -> None:
    schema = schemas.kind_schema("v1", "Service", kubernetes="1.37", operator=None)
    spec = {"ports": [{"port": 80}], "healthCheckNodePort": value}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec}
    assert schema is not None

    found = {engine: schemas.validate(schema, body, engine=engine) for engine in schemas.ENGINES}

    assert found["jsonschema"] == found["jsonschema-rs"]
    assert [violation.pointer for violation in found["jsonschema"]] == [("spec", "healthCheckNodePort")]


@pytest.mark.parametrize("key", ["0", "01", "+7", "", "1e3", "a/b", "a~1b", "1 2"])
def test_a_key_keeps_its_name_in_the_pointer(key: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {key: 5, "right": "x"}}
    schema = schemas.kind_schema("v1", "ConfigMap", kubernetes="1.37", operator=None)
    assert schema is not None

    found = {engine: schemas.validate(schema, body, engine=engine) for engine in schemas.ENGINES}

    assert found["jsonschema"] == found["jsonschema-rs"]
    assert {violation.pointer for violation in found["jsonschema"]} == {("data", key)}


def printed(program: str) -> str:
    """What a Python program prints that finds kataform where this test does."""
    variables = {**os.environ, "PYTHONPATH": str(Path(schemas.__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=variables
    ).stdout


def test_without_jsonschema_rs_jsonschema_answers() -> None:
    program = """
import sys
sys.modules["jsonschema_rs"] = None
from kataform import schemas
schema = schemas.any_object()
print([v.rule for v in schemas.validate(schema, {"apiVersion": "v1", "kind": "X", "metadata": {"name": 1}})])
"""

    assert printed(program) == "['wrong-type']\n"


def test_no_engine_is_imported_before_something_is_validated() -> None:
    program = """
import sys
from kataform import schemas
schema = schemas.kind_schema("v1", "Pod", kubernetes="1.32", operator=None)
schemas.wants_string(schema, schemas.step(schema, schema.root, "kind"))
print(sorted({"jsonschema", "jsonschema_rs", "yaml", "kataform.schemas.explain"} & set(sys.modules)))
"""

    assert printed(program) == "[]\n"
