"""This repository's own base and overlays: up to date, each root builds alone, and says what that version needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kataform import kustomize, project, resource
from kataform.overlays import Overlays
from kataform.resource import same

OVERLAYS = ["base", "metal", "preview-1.0", "preview-1.1", "stable", "stable-1.2", "stable-1.3"]
MONITORING = {"openshift.io/cluster-monitoring": "true"}
PRIVILEGED = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("audit", "enforce", "warn")}
POOL = {"node-role.kubernetes.io/kata-oc": ""}
KATA = {"kata": "true"}


@pytest.fixture(scope="module")
def overlays() -> Overlays:
    """Read and rendered as they stand in this checkout."""
    return Overlays(project.require(Path(__file__).parent))


def one(overlays: Overlays, name: str, kind: str, called: str | None = None) -> dict[str, Any]:
    """The rendered object of a kind."""
    rendering = overlays.get(name).rendering
    assert rendering is not None
    found = [r.body for part in rendering.parts.values() for r in part if r.body["kind"] == kind]
    (body,) = [body for body in found if called in (None, body["metadata"]["name"])]
    return body


def test_the_overlays_are_these(overlays: Overlays) -> None:
    assert sorted(overlays.project.rendered) == OVERLAYS


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_root_builds_alone_to_what_is_rendered(
    overlays: Overlays, each_kustomize: kustomize.Kustomize, name: str
) -> None:
    rendering = overlays.get(name).rendering
    assert rendering is not None
    folders = {rendering.spec.folder / root: root for root in rendering.roots}

    for folder, result in kustomize.build_all(each_kustomize, folders).items():
        assert isinstance(result, kustomize.Built), result
        built = {resource.key(body): body for body in result.bodies}
        meant = {resource.key(r.body): r.body for r in rendering.resources(folders[folder])}
        assert built.keys() == meant.keys()
        assert all(same(built[key], meant[key]) for key in meant), folder


def test_the_label_is_single_quoted_in_the_source_and_a_string_in_what_is_built(
    repository: Path, each_kustomize: kustomize.Kustomize
) -> None:
    source = (repository / "base/instance/kataconfig.yaml").read_text(encoding="utf-8")
    result = kustomize.build(each_kustomize, repository / "overlays/preview-1.1/instance")

    assert source.splitlines()[-1] == "      kata: 'true'"
    assert isinstance(result, kustomize.Built)
    (body,) = result.bodies
    assert body["spec"] == {"kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}}


@pytest.mark.parametrize("path", ["base", "overlays"])
def test_no_generated_scalar_is_anything_but_what_it_looks_like(repository: Path, path: str) -> None:
    """Every true, false and number that is plain in a generated file is meant as one."""
    plain = {
        line.strip()
        for file in (repository / path).rglob("*.yaml")
        if file.name != "kataform.yaml"
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.rpartition(": ")[2] in ("true", "false", "null") or line.rpartition(": ")[2].replace(".", "").isdigit()
    }

    assert plain == ({"- containerPort: 8080"} if path == "base" else set())


@pytest.mark.parametrize(
    ("name", "labels", "csv", "selector", "deployment"),
    [
        ("preview-1.0", None, None, KATA, "sandboxed-containers-operator-controller-manager"),
        ("preview-1.1", None, None, KATA, "sandboxed-containers-operator-controller-manager"),
        ("stable-1.2", MONITORING, None, POOL | KATA, "controller-manager"),
        ("stable-1.3", MONITORING | PRIVILEGED, None, POOL | KATA, "controller-manager"),
        ("stable", MONITORING | PRIVILEGED, "sandboxed-containers-operator.v1.13.1", POOL, "controller-manager"),
        ("metal", MONITORING | PRIVILEGED, "sandboxed-containers-operator.v1.13.1", POOL, "controller-manager"),
    ],
)
def test_each_version_gets_what_its_operator_writes_and_reads(
    overlays: Overlays,
    name: str,
    labels: dict[str, str] | None,
    csv: str | None,
    selector: dict[str, str],
    deployment: str,
) -> None:
    namespace = one(overlays, name, "Namespace", "openshift-sandboxed-containers-operator")
    group = one(overlays, name, "OperatorGroup")
    subscription = one(overlays, name, "Subscription")
    runtime_class = one(overlays, name, "RuntimeClass")

    assert namespace["metadata"].get("labels") == labels
    assert group["spec"] == {"targetNamespaces": ["openshift-sandboxed-containers-operator"]}
    assert subscription["metadata"]["name"] == "sandboxed-containers-operator"
    assert subscription["spec"].get("startingCSV") == csv
    assert subscription["spec"]["installPlanApproval"] == ("Manual" if csv else "Automatic")
    assert one(overlays, name, "KataConfig")["metadata"]["name"] == "cluster-kataconfig"
    assert runtime_class["handler"] == "kata"
    assert runtime_class["overhead"] == {"podFixed": {"cpu": "250m", "memory": "350Mi"}}
    assert runtime_class["scheduling"] == {"nodeSelector": selector}
    assert overlays.get(name).catalogue.deployment(overlays.get(name).spec.get("operator", "version")) == deployment


@pytest.mark.parametrize("name", OVERLAYS)
@pytest.mark.parametrize("example", ["net-tools", "fedora"])
def test_the_twins_differ_in_their_class_alone_and_have_limits_and_a_fixed_tag(
    overlays: Overlays, name: str, example: str
) -> None:
    regular = one(overlays, name, "Pod", f"example-{example}-regular")
    kata = one(overlays, name, "Pod", f"example-{example}-kata")
    (container,) = kata["spec"]["containers"]

    assert kata["spec"].pop("runtimeClassName") == "kata"
    assert str(kata).replace("-kata'", "-regular'") == str(regular).replace("test-kata'", "test-regular'")
    assert container["resources"].keys() == {"requests", "limits"}
    assert container["image"].rpartition(":")[2] not in ("", "latest")
    kata["spec"]["runtimeClassName"] = "kata"


def test_an_overlay_selects_by_expression_and_its_pods_follow(overlays: Overlays) -> None:
    expressions = [{"key": "node-role.kubernetes.io/metal", "operator": "Exists"}]
    kata_config, pod = one(overlays, "metal", "KataConfig"), one(overlays, "metal", "Pod", "example-fedora-kata")

    assert kata_config["spec"] == {"kataConfigPoolSelector": {"matchExpressions": expressions}}
    term = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
    assert "nodeSelector" not in pod["spec"]


def test_argo_cd_never_prunes_or_deletes_what_reboots_nodes(overlays: Overlays) -> None:
    def annotations(kind: str) -> dict[str, str]:
        name = "openshift-sandboxed-containers-operator" if kind == "Namespace" else None
        return dict(one(overlays, "stable", kind, name)["metadata"].get("annotations", {}))

    prefix = "argocd.argoproj.io/"
    assert annotations("Namespace") == {
        f"{prefix}sync-options": "Prune=false,Delete=false",
        f"{prefix}sync-wave": "-30",
    }
    assert annotations("KataConfig") == {
        f"{prefix}sync-options": "SkipDryRunOnMissingResource=true,Prune=false,Delete=false",
        f"{prefix}sync-wave": "10",
    }
    waves = [
        int(annotations(kind)[f"{prefix}sync-wave"])
        for kind in ("Namespace", "OperatorGroup", "Subscription", "KataConfig")
    ]
    assert waves == sorted(waves)


def test_the_same_specs_give_the_same_bytes_on_any_machine(repository: Path, tmp_path: Path) -> None:
    """Another folder, locale, mask, time zone and hash seed; run from elsewhere."""
    for name in ("base", "overlays"):
        shutil.copytree(repository / name, tmp_path / "clone" / name)
    for file in (tmp_path / "clone").rglob("*"):
        if file.is_file() and file.name != "kataform.yaml":
            file.unlink()
    machine = os.environ | {"LC_ALL": "C", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "17", "PYTHONUTF8": "0"}

    done = subprocess.run(
        [sys.executable, "-m", "kataform", "generate", "--directory", "clone"],
        cwd=tmp_path, env=machine, umask=0o077, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    def files(folder: Path) -> dict[str, bytes]:
        found = (p for name in ("base", "overlays") for p in (folder / name).rglob("*") if p.is_file())
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}

    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "clone") == files(repository)
