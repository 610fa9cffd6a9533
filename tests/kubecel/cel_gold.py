"""Read the frozen answers of kube-apiserver, and write values the way they are written there."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import math
from pathlib import Path
from typing import Any

import kubecel
from kubecel.admission import (
    Binding,
    Policy,
    PolicyError,
    Request,
    Resource,
    User,
    built_in,
    default_binding,
    evaluate,
)
from kubecel.admission.kinds import plural
from kubecel.admission.policy import ParamRef
from kubecel.library.operators import double_to_string, to_string
from kubecel.types import DYN
from kubecel.values import Duration, Optional, Quantity, TypeValue, type_name

KUBERNETES = (1, 36)  # the version that gave the answers


def rows(shared: Path, name: str) -> list[dict[str, Any]]:
    """The lines of gold/<name>.jsonl.gz."""
    with gzip.open(shared / "gold" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def outcome(row: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """What kube-apiserver made of an expression: refused, error, or value with its type."""
    if row.get("compileError"):
        return "refused", None, None
    if row.get("evalError"):
        return "error", None, None
    return "value", row["value"], row["type"]


def answer(text: str, variables: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """What kubecel makes of an expression, in the same form."""
    try:
        program = kubecel.compile(text, dict.fromkeys(variables, DYN), KUBERNETES)
    except kubecel.CelError:
        return "refused", None, None
    try:
        value = program(variables)
    except kubecel.EvaluationError:
        return "error", None, None
    return "value", shown(value), type_name(value)


def shown(value: Any) -> str:
    """A value as the gold files write it: JSON, or Go's own form where JSON has none."""
    if isinstance(value, Optional):
        return shown(value.value) if value.present else "<nil>"
    if isinstance(value, Duration):
        return json.dumps(to_string(value))
    if isinstance(value, Quantity):
        return str(value.value.number)
    if isinstance(value, int) and abs(value) >= 1 << 53:
        return json.dumps(str(int(value)))
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, bytes):
        return json.dumps(base64.b64encode(value).decode())
    if isinstance(value, float):
        return double_to_go_json(value)
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        return "map[" + " ".join(f"{key}:{_plain(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{shown(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(shown, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def double_to_go_json(number: float) -> str:
    """A double the way Go's encoding/json writes it, which has no infinities."""
    if not math.isfinite(number):
        return double_to_string(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


# --- policies ---

_PLURALS = {"Mesh": "meshs"}  # as the published policy has it


def _kinds(group: str, kind: str) -> Resource | None:
    """Kinds of Kubernetes itself, and a plural in its manner for those of others."""
    return built_in(group, kind) or Resource(_PLURALS.get(kind) or plural(kind))


def read_policy(body: dict[str, Any]) -> Policy | PolicyError:
    """The policy, or why it is refused."""
    try:
        return Policy.read(body, KUBERNETES)
    except PolicyError as error:
        return error


def decide(row: dict[str, Any], policy: Policy | PolicyError, *, complete: bool = True) -> tuple[str, list[str]]:
    """What kubecel makes of a case of vap_cases: the verdict and the messages of denials.

    `complete` takes the object as it is written, without what the server would add.
    """
    if isinstance(policy, PolicyError):
        return "compile", []
    request = Request(
        row.get("object"),
        row.get("oldObject"),
        row["operation"],
        namespace_object=row.get("namespace") or {},
        user=User("kubernetes-admin", ("system:masters", "system:authenticated")),
        kinds=_kinds,
        complete=complete,
    )
    binding = Binding.read(row["binding"]) if row.get("binding") else default_binding(policy)
    if row.get("params"):
        ref = ParamRef(row["params"]["metadata"]["name"], "", None, allows_missing=False)
        binding = dataclasses.replace(binding, param_ref=ref)
    verdicts = evaluate(policy, [binding], request, lambda _: [row["params"]])
    decisions = [verdict.decision for verdict in verdicts]
    messages = [verdict.message for verdict in verdicts if verdict.decision == "deny"]
    if not verdicts:
        return "allow", []
    return ("deny" if "deny" in decisions else decisions[0].replace("error", "evalerror")), messages
