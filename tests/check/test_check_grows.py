"""The time that a check or a fix takes grows as the file does, however many findings it has."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform.cli import main

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n"
SPEC = "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.example.com}
spec:
  group: example.com
  names: {kind: A, plural: as, singular: a, listKind: AList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
"""
SHAPES: dict[str, tuple[str, Callable[[int], str]]] = {
    "values": ("a.yaml", lambda n: MAP + "".join(f"  k{i}: {i}\n" for i in range(n))),
    "unknown fields": ("a.yaml", lambda n: MAP + "  a: b\n" + "".join(f"k{i}: x\n" for i in range(n))),
    "entries of a list": (
        "a.yaml",
        lambda n: POD + "".join(f"  - name: c{i}\n    image: a\n    zzzz: 1\n" for i in range(n)),
    ),
    "entries in an entry": (
        "a.yaml",
        lambda n: (
            f"{POD}  - name: c\n    image: a\n    env:\n"
            + "".join(f"    - name: c{i}\n      value: 1\n" for i in range(n))
        ),
    ),
    "comments": (
        "a.yaml",
        lambda n: MAP + "".join(f"  k{i}: 1 # kataform: ignore[unquoted-number] why\n" for i in range(n)),
    ),
    "comments in a row": ("a.yaml", lambda n: MAP + "  # kataform: ignore[unquoted-number] why\n" * n + "  a: b\n"),
    "fields of a spec": ("overlays/a/kataform.yaml", lambda n: SPEC + "".join(f"zz{i}: x\n" for i in range(n))),
    "fields of a CRD": (
        "a.yaml",
        lambda n: CRD + "".join(f"          k{i}: {{type: string, zzzz: 1}}\n" for i in range(n)),
    ),
    "images": (
        "kustomization.yaml",
        lambda n: "images:\n" + "".join(f"- name: k{i}\n  newTag: 1.0\n" for i in range(n)),
    ),
    "inline patches": (
        "kustomization.yaml",
        lambda n: (
            "patches:\n"
            + "- target: {kind: Pod}\n  patch: |-\n    - op: add\n      path: /a\n      value: true\n" * (n // 4)
        ),
    ),
}


def seconds(arguments: list[str]) -> float:
    """The processor's time for one run of the command line."""
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(arguments) in (0, 1)
    return time.process_time() - start


@pytest.mark.parametrize("arguments", [["check", "--no-cache"], ["fix", "--diff"]], ids=["check", "fix"])
@pytest.mark.parametrize("shape", SHAPES)
def test_eight_times_the_file_is_not_the_square_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str, arguments: list[str]
) -> None:
    name, draw = SHAPES[shape]
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(parents=True, exist_ok=True)

    def taken(size: int) -> float:
        Path(name).write_text(draw(size), encoding="utf-8")
        return seconds(arguments)

    taken(10)  # what is loaded once is not counted
    assert any(taken(2400) < 24 * max(taken(300), 0.02) for _ in range(3))
