"""Roots that are built in one run of kustomize are what they are alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kataform import batches, kustomize
from kataform.kustomization import Graph

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 1
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: web, image: example.com/web:1, env: [{name: A, valueFrom: {configMapKeyRef: {name: CONFIG, key: a}}}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: CONFIG}
data: {a: one}
"""  # noqa: E501 — as people write it
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\nspec: {replicas: 3}\n"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the folders that kustomize really builds."""
    names: list[str] = []
    build = kustomize.build

    def counted(tool: kustomize.Kustomize, root: Path, **options: object) -> object:
        names.append(root.name)
        return build(tool, root, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(kustomize, "build", counted)
    return names


def root(folder: Path, name: str, more: str = "", config: str = "") -> Path:
    """A root with a Deployment, what that refers to, and a strategic merge."""
    there = folder / name
    there.mkdir()
    text = WEB.replace("CONFIG", config or f"config-{name}").replace("NAME", name)
    (there / "web.yaml").write_text(text, encoding="utf-8")
    (there / "patch.yaml").write_text(PATCH.replace("NAME", name), encoding="utf-8")
    fields = f"resources: [web.yaml]\npatches: [{{path: patch.yaml}}]\n{more}"
    (there / "kustomization.yaml").write_text(fields, encoding="utf-8")
    return there


def alone(tool: kustomize.Kustomize, roots: list[Path]) -> dict[Path, object]:
    built = kustomize.build_all(tool, roots)
    return {root: one if isinstance(one, kustomize.BuildFailure) else one.bodies for root, one in built.items()}


def test_roots_that_have_nothing_in_common_are_built_in_one_run(
    tmp_path: Path, kustomize: kustomize.Kustomize, seen: list[str]
) -> None:
    roots = [root(tmp_path, name, f"namespace: {name}\n") for name in ("a", "b", "c")]

    built = batches.build_all(kustomize, Graph(), roots)

    assert seen == ["0"]
    assert list(built) == roots
    assert built == alone(kustomize, roots)


@pytest.mark.parametrize(
    "more",
    [
        "namePrefix: x-\n",
        "configMapGenerator: [{name: made, literals: [a=b]}]\n",
        "sortOptions: {order: fifo}\n",
        "buildMetadata: [originAnnotations]\n",
    ],
)
def test_what_renames_or_concerns_a_root_as_such_is_built_alone(
    tmp_path: Path, kustomize: kustomize.Kustomize, seen: list[str], more: str
) -> None:
    roots = [root(tmp_path, "a", more), root(tmp_path, "b", more)]

    built = batches.build_all(kustomize, Graph(), roots)

    assert sorted(seen) == ["a", "b"]
    assert built == alone(kustomize, roots)


def test_two_roots_with_an_object_of_one_name_are_never_in_one_run(
    tmp_path: Path, kustomize: kustomize.Kustomize, seen: list[str]
) -> None:
    roots = [root(tmp_path, name, config="shared") for name in ("a", "b")]

    built = batches.build_all(kustomize, Graph(), roots)

    assert sorted(seen) == ["a", "b"]
    assert built == alone(kustomize, roots)


def test_a_root_that_does_not_build_hides_none_of_those_beside_it(
    tmp_path: Path, kustomize: kustomize.Kustomize
) -> None:
    roots = [root(tmp_path, name) for name in ("a", "b", "c")]
    (roots[1] / "patch.yaml").write_text(PATCH.replace("NAME", "missing"), encoding="utf-8")

    built = batches.build_all(kustomize, Graph(), roots)

    assert [type(one).__name__ for one in built.values()] == ["list", "BuildFailure", "list"]
    assert built == alone(kustomize, roots)
