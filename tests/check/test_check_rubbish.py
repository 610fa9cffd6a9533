"""Rubbish in any file that we read, and files that are no files, are never a traceback, and nothing is half written.

Specs, locks, settings, kustomizations, patches, CRDs, policies and their cases, baselines, suppressions; also links,
names and encodings. KATAFORM_RUBBISH is how many broken projects three verbs each are run on, KATAFORM_RUBBISH_SECONDS
after how long no other is begun; kustomize is there for one of forty.
"""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from kataform import kustomize
from kataform.cli import main
from kataform.text import emit, reader
from kataform.text.resolve import Dialect

NUMBER = int(os.environ.get("KATAFORM_RUBBISH") or 30)
LONGEST = float(os.environ.get("KATAFORM_RUBBISH_SECONDS") or 60)
SLOW = kustomize.TIMEOUT - 5  # what waits for kustomize to be ended takes longer
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
commonLabels:
  c: d
patchesStrategicMerge:
- patch.yaml
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
CASES = """\
apiVersion: kataform.dev/v1alpha1
kind: PolicyCase
metadata:
  name: none
spec:
  decision: allow
  object:
    apiVersion: v1
    kind: Pod
    metadata:
      name: a
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            x-kubernetes-validations:
            - rule: self.size > 1
            properties:
              size: {type: integer, minimum: 1}
              mode: {type: string, pattern: '^[a-z]+$', default: a}
"""
FILES = {
    "base/kataform.yaml": BASE,
    "overlays/prod/kataform.yaml": OVERLAY,
    "overlays/prod/instance/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own\n  namespace: a\n",
    "plain/kustomization.yaml": PLAIN,
    "plain/pod.yaml": POD,
    "plain/patch.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  priority: 1\n",
    "plain/crd.yaml": CRD,
    "plain/widget.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  size: 2\n",
    "plain/above/kustomization.yaml": "resources:\n- ..\nnamePrefix: a-\n",
    "policies/p/p.yaml": POLICY,
    "policies/p/cases.yaml": CASES,
    ".kataform.yaml": "rules:\n  ignore:\n  - remote-*\n  severity:\n    unknown-field: warning\n",
}
GENERATED = ("overlays/prod/kataform.lock", "overlays/prod/instance/kustomization.yaml", "base/kataform.lock")
VERBS = [
    ["generate"],
    ["generate", "--check"],
    ["check", ".", "--policies", "policies", "--baseline", "baseline.json"],
    ["fix", "--unsafe", "."],
    ["show", "prod"],
    ["runbook", "prod"],
    ["check", "plain", "--target", "operator=1.9.0", "-o", "sarif"],
    ["check", "-o", "json", "plain/pod.yaml", "base/kataform.yaml"],
    ["fix", "plain"],
    ["fix", "--unsafe", "--diff"],
    ["graph", "."],
    ["graph", "-o", "json", "--reverse", "."],
    ["import", "plain", "--into", "into"],
    ["import", "overlays/prod", "--into", "into"],
    ["policy", "lint", "policies"],
    ["policy", "test", "policies"],
    ["policy", "export", "exported", "policies"],
]
WRITES = ("generate", "fix", "import", "policy export")
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
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        assert main(["generate"]) == 0
        assert main(["check", "-o", "json=baseline.json", "--policies", "policies"]) in (0, 1)
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


def _harmed(source: random.Random, folder: Path, name: str) -> None:
    """A file is gone, a folder, a link in a circle or out of the tree, in another encoding, or what another one is."""
    path, other = folder / name, folder / source.choice([*FILES])
    text = path.read_text(encoding="utf-8")
    kind = source.randrange(7 if os.name == "nt" else 0, 11)  # links and pipes not on Windows
    if kind < 7:
        path.unlink()
    match kind:
        case 0:
            path.mkdir()
        case 1:
            path.symlink_to(path.name)
        case 2:
            path.symlink_to("..")
        case 3:
            path.symlink_to("/nowhere/at all")
        case 4:
            path.with_name(
                source.choice(("é.yaml", "a b.yaml", "-x.yaml", "#.yaml", "a\nb.yaml", "%41.yaml"))
            ).write_text(text, encoding="utf-8")
        case 5 if name != "baseline.json":  # where a person may name a pipe, which is waited for
            os.mkfifo(path)
        case 7:
            path.write_bytes(text.encode(source.choice(("utf-16", "utf-32", "utf-8-sig"))))
        case 8:
            path.write_bytes(text.replace("\n", source.choice(("\r\n", "\r", "\u2028", "\n\n"))).encode())
        case 9:
            path.write_bytes(other.read_bytes() if other.is_file() else b"")
        case 10:
            path.write_text(
                text.replace(".yaml", source.choice(("", "\\0.yaml", "/", "/..", ".yaml/.."))), encoding="utf-8"
            )


def _snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder by its name; what is none, or cannot be read, as None."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


def _half_written(verb: list[str], before: dict[str, bytes | None], after: dict[str, bytes | None]) -> list[str]:
    """What a verb must not have left: temporary files, changes by one that only reads, files that do not parse."""
    changed = [name for name in after if after[name] != before.get(name)] + [
        name for name in before if name not in after
    ]
    wrong = [name for name in changed if "tmp" in name]
    if not " ".join(verb).startswith(WRITES) or "--check" in verb or "--diff" in verb:
        return wrong + changed
    person = {name for name in changed if name in before and name in FILES and verb[0] != "fix"}
    texts = {name: after.get(name) or b"" for name in changed if name.endswith((".yaml", ".lock"))}
    sound_before = {name for name in texts if not reader.read(before.get(name) or b"", name).problems}
    return [*wrong, *person, *(name for name in sound_before if reader.read(texts[name], name).problems)]


def test_rubbish_in_any_file_is_told_by_every_verb(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, names = random.Random(SEED), [*FILES, *GENERATED, "baseline.json"]
    codes: dict[str, set[int]] = {}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    began, done, located = time.monotonic(), 0, kustomize.locate
    while done < NUMBER and time.monotonic() - began < LONGEST:
        folder = tmp_path / str(done)
        shutil.copytree(sound, folder)
        names_here = source.sample(names, source.choice([1, 1, 1, 2]))
        for name in names_here:
            (folder / name).write_bytes(broken(source, (folder / name).read_text(encoding="utf-8")))
        if source.random() < 0.3:
            names_here = [source.choice(names)]
            shutil.copyfile(sound / names_here[0], folder / names_here[0])
            _harmed(source, folder, names_here[0])
        before = _snapshot(folder)
        kept = {name: before.get(name) for name in names_here}
        monkeypatch.chdir(folder)
        monkeypatch.setattr(kustomize, "locate", located if done % 40 == 0 else lambda *_: None)
        for verb in source.sample(VERBS, 3):
            started = time.monotonic()
            code = main(verb)
            output = capsys.readouterr()
            after = _snapshot(folder)
            assert code in (0, 1, 2), (SEED, done, verb, kept, output.err[-3000:])
            assert "Traceback" not in output.out + output.err, (SEED, done, verb, kept, output.err[-3000:])
            assert time.monotonic() - started < SLOW, (SEED, done, verb, kept)
            assert _half_written(verb, before, after) == [], (SEED, done, verb, kept)
            codes.setdefault(verb[0], set()).add(code)
            before = after
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(folder)
        done += 1

    with capsys.disabled():
        print(f"\n{done} damaged projects, three verbs each, in {time.monotonic() - began:.0f} s")
    assert {1, 2} & set().union(*codes.values())
