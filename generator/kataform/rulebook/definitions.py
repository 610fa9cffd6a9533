"""The rules on CRDs and on the rules that these bring along, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

_CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names:
    kind: Widget
    plural: widgets
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              least:
                type: integer
              most:
                type: integer
            x-kubernetes-validations:
            - rule: self.least <= self.most
              message: least must not be above most
"""
_WIDGET = """\
---
apiVersion: example.com/v1
kind: Widget
metadata:
  name: one
spec:
  least: 1
  most: 2
"""

RULES = by_name(
    Rule(
        "definition-refused",
        "A CustomResourceDefinition that the API server refuses: not structural, a pattern or a rule that is none.",
        why="Without its CRD no object of the kind can be created. Here, their fields are then not checked.",
        remedy="write what the message asks for",
        failing=_CRD.replace("\n              most:\n                type: integer", "\n              most: {}"),
        passing=_CRD,
        source="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/",
    ),
    Rule(
        "crd-rule-broken",
        "An object breaks a rule of its CRD (`x-kubernetes-validations`).",
        why="The API server evaluates the rules after the fields, and refuses the object.",
        remedy="write what the rule asks for; it stands in the finding",
        failing=_CRD + _WIDGET.replace("least: 1", "least: 3"),
        passing=_CRD + _WIDGET,
        source="https://kubernetes.io/docs/reference/using-api/cel/",
    ),
    Rule(
        "crd-rule-undecided",
        "A rule of a CRD takes longer than it may, so nothing is known of the object.",
        Severity.WARNING,
        why="The API server stops such a rule, too, and refuses the object.",
        remedy="bound what the rule goes over: maxItems, maxLength, maxProperties in the CRD",
    ),
)
