"""The KataConfig fields of each version, against the CRDs themselves and a table computed from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kataform.catalogue import Catalogue
from kataform.version import Version


@pytest.fixture(scope="module")
def table(shared: Path) -> list[dict[str, Any]]:
    body = yaml.safe_load((shared / "upstream" / "kataconfig_versions.yaml").read_bytes())
    return [row for row in body["versions"] if not row["operator"].startswith("0.")]


def _covered(row: dict[str, Any], versions: tuple[Version, ...]) -> list[Version]:
    """The versions a row is for: `1.2`, `1.3.2-1.3.3`, `1.10-1.13`; one in development is its first."""
    name = row["operator"]
    if name.endswith("-devel"):
        return [Version.parse(name.removesuffix("-devel") + ".0")]
    first, _, last = name.partition("-")
    low, high = _numbers(first), _numbers(last or first)
    return [each for each in versions if low <= _cut(each, low) and _cut(each, high) <= high]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def _cut(found: Version, like: tuple[int, ...]) -> tuple[int, ...]:
    return (found.major, found.minor, found.patch)[: len(like)]


def _leaves(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of spec; a label selector is one field."""
    for name, schema in properties.items():
        if schema.get("properties") and "matchLabels" not in schema["properties"]:
            yield from _leaves(schema["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name, schema


def test_each_version_is_in_one_row_of_the_table(known: Catalogue, table: list[dict[str, Any]]) -> None:
    covered = [version for row in table for version in _covered(row, known.versions)]

    assert sorted(covered) == [*known.versions, Version(1, 14, 0)]


def test_the_fields_of_each_version_are_those_of_the_table(known: Catalogue, table: list[dict[str, Any]]) -> None:
    for row in table:
        spec = {name for name in row["spec"] if name != "config" and not name.startswith("kataConfigPoolSelector.")}
        status = {name for name in row["status"] if "." not in name}
        stated = {f"spec.{name}" for name in spec} | {f"status.{name}" for name in status}

        for version in _covered(row, known.versions):
            assert {field.path for field in known.fields_of(version)} == stated, version


def test_the_fields_of_each_version_are_those_of_its_crd(
    known: Catalogue, table: list[dict[str, Any]], shared: Path
) -> None:
    for row in table:
        crd = yaml.safe_load((shared / "upstream" / row["crd_file"]).read_bytes())
        served = next(each for each in crd["spec"]["versions"] if each["name"] == "v1")
        properties = served["schema"]["openAPIV3Schema"]["properties"]
        spec = dict(_leaves(properties["spec"]["properties"]))
        status = properties["status"]["properties"]
        stated = {f"spec.{name}" for name in spec} | {f"status.{name}" for name in status}

        for version in _covered(row, known.versions):
            assert {field.path for field in known.fields_of(version)} == stated, version
            for field in known.fields_of(version):
                if field.path.startswith("spec."):
                    schema = spec[field.path.removeprefix("spec.")]
                    kind = "LabelSelector" if schema["type"] == "object" else schema["type"]
                    assert (field.type, field.default) == (kind, schema.get("default")), (version, field.path)


def test_the_history_of_each_field_is_that_of_the_table(known: Catalogue, shared: Path) -> None:
    history = yaml.safe_load((shared / "upstream" / "kataconfig_versions.yaml").read_bytes())["field_history"]
    for path, row in history.items():
        removed = re.match(r"[\d.]+", str(row.get("removed_in") or ""))
        if removed and not path.endswith(".config"):
            gone = (*_numbers(removed[0]), 0)[:3]
            span = known.fields[path].span

            assert span.before == Version(*gone), path
