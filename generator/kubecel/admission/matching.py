"""Whether a policy or binding is about a request: rules, scope, selectors, and equivalent versions.

https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/matching/matching.go
"""

from __future__ import annotations

from typing import NamedTuple

from kubecel.admission import selectors
from kubecel.admission.fields import Fields
from kubecel.admission.request import Request, labels_of
from kubecel.admission.selectors import Selector
from kubecel.errors import Undecided

_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT", "*")
_SCOPES = ("Cluster", "Namespaced", "*")
# Never shown to a policy, so that no policy can lock a cluster.
_EXEMPT = frozenset({
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("authentication.k8s.io", "SelfSubjectReview"),
    ("authentication.k8s.io", "TokenReview"),
    ("authorization.k8s.io", "LocalSubjectAccessReview"),
    ("authorization.k8s.io", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "SelfSubjectRulesReview"),
    ("authorization.k8s.io", "SubjectAccessReview"),
})  # fmt: skip
# Kubernetes' own groups: other versions of their resources are equivalent only where listed here.
_OWN_GROUPS = frozenset({
    "", "apps", "batch", "policy", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
    "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
})  # fmt: skip
_EQUIVALENT: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("autoscaling", "horizontalpodautoscalers"): (("autoscaling", "v1"), ("autoscaling", "v2")),
    ("", "events"): (("", "v1"), ("events.k8s.io", "v1")),
    ("events.k8s.io", "events"): (("", "v1"), ("events.k8s.io", "v1")),
}


class Rule(NamedTuple):
    """The resources that a policy is about."""

    groups: frozenset[str]
    versions: frozenset[str]
    resources: tuple[str, ...]
    operations: frozenset[str]
    scope: str
    names: frozenset[str]


class Constraints(NamedTuple):
    """matchConstraints of a policy, matchResources of a binding."""

    rules: tuple[Rule, ...] = ()
    excluded: tuple[Rule, ...] = ()
    namespaces: Selector = ()
    objects: Selector = ()
    exact: bool = False


EVERYTHING = Constraints()


def read(fields: Fields, *, rules_required: bool) -> Constraints:
    """The constraints in a body."""
    fields.only(("namespaceSelector", "objectSelector", "resourceRules", "excludeResourceRules", "matchPolicy"))
    if rules_required and not fields.get("resourceRules"):
        fields.complain("resourceRules is required", "resourceRules")
    return Constraints(
        tuple([_read_rule(rule) for rule in fields.maps("resourceRules")]),
        tuple([_read_rule(rule) for rule in fields.maps("excludeResourceRules")]),
        selectors.read(fields.map("namespaceSelector")),
        selectors.read(fields.map("objectSelector")),
        fields.choice("matchPolicy", ("Exact", "Equivalent"), "Equivalent") == "Exact",
    )


def _read_rule(fields: Fields) -> Rule:
    fields.only(("apiGroups", "apiVersions", "operations", "resources", "resourceNames", "scope"))
    groups, versions = fields.strings("apiGroups", required=True), fields.strings("apiVersions", required=True)
    for name, values in (("apiGroups", groups), ("apiVersions", versions)):
        if "*" in values and len(values) > 1:
            fields.complain("if '*' is present, must not specify other values", name)
    operations = fields.strings("operations", required=True)
    for index, operation in enumerate(operations):
        if operation not in _OPERATIONS:
            fields.complain(f'unsupported operation "{operation}"', "operations", index)
    scope = fields.choice("scope", _SCOPES, "*")
    resources = fields.strings("resources", required=True)
    names = frozenset(fields.strings("resourceNames"))
    return Rule(frozenset(groups), frozenset(versions), resources, frozenset(operations), scope, names)


# --- matching ---


def exempt(request: Request) -> bool:
    """Whether no policy ever sees the object."""
    return (request.group_version[0], request.kind) in _EXEMPT


def matches_known(constraints: Constraints, request: Request, known: dict[str, bool]) -> bool:
    """`matches`, which remembers what it said of requests of that kind where nothing else decides."""
    key = request.matched_by
    found = known.get(key)
    if found is None:
        found = not exempt(request) and matches(constraints, request)
        if not (constraints.namespaces or constraints.objects or any(rule.names for rule in _all_rules(constraints))):
            known[key] = found
    return found


def _all_rules(constraints: Constraints) -> tuple[Rule, ...]:
    return (*constraints.rules, *constraints.excluded)


def matches(constraints: Constraints, request: Request) -> bool:
    """Whether the request is meant. Raises Undecided where only a cluster could say so."""
    if constraints is EVERYTHING:
        return True
    if not (constraints.namespaces or constraints.objects or constraints.excluded):
        return _rules_match(constraints, request)
    undecided: Undecided | None = None
    checks = (_namespace_matches, _object_matches, _not_excluded, _rules_match)
    for check in checks:
        try:
            if not check(constraints, request):
                return False
        except Undecided as error:
            undecided = undecided or error
    if undecided is not None:
        raise undecided
    return True


def _namespace_matches(constraints: Constraints, request: Request) -> bool:
    """Objects of the cluster are in no namespace, so the selector does not concern them."""
    if not constraints.namespaces or not request.request_namespace:
        return True
    return selectors.matches(constraints.namespaces, request.namespace_labels)


def _object_matches(constraints: Constraints, request: Request) -> bool:
    """The object before the change or after it."""
    if not constraints.objects:
        return True
    bodies = [body for body in (request.object, request.old_object) if body is not None]
    return any(selectors.matches(constraints.objects, labels_of(body)) for body in bodies)


def _not_excluded(constraints: Constraints, request: Request) -> bool:
    return not constraints.excluded or not _any_rule(constraints.excluded, constraints, request)


def _rules_match(constraints: Constraints, request: Request) -> bool:
    return not constraints.rules or _any_rule(constraints.rules, constraints, request)


def _any_rule(rules: tuple[Rule, ...], constraints: Constraints, request: Request) -> bool:
    group, version = request.group_version
    plural = request.served.plural if request.served else None
    near = [rule for rule in rules if _meant(rule, request)]
    unknown = False
    for rule in near:
        if _group_matches(rule, group, version):
            if plural is None and not _any_resource(rule):
                unknown = True
            elif _resource_matches(rule, plural or "", request.subresource):
                return True
    if unknown:
        raise Undecided(f"which resource serves kind {request.kind} of {group} is not known")
    if not constraints.exact and plural is not None:
        _check_equivalent(near, group, version, plural, request)
    return False


def _meant(rule: Rule, request: Request) -> bool:
    """Operation, scope and name."""
    if "*" not in rule.operations and request.operation not in rule.operations:
        return False
    if rule.names and request.name not in rule.names:
        return False
    if rule.scope == "*":
        return True
    in_namespace = bool(request.request_namespace) and not request.is_namespace
    return in_namespace is (rule.scope == "Namespaced")


def _group_matches(rule: Rule, group: str, version: str) -> bool:
    return ("*" in rule.groups or group in rule.groups) and ("*" in rule.versions or version in rule.versions)


def _any_resource(rule: Rule) -> bool:
    return "*" in rule.resources or "*/*" in rule.resources


def _resource_matches(rule: Rule, plural: str, subresource: str) -> bool:
    for resource in rule.resources:
        name, _, sub = resource.partition("/")
        if name in ("*", plural) and sub in ("*", subresource):
            return True
    return False


def _check_equivalent(rules: list[Rule], group: str, version: str, plural: str, request: Request) -> None:
    """Raise Undecided where a rule names another version of the resource, to which the server would convert."""
    others = _EQUIVALENT.get((group, plural), ())
    for rule in rules:
        if not _resource_matches(rule, plural, request.subresource):
            continue
        for other_group, other_version in others:
            if (other_group, other_version) != (group, version) and _group_matches(rule, other_group, other_version):
                raise Undecided(f"the policy sees the object converted to {other_group}/{other_version}")
        if group not in _OWN_GROUPS and not others and ("*" in rule.groups or group in rule.groups):
            raise Undecided(f"the policy names another version of {plural}.{group}, to which the server may convert")
