"""Check a policy's expressions with the schemas of the kinds it is for, and warn as the API server does.

https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/validating/typechecking.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kubecel import program
from kubecel.admission import environment, schemas
from kubecel.errors import CelError
from kubecel.program import NEWEST
from kubecel.signature import Version
from kubecel.types import AUTHORIZER, DYN, Type

MOST_KINDS = 10
_MOST_ISSUES = 100
_LONGEST_LINE = 16384
_WIDE_DOT, _WIDE_CARET = "\uff0e", "\uff3e"


class Kind(NamedTuple):
    """A kind that a server serves, and the resource that it serves it as."""

    group: str
    version: str
    kind: str
    plural: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}, Kind={self.kind}"


# The schema of a kind, with all that it refers to in its `$defs`; None where it is not known.
Schemas = Callable[[Kind], "schemas.Schema | None"]


class Warning(NamedTuple):  # noqa: A001
    """A warning as it stands in the status of a policy."""

    field_ref: str
    warning: str


def check(
    policy: Mapping[str, Any], kinds: Iterable[Kind], schema: Schemas, version: Version = NEWEST
) -> tuple[Warning, ...]:
    """The warnings for a policy in the cluster that serves these kinds; a body that is no policy has none."""
    spec = _map(policy.get("spec"))
    served = tuple(kinds)
    checks = [_Check(spec, kind, found, served, schema, version) for kind, found in _typed(spec, served, schema)]
    warnings = []
    for index, validation in enumerate(_maps(spec.get("validations"))):
        for field in ("expression", "messageExpression"):
            text = validation.get(field)
            said = "\n".join(filter(None, (one.complaint(text) for one in checks))) if isinstance(text, str) else ""
            if said and (text or field == "expression"):
                warnings.append(Warning(f"spec.validations[{index}].{field}", said))
    return tuple(warnings)


def kinds_of(policy: Mapping[str, Any], kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """The kinds that the rules of a policy name, sorted, as many as a server looks at."""
    spec = _map(policy.get("spec"))
    return _named(spec, tuple(kinds))


def _typed(spec: Mapping[str, Any], kinds: tuple[Kind, ...], schema: Schemas) -> Iterator[tuple[Kind, Type]]:
    for kind in _named(spec, kinds):
        found = _type(kind, schema)
        if found is not None:
            yield kind, found


def _named(spec: Mapping[str, Any], kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    found: set[Kind] = set()
    for rule in _maps(_map(spec.get("matchConstraints")).get("resourceRules")):
        for count, kind in enumerate(_of_rule(rule, kinds), 1):
            found.add(kind)
            if count == MOST_KINDS:
                return tuple(sorted(found))
    return tuple(sorted(found))


def _of_rule(rule: Mapping[str, Any], kinds: tuple[Kind, ...]) -> Iterator[Kind]:
    """The kinds of a rule; none where its groups or versions are any."""
    groups, versions = _strings(rule.get("apiGroups")), _strings(rule.get("apiVersions"))
    if any("*" in one for one in (*groups, *versions)):
        return
    resources = [one for one in _strings(rule.get("resources")) if "*" not in one and "/" not in one]
    for group in groups:
        for version in versions:
            for resource in resources:
                yield from (kind for kind in kinds if _serves(kind, group, version, resource))


def _serves(kind: Kind, group: str, version: str, resource: str) -> bool:
    """Whether a kind is meant; the core group's empty name is any group to the server here, and a singular is known."""
    if group not in ("", kind.group) or version not in ("", kind.version):
        return False
    return resource.lower() in (kind.plural, kind.kind.lower())


def _type(kind: Kind, schema: Schemas) -> Type | None:
    known = schema(kind)
    return schemas.type_of(known, kind.kind) if known is not None else None


class _Check:
    """The check of a policy's expressions with the type of one kind."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        kind: Kind,
        found: Type,
        kinds: tuple[Kind, ...],
        schema: Schemas,
        version: Version,
    ) -> None:
        self._kind = kind
        self._version = version
        self._variables: dict[str, Type] = {}
        self._known = environment.names(self._variables, params=False, authorizer=False)
        self._known |= {"object": found, "oldObject": found, "authorizer": AUTHORIZER}
        if (param := spec.get("paramKind")) is not None:
            self._known["params"] = _param_type(_map(param), kinds, schema) or DYN
        for variable in _maps(spec.get("variables")):
            name, text = variable.get("name"), variable.get("expression")
            if isinstance(name, str) and isinstance(text, str):
                self._variables[name] = self._declared(text)

    def _declared(self, text: str) -> Type:
        try:
            return environment.declared(program.check(text, self._known, self._version).type)
        except CelError:
            return DYN

    def complaint(self, text: str) -> str:
        """What is wrong with an expression for this kind; an empty text where nothing is."""
        try:
            program.check(text, self._known, self._version)
        except CelError as error:
            return f"{self._kind}: {shown(error)}\n"
        return ""


def _param_type(param: Mapping[str, Any], kinds: tuple[Kind, ...], schema: Schemas) -> Type | None:
    group, _, version = str(param.get("apiVersion") or "").rpartition("/")
    kind = next((one for one in kinds if one[:3] == (group, version, param.get("kind"))), None)
    return _type(kind, schema) if kind is not None else None


# --- messages ---


def shown(error: CelError) -> str:
    """Every complaint about an expression with its line, as kube-apiserver prints them."""
    lines = error.text.split("\n")
    told = []
    for issue in sorted(error.issues[:_MOST_ISSUES], key=lambda one: one.offset):
        line = error.text.count("\n", 0, issue.offset)
        column = issue.offset - (error.text.rfind("\n", 0, issue.offset) + 1)
        told.append(f"ERROR: <input>:{line + 1}:{column + 1}: {issue.message}{_pointed(lines[line], column)}")
    if len(error.issues) > _MOST_ISSUES:
        told.append(f"{len(error.issues) - _MOST_ISSUES} more errors were truncated")
    return "\n".join(told)


def _pointed(line: str, column: int) -> str:
    if len(line.encode(errors="replace")) > _LONGEST_LINE:
        return ""
    line = line.replace("\t", " ")
    before = "".join(["." if one.isascii() else _WIDE_DOT for one in line[:column]])
    caret = "^" if column >= len(line) or line[column].isascii() else _WIDE_CARET
    return f"\n | {line}\n | {before}{caret}"


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    return sorted(item for item in value if isinstance(item, str)) if isinstance(value, list) else []
