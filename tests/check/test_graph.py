"""The graph of kustomizations, in each of its forms."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from command_line import Run, run_in

TREE = {
    "base/kustomization.yaml": "resources: [one.yaml]\n",
    "base/one.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n",
    "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
    "test/kustomization.yaml": "resources: [../base]\n",
    "prod/kustomization.yaml": "resources: [../base, 'https://example.com/base']\ncomponents: [../part]\n",
}


@pytest.fixture
def graph(tmp_path: Path) -> Run:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    return partial(run_in, tmp_path, "graph")


def test_each_root_is_shown_with_what_it_takes_in_and_reads(graph: Run) -> None:
    assert graph().stdout.splitlines() == [
        "prod",
        "  base",
        "    base/one.yaml",
        "  part",
        "  https://example.com/base",
        "test",
        "  base",
        "    base/one.yaml",
    ]


def test_the_other_way_round_it_is_what_a_change_reaches(graph: Run) -> None:
    assert graph("--reverse").stdout.splitlines() == ["base", "  prod", "  test", "part", "  prod"]


def test_mermaid_draws_the_same_edges(graph: Run) -> None:
    assert graph("-o", "mermaid").stdout.splitlines() == [
        "flowchart LR",
        '  n0["base"]',
        '  n1["part"]',
        '  n2["prod"]',
        '  n3["test"]',
        "  n2 --> n0",
        "  n2 --> n1",
        '  n2r0(["https://example.com/base"])',
        "  n2 --> n2r0",
        "  n3 --> n0",
    ]


def test_json_has_both_directions(graph: Run) -> None:
    body = json.loads(graph("-o", "json").stdout)

    assert [(one["path"], one["takes"], one["takenBy"]) for one in body["kustomizations"]] == [
        ("base", [], ["prod", "test"]),
        ("part", [], ["prod"]),
        ("prod", ["base", "part"], []),
        ("test", ["base"], []),
    ]
    assert body["kustomizations"][1]["kind"] == "component"


def test_a_circle_is_shown_and_ends(graph: Run, tmp_path: Path) -> None:
    (tmp_path / "base/kustomization.yaml").write_text("resources: [../test]\n", encoding="utf-8")

    lines = graph("test").stdout.splitlines()

    assert "    test  (a circle)" in lines


def test_generated_roots_are_in_it(tmp_path: Path, graph: Run, repository: Path) -> None:
    command = [sys.executable, "-m", "kataform", "graph"]

    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60)

    lines = done.stdout.splitlines()
    at = lines.index("overlays/stable")
    assert lines[at + 1 : at + 3] == ["  overlays/stable/operator", "    base/operator"]


def test_where_no_kustomization_is_that_is_said(graph: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    done = graph("empty")

    assert (done.returncode, done.stderr) == (
        2,
        "kataform: error: nothing to show: no kustomization in empty\n",
    )
