"""Ask the Go program in tests/oracle/cel, and give kubecel's answers in the same form."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import kubecel
from kubecel.types import DYN
from kubecel.values import CIDR, IP, Duration, Optional, Quantity, Semver, Timestamp, TypeValue, type_name
from left_out import left_out

BUILD_TIMEOUT = 900
NEWEST = (1, 37)
# Refused, error or value; and of a value what it is, with its type.
Answer = tuple[str, Any]


class Oracle:
    """A running oracle: a list of expressions at a time."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(
        self, expressions: Sequence[str], variables: Mapping[str, Any], version: kubecel.Version = NEWEST
    ) -> list[Answer]:
        """What a server of that version makes of each expression."""
        answers = self._answer({"expressions": expressions, "variables": variables}, version)
        return [_theirs(answer) for answer in answers]

    def errors(self, expressions: Sequence[str], variables: Mapping[str, Any]) -> dict[str, str]:
        """What the newest server says of the expressions whose evaluation fails."""
        answers = self._answer({"expressions": expressions, "variables": variables}, NEWEST)
        return {text: answer["error"] for text, answer in zip(expressions, answers, strict=True) if "error" in answer}

    def judge(self, admission: Mapping[str, Any], version: kubecel.Version = NEWEST) -> list[dict[str, Any]] | None:
        """What a policy decides about each request; None for a policy that a server of that version refuses."""
        found: list[dict[str, Any]] | None = self._answer({"admission": admission}, version).get("judgements")
        return found

    def _answer(self, request: Mapping[str, Any], version: kubecel.Version) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({**request, "version": ".".join(map(str, version))}).encode() + b"\n")
        stdin.flush()
        return json.loads(stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


def build(go: Path, repository: Path) -> Path:
    """The oracle, built into .cache/oracle; where Go cannot, the test that asked for it is left out."""
    path = repository / ".cache" / "oracle" / "cel"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"cel-{os.getpid()}")
    command = [str(go), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", str(made), "."]
    variables = {**os.environ, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    folder = repository / "tests" / "oracle" / "cel"
    try:
        answer = subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, timeout=BUILD_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        left_out(f"the oracle of tests/oracle/cel (not built in {BUILD_TIMEOUT} seconds)")
    if answer.returncode:
        left_out(f"the oracle of tests/oracle/cel (go build: {answer.stderr.strip()[-400:]})")
    made.replace(path)
    return path


def ours(expression: str, variables: Mapping[str, Any], version: kubecel.Version = NEWEST) -> Answer:
    """What kubecel makes of an expression."""
    try:
        program = kubecel.compile(expression, dict.fromkeys(variables, DYN), version)
    except kubecel.CelError:
        return "refused", None
    try:
        return "value", shown(program(variables))
    except kubecel.EvaluationError:
        return "error", None


def failure(expression: str, variables: Mapping[str, Any]) -> str:
    """What kubecel says of an expression whose evaluation fails; nothing of any other."""
    try:
        kubecel.compile(expression, dict.fromkeys(variables, DYN), NEWEST)(variables)
    except kubecel.CelError:
        return "refused"
    except kubecel.EvaluationError as error:
        return str(error)
    return ""


def differences(
    oracle: Oracle, expressions: Sequence[str], variables: Mapping[str, Any], version: kubecel.Version = NEWEST
) -> dict[str, tuple[Answer, Answer]]:
    """The expressions that are answered differently: what the server says, and what kubecel does."""
    answers = zip(expressions, oracle.ask(expressions, variables, version), strict=True)
    both = {text: (theirs, ours(text, variables, version)) for text, theirs in answers}
    return {text: (theirs, mine) for text, (theirs, mine) in both.items() if theirs != mine}


def _theirs(answer: dict[str, Any]) -> Answer:
    if "value" in answer:
        return "value", _plain(answer["value"])
    return ("refused" if "refused" in answer else "error"), None


def _plain(value: Any) -> Any:
    """A value of the oracle, with one form of what can be written in several."""
    kind = value[0]
    if kind == "double":
        return [kind, repr(float(value[1]))]
    if kind == "null_type":
        return [kind]
    if kind == "map":
        return [kind, sorted(([_plain(key), _plain(item)] for key, item in value[1]), key=str)]
    if kind in ("list", "optional_type"):
        return [kind, *map(_plain, value[1:])]
    if kind == "kubernetes.Quantity":
        return [kind, str(Fraction(value[1]))]
    if kind == "kubernetes.Semver":
        return [kind, value[1].partition("+")[0]]
    return [kind] if kind in ("kubernetes.URL", "kubernetes.NamedFormat") else value


def shown(value: Any) -> Any:
    """A value with its type, as the oracle writes it."""
    kind = type_name(value)
    if kind == "list":
        return [kind, *map(shown, value)]
    if kind == "map":
        return [kind, sorted(([shown(key), shown(item)] for key, item in value.items()), key=str)]
    if isinstance(value, Optional):
        return [kind, shown(value.value)] if value.present else [kind]
    text = _text(value)
    return [kind] if text is None else [kind, text]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, Timestamp):
        return f"{value.value // 10**9}.{value.value % 10**9}"
    if isinstance(value, Semver):
        numbers, parts = value.value.numbers, value.value.pre_release
        return ".".join(map(str, numbers)) + ("-" + ".".join(map(str, parts)) if parts else "")
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, Quantity):
        return str(value.value.number)
    return str(value.value) if isinstance(value, (Duration, IP, CIDR)) else None
