"""Reading policies and bindings, and what they decide."""

from __future__ import annotations

from typing import Any

import pytest

from kubecel.admission import (
    Binding,
    Evidence,
    Policy,
    PolicyError,
    Request,
    Resource,
    User,
    Verdict,
    evaluate,
    with_more,
)

ANYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
REASONS = '"Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"'
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "runtimeClassName": "kata",
        "hostNetwork": True,
        "containers": [
            {"name": "a", "image": "a:1", "resources": {"limits": {"cpu": "1"}}},
            {"name": "b", "image": "b:latest", "securityContext": {"privileged": True}},
        ],
        "volumes": [{"name": "h", "hostPath": {"path": "/x"}}],
    },
}


def body(*expressions: str, **spec: Any) -> dict[str, Any]:
    """A policy with these validations, about everything unless `matchConstraints` says otherwise."""
    spec.setdefault("validations", [{"expression": expression} for expression in expressions])
    spec.setdefault("matchConstraints", {"resourceRules": [ANYTHING]})
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy"}
    return {**kind, "metadata": {"name": "rule"}, "spec": spec}


def binding_body(*actions: str, **spec: Any) -> dict[str, Any]:
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding"}
    spec = {"policyName": "rule", "validationActions": list(actions), **spec}
    return {**kind, "metadata": {"name": "bound"}, "spec": spec}


def decide(policy: dict[str, Any], request: Request | None = None) -> list[Verdict]:
    return evaluate(Policy.read(policy), None, request or Request(POD))


def problems(policy: dict[str, Any]) -> list[tuple[Any, ...]]:
    with pytest.raises(PolicyError) as refused:
        Policy.read(policy)
    return [tuple(problem) for problem in refused.value.problems]


# --- reading ---


def test_every_problem_of_a_policy_is_told_with_its_place() -> None:
    policy = body(
        failurePolicy="Maybe",
        paramKind={"apiVersion": "v1"},
        variables=[{"name": "in", "expression": "1"}, {"name": "x", "expression": "object.a +"}],
        matchConditions=[{"name": "a b", "expression": "1"}],
        validations=[
            {"expression": "object.a\n  == gone", "mesage": "x"},
            {"expression": "true", "message": "a\nb", "messageExpression": "1", "reason": "Because"},
        ],
        auditAnnotations=[{"key": "k", "valueExpression": "1"}],
    )

    assert problems(policy) == [
        (("spec", "failurePolicy"), 'unsupported value "Maybe": supported values: "Fail", "Ignore"', 0, 0, 0),
        (("spec", "paramKind", "kind"), "kind is required", 0, 0, 0),
        (("spec", "variables", 0, "name"), "name is not a valid CEL identifier", 0, 0, 0),
        (("spec", "variables", 1, "expression"), "Syntax error: mismatched input '<EOF>'", 10, 1, 11),
        (("spec", "matchConditions", 0, "name"), "name must be a qualified name", 0, 0, 0),
        (("spec", "matchConditions", 0, "expression"), "must evaluate to bool but got int", 0, 1, 1),
        (("spec", "validations", 0, "mesage"), 'unknown field "mesage"; did you mean "message"?', 0, 0, 0),
        (("spec", "validations", 0, "expression"), "undeclared reference to 'gone' (in container '')", 14, 2, 6),
        (("spec", "validations", 1, "message"), "message must not contain line breaks", 0, 0, 0),
        (("spec", "validations", 1, "messageExpression"), "must evaluate to string but got int", 0, 1, 1),
        (
            ("spec", "validations", 1, "reason"),
            f'unsupported value "Because": supported values: {REASONS}',
            0, 0, 0,
        ),
        (("spec", "auditAnnotations", 0, "valueExpression"), "must evaluate to string or null but got int", 0, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, [(("spec",), "spec is required")]),
        ({"spec": []}, [(("spec",), "spec must be a map")]),
        ({"spec": {}}, [(("spec", "validations"), "validations or auditAnnotations must contain at least one item"),
                        (("spec", "matchConstraints"), "matchConstraints is required")]),
        (body("true", matchConstraints={}), [
            (("spec", "matchConstraints", "resourceRules"), "resourceRules is required"),
        ]),
        (body("true", matchConstraints={"resourceRules": [{**ANYTHING, "operations": ["PATCH"], "scope": "All"}]}), [
            (("spec", "matchConstraints", "resourceRules", 0, "operations", 0), 'unsupported operation "PATCH"'),
            (("spec", "matchConstraints", "resourceRules", 0, "scope"),
             'unsupported value "All": supported values: "Cluster", "Namespaced", "*"'),
        ]),
        (body("true", matchConstraints={"resourceRules": [ANYTHING], "objectSelector": {"matchLabels": {"a": True}}}), [
            (("spec", "matchConstraints", "objectSelector", "matchLabels", "a"),
             "the value of a label must be a string"),
        ]),
        (body("object.x"), [(("spec", "validations", 0, "expression"), "must evaluate to bool but got dyn")]),
        (body("params.x == 1"), [
            (("spec", "validations", 0, "expression"), "undeclared reference to 'params' (in container '')"),
        ]),
        (body("request.kindd.kind == ''"), [(("spec", "validations", 0, "expression"), "undefined field 'kindd'")]),
        (body("variables.later", variables=[{"name": "sooner", "expression": "variables.later"}]), [
            (("spec", "variables", 0, "expression"), "undefined field 'later'"),
            (("spec", "validations", 0, "expression"), "undefined field 'later'"),
        ]),
        (body(validations=[{"expression": "true", "messageExpression": "string(authorizer)"}]), [
            (("spec", "validations", 0, "messageExpression"), "undeclared reference to 'authorizer' (in container '')"),
        ]),
        (body(validations=["true", None, {"expression": 5}]), [
            (("spec", "validations", 0), "validations[0] must be a map"),
            (("spec", "validations", 1), "validations must have no empty entries"),
            (("spec", "validations", 2, "expression"), "expression must be a string"),
        ]),
    ],
)  # fmt: skip
def test_what_a_server_would_refuse_is_refused(policy: dict[str, Any], expected: list[tuple[Any, str]]) -> None:
    assert [problem[:2] for problem in problems(policy)] == expected


@pytest.mark.parametrize(
    ("variable", "expression", "types"),
    [
        ("object.?spec", "variables.x.orValue(1) == 'a'", "int, string"),
        ("[1]", "variables.x[0] == 'a'", "int, string"),
        ("{'a': 1u}", "variables.x.a == 'a'", "uint, string"),
        ("null", "variables.x == 'a'", "null, string"),
        ("timestamp(0)", "variables.x == 'a'", "google.protobuf.Timestamp, string"),
    ],
)
def test_a_variable_keeps_its_type(variable: str, expression: str, types: str) -> None:
    policy = body(expression, variables=[{"name": "x", "expression": variable}])

    found = [message for _, message, *_ in problems(policy)]

    assert found == [f"found no matching overload for '_==_' applied to '({types})'"]


@pytest.mark.parametrize("variable", ["optional.of(1)", "quantity('1')", "request", "int", "ip('::1')"])
def test_a_variable_of_a_type_that_the_server_does_not_declare_can_be_anything(variable: str) -> None:
    policy = body("variables.x == 'a'", "[variables.y[0]] == [1]", "variables.z['a'].spell == 1")

    policy["spec"]["variables"] = [
        {"name": name, "expression": spelled}
        for name, spelled in (("x", variable), ("y", f"[{variable}]"), ("z", f"{{'a': {variable}}}"))
    ]

    assert [str(found.program.type) for found in Policy.read(policy).validations] == ["bool"] * 3


def test_every_problem_of_a_binding_is_told_with_its_place() -> None:
    spec = {"paramRef": {"name": "a", "selector": {}}, "validationAction": []}

    with pytest.raises(PolicyError) as refused:
        Binding.read(binding_body("Deny", "Warn", "Deny", "Page", **spec))

    assert [problem[:2] for problem in refused.value.problems] == [
        (("spec", "validationAction"), 'unknown field "validationAction"; did you mean "validationActions"?'),
        (("spec", "validationActions", 2), 'duplicate action "Deny"'),
        (("spec", "validationActions", 3), 'unsupported value "Page": supported values: "Deny", "Warn", "Audit"'),
        (("spec", "validationActions"), "must not contain both Deny and Warn"),
        (("spec", "paramRef", "name"), "exactly one of name or selector must be specified"),
        (("spec", "paramRef", "parameterNotFoundAction"), "parameterNotFoundAction is required"),
    ]


# --- deciding ---


def test_a_denial_says_which_validation_failed_and_why() -> None:
    policy = body(
        validations=[
            {"expression": "true"},
            {"expression": "object.spec.hostNetwork != true", "message": " no host network ", "reason": "Forbidden"},
        ]
    )

    verdicts = evaluate(Policy.read(policy), [Binding.read(binding_body("Warn", "Audit"))], Request(POD))

    evidence = (Evidence(("spec", "hostNetwork"), value=True),)
    assert verdicts == [Verdict("bound", "Warn", "deny", "no host network", "Forbidden", 1, evidence)]


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ({"expression": " false "}, "failed expression: false"),
        ({"expression": "false", "message": "plain"}, "plain"),
        ({"expression": "false", "message": "plain", "messageExpression": "'pod ' + object.metadata.name"}, "pod web"),
        ({"expression": "false", "message": "plain", "messageExpression": "object.metadata.gone + ''"}, "plain"),
        ({"expression": "false", "message": "plain", "messageExpression": "'a\\nb'"}, "plain"),
        ({"expression": "false", "message": "plain", "messageExpression": "' '"}, "plain"),
        ({"expression": "false", "message": "m", "messageExpression": "lists.range(6000).map(i, 'x').join()"}, "m"),
    ],
)
def test_the_message_is_the_expressions_or_the_policys_own(validation: dict[str, str], message: str) -> None:
    assert [verdict.message for verdict in decide(body(validations=[validation]))] == [message]


def test_an_error_denies_unless_the_policy_ignores_failures() -> None:
    failing = "object.spec.priority > 0"

    verdicts = decide(body(failing))

    absent, cause = (Evidence(("spec", "priority"), absent=True),), "no such key: priority"
    message = f"expression '{failing}' resulted in error: {cause}"
    assert verdicts == [Verdict("", "Deny", "error", message, "Invalid", 0, absent, cause)]
    assert decide(body(failing, failurePolicy="Ignore")) == []


def test_variables_are_computed_once_and_only_when_read() -> None:
    variables = [
        {"name": "unread", "expression": "object.gone.deeper"},
        {"name": "bad", "expression": "1 / (object.spec.containers.size() - 2)"},
        {"name": "worse", "expression": "variables.bad + 1"},
        {"name": "good", "expression": "object.spec.containers.map(c, c.name)"},
    ]

    verdicts = decide(body("variables.good == ['a', 'b']", "variables.worse == 1", variables=variables))

    message = (
        'composited variable "worse" fails to evaluate: composited variable "bad" fails to evaluate: division by zero'
    )
    assert [(verdict.decision, verdict.cause) for verdict in verdicts] == [("error", message)]


@pytest.mark.parametrize(
    ("conditions", "decisions"),
    [
        (["object.kind == 'Pod'"], ["deny"]),
        (["object.kind == 'Pod'", "object.kind == 'Node'"], []),
        (["object.gone == 1", "false"], []),
        (["object.gone == 1", "true"], ["error"]),
        (["object.gone == 1", "object.lost == 1"], ["error"]),
        (["namespaceObject == null"], ["deny"]),
    ],
)
def test_match_conditions_decide_whether_a_policy_applies(conditions: list[str], decisions: list[str]) -> None:
    listed = [{"name": f"c{index}", "expression": expression} for index, expression in enumerate(conditions)]

    verdicts = decide(body("false", matchConditions=listed))

    assert [verdict.decision for verdict in verdicts] == decisions


CONDITIONS = {
    "true": ["object.kind == 'Pod'"],
    "false": ["object.kind == 'Node'"],
    "failing": ["object.gone == 1"],
    "failing, then false": ["object.gone == 1", "object.kind == 'Node'"],
    "false of what was before": ["oldObject != null", "object.kind == 'Pod'"],
    "false after many steps": ["object.spec.containers.exists(c, c.name == 'z')"],
    "about what not all policies know": ["params == null", "object.kind == 'Node'"],
}
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "with variables": {"variables": [{"name": "v", "expression": "object.kind"}]},
    "with parameters": {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}},
    "with an annotation": {"auditAnnotations": [{"key": "k", "valueExpression": "string(object.kind)"}]},
}


def test_a_condition_that_many_policies_have_decides_about_each_as_about_one_alone() -> None:
    """What is found out for one is known to the next: in whatever order, it changes nothing."""
    every = [
        Policy.read(
            body("false", matchConditions=[{"name": f"c{n}", "expression": e} for n, e in enumerate(stated)], **more)
        )
        for name, stated in CONDITIONS.items()
        for shape, more in SHAPES.items()
        if "params" not in stated[0] or shape == "with parameters"
    ]
    binding = Binding.read(binding_body("Deny", paramRef={"name": "limits", "parameterNotFoundAction": "Deny"}))

    def decided(policy: Policy, request: Request, known: list[dict[str, Any]]) -> list[Verdict]:
        chosen = [binding] if policy.param_kind else None
        return evaluate(policy, chosen, request, lambda _: known)

    for known in ([], [CONFIG]):
        alone = [decided(policy, Request(POD), known) for policy in every]
        for order in (every, every[::-1]):
            shared = Request(POD)
            together = {id(policy): decided(policy, shared, known) for policy in order}
            assert [together[id(policy)] for policy in every] == alone
        assert sum(bool(verdicts) for verdicts in alone) == (13 if not known else 8)


def test_an_audit_annotation_that_fails_denies() -> None:
    failing = {"key": "a", "valueExpression": "object.metadata.gone + 'x'"}
    policy = Policy.read(body("true", auditAnnotations=[failing, {"key": "b", "valueExpression": "null"}]))

    verdicts = evaluate(policy, [Binding.read(binding_body("Audit"))], Request(POD))

    message = "expression 'object.metadata.gone + 'x'' resulted in error: no such key: gone"
    assert verdicts == [Verdict("bound", "Deny", "error", message, cause="no such key: gone")]


def test_the_old_object_is_there_on_an_update_only() -> None:
    policy = body("oldObject == null || object.spec.hostNetwork == oldObject.spec.hostNetwork")
    before = {**POD, "spec": {**POD["spec"], "hostNetwork": False}}

    created = decide(policy)
    updated = decide(policy, Request(POD, before, "UPDATE"))
    deleted = decide(body("object == null && oldObject.metadata.name == 'x'"), Request(None, POD, "DELETE"))

    assert (created, [verdict.decision for verdict in updated]) == ([], ["error"])  # false is dropped: no such key
    assert [verdict.evidence for verdict in deleted] == [(Evidence(("metadata", "name"), value="web"),)]


# --- what only a cluster knows ---


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("authorizer.group('').resource('pods').check('get').allowed()", "the authorizer's decision"),
        ("authorizer.requestResource.check('get').allowed() && object.kind == 'Pod'", "the authorizer's decision"),
        ("request.userInfo.username == 'admin'", "the user of the request"),
        ("'admins' in request.userInfo.groups", "the user of the request"),
        ("namespaceObject.metadata.labels['env'] == 'prod'", "a label of namespace default"),
        ("has(namespaceObject.metadata.annotations)", "the manifest of namespace default"),
        ("namespaceObject.metadata.labels.all(k, k != 'x')", "a label of namespace default"),
        ("object.gone == 1 || authorizer.path('/x').check('get').allowed()", "the authorizer's decision"),
    ],
)
def test_what_only_a_cluster_knows_is_undecidable_and_never_a_pass(expression: str, why: str) -> None:
    verdicts = decide(body(expression))

    assert verdicts == [Verdict("", "Deny", "undecidable", f"{why} is known to the cluster only", "Invalid", 0)]


@pytest.mark.parametrize(
    "expression",
    [
        "authorizer.path('/x').check('get').allowed() || object.kind == 'Pod'",
        "namespaceObject.metadata.name == 'default'",
        "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'",
        "namespaceObject != null",
        "request.userInfo.username == 'x' || true",
        "request.operation == 'CREATE' && request.resource.resource == 'pods' && request.name == 'web'",
        "request.namespace == 'default' && object.metadata.namespace == 'default' && !request.dryRun",
    ],
)
def test_what_the_known_part_decides_is_decided(expression: str) -> None:
    assert decide(body(expression)) == []


def test_what_is_given_is_known() -> None:
    namespace = {"metadata": {"name": "default", "labels": {"env": "prod"}, "annotations": {"a": "b"}}}
    request = Request(POD, namespace_object=namespace, user=User("ann", ("admins",)))
    expression = (
        "namespaceObject.metadata.labels.env == 'prod' && namespaceObject.metadata.annotations.a == 'b' && "
        "request.userInfo.username == 'ann' && 'admins' in request.userInfo.groups"
    )

    assert decide(body(expression), request) == []


# --- params ---

CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "limits", "labels": {"for": "kata"}},
    "data": {"most": "1"},
}
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap"}
COUNTED = body("object.spec.containers.size() <= int(params.data.most)", paramKind=CONFIG_MAP)


@pytest.mark.parametrize(
    ("ref", "decisions"),
    [
        ({"name": "limits", "parameterNotFoundAction": "Deny"}, ["deny"]),
        ({"selector": {"matchLabels": {"for": "kata"}}, "parameterNotFoundAction": "Deny"}, ["deny", "deny"]),
        ({"name": "gone", "parameterNotFoundAction": "Allow"}, ["undecidable"]),
        ({"selector": {"matchLabels": {"for": "all"}}, "parameterNotFoundAction": "Deny"}, ["undecidable"]),
        (None, ["error"]),
    ],
)
def test_params_come_from_the_objects_that_are_known(ref: dict[str, Any] | None, decisions: list[str]) -> None:
    spec = {} if ref is None else {"paramRef": ref}
    binding = Binding.read(binding_body("Deny", **spec))
    known = [CONFIG, {**CONFIG, "metadata": {**CONFIG["metadata"], "name": "more"}}]

    verdicts = evaluate(Policy.read(COUNTED), [binding], Request(POD), lambda _: known)

    assert [verdict.decision for verdict in verdicts] == decisions


# --- matching ---


def _rule(**fields: Any) -> dict[str, Any]:
    return {"resourceRules": [{**ANYTHING, **fields}]}


NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
SCALER = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}}
CUSTOM = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t"}}


@pytest.mark.parametrize(
    ("constraints", "request_", "decisions"),
    [
        (_rule(resources=["pods"]), Request(POD), ["deny"]),
        (_rule(resources=["pods/exec"]), Request(POD), []),
        (_rule(resources=["pods/exec"]), Request(POD, operation="CONNECT", subresource="exec"), ["deny"]),
        (_rule(resources=["*/*"]), Request(POD, subresource="exec"), ["deny"]),
        (_rule(apiGroups=["apps"]), Request(POD), []),
        (_rule(apiVersions=["v2"]), Request(POD), []),
        (_rule(operations=["UPDATE"]), Request(POD), []),
        (_rule(resourceNames=["other"]), Request(POD), []),
        (_rule(scope="Cluster"), Request(POD), []),
        (_rule(scope="Cluster"), Request(NODE), ["deny"]),
        (_rule(scope="Namespaced"), Request(NODE), []),
        ({**_rule(), "excludeResourceRules": [{**ANYTHING, "resources": ["pods"]}]}, Request(POD), []),
        ({**_rule(), "objectSelector": {"matchLabels": {"app": "web"}}}, Request(POD), ["deny"]),
        ({**_rule(), "objectSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}},
         Request(POD), []),
        ({**_rule(), "namespaceSelector": {"matchLabels": {"env": "prod"}}}, Request(POD), ["undecidable"]),
        ({**_rule(), "namespaceSelector": {"matchLabels": {"env": "prod"}}}, Request(NODE), ["deny"]),
        ({**_rule(), "namespaceSelector": {"matchLabels": {"env": "prod"}}}, Request(POD, namespace_object={}), []),
        ({**_rule(), "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "x"}}}, Request(POD), []),
        (_rule(resources=["things"]), Request(CUSTOM), ["undecidable"]),
        (_rule(resources=["things"]), Request(CUSTOM, resource=Resource("things")), ["deny"]),
        (_rule(resources=["things"], apiVersions=["v1beta1"]),
         Request(CUSTOM, resource=Resource("things")), ["undecidable"]),
        ({**_rule(resources=["things"], apiVersions=["v1beta1"]), "matchPolicy": "Exact"},
         Request(CUSTOM, kinds=with_more({("example.org", "Thing"): Resource("things")})), []),
        (_rule(resources=["horizontalpodautoscalers"], apiVersions=["v2"]), Request(SCALER), ["undecidable"]),
        (_rule(), Request(body("true")), []),
    ],
)  # fmt: skip
def test_constraints_choose_the_requests(constraints: dict[str, Any], request_: Request, decisions: list[str]) -> None:
    verdicts = decide(body("false", matchConstraints=constraints), request_)

    assert [verdict.decision for verdict in verdicts] == decisions


def test_a_policy_whose_doubt_does_not_matter_passes() -> None:
    constraints = {**_rule(), "namespaceSelector": {"matchLabels": {"env": "prod"}}}

    assert decide(body("object.kind == 'Pod'", matchConstraints=constraints)) == []


def test_a_binding_narrows_its_policy() -> None:
    selector = {"matchResources": {"objectSelector": {"matchLabels": {"app": "other"}}}}
    bindings = [Binding.read(binding_body("Deny", **selector)), Binding.read(binding_body("Audit"))]

    verdicts = evaluate(Policy.read(body("false")), bindings, Request(POD))

    assert [verdict.action for verdict in verdicts] == ["Audit"]


# --- evidence ---

VARIABLES = [
    {"name": "kata", "expression": "object.spec.?runtimeClassName.orValue('') == 'kata'"},
    {"name": "all", "expression": "object.spec.containers + object.spec.?initContainers.orValue([])"},
    {"name": "privileged", "expression": "variables.all.filter(c, c.?securityContext.?privileged.orValue(false))"},
    {"name": "bad", "expression": "variables.privileged.map(c, c.name)"},
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!has(object.spec.hostNetwork) || !object.spec.hostNetwork", ["spec/hostNetwork"]),
        ("has(object.spec.x)", ["spec/x absent"]),
        ("object.spec.containers.all(c, !c.image.endsWith(':latest'))", ["spec/containers/1/image"]),
        ("!variables.kata || variables.all.all(c, !c.?securityContext.?privileged.orValue(false))",
         ["spec/containers/1/securityContext/privileged", "spec/runtimeClassName"]),
        ("size(variables.bad) == 0", ["spec/containers/1/securityContext/privileged", "spec/containers/1/name"]),
        ("object.spec.volumes.all(v, !has(v.hostPath))", ["spec/volumes/0/hostPath"]),
        ("variables.all.all(c, has(c.resources.limits) && has(c.resources.limits.memory))",
         ["spec/containers/0/resources/limits/memory absent", "spec/containers/1/resources/limits absent"]),
        ("object.metadata.labels['app'] == 'x'", ["metadata/labels/app"]),
        ("object.metadata.labels.all(k, !k.startsWith('a'))", ["metadata/labels/app"]),
        ("object.spec.containers[1].image == 'x'", ["spec/containers/1/image"]),
        ("object.spec.replicas > 1", ["spec/replicas absent"]),
        ("object.metadata.?annotations[?'a/b'].orValue('') == 'yes' || has(object.spec.selector)",
         ["spec/selector absent", "metadata/annotations absent"]),
        ("object.spec.containers.map(c, c.image).all(i, !i.contains('latest'))", ["spec/containers/1/image"]),
        ("object.spec.containers.exists(c, c.name == 'z')", ["spec/containers"]),
        ("object.spec.containers.filter(c, c.name == 'z').size() == 1", ["spec/containers"]),
        ("object.spec.containers.size() < 2", ["spec/containers"]),
        ("object.spec.runtimeClassName in ['x', 'y']", ["spec/runtimeClassName"]),
        ("quantity(object.spec.containers[0].resources.limits.cpu).isGreaterThan(quantity('2'))",
         ["spec/containers/0/resources/limits/cpu"]),
        ("object.spec.?hostPID.optMap(h, h == true).orValue(false)", ["spec/hostPID absent"]),
        ("object.spec.hostNetwork ? object.spec.dnsPolicy == 'Default' : true",
         ["spec/dnsPolicy absent", "spec/hostNetwork"]),
        ("object.spec.containers.all(i, c, c.name == 'a')", ["spec/containers/1/name"]),
        ("object.metadata.labels.filter(k, true).all(k, !object.metadata.labels[?k].hasValue())",
         ["metadata/labels/app"]),
        ("'a' == 'b'", []),
    ],
)  # fmt: skip
def test_the_fields_that_decided_are_named(expression: str, expected: list[str]) -> None:
    (verdict,) = decide(body(expression, variables=VARIABLES))

    shown = ["/".join(map(str, one.path)) + (" absent" if one.absent else "") for one in verdict.evidence]
    assert shown == expected
