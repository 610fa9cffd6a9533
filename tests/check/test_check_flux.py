"""Flux Kustomizations that hold the operator and the KataConfig, which Flux can apply to no fresh cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Run

SUBSCRIPTION = """\
apiVersion: operators.coreos.com/v1alpha1
kind: Subscription
metadata:
  name: {name}
  namespace: openshift-sandboxed-containers-operator
spec:
  name: {name}
  source: redhat-operators
  sourceNamespace: openshift-marketplace
"""
KATACONFIG = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
"""
STAGE = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: osc
  namespace: flux-system
spec:
  interval: 10m
  path: {path}
  prune: {prune}
  sourceRef:
    kind: GitRepository
    name: fleet
"""
FOUND = (
    "clusters/prod/osc.yaml:8:9: error[flux-kind-without-crd] this Flux Kustomization holds the operator's Subscription"
)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("git", [True, False])
@pytest.mark.parametrize("kustomized", [True, False])
def test_both_in_one_folder_is_an_error(check: Run, tmp_path: Path, git: bool, kustomized: bool) -> None:
    files = {
        "osc/operator/subscription.yaml": SUBSCRIPTION.format(name="sandboxed-containers-operator"),
        "osc/kataconfig.yaml": KATACONFIG,
        "clusters/prod/osc.yaml": STAGE.format(path="./osc", prune="false"),
    }
    if kustomized:
        files["osc/kustomization.yaml"] = "resources:\n- operator/subscription.yaml\n- kataconfig.yaml\n"
    write(tmp_path, files)
    if git:
        (tmp_path / ".git").mkdir()

    result = check("clusters")

    assert FOUND in result.stdout
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("package", "path"),
    [
        ("sandboxed-containers-operator", "./osc/operator"),
        ("nfd", "./osc"),
        ("sandboxed-containers-operator", "./elsewhere"),
        ("sandboxed-containers-operator", "../osc"),
    ],
)
def test_what_flux_can_apply_or_nobody_here_can_see_is_none(
    check: Run, tmp_path: Path, package: str, path: str
) -> None:
    subscription = SUBSCRIPTION.format(name=package)
    write(tmp_path, {"osc/operator/subscription.yaml": subscription, "osc/kataconfig.yaml": KATACONFIG})
    write(tmp_path, {"clusters/prod/osc.yaml": STAGE.format(path=path, prune="false")})

    assert "flux-kind-without-crd" not in check("clusters").stdout


FENCE = "metadata:\n  annotations:\n    kustomize.toolkit.fluxcd.io/prune: disabled"
PRUNES = "clusters/prod/osc.yaml:9:10: warning[flux-prunes-kataconfig] this Flux Kustomization may prune the KataConfig"


@pytest.mark.parametrize(
    ("prune", "config", "found"),
    [
        ("true", KATACONFIG, True),
        ("false", KATACONFIG, False),
        ("true", KATACONFIG.replace("metadata:", FENCE), False),
    ],
)
def test_a_kataconfig_that_may_be_pruned_is_a_warning(
    check: Run, tmp_path: Path, prune: str, config: str, found: bool
) -> None:
    write(tmp_path, {"osc/kataconfig.yaml": config, "clusters/prod/osc.yaml": STAGE.format(path="./osc", prune=prune)})

    assert (PRUNES in check("clusters").stdout) is found


def test_a_patch_may_keep_the_kataconfig(check: Run, tmp_path: Path) -> None:
    kustomization = "resources:\n- kataconfig.yaml\ncommonAnnotations:\n  kustomize.toolkit.fluxcd.io/prune: disabled\n"
    write(tmp_path, {"osc/kataconfig.yaml": KATACONFIG, "osc/kustomization.yaml": kustomization})
    write(tmp_path, {"clusters/prod/osc.yaml": STAGE.format(path="./osc", prune="true")})

    assert "flux-prunes-kataconfig" not in check("clusters").stdout
