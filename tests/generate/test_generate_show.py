"""`show` and `runbook`: the merged spec with the origin of each value, and the walk for an overlay."""

from __future__ import annotations

from pathlib import Path

from command_line import Run


def test_show_prints_each_value_with_its_origin(kataform: Run) -> None:
    result = kataform("show", "prod")

    assert result.returncode == 0, result.stderr
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "apiVersion: kataform.dev/v1alpha1 # overlays/prod/kataform.yaml:1",
        "kind: Overlay # overlays/prod/kataform.yaml:2",
        "argocd: true # default",
        "operator:",
        "version: 1.13.1 # base/kataform.yaml:4",
        "subscription:",
        "channel: stable # base/kataform.yaml:6",
        "installPlanApproval: Manual # default",
        "source: redhat-operators # default",
        "sourceNamespace: openshift-marketplace # default",
        "kataConfig:",
        "name: cluster-kataconfig # default",
        "spec:",
        "kataConfigPoolSelector:",
        "matchLabels:",
        "kata: 'true' # base/kataform.yaml:11",
        "logLevel: debug # overlays/prod/kataform.yaml:5",
        "runtimeClass:",
        "owner: operator # default",
        "examples: # overlays/prod/kataform.yaml:6",
        "- net-tools",
    ]


def test_null_takes_away_what_is_inherited_and_a_selector_is_replaced_as_a_whole(project: Path, kataform: Run) -> None:
    (project / "overlays/prod/kataform.yaml").write_text(
        "apiVersion: kataform.dev/v1alpha1\n"
        "kind: Overlay\n"
        "examples: null\n"
        "kataConfig:\n"
        "  spec:\n"
        "    kataConfigPoolSelector:\n"
        "      matchExpressions:\n"
        "      - {key: zone, operator: In, values: ['1.10']}\n",
        encoding="utf-8",
    )

    shown = kataform("show", "prod").stdout

    assert "examples: [] " in shown
    assert "matchLabels" not in shown
    assert "      - '1.10'\n" in shown


def test_the_runbook_walks_this_overlay(project: Path, kataform: Run) -> None:
    result = kataform("runbook", "prod")

    assert result.returncode == 0, result.stderr
    headings = [line for line in result.stdout.splitlines() if line.startswith("#")]
    assert headings == [
        "# Runbook: overlays/prod",
        "## 1. Label the nodes",
        "## 2. The operator",
        "## 3. The KataConfig",
        "## 4. What is on the nodes now",
        "## 5. Prove the isolation",
        "### runtimeClassName",
        "### Uptime",
        "### Kernel command line",
        "### Processors",
        "### Kernel version",
        "### QEMU",
        "### The shim",
        "### virtiofsd",
        "## 6. Taking it away again",
    ]
    for text in (
        "$ oc label node NODE kata=true\n",
        "$ oc get nodes -l 'node-role.kubernetes.io/worker,kata=true'\n",
        "$ oc apply -k overlays/prod/operator\n",
        "sandboxed-containers-operator.v1.13.1",
        "deployment/controller-manager ",
        "/etc/crio/crio.conf.d/50-kata",
        (
            "`kata` with handler `kata`, overhead cpu 250m, memory 350Mi, on nodes with "
            "`node-role.kubernetes.io/kata-oc: ''`"
        ),
        "$ oc apply -k overlays/prod/examples\n",
    ):
        assert text in result.stdout


def test_each_step_says_what_to_expect_and_what_else_means(kataform: Run) -> None:
    text = kataform("runbook", "prod").stdout

    for section in text.split("\n## ")[1:6]:
        for part in section.split("\n### ") if "\n### " in section else [section]:
            assert "- **Expect:**" in part, part
            assert "- **Otherwise:**" in part, part


def test_the_deployment_is_the_one_of_that_version(project: Path, kataform: Run) -> None:
    (project / "overlays/prod/kataform.yaml").write_text(
        "apiVersion: kataform.dev/v1alpha1\n"
        "kind: Overlay\n"
        "operator:\n"
        "  version: 1.1.0\n"
        "  subscription: {channel: preview-1.1}\n",
        encoding="utf-8",
    )

    assert "deployment/sandboxed-containers-operator-controller-manager " in kataform("runbook", "prod").stdout
