"""The rules on ignores, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "ignore-without-reason",
        "An ignore must say why; one that does not is not followed.",
        Severity.WARNING,
        why="In a year nobody knows whether it may go.",
        remedy="write the reason behind the brackets",
        failing=(
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: settings\n"
            "data:\n"
            "  port: 9000  # kataform: ignore[unquoted-number]\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: settings\n"
            "data:\n"
            "  port: 9000  # kataform: ignore[unquoted-number] the chart quotes it\n"
        ),
    ),
    Rule(
        "ignore-expired",
        "The day until which a finding was accepted is over.",
        Severity.WARNING,
        remedy="mend the finding, or set another day",
        failing=(
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: settings\n"
            "data:\n"
            "  port: 9000  # kataform: ignore[unquoted-number] until=2020-01-31 until the move\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: settings\n"
            "data:\n"
            "  port: 9000  # kataform: ignore[unquoted-number] the chart quotes it\n"
        ),
    ),
    Rule(
        "ignore-unused",
        "Nothing breaks the rule there any more.",
        Severity.WARNING,
        why="A leftover would hide the next finding of that rule.",
        remedy="delete it",
        failing=(
            "apiVersion: v1\n"
            "kind: ConfigMap\n"
            "metadata:\n"
            "  name: settings\n"
            "data:\n"
            "  port: '9000'  # kataform: ignore[unquoted-number] the chart quotes it\n"
        ),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  port: '9000'\n"),
    ),
    Rule(
        "ignore-still-denied",
        "A finding is accepted here, and admission will refuse the object all the same.",
        Severity.INFO,
        why="An ignore silences the check, not the cluster that has the policy.",
        remedy="add the condition that the note shows to the policy's matchConditions",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: tools\n"
            "  namespace: test-kata\n"
            "spec:\n"
            "  runtimeClassName: kata\n"
            "  hostNetwork: true  # kataform: ignore[kata-pod-host-access] seen to work\n"
            "  containers:\n"
            "    - name: tools\n"
            "      image: registry.example.com/tools:1.4\n"
            "      resources:\n"
            "        limits: {cpu: 500m, memory: 256Mi}\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: tools\n"
            "  namespace: test-kata\n"
            "spec:\n"
            "  runtimeClassName: kata\n"
            "  hostNetwork: false\n"
            "  containers:\n"
            "    - name: tools\n"
            "      image: registry.example.com/tools:1.4\n"
            "      resources:\n"
            "        limits: {cpu: 500m, memory: 256Mi}\n"
        ),
    ),
)
