"""A root with so many objects that kustomize takes its time is said, at the list that takes them in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}-{}\n  namespace: web\n"
SPLIT = "split its {} objects into roots that are built alone"


def put(folder: Path, count: int, kustomization: str = "resources: [all.yaml]\n") -> None:
    """A folder with a kustomization and so many objects."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.yaml").write_text("---\n".join(OBJECT.format(folder.name, i) for i in range(count)), "utf-8")
    (folder / "kustomization.yaml").write_text(kustomization, encoding="utf-8")


def take_in(folder: Path, *names: str, more: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = f"{more}resources:\n" + "".join(f"- {name}\n" for name in names)
    (folder / "kustomization.yaml").write_text(text, encoding="utf-8")


def allow(folder: Path, count: int) -> None:
    text = f"rules:\n  options:\n    oversized-root:\n      objects: {count}\n"
    (folder / ".kataform.yaml").write_text(text, encoding="utf-8")


def found(check: Run, *arguments: str) -> list[tuple[str, str, str, list[str]]]:
    """Place, severity, remedy and roots of each finding."""
    result = check("--output", "json", *arguments)
    assert result.stderr == ""
    told = [one for one in json.loads(result.stdout)["findings"] if one["rule"] == "oversized-root"]
    at = [f"{one['location']['path']}:{one['location']['line']}:{one['location']['column']}" for one in told]
    return [(place, one["severity"], one["remedy"], one["overlays"]) for place, one in zip(at, told, strict=True)]


@pytest.mark.parametrize(("count", "expected"), [(200, 0), (201, 1)])
def test_more_than_two_hundred_objects_are_too_many(
    check: Run, tmp_path: Path, kustomize: Kustomize, count: int, expected: int
) -> None:
    put(tmp_path / "web", count)

    assert found(check) == [("web/kustomization.yaml:1:1", "warning", SPLIT.format(201), ["web"])] * expected


@pytest.mark.parametrize(("count", "expected"), [(6, 0), (5, 1)])
def test_a_repository_says_how_many_it_allows(
    check: Run, tmp_path: Path, kustomize: Kustomize, count: int, expected: int
) -> None:
    put(tmp_path / "web", 6)
    allow(tmp_path, count)

    assert len(found(check)) == expected


def test_what_is_large_below_many_roots_is_said_once_where_it_is_large(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    put(tmp_path / "base", 4)
    allow(tmp_path, 3)
    for name in ("one", "two"):
        take_in(tmp_path / name, "../base", more=f"namePrefix: {name}-\n")

    assert found(check) == [("base/kustomization.yaml:1:1", "warning", SPLIT.format(4), ["one", "two"])]


def test_small_parts_that_one_root_brings_together_are_said_of_the_root(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    allow(tmp_path, 3)
    for name in ("web", "shop"):
        put(tmp_path / name, 2)
    take_in(tmp_path / "everything", "../web", "../shop", more="namePrefix: my-\n")

    assert found(check) == [("everything/kustomization.yaml:2:1", "warning", SPLIT.format(4), ["everything"])]


def test_what_generators_make_counts(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    allow(tmp_path, 1)
    text = "configMapGenerator:\n- {name: one, literals: [A=1]}\n- {name: two, literals: [A=1]}\n"
    put(tmp_path / "web", 1, f"{text}resources: [all.yaml]\n")

    assert found(check) == [("web/kustomization.yaml:4:1", "warning", SPLIT.format(3), ["web"])]


def test_a_root_that_does_not_build_is_counted_as_written(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    allow(tmp_path, 3)
    put(tmp_path / "web", 4, "resources: [all.yaml, missing.yaml]\n")

    assert found(check) == [("web/kustomization.yaml:1:1", "warning", SPLIT.format(4), ["web"])]


def test_a_comment_accepts_it(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    allow(tmp_path, 3)
    put(tmp_path / "web", 4, "resources: # kataform: ignore[oversized-root] it is a copy of a vendor's\n- all.yaml\n")

    assert found(check) == []
