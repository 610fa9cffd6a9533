"""Parts of the agreement that agreement.py counts in full; and that whatever a schema refuses is said."""

from __future__ import annotations

from pathlib import Path

import agreement
import pytest
import yaml
from mutants import accepted, mutants, title

from kataform import schemas
from kataform.schemas import engine


@pytest.mark.parametrize(("version", "name"), agreement.CRDS.items())
def test_a_kataconfig_is_judged_as_the_crd_of_its_version_says(shared: Path, version: str, name: str) -> None:
    crd = yaml.safe_load((shared / f"upstream/crds/kataconfig-{name}.yaml").read_bytes())

    row = agreement.upstream(crd, version, name)

    assert [what for what, count in row.differing.items() if count] == []
    assert row.verdicts >= 180


@pytest.mark.parametrize("name", [title(body) for body in accepted()])
def test_what_a_schema_refuses_is_always_said(name: str) -> None:
    body = next(body for body in accepted() if title(body) == name)
    schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes="1.34", operator="1.9.0")
    assert schema is not None

    mute = [
        (mutant.what, mutant.path)
        for mutant in mutants(body)
        if engine.failures(schema, mutant.body) and not schemas.validate(schema, mutant.body)
    ]

    assert mute == []


def test_every_difference_from_the_server_has_its_reason() -> None:
    row = agreement.server()

    assert [reason for reason in row.differing if "UNEXPLAINED" in reason] == []
    assert row.verdicts > 12_000
