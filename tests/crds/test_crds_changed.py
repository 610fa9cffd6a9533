"""Every field of a CRD taken out, misspelt, or given another value: each check ends, with findings or without."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from crd_files import crd, widget

from kataform import scope as scopes
from kataform.check import Options, check
from kataform.kustomization import Graph

VALUES: tuple[Any, ...] = (None, True, 7, 1.5, "x", "", [], {}, [1], [None], {"a": 1}, -1)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, child in inside:
        yield (*path, token)
        yield from places(child, (*path, token))


def changed(body: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """What is done to the field at a path, and the body with that done."""
    for how in ("taken out", "misspelt", *VALUES):
        left = above = copy.deepcopy(body)
        for token in path[:-1]:
            above = above[token]
        if how == "taken out":
            del above[path[-1]]
        elif how == "misspelt" and isinstance(above, dict):
            above[f"{path[-1]}x"] = above.pop(path[-1])
        elif how != "misspelt":
            above[path[-1]] = how
        yield how, left


def test_no_change_to_a_crd_is_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    body = yaml.safe_load(crd())
    done = 0
    for path in list(places(body)):
        for how, left in changed(body, path):
            (tmp_path / "widgets.yaml").write_text(yaml.safe_dump(left) + "---\n" + widget(), encoding="utf-8")
            graph = Graph()

            try:
                found = check(scopes.discover([tmp_path], graph), graph, Options())
            except Exception as error:
                raise AssertionError(f"{path} {how}") from error

            assert found.subjects, f"{path} {how}"
            done += 1
    assert done > 500


@pytest.mark.parametrize("field", ["served", "storage"])
def test_a_version_that_does_not_say_so_is_not_served_or_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "widgets.yaml").write_text(crd().replace(f"    {field}: true\n", "", 1), encoding="utf-8")
    graph = Graph()

    found = check(scopes.discover([tmp_path], graph), graph, Options()).findings

    assert [one.message for one in found] == (["no version is stored"] if field == "storage" else [])


def test_a_schema_may_be_nested_deeply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    body = yaml.safe_load(crd())
    below = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for _ in range(60):  # were a level looked at twice for each time that the one above is, it would never end
        below["properties"] = {"below": {"type": "object"}}
        below = below["properties"]["below"]
    (tmp_path / "widgets.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")
    graph = Graph()

    assert [one.rule for one in check(scopes.discover([tmp_path], graph), graph, Options()).findings] == []
