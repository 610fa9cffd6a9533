"""What nothing was found in is not looked at again, unless something changes that could find something in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kataform import cache, sources
from kataform.commands.check import run
from kataform.policies import pack

ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: NAME}\n"
CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: one}\n"
CUSTOM = "apiVersion: example.com/v1\nkind: Lamp\nmetadata: {name: lamp}\nspec: {colour: yes}\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.example.com}
spec:
  group: example.com
  names: {kind: Lamp, plural: lamps, singular: lamp, listKind: LampList}
  scope: Cluster
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {colour: {type: string}}}}
"""
POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: small}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  validations: [{expression: "size(object.data) < 3"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: small}
spec: {policyName: small, validationActions: [Deny]}
"""
LAMPS = (
    POLICY.replace('[""]', "[example.com]")
    .replace("configmaps", "lamps")
    .replace("object.data) < 3", "object.spec) < 1")
)
TREE = {
    "one.yaml": ACCOUNT.replace("NAME", "one"),
    "settings.yaml": CONFIGMAP,
    "lamp.yaml": CUSTOM,
    "own.yaml": POLICY,
    "lamps.yaml": LAMPS,
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, text in TREE.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def said(capsys: pytest.CaptureFixture[str], *, cached: bool = True) -> str:
    run(("one.yaml", "settings.yaml", "lamp.yaml", *_crds()), outputs=("json",), policies=_OWN, cache=cached)
    return capsys.readouterr().out


_OWN = ("own.yaml", "lamps.yaml")


def _crds() -> tuple[str, ...]:
    return ("crd.yaml",) if os.path.exists("crd.yaml") else ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.yaml", ACCOUNT.replace("NAME", "yes")),
        ("settings.yaml", CONFIGMAP.replace("one}", "one, b: two, c: three}")),
        ("own.yaml", POLICY.replace("< 3", "< 1")),
        ("crd.yaml", CRD),
    ],
    ids=["the text", "the object", "the policy", "a CRD, without which no policy is about its kind"],
)
def test_what_changes_the_answer_is_looked_at(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    before = said(capsys)
    (here / name).write_text(text, encoding="utf-8")

    now = said(capsys)

    assert now != before
    assert now == said(capsys, cached=False)


def test_only_what_changed_is_looked_at_again(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys)
    told: list[str] = []
    decided: list[str] = []
    tell, decide = sources._told, pack._decide

    def telling(crds: Any, source: Any, *rest: Any, **more: Any) -> Any:
        told.append(source.path)
        return tell(crds, source, *rest, **more)

    def deciding(asked: Any, *rest: Any) -> Any:
        decided.append(asked.kind)
        return decide(asked, *rest)

    monkeypatch.setattr(sources, "_told", telling)
    monkeypatch.setattr(pack, "_decide", deciding)
    (here / "settings.yaml").write_text(CONFIGMAP.replace("one}", "two}"), encoding="utf-8")

    said(capsys)

    assert told == ["settings.yaml"]
    assert set(decided) == {"ConfigMap"}


# --- what is kept --------------------------------------------------------------------------------------------------


def test_what_is_clean_is_known_in_the_next_run(tmp_path: Path) -> None:
    clean = cache.Clean(cache.Store(tmp_path))
    clean.add(b"a", b"bc")
    clean.keep()

    after = cache.Clean(cache.Store(tmp_path))

    assert after.knows(b"a", b"bc")
    assert not after.knows(b"ab", b"c")


def test_without_a_store_nothing_is_known() -> None:
    clean = cache.Clean()
    clean.add(b"a")
    clean.keep()

    assert not clean.knows(b"a")


def test_what_was_not_met_for_long_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 2)
    for met in (b"a", b"b", b"c"):
        clean = cache.Clean(cache.Store(tmp_path))
        clean.knows(b"a")
        clean.add(met)
        clean.keep()

    after = cache.Clean(cache.Store(tmp_path))

    assert [after.knows(one) for one in (b"a", b"b", b"c")] == [True, False, True]
