"""The policies as Markdown, and the files made of policies and catalogue."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kataform import catalogue, cel_page, policy_pages
from kataform.errors import InputError
from kataform.policies import Pack
from kubecel.library import table
from kubecel.library.macros import MACROS


def test_the_page_in_docs_is_current(pack: Pack, repository: Path) -> None:
    """If not: `PYTHONPATH=generator python schemas/generate/policies.py`."""
    assert (repository / "docs" / "policies.md").read_text(encoding="utf-8") == policy_pages.page(pack)


def test_the_page_of_functions_is_current_and_has_every_one(repository: Path) -> None:
    """If not: `PYTHONPATH=generator python schemas/generate/policies.py`."""
    known = catalogue.load()

    text = (repository / "docs" / "cel.md").read_text(encoding="utf-8")

    assert text == cel_page.page(known.openshift_of)
    named = {one.name for one in (*table.OVERLOADS, *MACROS) if one.name.replace(".", "").replace("_", "").isalnum()}
    assert {name for name in named if f"{name}(" not in text} == set()
    assert "| `ip(string)` | `net.IP` | 1.31 (OpenShift 4.18) |" in text
    assert "| `bool \\|\\| bool` | `bool` |  |" in text
    assert "| `values.all(key, x, test)` | 1.33 (OpenShift 4.20) |" in text


def test_the_parameters_are_the_catalogue_s_facts(repository: Path) -> None:
    """If not: `PYTHONPATH=generator python schemas/generate/policies.py`."""
    script = repository / "schemas" / "generate" / "policies.py"
    spec = importlib.util.spec_from_file_location("generate_policies", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert (repository / "policies" / "params.yaml").read_text(encoding="utf-8") == module.params(repository)


def test_a_policy_explained(pack: Pack) -> None:
    text = policy_pages.explain(pack, "install-plan-approval-unknown").partition("\nKubernetes takes it")[0]

    assert text == (
        "# install-plan-approval-unknown\n\n"
        "The approval of a Subscription is Automatic or Manual.\n\n"
        "The CRD takes any text. OLM acts as under Automatic unless the text is exactly Manual, so `manual` upgrades "
        "without asking. The field may be left out; that means Automatic.\n\n"
        "- The cluster denies the object; here it is an error.\n"
        "- Decided for: subscriptions.operators.coreos.com.\n"
        "- Remedy: write Automatic or Manual, in this very spelling.\n"
        "- Source: operator-framework/api: crds/operators.coreos.com_subscriptions.yaml.\n\n"
        "Fails with “spec.installPlanApproval is 'automatic'; OLM knows Automatic and Manual”:\n\n"
        "```yaml\n" + _subscription("automatic") + "```\n\n"
        "Passes:\n\n"
        "```yaml\n" + _subscription("Automatic") + "```\n"
    )


def _subscription(approval: str) -> str:
    return (
        "apiVersion: operators.coreos.com/v1alpha1\n"
        "kind: Subscription\n"
        "metadata:\n"
        "  name: sandboxed-containers-operator\n"
        "  namespace: openshift-sandboxed-containers-operator\n"
        "spec:\n"
        "  name: sandboxed-containers-operator\n"
        "  source: redhat-operators\n"
        "  sourceNamespace: openshift-marketplace\n"
        "  channel: stable\n"
        f"  installPlanApproval: {approval}\n"
    )


def test_an_unknown_policy_cannot_be_explained(pack: Pack) -> None:
    with pytest.raises(InputError, match="no policy is named 'no-such-policy'"):
        policy_pages.explain(pack, "no-such-policy")
