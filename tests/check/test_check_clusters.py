"""Plain manifests of several clusters: folders that each hold an installation are told apart, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import cli
from kataform.clusters import tell_apart

Check = Callable[..., list[str]]
NAMESPACE = "openshift-sandboxed-containers-operator"
SUBSCRIPTION = (
    "apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\n"
    f"metadata: {{name: sandboxed, namespace: {NAMESPACE}}}\n"
    "spec: {name: sandboxed-containers-operator, channel: %s, source: redhat-operators, "
    "sourceNamespace: openshift-marketplace}\n"
)
GROUP = (
    f"apiVersion: operators.coreos.com/v1\nkind: OperatorGroup\nmetadata: {{name: %s, namespace: {NAMESPACE}}}\n"
    f"spec: {{targetNamespaces: [{NAMESPACE}]}}\n"
)
CONFIG = (
    "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata: {name: %s}\n"
    "spec: {%skataConfigPoolSelector: {matchLabels: {kata: 'true'}}}\n"
)
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec:\n  runtimeClassName: %s\n  containers:\n"
    "  - {name: c, image: 'example.com/c:1', resources: {limits: {cpu: 500m, memory: 256Mi}}}\n"
)
CLASS = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: %s}\nhandler: own\n"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """The findings of some rules, without their words, in a folder with some files."""
    monkeypatch.chdir(tmp_path)

    def run(files: dict[str, str], *rules: str) -> list[str]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        cli.main(["check"])
        lines = capsys.readouterr().out.splitlines()
        return [line.partition("]")[0] for line in lines if any(f"[{rule}]" in line for rule in rules)]

    return run


SECOND = ("kataconfig-second", "operator-group-second")


def test_folders_that_each_hold_an_installation_are_of_two_clusters(check: Check) -> None:
    files = {
        f"clusters/{name}/{file}": text % name
        for name in ("east", "west")
        for file, text in {"group.yaml": GROUP, "instance/config.yaml": CONFIG % ("%s", "")}.items()
    }

    assert check(files, *SECOND) == []


def test_two_of_one_folder_come_to_one_cluster(check: Check) -> None:
    files = {f"cluster/{name}.yaml": CONFIG % (name, "") for name in ("one", "two")}

    assert check(files, *SECOND) == ["cluster/two.yaml:3:18: warning[kataconfig-second"]


def test_two_of_one_cluster_are_found_beside_another_cluster(check: Check) -> None:
    files = {"east/config.yaml": CONFIG % ("east", "")}
    files |= {f"west/{name}.yaml": CONFIG % (name, "") for name in ("one", "two")}

    assert check(files, *SECOND) == ["west/two.yaml:3:18: warning[kataconfig-second"]


def test_what_stands_outside_of_the_clusters_folders_comes_to_each(check: Check) -> None:
    files = {"common/class.yaml": CLASS % "shared", "east/class.yaml": CLASS % "eastern"}
    for name in ("east", "west"):
        files |= {f"{name}/config.yaml": CONFIG % (name, ""), f"{name}/pod.yaml": POD % "shared"}
        files[f"{name}/other.yaml"] = POD % "eastern"

    assert check(files, "runtime-class-not-provided") == ["west/other.yaml:5:21: warning[runtime-class-not-provided"]


def test_what_a_part_for_all_clusters_needs_may_be_in_any_of_their_folders(check: Check) -> None:
    files = {"common/pod.yaml": POD % "own"}
    for name in ("east", "west"):
        files |= {f"{name}/config.yaml": CONFIG % (name, ""), f"{name}/class.yaml": CLASS % "own"}

    assert check(files, "runtime-class-not-provided") == []


def test_a_kataconfig_is_for_the_operator_of_its_own_cluster(check: Check) -> None:
    files = {
        f"{name}/{file}": text
        for name, channel in (("east", "stable-1.3"), ("west", "stable"))
        for file, text in {
            "operator/subscription.yaml": SUBSCRIPTION % channel,
            "instance/config.yaml": CONFIG % (name, "enablePeerPods: true, "),
        }.items()
    }

    assert check(files, "unknown-field") == ["east/instance/config.yaml:4:8: error[unknown-field"]


def test_folders_of_one_installation_are_one_cluster(check: Check) -> None:
    files = {"operator/group.yaml": GROUP % "one", "instance/config.yaml": CONFIG % ("one", "")}
    files |= {"operator/subscription.yaml": SUBSCRIPTION % "stable", "workloads/class.yaml": CLASS % "own"}
    files["pods/pod.yaml"] = POD % "own"

    assert check(files, *SECOND, "operator-group-missing", "runtime-class-not-provided") == []


def test_where_kinds_have_folders_and_clusters_below_nothing_is_said_to_be_missing(check: Check) -> None:
    files = {}
    for name in ("east", "west"):
        files |= {f"subscriptions/{name}/a.yaml": SUBSCRIPTION % "stable", f"groups/{name}/a.yaml": GROUP % name}

    assert check(files, *SECOND, "operator-group-missing", "operator-namespace-missing") == []


CONFIG_BODY = {"apiVersion": "kataconfiguration.openshift.io/v1", "kind": "KataConfig", "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("files", "together"),
    [
        (["a/k.yaml"], {"a/k.yaml": ""}),
        (["k.yaml", "l.yaml"], {"k.yaml": "", "x/y.yaml": ""}),
        (["k.yaml", "old/k.yaml"], {"k.yaml": "/", "old/x.yaml": "old/", "new/x.yaml": "/"}),
        (["a/k.yaml", "b/c/k.yaml"], {"a/x.yaml": "a/", "b/x.yaml": "b/", "x.yaml": "a/"}),
        (
            ["e/a/k.yaml", "e/b/k.yaml", "w/k.yaml"],
            {"e/x.yaml": "e/ e/a/", "e/b/k.yaml": "e/ e/b/", "w/z/x.yaml": "w/"},
        ),
    ],
)
def test_a_file_is_seen_with_what_comes_to_its_cluster(files: list[str], together: dict[str, str]) -> None:
    found = tell_apart((file, CONFIG_BODY) for file in files)

    seen = {file: found.together[found.part(file)] for file in together}
    named = {file: sorted("/".join(part) + "/" for part in parts if part) for file, parts in seen.items()}
    assert {file: " ".join(names).replace("//", "/") for file, names in named.items()} == together
