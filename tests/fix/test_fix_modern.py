"""Deprecated fields of a kustomization get their modern form, and every root still builds to the same bytes."""

from __future__ import annotations

import difflib
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import Run
from kataform import fix
from kataform.kustomization import Graph
from kataform.kustomize import Built, Kustomize, build
from kataform.rules import deprecated_field
from kataform.text import reader

DRAWN = int(os.environ.get("KATAFORM_MODERNISED", "8"))
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx
"""
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector:\n    app: web\n"
WEB = "resources: [../web]\n"
OLD = """\
# what all have
bases:   # the common part
- ../web

# the owner
commonLabels:
  team: web  # us

labels:
- pairs:
    tier: front

patchesStrategicMerge:
- replicas.yaml   # three
#- more.yaml
- |-
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    # not a comment of the kustomization
    annotations: {a: b}

patchesJson6902:
- target: {group: apps, version: v1, kind: Deployment, name: web}
  patch: |-
    - op: add
      path: /metadata/annotations/c
      value: d
"""
NEW = """\
# what all have
resources:   # the common part
- ../web

labels:
# the owner
- includeSelectors: true
  pairs:
    team: web  # us
- pairs:
    tier: front

patches:
- path: replicas.yaml   # three
#- more.yaml
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      # not a comment of the kustomization
      annotations: {a: b}
- target: {group: apps, version: v1, kind: Deployment, name: web}
  patch: |-
    - op: add
      path: /metadata/annotations/c
      value: d
"""


def write(top: Path, kustomization: str, **others: str) -> Path:
    """A base, a kustomization on it that the test is about, and an overlay on that; the file of the second."""
    files = {
        "web/kustomization.yaml": "resources: [deployment.yaml]\n",
        "web/deployment.yaml": DEPLOYMENT,
        "app/service.yaml": SERVICE,
        "app/replicas.yaml": PATCH,
        "app/kustomization.yaml": kustomization,
        "prod/kustomization.yaml": "resources: [../app]\nnamePrefix: prod-\n",
    }
    for name, text in (files | others).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode())
    return top / "app" / "kustomization.yaml"


def built(kustomize: Kustomize, root: Path) -> str:
    result = build(kustomize, root)
    assert isinstance(result, Built), result
    return result.text


def test_every_root_builds_to_the_same_with_each_kustomize(
    tmp_path: Path, kataform: Run, each_kustomize: Kustomize, kustomize: Kustomize
) -> None:
    file = write(tmp_path, OLD)
    before = [built(each_kustomize, tmp_path / name) for name in ("app", "prod")]

    done = kataform("fix", "--unsafe")

    assert (done.returncode, file.read_text(encoding="utf-8")) == (0, NEW)
    assert [built(each_kustomize, tmp_path / name) for name in ("app", "prod")] == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bases: [../web]\nresources: [service.yaml]\n", "resources: [service.yaml, ../web]\n"),
        ("bases: [../web]\nresources: []\n", "resources: [../web]\n"),
        ("bases: [../web]\nresources:\n  - service.yaml", "resources:\n  - service.yaml\n  - ../web"),
        (
            f"{WEB}commonLabels: {{a: b}}\n",
            f"{WEB}labels:\n- includeSelectors: true\n  pairs: {{a: b}}\n",
        ),
        (
            "commonLabels:\r\n  a: b\r\nresources: [../web]\r\n",
            "labels:\r\n- includeSelectors: true\r\n  pairs:\r\n    a: b\r\nresources: [../web]\r\n",
        ),
        (
            f"{WEB}patches:\n#- a\npatchesStrategicMerge: [replicas.yaml]\n",
            f"{WEB}#- a\npatches: [{{path: replicas.yaml}}]\n",
        ),
        (f"{WEB}patchesStrategicMerge:\n#- a.yaml\n", f"{WEB}patches:\n#- a.yaml\n"),
        (f"{WEB}vars:\n#- name: A\n", f"{WEB}#- name: A\n"),
        (f"{WEB}imageTags:\n- {{name: nginx, newTag: '1'}}\n", f"{WEB}images:\n- {{name: nginx, newTag: '1'}}\n"),
        (
            f"{WEB}configMapGenerator:\n- name: a\n  env: a.env # all\n",
            f"{WEB}configMapGenerator:\n- name: a\n  envs: [a.env] # all\n",
        ),
    ],
    ids=lambda text: text.replace("\n", "~")[:60],
)
def test_each_field_in_each_spelling_becomes_the_modern_one(
    tmp_path: Path, kataform: Run, kustomize: Kustomize, old: str, new: str
) -> None:
    file = write(tmp_path, old, **{"app/a.env": "A=1\n"})
    before = built(kustomize, tmp_path / "prod")

    done = kataform("fix", "--unsafe")

    assert file.read_bytes().decode() == new, done.stdout + done.stderr
    assert built(kustomize, tmp_path / "prod") == before


def test_what_would_build_to_something_else_is_left_and_said(
    tmp_path: Path, kataform: Run, kustomize: Kustomize
) -> None:
    """The JSON patch is applied after the labels, which it replaces; as one of `patches` it would be before them."""
    text = (
        "resources: [../web]\nlabels:\n- pairs: {a: b}\npatchesJson6902:\n"
        "- target: {group: apps, version: v1, kind: Deployment, name: web}\n"
        "  patch: |-\n    - {op: add, path: /metadata/labels, value: {c: d}}\n"
    )
    file = write(tmp_path, text)

    done = kataform("fix", "--unsafe")

    assert file.read_text(encoding="utf-8") == text
    assert done.stderr == (
        "app/kustomization.yaml:4:1: left [deprecated-field] write patchesJson6902 as patches: "
        "app would build to something else, or not at all\nnothing was fixed\n"
    )


def test_a_root_that_does_not_build_is_no_proof_and_said(tmp_path: Path, kataform: Run, kustomize: Kustomize) -> None:
    file = write(
        tmp_path,
        "resources: [../web]\ncommonLabels: {a: b}\n",
        **{"broken/kustomization.yaml": "resources: [../app, missing.yaml]\n"},
    )

    done = kataform("fix", "--unsafe", "app")

    assert "includeSelectors" in file.read_text(encoding="utf-8")
    assert done.stderr == "not compared, as they do not build: broken\n1 finding fixed in 1 file\n"


def test_where_nothing_builds_nothing_is_changed(tmp_path: Path, kataform: Run, kustomize: Kustomize) -> None:
    text = "resources: [../web, missing.yaml]\ncommonLabels: {a: b}\n"
    file = write(tmp_path, text)

    done = kataform("fix", "--unsafe", "app")

    assert file.read_text(encoding="utf-8") == text
    assert "write commonLabels as labels: app does not build, so nothing proves it" in done.stderr


def test_a_patch_of_two_documents_is_left_as_older_kustomizes_take_only_one(
    tmp_path: Path, kataform: Run, each_kustomize: Kustomize, kustomize: Kustomize
) -> None:
    text = "resources: [../web]\npatchesStrategicMerge: [replicas.yaml]\n"
    file = write(tmp_path, text, **{"app/replicas.yaml": f"{PATCH}---\n{PATCH.replace('replicas: 3', 'paused: true')}"})

    done = kataform("fix", "--unsafe")

    assert file.read_text(encoding="utf-8") == text
    assert "left [deprecated-field] kustomize has deprecated `patchesStrategicMerge`" in done.stderr
    assert "paused" in built(each_kustomize, tmp_path / "app")


def test_variables_are_left_and_said(tmp_path: Path, kataform: Run, kustomize: Kustomize) -> None:
    text = "resources: [../web]\nvars:\n- name: NAME\n  objref: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
    file = write(tmp_path, text)

    done = kataform("fix", "--unsafe")

    assert file.read_text(encoding="utf-8") == text
    assert "app/kustomization.yaml:2:1: left [deprecated-field] kustomize has deprecated `vars`" in done.stderr


def test_the_diff_shows_only_what_is_proved(tmp_path: Path, kataform: Run, kustomize: Kustomize) -> None:
    file = write(tmp_path, "bases: [../web]\nvars:\n- name: NAME\n")

    done = kataform("fix", "--unsafe", "--diff")

    assert file.read_text(encoding="utf-8").startswith("bases")
    assert "+resources" not in done.stdout
    assert "does not build, so nothing proves it" in done.stderr


# --- drawn ---------------------------------------------------------------------------------------------------------


def drawn(draw: random.Random) -> str:
    """A kustomization with some deprecated fields beside some modern ones, in one of the many ways people write."""
    pad = draw.choice(("", "  "))
    comment = lambda: draw.choice(("", "", "  # why", " # it's {odd}: x"))  # noqa: E731
    fields = {
        "bases": [f"bases:{comment()}", f"{pad}- ../web{comment()}"],
        "patchesStrategicMerge": [
            f"patchesStrategicMerge:{comment()}",
            f"{pad}# above",
            f"{pad}- replicas.yaml{comment()}",
            f"{pad}- |",
            *(f"{pad}  {line}" for line in PATCH.replace("replicas: 3", "paused: true").splitlines()),
            f"{pad}# - another.yaml",
        ],
        "patchesJson6902": [
            f"patchesJson6902:{comment()}",
            f"{pad}- target: {{group: apps, version: v1, kind: Deployment, name: web}}",
            f"{pad}  patch: |-{comment()}",
            f"{pad}    - op: add",
            "",
            f"{pad}      path: /metadata/annotations",
            f"{pad}      value: {{a: b}}",
        ],
        "commonLabels": [f"commonLabels:{comment()}", "  # of us", f"  team: web{comment()}", "", "  tier: 'front'"],
    }
    modern = {
        "resources": draw.choice(
            (["resources: [service.yaml]"], ["resources:", "# first", "- service.yaml"], ["resources:"])
        ),
        "patches": draw.choice(
            (
                ["patches:", "  - path: other.yaml  # beside"],
                ["patches: [{path: other.yaml}]"],
                ["patches: # none", "#- path: other.yaml"],
            )
        ),
        "labels": draw.choice((["labels:", "- pairs: {c: d}"], ["labels:", "  # all", "  - pairs:", "      c: d"])),
    }
    chosen = [fields[name] for name in draw.sample(sorted(fields), draw.randint(1, 4))]
    chosen += [modern[name] for name in draw.sample(sorted(modern), draw.randint(0, 3))]
    draw.shuffle(chosen)
    if not any(lines[0].startswith(("bases", "resources: [")) for lines in chosen):
        chosen.append(fields["bases"])
    blocks = [
        "\n".join([*(["# head", "# of it"] if draw.random() < 0.3 else []), *lines, *([""] * draw.randint(0, 2))])
        for lines in chosen
    ]
    text = draw.choice(("", "---\n", "# file\n\n")) + "\n".join(blocks) + draw.choice(("", "\n"))
    return draw.choice(("", "", "\ufeff")) + text.replace("\n", draw.choice(("\n", "\n", "\r\n")))


def passes(top: Path) -> Iterator[str]:
    """The text of the kustomization after each pass of all fixes, until there is none."""
    file = top / "app" / "kustomization.yaml"
    for _ in range(5):
        graph = Graph()
        known = graph.kustomization(top / "app")
        assert known is not None
        texts = {known.label: known.source.text}
        plan = fix.plan(deprecated_field.check(graph, known), texts.get, unsafe=True)
        if not plan.applied:
            return
        [text] = plan.texts.values()
        file.write_bytes(text.encode())
        yield text


def comments(text: str) -> Counter[str]:
    text = text.removeprefix("\ufeff")
    source = reader.read(text.encode(), "kustomization.yaml")
    assert source.problems == (), text
    rows = text.splitlines()
    found = reader.comments(source, range(1, len(rows) + 1))
    return Counter(comment.strip() for comment in found.values())


def test_drawn_kustomizations_build_to_the_same_and_keep_every_comment(tmp_path: Path, kustomize: Kustomize) -> None:
    draw, changed = random.Random(6), 0
    for number in range(DRAWN):
        top, text = tmp_path / str(number), drawn(draw)
        write(top, text, **{"app/other.yaml": PATCH.replace("replicas: 3", "minReadySeconds: 5")})
        before = build(kustomize, top / "prod")
        if not isinstance(before, Built):
            continue

        after = [text, *passes(top)][-1]

        assert built(kustomize, top / "prod") == before.text, text
        assert comments(after) == comments(text), text
        assert ("\r\n" in text) == ("\r\n" in after), text
        assert after.startswith("\ufeff") == text.startswith("\ufeff")
        gone = [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line.startswith("- ")]
        assert all(line[2:].strip() != "- service.yaml" for line in gone), text
        changed += after != text
    assert changed > DRAWN / 3
