"""The rules on scalars, in words."""

from __future__ import annotations

from kataform.rule import Rule, by_name
from kataform.rulebook.engines import with_readings

_WORDS = (
    Rule(
        "unquoted-boolean",
        "`kata: true` where Kubernetes wants a string: the API server refuses the boolean.",
        why=(
            "YAML makes a boolean of true and false, kustomize passes it on, and only the API server "
            "refuses it: after the merge."
        ),
        remedy="quote it",
        failing=(
            "apiVersion: kataconfiguration.openshift.io/v1\n"
            "kind: KataConfig\n"
            "metadata:\n"
            "  name: cluster-kataconfig\n"
            "spec:\n"
            "  kataConfigPoolSelector:\n"
            "    matchLabels:\n"
            "      kata: true\n"
        ),
        passing=(
            "apiVersion: kataconfiguration.openshift.io/v1\n"
            "kind: KataConfig\n"
            "metadata:\n"
            "  name: cluster-kataconfig\n"
            "spec:\n"
            "  kataConfigPoolSelector:\n"
            "    matchLabels:\n"
            "      kata: 'true'\n"
        ),
    ),
    Rule(
        "unquoted-number",
        "A number where Kubernetes wants a string, such as a port in an annotation.",
        why=("A label, an annotation or an entry of a ConfigMap is a string; the API server refuses a number there."),
        remedy="quote it",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  port: 9000\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  port: '9000'\n"),
    ),
    Rule(
        "lossy-number",
        ("A number that is another text once it is read: `1.10` becomes `1.1`, `0755` becomes `493`."),
        why=("The number that a parser makes of it is written back as another text, so quoting it later is too late."),
        remedy="quote it",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  version: 1.10\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  version: '1.10'\n"),
    ),
    Rule(
        "dialect-dependent-scalar",
        "`yes`, a date, a key `on`: kustomize reads one thing, kubectl and Argo CD another.",
        why=(
            "go-yaml v3, which kustomize reads resources with, keeps to YAML 1.2 here; "
            "sigs.k8s.io/yaml, which kubectl and Argo CD read with, to YAML 1.1. The same file then "
            "means two things."
        ),
        remedy="quote it",
        failing={
            "kustomization.yaml": "resources:\n- namespace.yaml\n",
            "namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    kata: yes\n",
        },
        passing={
            "kustomization.yaml": "resources:\n- namespace.yaml\n",
            "namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    kata: 'yes'\n",
        },
    ),
)
RULES = by_name(*map(with_readings, _WORDS))
