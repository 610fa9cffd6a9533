"""Which objects a patch's target selects, held against kustomize on drawn targets: names, patterns, selectors."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import yaml

from kataform import kustomize
from kataform.kustomization import Graph
from kataform.kustomize import Built, Kustomize
from kataform.rules import patch_matches_nothing, replacement_creates_bare_scalar

TARGETS = int(os.environ.get("KATAFORM_TARGETS", "150"))
OBJECTS = (
    ("v1", "ConfigMap", "web", "", {"app": "web"}, {}),
    ("v1", "ConfigMap", "web-api", "prod", {"app": "api", "tier": "back"}, {"owner": "team.a"}),
    ("v1", "Secret", "web.api", "", {}, {"level": "5"}),
    ("apps/v1", "Deployment", "web", "prod", {"app": "web", "size": "12"}, {}),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "system:web", "", {"a.example.com/app": "x"}, {}),
)
NAMES = (
    "web", "web-api", "web.api", "we", "eb", "web.*", "w.b", "(web)", "web|api", "^web$", "[a-z]+", "web-?api?", "",
    "WEB", "(?i)WEB", "web|", "system:web", r"web\.api", r"\w+", r"\Aweb\z", "(web-api|gone)", "gen", "gen.*",
)  # fmt: skip
KINDS = ("ConfigMap", "Secret", "Deployment", "Config.*", "configmap", "(ConfigMap|Secret)", "", "ClusterRole", "Pod")
GROUPS = ("", "apps", "app", "rbac.*", "v1", "rbac.authorization.k8s.io")
VERSIONS = ("", "v1", "v.*", "v2", "1")
NAMESPACES = ("", "prod", "default", "p.*", "pro", "(default|prod)")
SELECTORS = (
    "", "app", "!app", "app=web", "app==web", "app!=web", "app in (web, api)", "app notin (web)", "app in (web),!tier",
    "size>11", "size<12", "tier=back,app=api", "a.example.com/app=x", "gone", "app=", "owner=team.a", "level>4",
    "app,tier", "app notin (api),app", "app in ()", "!gone,app",
)  # fmt: skip
SEED = 20260


def drawn(draw: random.Random) -> dict[str, str]:
    fields = {
        "kind": KINDS,
        "name": NAMES,
        "group": GROUPS,
        "version": VERSIONS,
        "namespace": NAMESPACES,
        "labelSelector": SELECTORS,
        "annotationSelector": SELECTORS,
    }
    chosen = draw.sample(sorted(fields), draw.choice((1, 1, 2, 2, 3)))
    return {name: draw.choice(fields[name]) for name in chosen}


def write(folder: Path, targets: list[dict[str, str]]) -> None:
    objects = []
    for api, kind, name, namespace, labels, notes in OBJECTS:
        metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": notes}
        objects.append({"apiVersion": api, "kind": kind, "metadata": {k: v for k, v in metadata.items() if v}})
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    lines = ["resources: [all.yaml]", "configMapGenerator: [{name: gen, literals: [A=1]}]", "patches:"]
    for number, target in enumerate(targets):
        where = ", ".join(f"{name}: {json.dumps(value)}" for name, value in target.items())
        lines += [
            f"- target: {{{where}}}",
            "  patch: |",
            "    - op: add",
            f"      path: /x{number}",
            "      value: here",
        ]
    (folder / "kustomization.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_target_is_said_to_select_nothing_where_kustomize_leaves_the_patch_out(
    each_kustomize: Kustomize, tmp_path: Path
) -> None:
    draw = random.Random(f"{SEED} {each_kustomize.version}")
    wrong = []
    for number in range(max(TARGETS // 50, 1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        targets = [drawn(draw) for _ in range(50)]
        write(folder, targets)
        graph = Graph()
        found = graph.kustomization(folder)
        assert found is not None

        said = {finding.location.line for _, finding in patch_matches_nothing.check(graph, found)}
        built = kustomize.build(each_kustomize, folder)

        assert isinstance(built, Built), built
        for index, target in enumerate(targets):
            if (f"x{index}: here" in built.text) == (4 + 5 * index in said):
                wrong.append((target, 4 + 5 * index in said))
    assert not wrong, wrong


VALUES = (
    "yes", "1.10", "0755", "null", "~", "1e3", "08", "2024-01-01", "true", "0x1F", ".inf", "0o17", "1_000", "True",
    "on", "12:30:45", "text", "1.2.3", "-1", "+1", "y", "0b11", "1.", "", "a: b", "NaN", ".nan", "False",
)  # fmt: skip


def test_a_replacement_is_said_to_lose_quotes_where_kustomize_writes_another_value(
    each_kustomize: Kustomize, tmp_path: Path
) -> None:
    data = "".join(f"  x{number}: {json.dumps(value)}\n" for number, value in enumerate(VALUES))
    (tmp_path / "all.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\ndata:\n{data}---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: t}\ndata: {there: x}\n",
        encoding="utf-8",
    )
    entries = [
        f"- source: {{kind: ConfigMap, name: s, fieldPath: data.x{number}}}\n  targets:\n"
        f"  - select: {{name: t}}\n    fieldPaths: [data.x{number}]\n    options: {{create: true}}\n"
        for number, value in enumerate(VALUES)
        if value not in (".inf", ".nan")  # no number that kustomize could print
    ]
    text = f"resources: [all.yaml]\nreplacements:\n{''.join(entries)}"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")
    graph = Graph()
    found = graph.kustomization(tmp_path)
    assert found is not None

    said = {created.path[-1] for created in replacement_creates_bare_scalar.check(graph, found)}
    built = kustomize.build(each_kustomize, tmp_path)

    assert isinstance(built, Built), built
    meant, made = (body["data"] for body in built.bodies)
    assert said == {name for name, value in made.items() if name in meant and value != meant[name]}
