"""The rules in a CRD's schema, `x-kubernetes-validations`: what is wrong with them, and the objects that break them.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from typing import Any

from kataform.crds import UNDECIDED, typed
from kataform.crds.definition import Version
from kataform.resource import Path
from kataform.schemas import Violation
from kubecel import CelError, EvaluationError, Program, Type, evidence
from kubecel import compile as compiled
from kubecel.ast import Ident, Node, children
from kubecel.budget import Steps
from kubecel.errors import BudgetExceeded
from kubecel.records import dataclass
from kubecel.types import BOOL, STRING, optional_of
from kubecel.values import NONE

__all__ = ["BROKEN", "broken", "defects"]

Sub = dict[str, Any]
Minor = tuple[int, int]
Problem = tuple[Path, str]

BROKEN = "crd-rule-broken"
_RULES = "x-kubernetes-validations"
_SINCE: Minor = (1, 25)
_LONGEST_MESSAGE = 5 * 1024


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one node. `field` is what its findings are about, below the node; `old` that it reads `oldSelf`."""

    said: Sub
    program: Program
    message: Program | None
    field: Path
    old: bool

    @property
    def text(self) -> str:
        return " ".join(str(self.said["rule"]).split())


@dataclass(slots=True)
class Tree:
    """The rules of a schema by the nodes that they belong to."""

    schema: Sub
    resource: bool
    rules: list[Rule] = field(default_factory=list)
    properties: dict[str, Tree] = field(default_factory=dict)
    more: Tree | None = None

    @property
    def empty(self) -> bool:
        return not self.rules and not self.properties and self.more is None


# --- reading rules ------------------------------------------------------------------------------------------------


def defects(version: Version, minor: Minor) -> list[Problem]:
    """What the server refuses in the rules of a version, each with its place in the CRD."""
    return _read(version, minor)[1]


@lru_cache(maxsize=256)
def _read(version: Version, minor: Minor) -> tuple[Tree, list[Problem]]:
    problems: list[Problem] = []
    reader = _Reader(minor, problems)
    if minor < _SINCE:
        return Tree(version.structural, True), problems
    return reader.tree(version.structural, version.path, "object", resource=True, correlated=True), problems


class _Reader:
    """The reading of the rules of one schema as a server of one minor does it."""

    def __init__(self, minor: Minor, problems: list[Problem]) -> None:
        self._minor = minor
        self._problems = problems

    def tree(self, schema: Sub, path: Path, name: str, *, resource: bool, correlated: bool) -> Tree:
        """`correlated` says that the server can tell which value an update replaces."""
        made = Tree(schema, resource)
        for index, said in enumerate(schema.get(_RULES) or ()):
            rule = self._rule(said, schema, (*path, _RULES, index), name, resource=resource, correlated=correlated)
            made.rules += [rule] if rule is not None else []
        for child, sub in (schema.get("properties") or {}).items():
            below = self._below(sub, (*path, "properties", child), f"{name}.{child}", correlated=correlated)
            made.properties |= {child: below} if not below.empty else {}
        for what, sub in (("items", schema.get("items")), ("additionalProperties", schema.get("additionalProperties"))):
            if isinstance(sub, dict):
                told = correlated and (what != "items" or schema.get("x-kubernetes-list-type") == "map")
                below = self._below(sub, (*path, what), f"{name}.@", correlated=told)
                made.more = below if not below.empty else made.more
        return made

    def _below(self, schema: Sub, path: Path, name: str, *, correlated: bool) -> Tree:
        resource = bool(schema.get("x-kubernetes-embedded-resource"))
        return self.tree(schema, path, name, resource=resource, correlated=correlated)

    def _rule(self, said: Sub, schema: Sub, path: Path, name: str, *, resource: bool, correlated: bool) -> Rule | None:
        text = str(said.get("rule") or "")
        problem = _wording(said, text)
        if problem:
            self._problems.append(((*path, problem[0]), problem[1]))
        self_type = typed.type_of(schema, name, resource=resource)
        if not text.strip() or self_type is None:
            self._problems.append(
                ((*path, "rule"), "there is no rule" if self_type else "rules cannot see such a value")
            )
            return None
        optional = bool(said.get("optionalOldSelf"))
        variables = {"self": self_type, "oldSelf": optional_of(self_type) if optional else self_type}
        decides = self._compiled(text, variables, (*path, "rule"), BOOL)
        wording = said.get("messageExpression")
        message = self._compiled(wording, variables, (*path, "messageExpression"), STRING) if wording else None
        if decides is None:
            return None
        old = any(isinstance(node, Ident) and node.name == "oldSelf" for node in _nodes(decides.checked.node))
        if old and not correlated:
            why = "oldSelf cannot be used here: the entries of such a list cannot be told apart"
            self._problems.append(((*path, "rule"), why))
        if not old and said.get("optionalOldSelf") is not None:
            self._problems.append(((*path, "optionalOldSelf"), "optionalOldSelf is for rules that use oldSelf"))
        field = _field(str(said.get("fieldPath") or ""), schema)
        if field is None:
            self._problems.append(((*path, "fieldPath"), f"fieldPath {said['fieldPath']} is no field of the schema"))
        return Rule(said, decides, message, field or (), old)

    def _compiled(self, text: str, variables: dict[str, Type], path: Path, wanted: Type) -> Program | None:
        try:
            made = compiled(text, variables, self._minor)
        except CelError as error:
            self._problems.append((path, f"the expression does not compile: {error.message}"))
            return None
        if made.type != wanted:
            self._problems.append((path, f"the expression must give a {wanted}, and gives a {made.type}"))
            return None
        return made


def _wording(said: Sub, text: str) -> tuple[str, str] | None:
    """What is wrong with the words of a rule: the field, and why."""
    message = said.get("message") or ""
    if message and not message.strip():
        return "message", "the message is empty"
    if "\n" in message.strip():
        return "message", "the message must be one line"
    if "\n" in text.strip() and not message.strip():
        return "rule", "a rule of several lines needs a message"
    if said.get("messageExpression") and not said["messageExpression"].strip():
        return "messageExpression", "messageExpression is empty"
    if said.get("reason") not in (None, *_REASONS):
        return "reason", f"reason must be one of {', '.join(_REASONS)}"
    return None


_REASONS = ("FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate")


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def _field(text: str, schema: Sub) -> Path | None:
    """The path that `.spec.a['b.c']` names; None where the schema has no such field."""
    path: list[str] = []
    while text:
        if text.startswith("['"):
            name, closed, text = text[2:].partition("']")
            name = name.replace("\\'", "'").replace("\\\\", "\\")
        elif text.startswith("."):
            end = min((at for at in (text.find(".", 1), text.find("[", 1)) if at > 0), default=len(text))
            name, closed, text = text[1:end], ".", text[end:]
        else:
            return None
        properties, more = schema.get("properties"), schema.get("additionalProperties")
        below = properties.get(name) if properties else more
        if not closed or not isinstance(below, dict):
            return None
        path.append(name)
        schema = below
    return tuple(path)


# --- objects ------------------------------------------------------------------------------------------------------


def broken(version: Version, body: Sub, minor: Minor) -> Iterator[Violation]:
    """Every rule that a new object breaks, at the field that decided; the object is as the server completes it."""
    yield from _walk(_read(version, minor)[0], body, ())


def _walk(tree: Tree, value: Any, path: Path) -> Iterator[Violation]:
    if value is None:
        return
    if tree.rules:
        self_value = typed.value_of(value, tree.schema, path, resource=tree.resource)
        for rule in tree.rules:
            yield from _evaluated(rule, self_value, path)
    if isinstance(value, list) and tree.more is not None:
        for index, item in enumerate(value):
            yield from _walk(tree.more, item, (*path, index))
    if isinstance(value, dict):
        for name, item in value.items():
            below = tree.properties.get(name, tree.more)
            if below is not None:
                yield from _walk(below, item, (*path, name))


def _evaluated(rule: Rule, value: Any, path: Path) -> Iterator[Violation]:
    """A rule that compares with what was there before says nothing of a new object, unless it can do without."""
    if rule.old and not rule.said.get("optionalOldSelf"):
        return
    values = [value, NONE]
    remedy = f"the CRD's rule is {rule.text}"
    try:
        if rule.program.evaluate(values, Steps()) is True:
            return
    except BudgetExceeded:
        message = "a rule of the CRD could not be decided here: it takes longer than it may"
        yield Violation(path, UNDECIDED, message, remedy)
        return
    except EvaluationError as error:
        yield Violation(_place(rule, values, path), BROKEN, f"a rule of the CRD fails: {error}", remedy)
        return
    message = _message(rule, values)
    reason = f" ({rule.said['reason']})" if rule.said.get("reason") else ""
    yield Violation(_place(rule, values, path), BROKEN, message, f"{remedy}{reason}")


def _message(rule: Rule, values: list[Any]) -> str:
    """What messageExpression says, where that is one line of no undue length, else the rule's own words."""
    said = ""
    if rule.message is not None:
        try:
            told = rule.message.evaluate(values, Steps())
        except EvaluationError:
            told = ""
        said = told.strip() if isinstance(told, str) else ""
    if said and "\n" not in said and len(said.encode(errors="replace")) <= _LONGEST_MESSAGE:
        return said
    return str(rule.said.get("message") or "").strip() or f"this breaks a rule of the CRD: {rule.text}"


def _place(rule: Rule, values: list[Any], path: Path) -> Path:
    """Where the finding stands: the rule's fieldPath, or the field that decided, or the node of the rule."""
    if rule.field:
        return (*path, *rule.field)
    found = evidence.of(rule.program, values, {})
    if not found or found[0].path[: len(path)] != path:
        return path
    *above, last = found[0].path or ("",)
    return (
        (*above, typed.unescaped(last) if isinstance(last, str) and found[0].absent else last) if found[0].path else ()
    )
