"""Every CRD of the reference data is read without a complaint, and held against what is shipped, or says why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kataform import crds
from kataform.catalogue import load
from kataform.crds import defects, objects, translate

Sub = dict[str, Any]
# The shipped KataConfig schema that each file gives; 1.6 to 1.13 changed nothing that is checked since 1.5.1.
SAME = {
    "kataconfig-1.0": "1.0.0",
    "kataconfig-1.1": "1.1.0",
    "kataconfig-1.1-bundle": "1.1.0",
    "kataconfig-1.2": "1.2.0",
    "kataconfig-1.3-branch": "1.3.0",
    "kataconfig-1.3.3": "1.3.2",
    "kataconfig-1.4": "1.4.0",
    "kataconfig-1.5.0": "1.5.0",
    "kataconfig-1.5.3": "1.5.1",
    **dict.fromkeys((f"kataconfig-1.{minor}" for minor in (6, 7, 8, 9, 10)), "1.5.1"),
}
# The bundle's status, which only the operator writes, is another one; it is dropped from what people write.
SAME_BUT_STATUS = {"kataconfig-1.0-bundle-v1beta1": "1.0.0"}
# A version in development, and what it has more than the last one that is released.
AHEAD = {"kataconfig-1.14-devel": ("1.5.1", {"enableMixedCluster"})}
# Before the first release that the catalogue has, with fields that none of the releases kept.
BEFORE = {"kataconfig-0.x-ocp4.6-v1alpha1", "kataconfig-0.x-ocp4.7"}
OLM = {"catalogsources", "clusterserviceversions", "installplans", "operatorgroups", "subscriptions"}


def files(shared: Path) -> dict[str, Path]:
    return {path.stem: path for path in (shared / "upstream" / "crds").glob("*.yaml")}


def versions(path: Path) -> Iterator[tuple[str, str, Sub]]:
    """(apiVersion, kind, schema) of each version; CRDs of v1beta1 have one schema for all."""
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))["spec"]
    shared_schema = spec.get("validation", {}).get("openAPIV3Schema")
    for version in spec["versions"]:
        schema = shared_schema or version["schema"]["openAPIV3Schema"]
        yield f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema


def opened(sub: Any, definitions: Sub) -> Any:
    """A shipped schema with what it refers to within itself written out."""
    if isinstance(sub, list):
        return [opened(child, definitions) for child in sub]
    if not isinstance(sub, dict):
        return sub
    name = str(sub.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions:
        return opened(definitions[name], definitions)
    return {key: opened(child, definitions) for key, child in sub.items() if key != "$defs"}


def shipped(repository: Path, name: str) -> Sub:
    made = json.loads((repository / "schemas" / name).read_bytes())
    found: Sub = opened(made, made.get("$defs", {}))
    return found


def translated(path: Path) -> Sub:
    (only,) = versions(path)
    return translate.root(only[2], only[0], only[1])


def without_status(schema: Sub) -> Sub:
    return {**schema, "properties": {name: sub for name, sub in schema["properties"].items() if name != "status"}}


def test_every_file_is_compared_or_has_its_reason(shared: Path) -> None:
    named = {*SAME, *SAME_BUT_STATUS, *AHEAD, *BEFORE, *(f"olm-{name}" for name in OLM)}

    assert set(files(shared)) == named


@pytest.mark.parametrize("name", SAME)
def test_the_shipped_schema_is_that_of_the_crd(repository: Path, shared: Path, name: str) -> None:
    assert translated(files(shared)[name]) == shipped(repository, f"kataconfig/{SAME[name]}.json")


@pytest.mark.parametrize("name", SAME_BUT_STATUS)
def test_the_shipped_schema_is_that_of_the_bundle_but_for_the_status(repository: Path, shared: Path, name: str) -> None:
    found, known = translated(files(shared)[name]), shipped(repository, f"kataconfig/{SAME_BUT_STATUS[name]}.json")

    assert without_status(found) == without_status(known)


@pytest.mark.parametrize("name", AHEAD)
def test_a_version_in_development_only_adds_fields(repository: Path, shared: Path, name: str) -> None:
    since, more = AHEAD[name]
    found, known = translated(files(shared)[name]), shipped(repository, f"kataconfig/{since}.json")

    added = found["properties"]["spec"]["properties"]
    assert set(added) - set(known["properties"]["spec"]["properties"]) == more
    for field in more:
        del added[field]
    assert found == known


@pytest.mark.parametrize("name", sorted(BEFORE))
def test_what_is_not_compared_is_before_the_first_release(shared: Path, name: str) -> None:
    assert name in files(shared)
    assert all(version.major >= 1 for version in load().versions)


@pytest.mark.parametrize("name", sorted(OLM))
def test_the_shipped_schemas_of_olm_are_those_of_its_crds(repository: Path, shared: Path, name: str) -> None:
    for api_version, kind, schema in versions(files(shared)[f"olm-{name}"]):
        path = f"olm/{kind.lower()}-{api_version.rpartition('/')[2]}.json"
        assert translate.root(schema, api_version, kind) == shipped(repository, path)


def test_the_server_refuses_none_of_them_and_neither_do_we(shared: Path) -> None:
    checked = 0
    for path in files(shared).values():
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not crds.is_definition(body):
            continue
        definition = crds.read(body, path.name)
        assert definition is not None
        assert [*defects.defects(body), *objects.rule_defects(definition, ("1.37",))] == []
        checked += 1

    assert checked > 20
