"""Compare kubecel with recorded answers of kube-apiserver: `python -m kubecel.conformance FILE.jsonl[.gz] …`.

A line of a file is one case. Its fields say of which form it is:

- `expr`, `vars`: an expression, with `compileError`, `evalError`, or `value` and `type`;
- `vap`, `object`, …: a policy and a request, with `apiserver` and `apiserver_defaulted` (allow, deny, evalerror,
  nomatch, compile) and the `messages` of denials for the object as it is written;
- `object`, `defaulted`: an object before and after the server completes it;
- `policy`, `warnings`: a policy and the warnings of its type check.

What differs is printed, and last one line with the number of cases, of equal verdicts, and of equal messages. The words
of an error in an expression are not compared: the servers of one year say it in other words than those of the next.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import gzip
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import kubecel
from kubecel import admission
from kubecel.admission import matching, typecheck
from kubecel.admission.defaulting import defaulted
from kubecel.admission.fields import Fields
from kubecel.admission.kinds import plural
from kubecel.admission.policy import ParamRef
from kubecel.admission.typecheck import Kind
from kubecel.errors import Undecided
from kubecel.library.operators import double_to_string, to_string
from kubecel.types import DYN
from kubecel.values import Duration, Optional, Quantity, TypeValue, type_name

Row = dict[str, Any]
VERSION = (1, 36)  # the server whose answers were recorded
USER = admission.User("kubernetes-admin", ("system:masters", "system:authenticated"))


class Outcome(NamedTuple):
    """What somebody makes of a case: a verdict, and what is said of it."""

    verdict: Any
    messages: Any = ()


class Difference(NamedTuple):
    """What the server says of a case and what kubecel says."""

    case: str
    expected: Outcome
    found: Outcome


# --- expressions ---


def _expression(row: Row) -> Iterator[tuple[Outcome, Outcome]]:
    yield recorded_value(row), value_of(row["expr"], row["vars"])


def recorded_value(row: Row) -> Outcome:
    """What the server made of an expression: refused, error, or value with its type."""
    if row.get("compileError"):
        return Outcome("refused")
    if row.get("evalError"):
        return Outcome("error")
    return Outcome(("value", row["value"], row["type"]))


def value_of(text: str, variables: Mapping[str, Any]) -> Outcome:
    """What kubecel makes of an expression, in the same form."""
    try:
        program = kubecel.compile(text, dict.fromkeys(variables, DYN), VERSION)
    except kubecel.CelError:
        return Outcome("refused")
    try:
        value = program(variables)
    except kubecel.EvaluationError:
        return Outcome("error")
    return Outcome(("value", shown(value), type_name(value)))


def shown(value: Any) -> str:
    """A value as it is recorded: JSON, or Go's own form where JSON has none."""
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
        return _double(value)
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        return "map[" + " ".join(sorted([f"{_plain(key)}:{_plain(item)}" for key, item in value.items()])) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{shown(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(shown, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if _is_json(value) else str(to_string(value))


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, str))


def _double(number: float) -> str:
    """A double as Go's encoding/json writes it, which has no infinities."""
    if not math.isfinite(number):
        return str(double_to_string(number))
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)


def _plain(value: Any) -> str:
    """A value within a map that JSON cannot write, as Go prints it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_plain(key)}: {_plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Duration):
        return str(to_string(value))
    if value is None:
        return "0"
    return value if isinstance(value, str) else shown(value)


# --- policies ---


def _policy(row: Row) -> Iterator[tuple[Outcome, Outcome]]:
    if "apiserver" in row:
        verdict = row["apiserver"]
        messages = row.get("messages") if verdict == "deny" else None
        found = decide(row, complete=True)
        yield Outcome(verdict, messages), found if messages is not None else found._replace(messages=None)
    elif "apiserver_defaulted" not in row:
        raise KeyError("apiserver")
    if "apiserver_defaulted" in row:
        yield Outcome(row["apiserver_defaulted"], None), decide(row, complete=False)._replace(messages=None)


def decide(row: Row, *, complete: bool) -> Outcome:
    """What kubecel makes of a request; with `complete` its objects are taken as they are written."""
    asked = request(row, complete=complete)
    if not concerns(row, asked):
        return Outcome("nomatch", [])
    policy = _read(json.dumps(row["vap"]))
    if policy is None:
        return Outcome("compile", [])
    verdicts = admission.evaluate(policy, [binding(row, policy)], asked, lambda _: [row["params"]])
    decisions = ["compile" if _UNCOMPILED in verdict.message else verdict.decision for verdict in verdicts]
    messages = [verdict.message for verdict in verdicts if verdict.decision == admission.DENY]
    if not verdicts:
        return Outcome("allow", messages)
    decision = admission.DENY if admission.DENY in decisions else decisions[0]
    return Outcome("evalerror" if decision == admission.ERROR else decision, messages)


def served(row: Row) -> admission.Resource:
    """What the object of a case is served as."""
    body = row.get("object") or row.get("oldObject") or {}
    return served_as(row, str(body.get("apiVersion") or "").rpartition("/")[0], str(body.get("kind")))


def served_as(row: Row, group: str, kind: str) -> admission.Resource:
    """The resource of a kind: Kubernetes' own, else one that the case is about."""
    return admission.built_in(group, kind) or admission.Resource(_plural(row, kind), not row.get("clusterScoped"))


def request(row: Row, *, complete: bool) -> admission.Request:
    """The request of a case; with `complete` its objects are taken as they are written."""
    return admission.Request(
        row.get("object"),
        row.get("oldObject"),
        row.get("operation") or "CREATE",
        namespace_object=row.get("namespace") or {},
        user=USER,
        kinds=lru_cache(maxsize=None)(lambda group, kind: served_as(row, group, kind)),
        complete=complete,
    )


def _plural(row: Row, kind: str) -> str:
    """The plural that the policy has for a kind of somebody else's, else one in the manner of Kubernetes."""
    usual = plural(kind)
    spec = row["vap"].get("spec") or {}
    rules = (spec.get("matchConstraints") or {}).get("resourceRules") or ()
    named = [str(one) for rule in rules for one in rule.get("resources") or ()]
    return kind.lower() + "s" if usual not in named and kind.lower() + "s" in named else usual


def concerns(row: Row, request: admission.Request) -> bool:
    """Whether the policy and its binding are about the request, be their expressions as they may."""
    spec = Fields(row["vap"].get("spec"), (), [])
    bound = Fields((row.get("binding") or {}).get("spec"), (), [])
    try:
        return (
            not matching.exempt(request)
            and matching.matches(matching.read(spec.map("matchConstraints"), rules_required=False), request)
            and matching.matches(matching.read(bound.map("matchResources"), rules_required=False), request)
        )
    except Undecided:
        return True


@lru_cache(maxsize=4096)
def _read(text: str) -> admission.Policy | None:
    """The policy as it stands in a server: an expression that does not compile fails when it is evaluated."""
    body = json.loads(text)
    try:
        return admission.Policy.read(body, VERSION)
    except admission.PolicyError as error:
        for problem in error.problems:
            _replace_expression(body, problem.path)
    try:
        return admission.Policy.read(body, VERSION)
    except admission.PolicyError:
        return None


_UNCOMPILED = "this expression does not compile"
_FAILING = f"dyn({{}})['{_UNCOMPILED}']"
_REPLACED = {"variables": _FAILING, "validations": f"{_FAILING} == 1", "matchConditions": f"{_FAILING} == 1"}


def _replace_expression(body: Row, path: tuple[str | int, ...]) -> None:
    """Put an expression that always fails in the place of one that is refused, and leave out a refused message."""
    if len(path) != 4 or path[0] != "spec" or path[1] not in _REPLACED:
        return
    fields = body["spec"][path[1]][path[2]]
    if path[3] == "expression":
        fields["expression"] = _REPLACED[str(path[1])]
    elif path[3] == "messageExpression":
        fields.pop("messageExpression", None)


def binding(row: Row, policy: admission.Policy) -> admission.Binding:
    """The binding of a case, which takes its params by their name."""
    bound = admission.Binding.read(row["binding"]) if row.get("binding") else admission.default_binding(policy)
    if not row.get("params"):
        return bound
    name = str((row["params"].get("metadata") or {}).get("name"))
    return dataclasses.replace(bound, param_ref=ParamRef(name, "", None, allows_missing=False))


# --- objects and warnings ---


def _defaulting(row: Row) -> Iterator[tuple[Outcome, Outcome]]:
    yield Outcome(row["defaulted"]), Outcome(defaulted(row["object"]))


def _typecheck(row: Row) -> Iterator[tuple[Outcome, Outcome]]:
    found = [{"fieldRef": one.field_ref, "warning": one.warning} for one in schemas().check(row["policy"])]
    expected = row["warnings"] or []
    yield Outcome(bool(expected), expected), Outcome(bool(found), found)


class Schemas:
    """Kubernetes' kinds and their schemas, as the folder of schemas/kubernetes keeps them."""

    def __init__(self, folder: Path) -> None:
        self._index = json.loads((folder / "index.json").read_bytes())
        self._text = (folder / "definitions.jsonl").read_bytes()
        self._kinds: dict[Kind, str] = {}
        for identity, (definition, minors, *served) in self._index["kinds"].items():
            if served and _within(minors):
                version, kind = identity.split()
                self._kinds[Kind(*_split(version), kind, served[0])] = definition

    def check(self, policy: Mapping[str, Any]) -> tuple[typecheck.Warning, ...]:
        """The warnings for a policy."""
        return typecheck.check(policy, self._kinds, self._schema)

    def _schema(self, kind: Kind) -> Mapping[str, Any] | None:
        definition = self._kinds.get(kind)
        return None if definition is None else {**self._definition(definition), "$defs": _Definitions(self._definition)}

    def _definition(self, name: str) -> dict[str, Any]:
        for first, last, offset, length in self._index["definitions"].get(name, ()):
            if _within([[first, last]]):
                found: dict[str, Any] = json.loads(self._text[offset : offset + length])
                return found
        return {}


class _Definitions(dict[str, Any]):
    """Definitions that are read when they are asked for."""

    def __init__(self, read: Callable[[str], dict[str, Any]]) -> None:
        super().__init__()
        self._read = read

    def get(self, name: str, _: Any = None) -> Any:
        if name not in self:
            self[name] = self._read(name)
        return self[name]

    def __bool__(self) -> bool:
        return True


def _within(minors: list[list[int]]) -> bool:
    return any(first <= VERSION[1] <= last for first, last in minors)


def _split(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


@lru_cache(maxsize=1)
def schemas() -> Schemas:
    """The schemas that stand beside this package, in a checkout or where it is installed."""
    here = Path(__file__).resolve().parent
    folders = (
        here.parents[1] / "schemas" / "kubernetes",
        here.parent / "kataform" / "_data" / "schemas" / "kubernetes",
    )
    return Schemas(next((folder for folder in folders if folder.is_dir()), folders[0]))


# --- files ---

_FORMS: tuple[tuple[tuple[str, ...], Callable[[Row], Iterator[tuple[Outcome, Outcome]]]], ...] = (
    (("expr", "vars"), _expression),
    (("vap",), _policy),
    (("policy", "warnings"), _typecheck),
    (("object", "defaulted"), _defaulting),
)


class Tally:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.cases = self.verdicts = self.messages = self.unread = 0

    @property
    def agree(self) -> bool:
        return self.cases == self.verdicts == self.messages and not self.unread

    def __str__(self) -> str:
        return f"{self.cases} cases, {self.verdicts} same verdict, {self.messages} same messages"

    def add(self, case: str, pairs: list[tuple[Outcome, Outcome]]) -> list[Difference]:
        """Count one case; gives what differs in it."""
        self.cases += 1
        same = all(expected.verdict == found.verdict for expected, found in pairs)
        self.verdicts += same
        self.messages += same and all(expected.messages == found.messages for expected, found in pairs)
        return [Difference(case, expected, found) for expected, found in pairs if expected != found]


def compare(path: Path, tally: Tally) -> Iterator[str]:
    """The lines to print about a file: a line that is no case, or a case that differs."""
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            form = next(form for fields, form in _FORMS if all(field in row for field in fields))
            found = tally.add(f"{path}:{number}", list(form(row)))
        except (ValueError, StopIteration, TypeError, LookupError, AttributeError, RecursionError) as error:
            tally.unread += 1
            yield f"{path}:{number}: not a case ({type(error).__name__}: {error})"
            continue
        for one in found:
            yield f"{one.case}: {_title(row)}\n  server:  {_told(one.expected)}\n  kubecel: {_told(one.found)}"


def rows(path: Path) -> Iterator[Row]:
    """The cases of a file whose lines all are some."""
    yield from (json.loads(line) for line in _lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from file


def _title(row: Row) -> str:
    for name in ("id", "expr"):
        if row.get(name):
            return str(row[name])
    body = row.get("policy") or row.get("object") or {}
    return f"{body.get('kind')} {(body.get('metadata') or {}).get('name')}"


def _told(outcome: Outcome) -> str:
    return json.dumps(outcome.verdict) + (f" {json.dumps(outcome.messages)}" if outcome.messages else "")


def main(arguments: list[str] | None = None) -> int:
    """0 where everything agrees, 1 where something differs, 2 where a file cannot be read."""
    parser = argparse.ArgumentParser("python -m kubecel.conformance", description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="cases, one JSON object a line; .gz is read"
    )
    tally = Tally()
    for path in parser.parse_args(arguments).files:
        try:
            for line in compare(path, tally):
                print(line)
        except (OSError, EOFError) as error:
            print(
                f"{path}: {error.strerror if isinstance(error, OSError) and error.strerror else error}", file=sys.stderr
            )
            return 2
    print(tally)
    return 0 if tally.agree else 1


if __name__ == "__main__":
    sys.exit(main())
