"""An existing tree comes under specs, and builds to the same objects as before."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import Run
from kataform import kustomize as tool

Objects = dict[tuple[str, str], dict[str, Any]]

WALK = Path(__file__).resolve().parents[1] / "walk" / "tree"
NAMESPACE = "openshift-sandboxed-containers-operator"
# The shape of a catalogue: one folder for each channel, all in one root, labels and names of its own.
CATALOGUE = {
    "operator/base/kustomization.yaml": """\
resources: [namespace.yaml, group.yaml, subscription.yaml]
commonAnnotations:
  argocd.argoproj.io/sync-options: SkipDryRunOnMissingResource=true
""",
    "operator/base/namespace.yaml": f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  annotations: {{openshift.io/display-name: Sandboxed containers}}
  labels: {{openshift.io/cluster-monitoring: 'true'}}
""",
    "operator/base/group.yaml": f"""\
apiVersion: operators.coreos.com/v1
kind: OperatorGroup
metadata: {{name: sandboxed-containers-operator-group, namespace: {NAMESPACE}}}
spec: {{targetNamespaces: [{NAMESPACE}]}}
""",
    "operator/base/subscription.yaml": f"""\
apiVersion: operators.coreos.com/v1alpha1
kind: Subscription
metadata: {{name: sandboxed-containers-operator, namespace: {NAMESPACE}}}
spec:
  channel: patch-me
  installPlanApproval: Manual
  name: sandboxed-containers-operator
  source: redhat-operators
  sourceNamespace: openshift-marketplace
""",
    **{
        f"operator/overlays/{channel}/kustomization.yaml": f"""\
resources: [../../base]
patches:
- target: {{kind: Subscription}}
  patch: '[{{"op": "replace", "path": "/spec/channel", "value": "{channel}"}}]'
"""
        for channel in ("stable-1.3", "stable")
    },
    "instance/kustomization.yaml": "resources: [kataconfig.yaml, settings.yaml]\n",
    "instance/kataconfig.yaml": """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata: {name: kataconfig}
spec:
  checkNodeEligibility: true
  logLevel: info
  kataConfigPoolSelector:
    matchLabels: {node-role.kubernetes.io/worker: ''}
""",
    "instance/settings.yaml": f"""\
# What the cloud provider is told. Kept as it is.
apiVersion: v1
kind: ConfigMap
metadata:   {{name: osc-feature-gates, namespace: {NAMESPACE}}}
data: {{confidential: 'false'}}
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def built(kustomize: tool.Kustomize, *roots: Path) -> Objects:
    found: Objects = {}
    for root in roots:
        result = tool.build(kustomize, root)
        assert isinstance(result, tool.Built), result
        bodies = [body for body in yaml.safe_load_all(result.text) if body]
        found |= {(body["kind"], body["metadata"]["name"]): body for body in bodies}
    return found


def manifests(folder: Path) -> Objects:
    bodies = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]
    return {(body["kind"], body["metadata"]["name"]): body for body in bodies}


def parts(overlay: Path) -> list[Path]:
    return [overlay / name for name in ("operator", "instance", "examples") if (overlay / name).is_dir()]


def test_a_tree_in_the_shape_of_a_catalogue_builds_to_the_same_objects(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    before = write(tmp_path / "there", CATALOGUE)

    done = kataform("import", "there", "--into", "here")

    assert (done.returncode, done.stderr) == (0, "")
    for channel in ("stable-1.3", "stable"):
        meant = built(kustomize, before / "operator/overlays" / channel, before / "instance")
        assert len(meant) == 5
        assert built(kustomize, *parts(tmp_path / "here/overlays" / channel)) == meant


def test_what_was_imported_is_up_to_date_and_says_what_the_tree_said(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    write(tmp_path / "there", CATALOGUE)

    kataform("import", "there", "--into", "here")

    spec = yaml.safe_load((tmp_path / "here/overlays/stable-1.3/kataform.yaml").read_text("utf-8"))
    base = yaml.safe_load((tmp_path / "here/base/kataform.yaml").read_text("utf-8"))
    assert spec["operator"] == {"version": "1.3.3", "subscription": {"channel": "stable-1.3"}}
    assert base["kataConfig"]["spec"]["kataConfigPoolSelector"] == {
        "matchLabels": {"node-role.kubernetes.io/worker": ""}
    }
    assert kataform("generate", "--check", "--directory", "here").returncode == 0


def test_a_file_that_stays_a_persons_own_keeps_its_comments(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    write(tmp_path / "there", CATALOGUE)

    done = kataform("import", "there", "--into", "here")

    kept = tmp_path / "here/overlays/stable/instance/configmap-osc-feature-gates.yaml"
    assert kept.read_text("utf-8") == CATALOGUE["instance/settings.yaml"]
    line = f"  as a file of your own: ConfigMap/{NAMESPACE}/osc-feature-gates in overlays/stable/instance/{kept.name}"
    assert line in done.stdout.splitlines()


def test_each_kataconfig_of_a_tree_makes_an_environment(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    """A cluster has one KataConfig, so two folders that hold one are meant for two clusters."""
    there = Path(shutil.copytree(WALK, tmp_path / "there"))

    done = kataform("import", "there", "--into", "here")

    assert done.returncode == 0, done.stdout + done.stderr
    shared = (there / "operator/overlays/preview-1.1", there / "examples")
    for name, instance in (("preview-1.1", "default"), ("preview-1.1-metal", "metal")):
        meant = built(kustomize, *shared, there / "instance/overlays" / instance)
        assert built(kustomize, *parts(tmp_path / "here/overlays" / name)) == meant


def test_the_published_tree_of_the_first_walk_is_imported(
    tmp_path: Path, shared: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    there = shared / "upstream" / "rcarrata-sandbox-containers"

    done = kataform("import", str(there), "--into", "here")

    assert (done.returncode, done.stderr) == (0, "")
    for channel in ("preview-1.0", "preview-1.1"):
        meant = built(kustomize, there / "operator/overlays" / channel, there / "instance/overlays/default")
        meant |= manifests(there / "examples")
        assert len(meant) == 8
        assert built(kustomize, *parts(tmp_path / "here/overlays" / channel)) == meant
    assert "8 objects, all the same when built anew" in done.stdout


def test_a_finding_in_an_imported_tree_stands_where_a_person_writes(
    tmp_path: Path, shared: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    """The placeholder channel is now a patch in the spec, the deprecated channel a field of it."""
    kataform("import", str(shared / "upstream" / "rcarrata-sandbox-containers"), "--into", ".")

    found = [line.partition("] ")[0] for line in kataform("check").stdout.splitlines() if "[channel" in line]

    spec = (tmp_path / "overlays/preview-1.0/kataform.yaml").read_text("utf-8").splitlines()
    other = (tmp_path / "overlays/preview-1.1/kataform.yaml").read_text("utf-8").splitlines()
    patches, channel = spec.index("  operator:") + 1, other.index("    channel: preview-1.1") + 1
    assert found == [
        f"overlays/preview-1.0/kataform.yaml:{patches}:3: error[channel-unknown",
        f"overlays/preview-1.1/kataform.yaml:{channel}:14: warning[channel-deprecated",
    ]


def test_nothing_is_overwritten(tmp_path: Path, kataform: Run, kustomize: tool.Kustomize) -> None:
    write(tmp_path / "there", CATALOGUE)
    mine = write(tmp_path / "here", {"overlays/stable/operator/kustomization.yaml": "mine\n"})

    done = kataform("import", "there", "--into", "here")

    assert done.returncode == 2
    assert done.stderr == (
        "kataform: error: here/overlays/stable/operator/kustomization.yaml: exists, and nothing is overwritten; "
        "name another folder with --into\n"
    )
    assert [path.read_text("utf-8") for path in mine.rglob("*") if path.is_file()] == ["mine\n"]


def test_a_root_that_does_not_build_is_told_and_the_others_are_imported(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    write(tmp_path / "there", {**CATALOGUE, "operator/overlays/broken/kustomization.yaml": "resources: [nowhere]\n"})

    done = kataform("import", "there", "--into", "here")

    assert done.returncode == 1
    assert "there/operator/overlays/broken/kustomization.yaml:1:13: not imported: " in done.stdout
    assert (tmp_path / "here/overlays/stable/kataform.yaml").is_file()


def test_a_field_that_the_operator_version_does_not_have_is_told_and_not_imported(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize
) -> None:
    text = CATALOGUE["instance/kataconfig.yaml"].replace("  logLevel", "  enablePeerPods: true\n  logLevel")
    write(tmp_path / "there", {**CATALOGUE, "instance/kataconfig.yaml": text})

    done = kataform("import", "there", "--into", "here")

    assert done.returncode == 1
    assert "operator/overlays/stable-1.3, instance: not imported: " in done.stdout
    assert "enablePeerPods" in done.stdout
    assert not (tmp_path / "here/overlays/stable-1.3").exists()
    assert (tmp_path / "here/overlays/stable/kataform.yaml").is_file()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}, "there: nothing to import: "),
        ({"overlays/x/kataform.yaml": "apiVersion: kataform.dev/v1alpha1\n"}, "there: is a kataform project already\n"),
        ({}, "there: no such file or folder\n"),
    ],
)
def test_what_there_is_nothing_to_import_from_is_said(
    tmp_path: Path, kataform: Run, kustomize: tool.Kustomize, files: dict[str, str], message: str
) -> None:
    write(tmp_path / "there", files)

    done = kataform("import", "there", "--into", "here")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"kataform: error: {message}")
    assert not (tmp_path / "here").exists()


def test_without_kustomize_nothing_is_proved_so_nothing_is_imported(tmp_path: Path, kataform: Run) -> None:
    write(tmp_path / "there", CATALOGUE)
    (tmp_path / "cache").mkdir()

    done = kataform("import", "there", PATH="", XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert done.returncode == 2
    assert done.stderr.startswith(
        "kataform: error: kustomize is not on this machine; run `kataform tools install kustomize`"
    )
