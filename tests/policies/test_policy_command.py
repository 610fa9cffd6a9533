"""`kataform policy`, as people run it: what it prints, and its exit code."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from kataform import kustomize, policies
from kataform.kustomize import Kustomize

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
    assert (code, lines[-1]) == (1, "1 error; 1 policy, 4 cases: 1 failed")


def test_a_validation_that_no_case_makes_false_or_true_is_a_warning(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED)

    told = "warning[validation-untested] in no case of no-latest this validation is"
    assert run("test") == (
        0,
        [
            f"no-latest/policy.yaml:13:19: {told} true; add one to cases.yaml",
            f"no-latest/policy.yaml:15:19: {told} false; add one to cases.yaml",
            "",
            "2 warnings; 1 policy, 1 case: 0 failed",
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


# --- lint


def lint(tmp_path: Path, run: Run, expression: str, *arguments: str, kind: str = "configmaps") -> list[str]:
    text = POLICY.replace("object == null || object.data.tag != 'latest'", expression)
    text = text.replace("oldObject == null || object != null", "object != null").replace("configmaps", kind)
    write(tmp_path, policy=text.replace("apiGroups: ['']", "apiGroups: [apps]") if kind == "deployments" else text)
    return [line for line in run("lint", *arguments)[1][:-1] if line]


def test_a_policy_that_a_target_is_too_old_for_says_what_it_needs(tmp_path: Path, run: Run) -> None:
    found = lint(tmp_path, run, "isIP(string(object.metadata.name))")

    [line] = [line for line in found if "policy-too-new" in line]
    assert line.startswith(
        "no-latest/policy.yaml:13:19: error[policy-too-new] no-latest needs Kubernetes ≥ 1.31 (OpenShift ≥ 4.18): "
    )


def test_a_policy_is_not_too_new_for_a_newer_target(tmp_path: Path, run: Run) -> None:
    found = lint(tmp_path, run, "isIP(string(object.metadata.name))", "--target", "openshift=4.18")

    assert [line for line in found if "policy-too-new" in line] == []


def test_a_field_that_the_kind_does_not_have_is_a_warning(tmp_path: Path, run: Run) -> None:
    [line] = lint(tmp_path, run, "object.dat.tag != 'latest'")

    assert line == (
        "no-latest/policy.yaml:13:19: warning[policy-type] the API server will warn about no-latest: "
        "/v1, Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'dat'"
    )


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        ("object.data.tag != 'latest'", "object.data"),
        ("has(object.data) && object.data.tag != 'latest'", ""),
        ("object.?data.?tag.orValue('') != 'latest'", ""),
        ("object.metadata.name != 'latest'", ""),
        ("object.metadata.labels.app != 'latest'", "object.metadata.labels"),
    ],
)
def test_a_field_that_an_object_may_lack_is_a_warning_unless_the_policy_asks_first(
    tmp_path: Path, run: Run, expression: str, field: str
) -> None:
    found = lint(tmp_path, run, expression)

    told = f"no-latest/policy.yaml:13:19: warning[field-unguarded] no-latest reads {field}, which a ConfigMap may lack"
    assert [line.partition(": then")[0] for line in found] == ([told] if field else [])


def test_fields_of_elements_and_of_variables_are_followed(tmp_path: Path, run: Run) -> None:
    expression = "object.spec.template.spec.containers.all(c, c.workingDir != '/')"

    [line] = lint(tmp_path, run, expression, kind="deployments")

    assert "no-latest reads object.spec.template.spec.containers[].workingDir, which a Deployment may lack" in line


def test_what_only_a_cluster_knows_is_a_warning(tmp_path: Path, run: Run) -> None:
    found = lint(tmp_path, run, "request.userInfo.username != 'x' && authorizer.path('/x').check('get').allowed()")

    assert [line.partition("] ")[2] for line in found] == [
        "no-latest asks the authorizer, whose answer only a cluster knows: it is undecided here",
        "no-latest asks who makes the request, which only a cluster knows: it is undecided here",
    ]


def test_the_pack_of_kataform_itself_is_without_doubt(run: Run, repository: Path) -> None:
    code, lines = run("lint", str(repository / "policies"))

    assert (code, len(lines)) == (0, 1), lines


# --- export


def test_policies_are_exported_as_a_root_that_kustomize_builds(
    tmp_path: Path, run: Run, repository: Path, each_kustomize: Kustomize
) -> None:
    code, lines = run("export", "out", str(repository / "policies"))
    built = kustomize.build(each_kustomize, tmp_path / "out")

    assert code == 0, lines
    assert not isinstance(built, kustomize.BuildFailure), built.message
    kinds = Counter(body["kind"] for body in yaml.safe_load_all(built.text))
    pack = policies.load((repository / "policies",))
    admitted = [rule for rule in pack.rules if not rule.overlay]
    assert kinds == {
        "ConfigMap": 1,
        "ValidatingAdmissionPolicy": len(admitted),
        "ValidatingAdmissionPolicyBinding": len(admitted),
    }
    assert [line.split()[2] for line in lines[:-1]] == [rule.name for rule in pack.rules if rule.overlay]
    assert lines[-1] == f"out: {len(admitted) + 2} files; oc apply -k out"


def test_the_facts_of_the_project_s_own_catalogue_are_exported(tmp_path: Path, run: Run, repository: Path) -> None:
    spec = (repository / "base/kataform.yaml").read_text(encoding="utf-8")
    site = (
        "releases: {onlyTheseChannels: true, channels: {stable: {}, tested: {state: deprecated, entries: [1.9.0]}}}\n"
    )
    (tmp_path / "base").mkdir()
    (tmp_path / "base/kataform.yaml").write_text(spec + site, encoding="utf-8")

    run("export", "out", str(repository / "policies/channel-unknown"))

    facts = yaml.safe_load((tmp_path / "out/params.yaml").read_text(encoding="utf-8"))["data"]
    assert (facts["channels"], facts["deprecatedChannels"]) == ("stable,tested", "tested")
    assert facts["csvs.tested"] == "sandboxed-containers-operator.v1.9.0"


def test_what_is_exported_is_the_policy_as_it_is_and_exporting_again_changes_nothing(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED)
    run("export", "out", "no-latest")
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    code, _ = run("export", "out", "no-latest")

    exported = list(yaml.safe_load_all(first["no-latest.yaml"]))
    assert exported == list(yaml.safe_load_all((tmp_path / "no-latest/policy.yaml").read_text(encoding="utf-8")))
    assert sorted(first) == ["kustomization.yaml", "no-latest.yaml"]
    assert (code, {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}) == (0, first)


def test_an_older_cluster_and_a_folder_of_somebody_else_are_refused(tmp_path: Path, run: Run) -> None:
    write(tmp_path, REFUSED)

    assert run("export", "out", "no-latest", "--target", "openshift=4.16") == (
        2,
        ["kataform: error: Kubernetes 1.29 has no ValidatingAdmissionPolicy of v1; 1.30 (OpenShift 4.17) is the first"],
    )
    assert run("export", "no-latest", "no-latest") == (
        2,
        ["kataform: error: no-latest/cases.yaml: this was not exported; name a folder that is new or empty"],
    )
    assert not (tmp_path / "out").exists()


def test_what_the_cluster_would_refuse_is_not_exported(tmp_path: Path, run: Run) -> None:
    write(tmp_path, policy=POLICY.replace("object != null", "isIP('1.1.1.1')"))

    code, lines = run("export", "out", "no-latest")

    assert (code, lines[-1]) == (1, "1 error; nothing was exported")
    assert not (tmp_path / "out").exists()
