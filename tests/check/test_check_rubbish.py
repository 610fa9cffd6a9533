"""Rubbish in any file that we read (specs, locks, kustomizations, patches, policies, baselines) is never a traceback.

KATAFORM_RUBBISH is how many broken projects each verb is run on.
"""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from kataform.cli import main
from kataform.text import emit, reader
from kataform.text.resolve import Dialect

NUMBER = int(os.environ.get("KATAFORM_RUBBISH") or 30)
SEED = int(os.environ.get("KATAFORM_SEED") or 5)
BASE = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
operator:
  version: 1.13.1
  subscription:
    channel: stable
openshift: '4.18'
kubernetes: '>=1.30 <1.34'
kataConfig:
  spec:
    logLevel: debug
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
ignore:
- rule: channel-deprecated
  reason: for a test
  until: '2099-01-01'
"""
OVERLAY = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
extends: ../../base
runtimeClass:
  owner: git
examples:
- net-tools
external:
- apiVersion: v1
  kind: Secret
  name: pull
kustomize:
  instance:
    resources:
    - own.yaml
"""
PLAIN = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: a
resources:
- pod.yaml
patches:
- path: patch.yaml
  target:
    kind: Pod
- patch: |
    - op: add
      path: /metadata/labels
      value: {a: b}
  target:
    kind: Pod
images:
- name: a
  newTag: '1'
labels:
- pairs:
    a: b
configMapGenerator:
- name: c
  literals:
  - a=b
replacements:
- source:
    kind: Pod
    name: a
    fieldPath: metadata.name
  targets:
  - select:
      kind: ConfigMap
    fieldPaths:
    - data.a
"""
POD = """\
# kataform: ignore[image-tag-not-fixed] for a test
apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  runtimeClassName: kata
  containers:
  - name: a
    image: a
    resources:
      limits:
        cpu: 100m
"""
POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: p
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [pods]
  validations:
  - expression: object.metadata.name != 'b'
    message: no b
"""
FILES = {
    "base/kataform.yaml": BASE,
    "overlays/prod/kataform.yaml": OVERLAY,
    "overlays/prod/instance/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own\n  namespace: a\n",
    "plain/kustomization.yaml": PLAIN,
    "plain/pod.yaml": POD,
    "plain/patch.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  priority: 1\n",
    "policies/p.yaml": POLICY,
}
GENERATED = ("overlays/prod/kataform.lock", "overlays/prod/instance/kustomization.yaml", "base/kataform.lock")
VERBS = [
    ["generate"],
    ["generate", "--check"],
    ["check", "--no-cache", "--policies", "policies", "--baseline", "baseline.json"],
    ["fix", "--unsafe"],
    ["show", "prod"],
    ["runbook", "prod"],
    ["graph"],
    ["policy", "lint", "policies"],
]
JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**18,
    "",
    " ",
    "x",
    "../..",
    "/",
    "a\nb",
    "\x07",
    "{{ x }}",
    "é" * 300,
    "9" * 5000,
]
JUNK += [
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": None},
    {"": ""},
    {"<": [{}]},
    ["x", 1],
    {"apiVersion": 1, "kind": []},
    "1.99.0",
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project before anything is broken, generated, with a baseline."""
    folder = tmp_path_factory.mktemp("sound")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / ".git").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["generate"]) == 0
        assert main(["check", "--no-cache", "-o", "json=baseline.json", "--policies", "policies"]) in (0, 1)
    return folder


def broken(source: random.Random, text: str) -> bytes:
    """The text of a file with something else in some places: in its values, or in its characters."""
    if source.random() < 0.3:
        raw = text.encode()
        at = source.randint(0, len(raw))
        bits = (
            b"\0",
            b"\xff",
            b"\t",
            b"\n",
            b"[",
            b"{",
            b"'",
            b"&a ",
            b"*a",
            b": ",
            b"---\n",
            b"\r",
            b"<<<<<<< a\n",
            b"1" * 5000,
        )
        return raw[:at] + source.choice(bits) + raw[at + source.randint(0, 30) :]
    body = json.loads(text) if text.startswith("{") else _value(text)
    for _ in range(source.randint(1, 3)):
        body = _changed(source, body)
    if source.random() < 0.1:
        body = source.choice(JUNK)
    if text.startswith("{"):
        return json.dumps(body).encode()
    return (emit.dump(body) if isinstance(body, dict | list) else f"{emit.scalar(str(body))}\n").encode()


def _value(text: str) -> Any:
    node = reader.read(text.encode(), "a").documents[0].node
    assert node is not None
    return reader.value(node, Dialect.KUBECTL)


def _changed(source: random.Random, body: Any) -> Any:
    """The value with junk in one place, or with a part of it doubled or taken out."""
    body = copy.deepcopy(body)
    places = list(_places(body))
    if not places:
        return source.choice(JUNK)
    parent, key = source.choice(places)
    kind = source.random()
    if kind < 0.7:
        parent[key] = copy.deepcopy(source.choice(JUNK))
    elif kind < 0.85:
        del parent[key]
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    else:
        parent[f"{key}x"] = copy.deepcopy(parent[key])
    return body


def _places(body: Any) -> Any:
    for key in list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ():
        yield body, key
        yield from _places(body[key])


def test_rubbish_in_any_file_is_told_by_every_verb(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, names = random.Random(SEED), [*FILES, *GENERATED, "baseline.json"]
    codes: dict[str, set[int]] = {}
    for number in range(NUMBER):
        folder = tmp_path / str(number)
        shutil.copytree(sound, folder)
        names_here = source.sample(names, source.choice([1, 1, 1, 2]))
        for name in names_here:
            (folder / name).write_bytes(broken(source, (folder / name).read_text(encoding="utf-8")))
        kept = {name: (folder / name).read_bytes() for name in names_here}
        monkeypatch.chdir(folder)
        for verb in source.sample(VERBS, 3):
            code = main(verb)
            output = capsys.readouterr()
            assert code in (0, 1, 2), (SEED, number, verb, kept, output.err[-3000:])
            codes.setdefault(verb[0], set()).add(code)
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(folder)

    assert {1, 2} & set().union(*codes.values())
