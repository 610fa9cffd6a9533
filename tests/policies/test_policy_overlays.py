"""Policies across objects: what they find in an overlay, and what is said of what they do not find."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from kataform import policies
from kataform.finding import Location, Severity
from kataform.policies import Inventory, Pack
from kataform.resource import Path as Pointer
from kataform.subject import Observation, Subject, Target

POLICY = """
apiVersion: kataform.dev/v1alpha1
kind: OverlayPolicy
metadata:
  name: ours
spec:
  validationActions: [{action}]
  matchConstraints:
    resourceRules:
      - apiGroups: ['', example.com]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [services, widgets]
  validations:
    - expression: >-
        {expression}
"""
SERVICE: dict[str, Any] = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}}


def write(folder: Path, expression: str, *, action: str = "Deny") -> Pack:
    (folder / "ours.yaml").write_text(POLICY.format(expression=expression, action=action), encoding="utf-8")
    return policies.load((folder,))


def judge(pack: Pack, around: Inventory, body: dict[str, Any] | None = None) -> list[Observation]:
    return list(pack.judge(Subject(body or SERVICE, "root", _nowhere, Target()), {}, around))


def _nowhere(path: Pointer, key: bool) -> Location:
    return Location("one.yaml", 1, 1, 1, 2)


def holds(folder: Path, expression: str, *bodies: dict[str, Any], elsewhere: tuple[dict[str, Any], ...] = ()) -> bool:
    pack = write(folder, expression)
    assert pack.problems == ()
    return judge(pack, Inventory((SERVICE, *bodies), elsewhere)) == []


def deployment(name: str, namespace: str | None = "shop", **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": labels} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {}}


# --- what is found


def test_find_gives_the_object_or_nothing(tmp_path: Path) -> None:
    present = "resource.Find('apps/v1', 'deployments', 'shop', '{}').hasValue()"

    assert holds(tmp_path, present.format("web"), deployment("web"))
    assert not holds(tmp_path, present.format("webb"), deployment("web"))
    assert not holds(tmp_path, present.format("web"), deployment("web", "other"))


def test_get_of_what_is_not_there_fails_and_says_so(tmp_path: Path) -> None:
    [found] = judge(write(tmp_path, "resource.Get('v1', 'configmaps', 'shop', 'conf').data.x == 'y'"), Inventory())

    assert (found.finding.rule, found.finding.severity) == ("policy-error", Severity.ERROR)
    assert found.finding.message == (
        "policy ours fails on this object: configmaps 'conf' in namespace shop is not in this overlay"
    )


def test_list_gives_a_namespace_or_all_of_them(tmp_path: Path) -> None:
    bodies = (deployment("a"), deployment("b", "other"), deployment("c", None))

    assert holds(tmp_path, "resource.List('apps/v1', 'deployments', 'shop').items.size() == 1", *bodies)
    assert holds(tmp_path, "resource.List('apps/v1', 'deployments', 'default').items.size() == 1", *bodies)
    assert holds(tmp_path, "resource.List('apps/v1', 'deployments', '').items.size() == 3", *bodies)
    assert holds(tmp_path, "resource.List('apps/v1', 'statefulsets', '').items.size() == 0", *bodies)


def test_list_can_ask_for_labels(tmp_path: Path) -> None:
    bodies = (deployment("a", app="web", tier="front"), deployment("b", app="web"), deployment("c"))
    named = "resource.List('apps/v1', 'deployments', 'shop', {}).items.map(d, d.metadata.name) == {}"

    assert holds(tmp_path, named.format("{'app': 'web'}", "['a', 'b']"), *bodies)
    assert holds(tmp_path, named.format("{'app': 'web', 'tier': 'front'}", "['a']"), *bodies)
    assert holds(tmp_path, named.format("{'app': 'other'}", "[]"), *bodies)


def test_an_object_is_found_under_every_version_of_its_group_and_as_the_server_completes_it(tmp_path: Path) -> None:
    expression = "resource.Get('apps/v1beta2', 'deployments', 'shop', 'web').spec.replicas == 1"

    assert holds(tmp_path, expression, deployment("web"))


def test_the_plural_of_a_kind_that_the_overlay_defines_is_known(tmp_path: Path) -> None:
    names = {"kind": "Widget", "plural": "widgetry"}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgetry.example.com"},
        "spec": {"group": "example.com", "names": names, "scope": "Cluster"},
    }
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}}

    assert holds(tmp_path, "resource.Find('example.com/v1', 'widgetry', '', 'one').hasValue()", definition, widget)


def test_a_kind_that_nobody_defines_is_found_under_its_usual_plural(tmp_path: Path) -> None:
    policy = {"apiVersion": "example.com/v1", "kind": "Policy", "metadata": {"name": "one", "namespace": "shop"}}

    assert holds(tmp_path, "resource.Find('example.com/v1', 'policies', 'shop', 'one').hasValue()", policy)


def test_the_finding_is_at_the_field_that_was_looked_up(tmp_path: Path) -> None:
    body = SERVICE | {"spec": {"selector": {"app": "web"}}}
    expression = "resource.List('apps/v1', 'deployments', 'shop').items.exists(d, object.spec.selector.all(k, "
    expression += "d.metadata.?labels[?k].orValue('') == object.spec.selector[k]))"

    [found] = judge(write(tmp_path, expression, action="Warn"), Inventory((body, deployment("a", app="webb"))), body)

    assert (found.finding.rule, found.finding.severity) == ("ours", Severity.WARNING)
    assert found.finding.pointer == "/spec/selector/app"


# --- the fields of other objects that decided


def related(folder: Path, expression: str, *bodies: dict[str, Any]) -> list[tuple[str, int, str]]:
    """The other objects' places that a finding on the service names, each with its line and what is said."""

    def subject(body: dict[str, Any]) -> Subject:
        name = f"{body['kind']}.yaml".lower()
        return Subject(body, "root", lambda path, key: Location(name, len(path) + 1, 1, len(path) + 1, 2), Target())

    subjects = [subject(body) for body in (SERVICE, *bodies)]
    around = Inventory((one.body for one in subjects), subjects=subjects)
    [found] = write(folder, expression).judge(subjects[0], {}, around)
    places = ((one.location.path, one.location.line, one.message) for one in found.finding.related)
    return [place for place in places if place[0] != "service.yaml"]


@pytest.mark.parametrize(
    ("expression", "line", "told"),
    [
        ("resource.Get('apps/v1', 'deployments', 'shop', 'web').spec.replicas > 1", 3, "spec.replicas = 1"),
        (
            "resource.Get('apps/v1', 'deployments', 'shop', 'web').metadata.?labels.?app.orValue('') == 'x'",
            3,
            "metadata.labels is missing",
        ),
        (
            "!resource.Find('apps/v1', 'deployments', 'shop', 'web').?spec.?paused.orValue(true)",
            3,
            "spec.paused is missing",
        ),
        (
            "resource.Find('apps/v1', 'deployments', 'shop', 'web').optMap(d, d.spec.replicas == 2).orValue(true)",
            3,
            "spec.replicas = 1",
        ),
        (
            "resource.List('apps/v1', 'deployments', 'shop').items.all(d, d.spec.replicas != 1)",
            3,
            "spec.replicas = 1",
        ),
        (
            "!resource.List('apps/v1', 'deployments', '').items.exists(d, d.spec.selector.matchLabels.app == 'web')",
            5,
            'spec.selector.matchLabels.app = "web"',
        ),
        ("resource.List('apps/v1', 'deployments', '').items.size() == 0", 1, ""),
        (
            "resource.List('apps/v1', 'deployments', '').items.filter(d, d.spec.replicas == 1).size() == 0",
            3,
            "spec.replicas = 1",
        ),
    ],
)
def test_the_field_of_another_object_that_decided_is_related(
    tmp_path: Path, expression: str, line: int, told: str
) -> None:
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}}

    found = related(tmp_path, expression, deployment("web") | {"spec": spec})

    title = "Deployment/shop/web"
    assert found[0] == ("deployment.yaml", line, f"{title}: {told}" if told else title)


def test_of_many_objects_only_those_that_decided_are_related(tmp_path: Path) -> None:
    expression = "resource.List('apps/v1', 'deployments', 'shop').items.all(d, d.spec.replicas > 1)"
    bodies = [deployment(name) | {"spec": {"replicas": count}} for name, count in (("a", 2), ("b", 1), ("c", 3))]

    assert related(tmp_path, expression, *bodies) == [("deployment.yaml", 3, "Deployment/shop/b: spec.replicas = 1")]


def test_a_default_of_another_object_is_said_to_be_one(tmp_path: Path) -> None:
    found = related(
        tmp_path, "resource.Get('apps/v1', 'deployments', 'shop', 'web').spec.replicas > 1", deployment("web")
    )

    assert found == [("deployment.yaml", 3, "Deployment/shop/web: spec.replicas = 1 (defaulted)")]


def test_nothing_of_what_another_secret_holds_is_shown(tmp_path: Path) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"}}
    expression = "resource.Get('v1', 'secrets', 'shop', 'key').data.password == 'eA=='"

    found = related(tmp_path, expression, secret | {"data": {"password": "aHVudGVyMg=="}})

    assert found == [("secret.yaml", 3, "Secret/shop/key: data.password")]


@pytest.mark.parametrize("message", ["'it is ' + variables.s.data.password", "'it is hunter2'"])
def test_a_message_that_quotes_another_secret_is_not_told(tmp_path: Path, message: str) -> None:
    """Neither as it is written nor decoded."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "shop"}}
    write(tmp_path, "variables.s.data.password == 'eA=='")
    with (tmp_path / "ours.yaml").open("a", encoding="utf-8") as file:
        file.write(f'      messageExpression: "{message}"\n')
        file.write("  variables: [{name: s, expression: \"resource.Get('v1', 'secrets', 'shop', 'key')\"}]\n")
    pack = policies.load((tmp_path,))

    [found] = judge(pack, Inventory((SERVICE, secret | {"data": {"password": "aHVudGVyMg=="}})))

    assert found.finding.message == "see the policy"


def test_an_object_that_finds_itself_is_told_at_its_own_place(tmp_path: Path) -> None:
    expression = "resource.List('v1', 'services', 'shop').items.all(s, s.metadata.name != 'web')"

    [found] = judge(write(tmp_path, expression), Inventory((SERVICE,)))

    assert found.finding.pointer == "/metadata/name"


# --- what comes from elsewhere, and what is not known


def test_what_comes_from_elsewhere_is_not_missed(tmp_path: Path) -> None:
    named = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "namespace": "shop"}}
    find = "resource.Find('v1', 'configmaps', 'shop', 'conf')"

    assert holds(tmp_path, f"{find}.hasValue()", elsewhere=(named,))
    assert holds(
        tmp_path, "resource.List('v1', 'configmaps', 'shop', {'a': 'b'}).items.size() == 1", elsewhere=(named,)
    )


def test_of_what_comes_from_elsewhere_no_more_is_known_than_its_name(tmp_path: Path) -> None:
    named = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "namespace": "shop"}}
    pack = write(tmp_path, "resource.Get('v1', 'configmaps', 'shop', 'conf').data.mode == 'on'")

    [found] = judge(pack, Inventory((SERVICE,), (named,)))

    assert (found.finding.rule, found.finding.severity) == ("policy-undecided", Severity.INFO)
    assert "ConfigMap/shop/conf, which comes from elsewhere," in found.finding.message


def test_an_object_of_the_overlay_goes_before_one_from_elsewhere(tmp_path: Path) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "namespace": "shop"}}
    expression = "resource.Get('v1', 'configmaps', 'shop', 'conf').data.mode == 'on'"

    assert holds(tmp_path, expression, body | {"data": {"mode": "on"}}, elsewhere=(body,))


def test_of_an_overlay_that_is_not_known_as_a_whole_nothing_is_said_to_be_missing(tmp_path: Path) -> None:
    pack = write(tmp_path, "resource.Find('apps/v1', 'deployments', 'shop', 'web').hasValue()")

    assert judge(pack, Inventory((SERVICE,), complete=False)) == []


def test_the_same_object_in_two_overlays_is_judged_in_each(tmp_path: Path) -> None:
    pack = write(tmp_path, "resource.Find('apps/v1', 'deployments', 'shop', 'web').hasValue()")

    found = [len(judge(pack, Inventory((SERVICE, *more)))) for more in ((), (deployment("web"),), ())]

    assert found == [1, 0, 1]


# --- files


def test_it_has_to_say_what_it_does_and_where_its_parameters_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = POLICY.format(expression="true", action="Deny").replace("validationActions: [Deny]", "failurePolicy: Fail")
    text = text.replace("spec:\n", "spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n")
    Path("ours.yaml").write_text(text, encoding="utf-8")

    said = "this OverlayPolicy is not complete: "
    assert [(str(one.location), one.message) for one in policies.load((Path(),)).problems] == [
        ("ours.yaml:7:3", said + "say in validationActions what it does: Deny, Warn or Audit"),
        ("ours.yaml:7:3", said + "a policy with paramKind needs paramRef, too"),
    ]


def test_what_is_wrong_with_it_is_said_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pack = write(Path(), "resource.Fnd('v1', 'pods', '', 'x').hasValue()", action="Denny")

    assert [(one.rule, str(one.location)) for one in pack.problems] == [
        ("invalid-policy", "ours.yaml:15:19"),
        ("invalid-policy", "ours.yaml:7:23"),
    ]
    assert "undeclared reference to 'Fnd'" in pack.problems[0].message


def test_a_binding_for_it_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path(), "true")
    binding = """\
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: ours}
        spec: {policyName: ours, validationActions: [Deny]}
        """
    Path("binding.yaml").write_text(textwrap.dedent(binding), encoding="utf-8")

    [problem] = policies.load((Path(),)).problems

    assert (problem.rule, str(problem.location)) == ("binding-without-policy", "binding.yaml:4:20")


def test_a_cluster_knows_no_resource(tmp_path: Path) -> None:
    from kubecel import admission

    body = write(tmp_path, "resource.Find('v1', 'pods', '', 'x').hasValue()").rules[0].body
    spec = {name: value for name, value in body["spec"].items() if name != "validationActions"}

    with pytest.raises(admission.PolicyError, match="undeclared reference to 'resource'"):
        admission.Policy.read(body | {"spec": spec})
