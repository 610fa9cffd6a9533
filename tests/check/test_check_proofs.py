"""Values of one root share the builds that prove where they come from, where that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_trees import draw

from kataform import kustomize as kustomizes
from kataform import objects, provenance, resource, sentinel
from kataform.finding import Finding, Location, Severity
from kataform.kustomization import Graph
from kataform.kustomize import Kustomize
from kataform.resource import Path as Pointer
from kataform.sentinel import shared
from kataform.sentinel.candidates import Candidate
from kataform.subject import Observation, Subject, Target

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{0}
  labels: {{tier: front-{0}}}
  annotations: {{note: plain-{0}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: registry.example.com/web:{0}
        env:
        - {{name: A, value: old-{0}}}
        ports:
        - {{containerPort: 8080, hostIP: 10.0.0.1}}
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{0}}}
spec:
  replicas: {1}
  template:
    spec:
      containers:
      - name: web
        env:
        - {{name: A, value: new-{0}}}
"""
REPLICAS: Pointer = ("spec", "replicas")
ENV: Pointer = ("spec", "template", "spec", "containers", 0, "env", 0, "value")
IMAGE: Pointer = ("spec", "template", "spec", "containers", 0, "image")
PORT: Pointer = ("spec", "template", "spec", "containers", 0, "ports", 0, "containerPort")
HOST: Pointer = ("spec", "template", "spec", "containers", 0, "ports", 0, "hostIP")
TIER: Pointer = ("metadata", "labels", "tier")
NOTE: Pointer = ("metadata", "annotations", "note")


class Tree:
    """A base of some Deployments and a root over it, built."""

    def __init__(self, folder: Path, tool: Kustomize, over: str, count: int, patches: str = "", base: str = "") -> None:
        for name, text in {
            "base/all.yaml": "---\n".join(WEB.format(number) for number in range(count)),
            "base/kustomization.yaml": f"resources: [all.yaml]\n{base}",
            "over/patches.yaml": patches,
            "over/kustomization.yaml": f"resources: [../base]\n{over}",
        }.items():
            (folder / name).parent.mkdir(exist_ok=True, parents=True)
            (folder / name).write_text(text, encoding="utf-8")
        self.root = (folder / "over").resolve()
        self.graph = Graph()
        self.prover = sentinel.Prover(self.graph, tool)
        self.tool = tool
        built = kustomizes.build(tool, self.root)
        assert isinstance(built, kustomizes.Built), built.stderr
        self.built = built.bodies
        self.bodies = list(built.bodies)

    def lines(self, *paths: Pointer) -> dict[Any, str]:
        """The files and lines that are told for fields of all objects, proved together, by the value."""
        asked = [(body, path) for body in self.bodies for path in paths]
        told = self.prover.prove_all(self.root, self.bodies, asked)
        return {
            resource.get(body, path): f"{Path(found[0].place.path).name}:{found[0].place.line}" if found else ""
            for (body, path), found in told
        }

    def alone(self, *paths: Pointer) -> dict[Any, str]:
        """The same, each proved by copies of its own."""
        prover = sentinel.Prover(self.graph, self.tool)
        asked = ((body, path, prover.prove(self.root, body, path)) for body in self.bodies for path in paths)
        return {
            resource.get(body, path): f"{Path(found[0].place.path).name}:{found[0].place.line}" if found else ""
            for body, path, found in asked
        }


def test_hundreds_of_patched_values_take_a_handful_of_builds(tmp_path: Path, kustomize: Kustomize) -> None:
    patches = "---\n".join(PATCH.format(number, 1000 + number) for number in range(100))
    tree = Tree(tmp_path, kustomize, "patches:\n- path: patches.yaml\n", 100, patches)

    told = tree.lines(REPLICAS, ENV)

    assert told == {
        value: f"patches.yaml:{12 * number + line}"
        for number in range(100)
        for value, line in ((1000 + number, 5), (f"new-{number}", 11))
    }
    assert tree.prover.builds <= 5


def test_one_value_in_many_fields_takes_one_build(tmp_path: Path, kustomize: Kustomize) -> None:
    patches = "---\n".join(PATCH.format(number, "'3'") for number in range(20))
    tree = Tree(tmp_path, kustomize, "patches:\n- path: patches.yaml\n", 20, patches)
    asked = [(body, REPLICAS) for body in tree.bodies]

    told = [found[0].place.line for _, found in tree.prover.prove_all(tree.root, tree.bodies, asked)]

    assert sorted(told) == [12 * number + 5 for number in range(20)]
    assert tree.prover.builds == 1


def test_findings_whose_lines_need_proof_are_placed_together(tmp_path: Path, kustomize: Kustomize) -> None:
    patches = "---\n".join(PATCH.format(number, 1000 + number) for number in range(30))
    tree = Tree(tmp_path, kustomize, "patches:\n- path: patches.yaml\n", 30, patches)
    places = objects.Places(tree.prover, {tree.root: tree.built})
    found = objects.of_roots(tree.graph, places.built, places)
    subjects = places.later(Subject(one.body, one.root, one.locate, Target(), one.namespaces) for one in found)
    seen = [
        Observation(Finding("a-rule", Severity.ERROR, "it is so", one.locate(REPLICAS, False)), one.root, one.title)
        for one in subjects
    ]
    before = tree.prover.builds

    settled = [places.told(one).finding for one in places.settle(seen)]

    assert before == 0
    assert tree.prover.builds == 1
    assert sorted(one.location.line for one in settled) == [12 * number + 5 for number in range(30)]
    assert {related.message for one in settled for related in one.related} == {"is taken in here"}


# What kustomize matches by: where a mark stands there, a patch that changes nothing would not be the writer any more.
LIKE_ALL = "  patch: |-\n    - {op: replace, path: /spec/template/spec/containers/0/env/0/value, value: old-0}\n"
BY_LABEL = f"patches:\n- target: {{kind: Deployment, labelSelector: tier=front-0}}\n{LIKE_ALL}"
BY_ANNOTATION = f"patches:\n- target: {{kind: Deployment, annotationSelector: note=plain-0}}\n{LIKE_ALL}"
BY_IMAGE = "images:\n- name: registry.example.com/web\n  newTag: '0'\n"
BY_PORT = """\
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web-0}
    spec:
      template:
        spec:
          containers:
          - name: web
            ports:
            - {containerPort: 8080, hostIP: 10.0.0.1}
"""
BY_FIELD = """\
replacements:
- source: {kind: Deployment, name: web-0, fieldPath: 'metadata.annotations.note'}
  targets:
  - select: {kind: Deployment, name: web-0}
    fieldPaths: ['spec.template.spec.containers.[image=registry.example.com/web:0].env.[value=old-0].value']
"""


@pytest.mark.parametrize(
    ("over", "paths"),
    [
        (BY_LABEL, (ENV, TIER)),
        (BY_ANNOTATION, (ENV, NOTE)),
        (BY_IMAGE, (IMAGE, ENV, TIER)),
        (BY_PORT, (PORT, HOST)),
        (BY_FIELD, (IMAGE, ENV, NOTE)),
    ],
)
def test_what_kustomize_matches_by_is_proved_alone(
    tmp_path: Path, kustomize: Kustomize, over: str, paths: tuple[Pointer, ...]
) -> None:
    tree = Tree(tmp_path, kustomize, over, 1)

    assert tree.lines(*paths) == tree.alone(*paths)


def test_a_patch_found_by_a_label_stays_the_writer(tmp_path: Path, kustomize: Kustomize) -> None:
    tree = Tree(tmp_path, kustomize, BY_LABEL, 1)

    assert tree.lines(ENV, TIER) == {"old-0": "kustomization.yaml:5", "front-0": "all.yaml:5"}
    assert tree.prover.builds == 2


def test_so_does_one_found_by_a_name_that_a_prefix_makes(tmp_path: Path, kustomize: Kustomize) -> None:
    over = f"patches:\n- target: {{kind: Deployment, name: front-web-0}}\n{LIKE_ALL}"
    tree = Tree(tmp_path, kustomize, over, 1, base="namePrefix: front-\n")

    assert tree.lines(ENV, TIER) == {"old-0": "kustomization.yaml:5", "front-0": "all.yaml:5"}


def test_marks_that_break_a_build_or_change_another_value_leave_the_others_told(
    tmp_path: Path, kustomize: Kustomize
) -> None:
    over = """\
patches:
- path: patches.yaml
- target: {kind: Deployment, name: web-3}
  patch: |-
    - {op: test, path: /metadata/annotations/note, value: plain-3}
    - {op: add, path: /metadata/annotations/other, value: new}
"""
    patches = "---\n".join(PATCH.format(number, 1000 + number) for number in range(8))
    tree = Tree(tmp_path, kustomize, over, 8, patches)

    told = tree.lines(REPLICAS, ENV, NOTE)

    assert told == tree.alone(REPLICAS, ENV, NOTE)
    assert [told[1000 + number] for number in range(8)] == [f"patches.yaml:{12 * number + 5}" for number in range(8)]
    assert tree.prover.builds < 24


# What a copy builds to where the scalar `new` is marked; `data` is what the root builds to.
BUILT = {"kind": "ConfigMap", "metadata": {"name": "made-abcdefgh12"}, "data": {"a": "new", "b": "1", "c": "x-new"}}
MARKED = {
    "kind": "ConfigMap",
    "metadata": {"name": "made-gh12abcdef"},
    "data": {"a": "q0000z", "b": "1", "c": "x-q0000z"},
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, True),
        ({"data": {**MARKED["data"], "b": "2"}}, False),
        ({"data": {"a": "q0000z", "b": "1"}}, False),
        ({"data": {**MARKED["data"], "d": "1"}}, False),
        ({"metadata": {"name": "other"}}, False),
        ({"data": {**MARKED["data"], "c": "q0000z"}}, True),
        ({"data": {**MARKED["data"], "a": "x-q0000z"}}, None),
    ],
)  # fmt: skip
def test_a_build_is_believed_where_all_else_is_as_it_was(change: dict[str, Any], *, told: bool | None) -> None:
    """None: the build is believed, and tells nothing of the field, as kustomize made something else of the mark."""
    scalar = Candidate(Path("all.yaml"), Location("all.yaml", 1, 1, 1, 4), 0, 3, "new", field=("data", "a"))
    batch = shared.Batch()
    assert batch.take(shared.Question("new", "", ((BUILT, ("data", "a")),), (scalar,)))

    answers = batch.answers([BUILT], [{**MARKED, **change}])

    assert answers == ([[[scalar]]] if told else None if told is False else [[[]]])


def test_a_copy_with_an_object_more_is_not_believed() -> None:
    assert shared.Batch().answers([BUILT], [BUILT, MARKED]) is None


def test_a_mark_in_a_secret_is_read(tmp_path: Path, kustomize: Kustomize) -> None:
    over = "secretGenerator:\n- name: made\n  literals: [key=new-1]\npatches:\n- path: patches.yaml\n"
    patches = "---\n".join(PATCH.format(number, 1000 + number) for number in range(6))
    tree = Tree(tmp_path, kustomize, over, 6, patches)
    tree.bodies.sort(key=lambda body: body["kind"] == "Secret")
    asked = [(body, path) for body in tree.bodies[:6] for path in (REPLICAS, ENV)]

    told = [found[0].place.line for _, found in tree.prover.prove_all(tree.root, tree.built, asked)]

    assert sorted(told) == sorted(12 * number + line for number in range(6) for line in (5, 11))
    assert tree.prover.builds == 1


def _leaves(body: Any, path: Pointer = ()) -> Iterator[Pointer]:
    children: Iterable[tuple[str | int, Any]] = (
        body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    )
    for key, child in children:
        yield from _leaves(child, (*path, key))
    if not isinstance(body, dict | list):
        yield path


@pytest.mark.parametrize("seed", range(6))
def test_all_values_of_a_drawn_tree_are_told_as_each_alone(tmp_path: Path, kustomize: Kustomize, seed: int) -> None:
    root = draw(seed).write(tmp_path).resolve()
    built = kustomizes.build(kustomize, root)
    assert isinstance(built, kustomizes.Built)
    graph = Graph()
    asked = [(b, p) for b in built.bodies for p in _leaves(b) if not provenance.is_certain(graph, root, b, p)]
    together, alone = sentinel.Prover(graph, kustomize), sentinel.Prover(graph, kustomize)

    told = {(id(body), path): found for (body, path), found in together.prove_all(root, built.bodies, asked)}

    assert [told.get((id(body), path), []) for body, path in asked] == [alone.prove(root, *one) for one in asked]
    assert together.builds * 3 < alone.builds
