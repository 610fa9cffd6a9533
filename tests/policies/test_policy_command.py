"""`kataform policy`, as people run it: what it prints, and its exit code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "tuple[int, list[str]]"]
POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: no-latest
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [CREATE, UPDATE, DELETE]
        resources: [configmaps]
  validations:
    - expression: object == null || object.data.tag != 'latest'
      message: the tag is latest
    - expression: oldObject == null || object != null
      message: it is deleted
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: no-latest
spec:
  policyName: no-latest
  validationActions: [Deny]
"""
CASE = """\
---
apiVersion: kataform.dev/v1alpha1
kind: PolicyCase
metadata:
  name: {name}
spec:
  decision: {decision}
{more}"""
OBJECT = """\
  {field}:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: one
    data:
      tag: {tag}
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`kataform policy` in a folder of its own: the exit code, and the lines that it printed."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        command = [sys.executable, "-m", "kataform", "policy", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        return done.returncode, (done.stdout + done.stderr).splitlines()

    return run


def case(name: str, decision: str, more: str = "", tag: str = "latest", field: str = "object") -> str:
    return CASE.format(name=name, decision=decision, more=more + OBJECT.format(field=field, tag=tag))


def write(folder: Path, *cases: str, policy: str = POLICY) -> None:
    (folder / "no-latest").mkdir()
    (folder / "no-latest/policy.yaml").write_text(policy, encoding="utf-8")
    (folder / "no-latest/cases.yaml").write_text("".join(cases), encoding="utf-8")


REFUSED = case("latest", "deny", "  message: the tag is latest\n  path: /data/tag\n")
DELETED = case("deleted", "deny", "  message: it is deleted\n", field="oldObject")


def test_cases_that_come_out_as_they_say_are_counted(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED, DELETED, case("fixed", "allow", tag="1.4"))

    assert run("test") == (0, ["1 policy, 3 cases: 0 failed"])


@pytest.mark.parametrize(
    ("wrong", "line", "message"),
    [
        (case("one", "allow"), 7, "allow is expected, but no-latest says 'deny: the tag is latest'"),
        (case("one", "deny", tag="1.4"), 7, "deny is expected, but no-latest lets it pass"),
        (case("one", "warn"), 7, "'warn' is expected, but no-latest says 'deny: the tag is latest'"),
        (
            case("one", "deny", "  message: it is late\n"),
            8,
            "'deny: it is late' is expected, but no-latest says 'deny: the tag is latest'",
        ),
        (case("one", "deny", "  path: /data/tags\n"), 8, "/data/tags is expected to decide, but /data/tag does"),
        (case("one", "deny", "  absent: true\n"), 8, "/data/tag is there"),
    ],
)
def test_a_case_that_comes_out_otherwise_is_an_error_at_its_line(
    tmp_path: Path, run: Run, wrong: str, line: int, message: str
) -> None:
    write(tmp_path, wrong, REFUSED, DELETED, case("fixed", "allow", tag="1.4"))

    code, lines = run("test")

    [failed] = [told for told in lines if "case-failed" in told]
    column = wrong.splitlines()[line - 1].index(":") + 3
    assert failed == f"no-latest/cases.yaml:{line}:{column}: error[case-failed] no-latest/one: {message}"
    assert (code, lines[-1]) == (1, "1 policy, 4 cases: 1 failed")


def test_a_validation_that_no_case_makes_false_or_true_is_a_warning(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED)

    told = "warning[validation-untested] in no case of no-latest this validation is"
    assert run("test") == (
        0,
        [
            f"no-latest/policy.yaml:13:19: {told} true; add one to cases.yaml",
            f"no-latest/policy.yaml:15:19: {told} false; add one to cases.yaml",
            "1 policy, 1 case: 0 failed",
        ],
    )


def test_a_policy_without_cases_is_a_warning(tmp_path: Path, run: Run) -> None:
    write(tmp_path)

    code, lines = run("test")

    told = "no case beside no-latest shows what it decides; add one to cases.yaml"
    assert (code, lines[0]) == (0, f"no-latest/policy.yaml:4:9: warning[policy-without-cases] {told}")


def test_a_document_that_is_no_case_is_an_error_at_its_line(tmp_path: Path, run: Run) -> None:
    write(tmp_path, case("odd", "refuse", "  expected: deny\n"), "---\nkind: Pod\n", "--- [x]\n")

    code, lines = run("test")

    assert code == 1
    assert [line.partition(";")[0] for line in lines if "invalid-case" in line] == [
        "no-latest/cases.yaml:7:13: error[invalid-case] decision is one of allow, deny, warn, audit, error",
        "no-latest/cases.yaml:8:13: error[invalid-case] a case has no field 'expected'",
        "no-latest/cases.yaml:17:1: error[invalid-case] a case is of kataform.dev/v1alpha1 PolicyCase",
        "no-latest/cases.yaml:18:5: error[invalid-case] a case is of kataform.dev/v1alpha1 PolicyCase",
    ]


def test_a_policy_that_does_not_compile_is_an_error_at_its_expression(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED, policy=POLICY.replace("object.data.tag !=", "objct.data.tag !="))

    code, lines = run("test")

    assert code == 1
    assert lines[0].startswith("no-latest/policy.yaml:13:19: error[invalid-policy] the API server refuses this")


def test_nothing_to_try_and_a_path_that_is_not_there_are_errors_of_use(tmp_path: Path, run: Run) -> None:
    assert run("test") == (2, ["kataform: error: no policy in ."])
    assert run("test", "none") == (2, ["kataform: error: none: no such file or folder"])


def test_the_pack_of_kataform_itself_passes(run: Run, repository: Path) -> None:
    code, lines = run("test", str(repository / "policies"))

    assert (code, len(lines)) == (0, 1), lines
    assert lines[0].endswith(": 0 failed")
