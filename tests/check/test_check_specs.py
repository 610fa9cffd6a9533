"""Mistakes in specs: at their own line, all at once, with what was meant; the other overlays still handled."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import Run, run_in
from projects import BASE, HEAD, write_specs


@pytest.fixture
def overlay(tmp_path: Path) -> Callable[[str], None]:
    """Write the spec of the one overlay, below the head that every spec has."""

    def write(text: str) -> None:
        write_specs(tmp_path, text)
        run_in(tmp_path, "generate")

    return write


MISTAKES = {
    "boolean": (
        "kataConfig:\n  spec:\n    kataConfigPoolSelector:\n      matchLabels:\n        kata: true\n",
        "7:15: error[unquoted-boolean] kata must be a string; unquoted, true is a boolean; write 'true'",
    ),
    "number": (
        "openshift: 4.10\n",
        (
            "3:12: error[lossy-number] openshift must be a string; unquoted, 4.10 is a number and becomes 4.1; write "
            "'4.10'"
        ),
    ),
    "misspelt": (
        "operater:\n  version: 1.9.0\n",
        "3:1: error[unknown-field] unknown field 'operater'; did you mean 'operator'?",
    ),
    "channel": (
        "operator:\n  subscription:\n    channel: stabel\n",
        "5:14: error[channel-unknown] unknown channel 'stabel'; did you mean 'stable'?",
    ),
    "approval": (
        "operator:\n  subscription:\n    installPlanApproval: automatic\n",
        (
            "5:26: error[unknown-value] subscription.installPlanApproval must be Automatic or Manual, not 'automatic'; "
            "did you mean 'Automatic'?"
        ),
    ),
    "version": (
        "operator:\n  version: 1.8.0\n",
        "4:12: error[version-unknown] no operator 1.8.0 is known; did you mean 1.8.1?",
    ),
    "version-of-another-channel": (
        "operator:\n  version: 1.3.3\n",
        (
            "4:12: error[version-not-in-channel] channel stable does not offer operator 1.3.3; take the channel "
            "stable-1.3, or one of its versions (it ends with 1.12.1, 1.13.0, 1.13.1)"
        ),
    ),
    "field-of-a-later-version": (
        (
            "operator:\n  version: 1.1.0\n  subscription:\n    channel: preview-1.1\nkataConfig:\n  spec:\n"
            "    logLevel: info\n"
        ),
        (
            "9:5: error[unknown-field] unknown field 'logLevel' (operator 1.1.0); spec.logLevel exists in operator "
            "1.3.0 and later; known here: kataConfigPoolSelector"
        ),
    ),
    "duplicate": (
        "examples: []\nexamples: [fedora]\n",
        (
            "4:1: error[duplicate-key] the key examples stands twice in this map; delete one of them: kustomize "
            "refuses the file, and kubectl takes the last without a word"
        ),
    ),
    "extends": (
        "extends: ../nowhere\n",
        "3:10: error[extends-missing] there is no overlays/nowhere/kataform.yaml to extend; the base is base",
    ),
    "cluster": (
        "operator:\n  version: 1.1.0\n  subscription: {channel: preview-1.1}\nopenshift: '4.18'\n",
        (
            "6:12: error[openshift-unsupported] operator 1.1.0 is not offered after OpenShift 4.9, and this overlay "
            "is for 4.18, too; the source is bundle-1.1 (code)"
        ),
    ),
    "annotation": (
        "kataConfig:\n  annotations:\n    '1.10': a\n",
        (
            "5:13: error[annotation-key-unreadable] kustomize cannot build an annotation whose key is 1.10, not even "
            "a quoted one; choose another key"
        ),
    ),
    "pinned-twice": (
        "operator:\n  subscription:\n    startingCSV: sandboxed-containers-operator.v1.9.0\n",
        (
            "5:18: error[starting-csv-mismatch] startingCSV installs sandboxed-containers-operator.v1.9.0, but "
            "operator.version is 1.13.1; delete it: under Manual approval sandboxed-containers-operator.v1.13.1 is "
            "written for you"
        ),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_spec_is_found_at_its_line(check: Run, overlay: Callable[[str], None], name: str) -> None:
    text, expected = MISTAKES[name]
    overlay(text)

    result = check()

    found, _, rest = result.stdout.partition("\n\n")
    assert found == f"overlays/prod/kataform.yaml:{expected}"
    assert rest.startswith("note: 1 overlay was not rendered, so its objects were not checked: overlays/prod\n")
    assert result.returncode == 1


def test_all_mistakes_are_found_at_once(check: Run, overlay: Callable[[str], None]) -> None:
    overlay("openshift: 4.10\noperater: {}\nexamples: [fedra]\n")

    places = [line.split(" ")[0] for line in check().stdout.partition("\n\n")[0].splitlines()]

    assert places == [f"overlays/prod/kataform.yaml:{at}:" for at in ("3:12", "4:1", "5:12")]


def test_a_selector_that_an_old_operator_cannot_follow_is_found(check: Run, overlay: Callable[[str], None]) -> None:
    overlay(
        "operator:\n  version: 1.3.3\n  subscription: {channel: stable-1.3}\nkataConfig:\n  spec:\n"
        "    kataConfigPoolSelector:\n      matchExpressions:\n      - {key: metal, operator: Exists}\n"
    )

    assert check().stdout.startswith(
        "overlays/prod/kataform.yaml:10:9: error[selector-not-followed] operator 1.3.3 cannot follow this selector "
        "(Exists): it logs that and installs nothing; before 1.4, use matchLabels, or In with exactly one value\n"
    )


def test_a_broken_base_is_told_once_for_all_that_extend_it(
    check: Run, overlay: Callable[[str], None], tmp_path: Path
) -> None:
    overlay("examples: []\n")
    (tmp_path / "base/kataform.yaml").write_text(BASE.replace("'true'", "true"), encoding="utf-8")

    lines = check().stdout.splitlines()

    assert lines[0].startswith("base/kataform.yaml:11:15: error[unquoted-boolean]")
    assert lines[1:] == [
        "",
        "note: 2 overlays were not rendered, so their objects were not checked: base, overlays/prod",
        "1 error; checked 0 of 0 objects in 2 overlays",
    ]


def test_generated_files_that_are_out_of_date_are_said_to_be(
    check: Run, overlay: Callable[[str], None], tmp_path: Path
) -> None:
    overlay("examples: []\n")
    (tmp_path / "overlays/prod/kataform.yaml").write_text(HEAD + "examples: [fedora]\n", encoding="utf-8")

    result = check()

    assert result.stdout.startswith("overlays/prod/kataform.yaml: error[generated-files-stale] ")
    assert "; run `kataform generate prod`\n" in result.stdout
    assert result.returncode == 1


def test_a_generated_file_that_was_changed_is_found_and_what_it_builds_to_is_judged(
    check: Run, overlay: Callable[[str], None], tmp_path: Path, kustomize: object
) -> None:
    overlay("examples: []\n")
    changed = tmp_path / "base/instance/kataconfig.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("'true'", "true"), encoding="utf-8")

    lines = check("base").stdout.splitlines()

    assert lines[0].startswith(
        "base/instance/kataconfig.yaml: error[generated-file-changed] was generated, but was changed"
    )
    assert lines[1].startswith("base/instance/kataconfig.yaml:12:13: error[unquoted-boolean]")


def test_automatic_approval_is_checked_up_to_the_head_of_the_channel(
    check: Run, overlay: Callable[[str], None]
) -> None:
    overlay(
        "operator:\n  version: 1.0.2\n  subscription: {channel: preview-1.1, installPlanApproval: Automatic}\n"
        "kataConfig:\n  spec:\n    config: {sourceImage: example.com/kata:1}\n"
    )

    assert check().stdout.startswith(
        "overlays/prod/kataform.yaml:8:5: error[unknown-field] unknown field 'config' (in operator 1.1.0; accepted "
        "in 1.0.2)"
    )


def test_an_accepted_finding_of_a_rendered_object_needs_a_reason_in_the_spec(
    check: Run, overlay: Callable[[str], None]
) -> None:
    spec = "operator:\n  version: 1.3.3\n  subscription: {channel: stable-1.3}\n"
    overlay(f"{spec}ignore:\n- {{rule: channel-deprecated, reason: until the cluster is upgraded}}\n")

    assert (check().stdout, check().returncode) == ("checked 10 of 10 objects in 2 overlays\n", 0)


SITE_POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: subscription-from-our-mirror}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [operators.coreos.com], apiVersions: ['*'], operations: [CREATE], resources: [subscriptions]}
  validations:
  - expression: object.spec.source == 'our-mirror'
    message: Subscriptions take the mirrored catalogue
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: subscription-from-our-mirror}
spec:
  policyName: subscription-from-our-mirror
  validationActions: [Deny]
"""


def test_a_project_has_policies_of_its_own_beside_those_of_the_tool(
    check: Run, overlay: Callable[[str], None], tmp_path: Path
) -> None:
    overlay("operator:\n  subscription:\n    source: another\n")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/mirror.yaml").write_text(SITE_POLICY, encoding="utf-8")

    lines = check("overlays", "base").stdout.splitlines()

    assert [line.partition("]")[0] for line in lines[:2]] == [
        "base/kataform.yaml:5:3: error[subscription-from-our-mirror",
        "overlays/prod/kataform.yaml:5:13: error[subscription-from-our-mirror",
    ]


def test_a_policy_of_the_project_that_does_not_compile_is_a_finding(
    check: Run, overlay: Callable[[str], None], tmp_path: Path
) -> None:
    overlay("examples: []\n")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/mirror.yaml").write_text(SITE_POLICY.replace("object.spec", "objekt.spec"), encoding="utf-8")

    assert check("base").stdout.startswith("policies/mirror.yaml:9:17: error[invalid-policy] ")


def test_every_kubernetes_version_of_a_range_is_checked(tmp_path: Path, overlay: Callable[[str], None]) -> None:
    overlay("kubernetes: '>=1.21 <1.32'\nkustomize:\n  operator:\n    resources: [budget.yaml]\n")
    folder = tmp_path / "overlays/prod/operator"
    budget = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\nspec:\n  minAvailable: 1\n"
    (folder / "budget.yaml").write_text(budget, encoding="utf-8")

    command = [sys.executable, "-m", "kataform", "check", "overlays/prod"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120).stdout.decode()

    late = ", ".join(f"1.{minor}" for minor in range(25, 32))
    assert f"policy/v1beta1 PodDisruptionBudget is not served by Kubernetes {late}, which it is for, too" in said


def test_a_kubernetes_range_without_a_known_version_is_an_error(tmp_path: Path, overlay: Callable[[str], None]) -> None:
    overlay("kubernetes: '>=1.90'\n")

    command = [sys.executable, "-m", "kataform", "check", "overlays/prod"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)

    where = "overlays/prod/kataform.yaml:3:13: error[invalid-value]"
    assert f"{where} no Kubernetes version is known that is '>=1.90'; known are 1.21 to 1.37" in done.stdout.decode()
    assert done.returncode == 1
