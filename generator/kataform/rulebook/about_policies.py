"""The rules on policies themselves, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "policy-undecided",
        "A policy could not be decided without a cluster, which is never taken for a pass.",
        Severity.WARNING,
        remedy="see what the finding says is missing",
    ),
    Rule(
        "policy-error",
        ("A policy failed to evaluate; the API server would refuse the object, or let it pass, accordingly."),
        Severity.WARNING,
        remedy="guard the expression with `has()`, or give the object the field",
    ),
    Rule(
        "policy-not-supported",
        "A policy uses what is not evaluated here.",
        remedy="rewrite the policy without it",
    ),
    Rule(
        "invalid-policy",
        "A policy does not compile; the API server would not enforce it.",
        remedy="mend the expression that the finding stands at",
    ),
    Rule(
        "duplicate-policy",
        "Two policies have the same name; the cluster keeps one.",
        remedy="rename one of them",
    ),
    Rule(
        "policy-without-binding",
        "Without a binding a policy judges nothing.",
        remedy="add a ValidatingAdmissionPolicyBinding",
    ),
    Rule(
        "binding-without-policy",
        "A binding of a policy that is not there.",
        remedy="correct `spec.policyName`",
    ),
    Rule(
        "case-failed",
        "A case beside a policy comes out otherwise than it says.",
        remedy="correct the policy, or the case",
    ),
    Rule(
        "invalid-case",
        "A document among the cases of a policy that is no case.",
        remedy="write it like those beside the shipped policies",
    ),
    Rule(
        "policy-without-cases",
        "A policy that no case shows at work.",
        remedy="add a file of cases beside it",
    ),
    Rule(
        "validation-untested",
        "A validation that no case makes false, or that none makes true.",
        remedy="add a case that makes it false, or one that makes it true",
    ),
    Rule(
        "policy-too-new",
        "A policy uses what the oldest target does not have yet.",
        remedy="write it with what that server has, or name a newer target",
    ),
    Rule(
        "policy-type",
        "An expression of a policy does not fit the schema of a kind that it is for.",
        Severity.WARNING,
        remedy="correct the field, or narrow what the policy is for",
    ),
    Rule(
        "field-unguarded",
        "A policy reads a field that an object may lack without asking first.",
        Severity.WARNING,
        remedy="ask with `has()`, or write `.?field.orValue(…)`",
    ),
    Rule(
        "policy-needs-cluster",
        "A policy asks what only a cluster knows: the authorizer, or who makes the request.",
        Severity.WARNING,
        remedy="see to it that it is tried on a cluster",
    ),
)
