"""Reading policies from files, and what is said of those that cannot decide."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from kataform import catalogue, kustomize, policies
from kataform.finding import Location, Severity
from kataform.kustomize import Kustomize
from kataform.policies import Pack
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject, Target

ANNOTATIONS = ("title", "reason", "remedy", "source")
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {name}
  annotations:
    kataform.dev/title: The title
spec:
  matchConstraints:
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [CREATE]
        resources: [configmaps, secrets]
  validations:
    - expression: {expression}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {name}
spec:
  policyName: {name}
  validationActions: [{action}]
"""


def write(folder: Path, expression: str, *, name: str = "ours", action: str = "Deny") -> Pack:
    text = POLICY.format(name=name, expression=expression, action=action)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return policies.load((folder,))


def judge(pack: Pack, kind: str = "ConfigMap", params: dict[str, Any] | None = None) -> list[Observation]:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "one"}, "data": {"password": "hunter2"}}
    return list(pack.judge(Subject(body, "root", _nowhere, Target()), params or {}))


def _nowhere(path: Pointer, key: bool) -> Location:
    return Location("one.yaml", 1, 1, 1, 2)


def told(pack: Pack) -> list[tuple[str, str, str]]:
    return [(problem.rule, str(problem.location), problem.message) for problem in pack.problems]


def admitted(repository: Path) -> list[Path]:
    """The files of the policies that a cluster takes."""
    found = repository.glob("policies/*/policy.yaml")
    return [path for path in found if "\nkind: OverlayPolicy\n" not in path.read_text(encoding="utf-8")]


# --- the pack that travels with kataform


def test_the_pack_has_every_policy_and_no_problem(pack: Pack, repository: Path) -> None:
    assert pack.problems == ()
    assert [rule.name for rule in pack.rules] == sorted(
        path.parent.name for path in repository.glob("policies/*/*y.yaml")
    )


def test_a_policy_says_what_holds_why_what_to_do_and_where_that_is_known_from(pack: Pack) -> None:
    missing = [(rule.name, name) for rule in pack.rules for name in ANNOTATIONS if not rule.annotation(name)]

    assert missing == []


def test_every_policy_is_taken_by_kubernetes_1_30(pack: Pack) -> None:
    from kubecel import admission

    for rule in (rule for rule in pack.rules if not rule.overlay):
        assert admission.Policy.read(rule.body, (1, 30)).name == rule.name


def test_each_binding_is_named_like_its_policy(pack: Pack) -> None:
    bound = [rule for rule in pack.rules if not rule.overlay]

    assert [[one.name for one in rule.bindings] for rule in bound] == [[rule.name] for rule in bound]


def test_the_kustomization_has_every_policy_that_a_cluster_takes(repository: Path) -> None:
    body = yaml.safe_load((repository / "policies" / "kustomization.yaml").read_text(encoding="utf-8"))
    present = [path.relative_to(repository / "policies").as_posix() for path in admitted(repository)]

    assert body["resources"] == ["params.yaml", *sorted(present)]


def test_every_kustomize_builds_the_pack_as_its_files_are(repository: Path, each_kustomize: Kustomize) -> None:
    folder = repository / "policies"
    written = [
        body
        for path in (folder / "params.yaml", *admitted(repository))
        for body in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]

    built = kustomize.build(each_kustomize, folder)

    assert not isinstance(built, kustomize.BuildFailure), built.message
    assert _sorted(list(yaml.safe_load_all(built.text))) == _sorted(written)


def _sorted(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(bodies, key=lambda body: (body["kind"], body["metadata"]["name"]))


@pytest.mark.parametrize("name", sorted({known.name for known in catalogue.load().classes}))
def test_every_runtime_class_of_the_catalogue_is_kata(pack: Pack, params: dict[str, Any], name: str) -> None:
    spec = {"runtimeClassName": name, "hostNetwork": True, "containers": [{"name": "tools", "image": "tools:1"}]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": spec}

    found = pack.judge(Subject(body, "root", _nowhere, Target()), params)

    assert {each.finding.rule for each in found} == {
        "kata-pod-host-access",
        "kata-pod-without-limits",
        "runtime-class-not-provided",
    }


def test_a_site_s_own_channel_is_known(pack: Pack) -> None:
    site = catalogue.load().with_site({"channels": {"mirror": {"entries": ["1.9.0"]}}})
    spec = {"name": site.package, "channel": "mirror", "source": "mirror", "sourceNamespace": "openshift-marketplace"}
    metadata = {"name": site.package, "namespace": site.namespace}
    body = {"apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription", "metadata": metadata, "spec": spec}
    subject = Subject(body, "root", _nowhere, Target())

    assert [o.finding.rule for o in pack.judge(subject, catalogue.policy_params(catalogue.load()))] == [
        "channel-unknown"
    ]
    assert list(pack.judge(subject, catalogue.policy_params(site))) == []


# --- decisions


@pytest.mark.parametrize(
    ("action", "severity"), [("Deny", Severity.ERROR), ("Warn", Severity.WARNING), ("Audit", Severity.INFO)]
)
def test_the_binding_decides_the_severity(tmp_path: Path, action: str, severity: Severity) -> None:
    pack = write(tmp_path, "object.metadata.name != 'one'", action=action)

    [found] = judge(pack)

    assert pack.rules[0].severity == severity
    assert (found.finding.rule, found.finding.severity, found.finding.pointer) == ("ours", severity, "/metadata/name")
    assert found.finding.message == "failed expression: object.metadata.name != 'one'"


def test_a_policy_that_fails_is_an_error_of_its_own(tmp_path: Path) -> None:
    [found] = judge(write(tmp_path, "object.spec.size > 1"))

    assert (found.finding.rule, found.finding.severity) == ("policy-error", Severity.ERROR)
    assert found.finding.message.startswith("policy ours fails on this object: ")
    assert found.finding.message.endswith("no such key: spec")


def test_what_only_a_cluster_can_decide_is_said(tmp_path: Path) -> None:
    expression = "authorizer.group('').resource('pods').check('get').allowed()"

    [found] = judge(write(tmp_path, expression))

    assert (found.finding.rule, found.finding.severity) == ("policy-undecided", Severity.WARNING)
    assert found.finding.message.startswith("policy ours asks the cluster's authorizer")


def test_without_its_parameters_a_policy_is_undecided(pack: Pack) -> None:
    body = {"apiVersion": "kataconfiguration.openshift.io/v1", "kind": "KataConfig", "metadata": {"name": "one"}}
    spec = {"kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}, "logLevel": "info"}

    found = list(pack.judge(Subject({**body, "spec": spec}, "root", _nowhere, Target()), {}))

    assert {each.finding.rule for each in found} == {"policy-undecided"}
    assert any(each.finding.message.startswith("policy log-level-unknown cannot be decided here") for each in found)
    assert all("ConfigMap kataform-releases" in each.finding.message for each in found)


def test_the_value_of_a_secret_is_in_no_message(tmp_path: Path) -> None:
    expression = "object.data.password == 'other'\n      messageExpression: \"'it is ' + object.data.password\""
    pack = write(tmp_path, expression)

    assert [each.finding.message for each in judge(pack)] == ["it is hunter2"]
    [found] = judge(pack, "Secret")
    assert found.finding.message == "The title"
    assert found.finding.pointer == "/data/password"


def test_a_policy_is_compiled_for_the_kinds_it_is_about_alone(repository: Path, params: dict[str, Any]) -> None:
    fresh = policies.load((repository / "policies",))

    judge(fresh, "Secret", params=params)

    assert [rule.name for rule in fresh.rules if "_read" in vars(rule)] == []


def test_a_kind_of_unknown_resource_is_judged_by_the_policies_of_its_group(tmp_path: Path) -> None:
    text = POLICY.format(name="ours", expression="'false == true'", action="Deny")
    (tmp_path / "ours.yaml").write_text(text.replace("['']", "[example.com]"), encoding="utf-8")
    pack = policies.load((tmp_path,))
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}}

    [found] = pack.judge(Subject(body, "root", _nowhere, Target()), {})

    assert pack.problems == ()
    assert found.finding.rule == "policy-undecided"


def test_a_kind_that_no_server_has_is_left_to_the_schemas(pack: Pack, params: dict[str, Any]) -> None:
    bodies = [
        {"apiVersion": version, "kind": "Pood", "metadata": {"name": "one"}}
        for version in ("v1", "apps/v1", "operators.coreos.com/v1", "kataconfiguration.openshift.io/v1")
    ]

    assert [list(pack.judge(Subject(body, "root", _nowhere, Target()), params)) for body in bodies] == [[], [], [], []]


@pytest.mark.parametrize("odd", [None, "text", "", 5, True, [], {}, [None], {"a": None}], ids=repr)
def test_an_object_of_any_shape_is_judged(pack: Pack, params: dict[str, Any], odd: Any) -> None:
    for kind in ("v1/Pod", "apps/v1/Deployment", "batch/v1/CronJob", "kataconfiguration.openshift.io/v1/KataConfig"):
        version, _, name = kind.rpartition("/")
        for part in ("metadata", "spec"):
            body = {"apiVersion": version, "kind": name, "metadata": {"name": "one"}, "spec": {}, part: odd}
            found = list(pack.judge(Subject(body, "root", _nowhere, Target()), params))
            assert all(each.finding.message and each.finding.rule for each in found)


# --- files


def test_a_file_that_is_no_yaml_is_a_problem_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("kind: 'ValidatingAdmissionPolicy\n", encoding="utf-8")

    [(rule, place, _)] = told(policies.load((Path(),)))

    assert (rule, place) == ("unclosed-quote", "broken.yaml:1:7")


def test_an_expression_that_the_server_refuses_is_a_problem_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pack = write(Path(), "objct.metadata.name == 'one'")

    [(rule, place, message)] = told(pack)

    assert (rule, place) == ("invalid-policy", "ours.yaml:16:19")
    assert "undeclared reference to 'objct'" in message
    assert message.endswith("(line 1, column 1 of the expression)")
    assert judge(pack) == []


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("other", "the binding is for policy other, and no file holds a policy of this name"),
        ("[]", "the binding does not say which policy it is for"),
        ("{a: b}", "the binding does not say which policy it is for"),
    ],
)
def test_a_policy_without_a_binding_decides_nothing_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = POLICY.format(name="ours", expression="'true'", action="Deny").replace(
        "policyName: ours", f"policyName: {named}"
    )
    Path("ours.yaml").write_text(text, encoding="utf-8")

    assert told(policies.load((Path(),))) == [
        ("binding-without-policy", "ours.yaml:23:15", said),
        ("policy-without-binding", "ours.yaml:5:9", "no binding is for policy ours, so it decides nothing"),
    ]


def test_of_two_policies_of_one_name_the_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = POLICY.format(name="ours", expression="'false'", action="Deny")
    Path("a.yaml").write_text(text, encoding="utf-8")
    Path("b.yaml").write_text(text.split("---", maxsplit=1)[0], encoding="utf-8")

    pack = policies.load((Path(),))

    assert told(pack) == [("duplicate-policy", "b.yaml:5:9", "a second ValidatingAdmissionPolicy is named ours")]
    assert [str(related.location) for related in pack.problems[0].related] == ["a.yaml:5:9"]
    assert len(judge(pack)) == 1


def test_a_kind_of_policy_that_is_not_decided_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "apiVersion: kataform.dev/v1beta7\nkind: OverlayPolicy\nmetadata:\n  name: one\n"
    Path("overlay.yaml").write_text(text, encoding="utf-8")

    assert told(policies.load((Path(),))) == [
        (
            "policy-not-supported",
            "overlay.yaml:2:7",
            "kataform.dev/v1beta7 OverlayPolicy is not a policy that can be decided here",
        )
    ]


def test_other_objects_beside_policies_are_left_alone(tmp_path: Path) -> None:
    text = textwrap.dedent("""\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: facts}
        ---
        - a list
        ---
        """)
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")

    pack = policies.load((tmp_path,))

    assert (pack.rules, pack.problems) == ((), ())
