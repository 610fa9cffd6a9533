"""A check of which nothing has changed says what it said before; of which anything has, what it finds anew."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import answers, kustomize
from kataform.__main__ import main

MUTATIONS = int(os.environ.get("KATAFORM_ANSWERS", "8"))
CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: one}\n"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: a, image: example.com/a:1}]}\n"
SPEC = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
operator: {version: 1.13.1, subscription: {channel: stable, installPlanApproval: Manual}}
kataConfig: {spec: {logLevel: info}}
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
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {interval: 5m, path: ./tree, prune: true, sourceRef: {kind: GitRepository, name: all}}
"""
TREE = {
    "overlays/one/kataform.yaml": SPEC,
    "overlays/two/kataform.yaml": SPEC.replace("info", "debug"),
    "tree/base/kustomization.yaml": "resources: [one.yaml, ../more]\n",
    "tree/base/one.yaml": CONFIGMAP.replace("NAME", "one"),
    "tree/more/kustomization.yaml": "resources: [pod.yaml]\n",
    "tree/more/pod.yaml": POD.replace("NAME", "more"),
    "tree/root/kustomization.yaml": """\
resources: [../base]
patches: [{path: patch.yaml, target: {kind: ConfigMap}}]
configMapGenerator: [{name: made, files: [text.txt]}]
""",
    "tree/root/patch.yaml": "- op: add\n  path: /data/b\n  value: two\n",
    "tree/root/text.txt": "text\n",
    "tree/flux.yaml": FLUX,
    "plain/pod.yaml": POD.replace("NAME", "plain"),
    "plain/unused.yaml": CONFIGMAP.replace("one}", "yes}"),
    "policies/small.yaml": POLICY,
    ".git/HEAD": "ref: refs/heads/main\n",
}
QUESTIONS = (
    [],
    ["."],
    ["-o", "json", "tree"],
    ["--hook", "plain/pod.yaml", "tree/more/pod.yaml"],
    ["plain/unused.yaml", "--policies", "policies/small.yaml"],
)

Say = Callable[..., "tuple[int, str, bool]"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kustomize: kustomize.Kustomize) -> Path:
    for name, text in TREE.items():
        path = tmp_path / "here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """The exit code and the output of a check, and whether it was known."""
    hits: list[bool] = []
    known = answers.Question.known

    def counted(question: answers.Question) -> answers.Answer | None:
        found = known(question)
        hits.append(found is not None)
        return found

    monkeypatch.setattr(answers.Question, "known", counted)

    def said(*arguments: str) -> tuple[int, str, bool]:
        hits.clear()
        monkeypatch.setattr("sys.argv", ["kataform", "check", *arguments])
        code = main()
        return code, capsys.readouterr().out, any(hits)

    return said


def settle() -> None:
    """Wait until what was written is told from what is written later."""
    time.sleep(0.15)


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_the_second_answer_is_the_first_and_is_not_worked_out_again(here: Path, say: Say, question: list[str]) -> None:
    settle()

    first, second, third = say(*question), say(*question), say(*question, "--no-cache")

    assert [first[2], second[2], third[2]] == [False, True, False]
    assert first[:2] == second[:2] == third[:2]


def test_whatever_changes_the_answer_is_the_one_that_is_worked_out_anew(here: Path, say: Say) -> None:
    """After every change of a random file, name or link all questions are asked with the cache and without."""
    chance = random.Random(5)
    known = 0
    for number in range(MUTATIONS):
        for _ in range(chance.choice((1, 1, 2))):
            mutate(here, chance)
        settle()
        question = QUESTIONS[number % len(QUESTIONS)]
        what = (number, question)
        told = [say(*question), say(*question)]
        assert told[0][:2] == told[1][:2] == say(*question, "--no-cache")[:2], what
        known += told[1][2]

    assert known


NEW = {
    "kustomization.yaml": "resources: [one.yaml]\n",
    "kustomization.yml": "resources: []\n",
    "Kustomization": "namePrefix: a-\n",
    "kataform.yaml": SPEC,
    "one.yaml": CONFIGMAP.replace("NAME", "new"),
    "pod.yaml": POD.replace("NAME", "new-pod"),
    "text.txt": "other\n",
    ".git": "gitdir: nowhere\n",
    "patch.yaml": "- op: remove\n  path: /data/a\n",
}


def mutate(top: Path, chance: random.Random) -> None:
    """Change, add, remove, move or link one file or folder."""
    files = sorted(path for path in top.rglob("*") if path.is_file() and not path.is_symlink())
    folders = sorted({top, *(path for path in top.rglob("*") if path.is_dir() and not path.is_symlink())})
    folder = chance.choice(folders)
    kind = chance.choice(("change", "change", "add", "add", "remove", "move", "link", "lose"))
    if kind == "add" or not files:
        name, text = chance.choice(sorted(NEW.items()))
        if not (folder / name).is_dir():
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return
    path = chance.choice(files)
    if kind == "change":
        text = path.read_text(encoding="utf-8")
        at = chance.randrange(len(text) + 1)
        path.write_text(text[:at] + chance.choice((" ", "#", "x", "\n", ": ", "")) + text[at + 1 :], encoding="utf-8")
    elif kind == "remove":
        path.unlink()
    elif kind == "move":
        target = folder / path.name
        if not target.exists() and not target.is_symlink():
            path.rename(target)
    elif kind == "link":
        target = chance.choice(files)
        path.unlink()
        path.symlink_to(os.path.relpath(target, path.parent))
    elif kind == "lose" and folder not in (top, top / "tree"):
        shutil.rmtree(folder)


def test_a_file_written_while_the_check_ran_is_not_taken_as_seen(here: Path, say: Say) -> None:
    settle()
    (here / "plain" / "pod.yaml").write_text(POD.replace("NAME", "late"), encoding="utf-8")

    assert [say("plain/pod.yaml")[2], say("plain/pod.yaml")[2]] == [False, False]


@pytest.mark.parametrize("way", ["damaged", "unwritable"])
def test_a_cache_of_no_use_changes_no_answer(tmp_path: Path, here: Path, say: Say, way: str) -> None:
    settle()
    first = say("plain")
    if way == "damaged":
        for entry in (path for path in (tmp_path / "cache").rglob("*") if path.is_file()):
            entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    else:
        shutil.rmtree(tmp_path / "cache")
        (tmp_path / "cache").write_text("a file", encoding="utf-8")

    second = say("plain")

    assert second == (*first[:2], False)


@pytest.mark.parametrize("arguments", [["--changed"], ["--build", "tree"], ["--base", "HEAD"], ["-o", "json=x.json"]])
def test_what_asks_more_than_files_is_never_kept(tmp_path: Path, here: Path, say: Say, arguments: list[str]) -> None:
    settle()
    say(*arguments)

    assert not [path for path in (tmp_path / "cache" / "kataform" / "answers").rglob("*") if path.is_file()]


def test_rules_that_are_chosen_later_change_the_answer(here: Path, say: Say) -> None:
    settle()
    say("plain")
    (here / ".kataform.yaml").write_text("rules: {select: [secret-in-git]}\n", encoding="utf-8")
    settle()

    first, second = say("plain"), say("plain")
    (here / ".kataform.yaml").write_text("rules: {select: [unquoted-boolean]}\n", encoding="utf-8")

    assert (first[2], second[2], say("plain")[2]) == (False, True, False)
    assert "rules only 1 was asked: secret-in-git" in second[1]
