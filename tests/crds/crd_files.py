"""Texts of CRDs and of objects of their kinds, for tests of the command line."""

from __future__ import annotations

WIDGETS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: {scope}
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
            required: [size, mode]
            properties:
              size: {size}
              mode:
                type: string
                default: slow
                pattern: (?i)^[a-z]+$
            x-kubernetes-validations:
            - rule: {rule}
              message: a fast one is small
  - name: v1alpha1
    served: false
    storage: false
    schema:
      openAPIV3Schema:
        type: object
"""
SIZE = "{type: integer, minimum: 1}"
RULE = "self.mode != 'fast' || self.size < 10"
WIDGET = """\
apiVersion: example.com/{version}
kind: Widget
metadata:
  name: one
spec:
  size: {size}
  mode: {mode}
"""


def crd(*, scope: str = "Namespaced", size: str = SIZE, rule: str = RULE) -> str:
    return WIDGETS.format(scope=scope, size=size, rule=rule)


def widget(*, version: str = "v1", size: str = "1", mode: str = "slow") -> str:
    return WIDGET.format(version=version, size=size, mode=mode)
