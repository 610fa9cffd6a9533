"""What is doubtful in policies that compile: too new for a target, fields that a kind lacks or may lack, guesses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kataform import resource, schemas
from kataform.finding import Finding, Location, Severity
from kataform.policies import kinds
from kataform.policies.manifest import problem
from kataform.policies.rule import Rule
from kataform.schemas import schema as walks

if TYPE_CHECKING:
    from kubecel import ast
    from kubecel.admission import typecheck

TOO_NEW = "policy-too-new"
OLDEST = (1, 30)  # the first server that has these policies as v1
_EXPRESSIONS = ("expression", "messageExpression", "valueExpression")
_PARTS = ("variables", "matchConditions", "validations", "auditAnnotations")
# What every object has, or what no expression can tell apart from what the server adds.
_ALWAYS = frozenset({("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")})
Place = tuple[str | int, ...]
Version = tuple[int, int]


def lint(
    rule: Rule, servers: Sequence[Version], operators: Sequence[str], openshift_of: Callable[[str], str | None]
) -> Iterator[Finding]:
    """Everything doubtful in one policy, for servers and operators of some versions.

    `openshift_of` gives the OpenShift minor that is built on a Kubernetes minor.
    """
    if rule.policy is None:
        return
    if not rule.overlay:
        yield from too_new(rule, servers, openshift_of)
        yield from _untyped(rule, servers, operators)
    yield from _unguarded(rule, servers, operators)
    yield from _unknown_here(rule)


# --- versions


def too_new(rule: Rule, servers: Sequence[Version], openshift_of: Callable[[str], str | None]) -> Iterator[Finding]:
    """What the oldest server would refuse, with the first server that takes it.

    A new policy is compiled for the minor before the server's own; `admission.Policy.read` knows that.
    """
    from kubecel import admission
    from kubecel.program import NEWEST

    oldest = min(servers, default=OLDEST)
    try:
        admission.Policy.read(rule.body, oldest)
    except admission.PolicyError as error:
        first = next((one for one in _minors(oldest, NEWEST) if _takes(rule, one)), None)
        if first is not None:
            needed = f"{first[0]}.{first[1]}"
            openshift = f" (OpenShift ≥ {also})" if (also := openshift_of(needed)) else ""
            message = f"{rule.name} needs Kubernetes ≥ {needed}{openshift}: {error.message}"
            yield problem(TOO_NEW, message, rule.manifest.at(error.path))


def _minors(oldest: Version, newest: Version) -> Iterator[Version]:
    return ((1, minor) for minor in range(oldest[1] + 1, newest[1] + 1))


def _takes(rule: Rule, server: Version) -> bool:
    from kubecel import admission

    try:
        admission.Policy.read(rule.body, server)
    except admission.PolicyError:
        return False
    return True


# --- types


class _Judged(NamedTuple):
    """A kind that a policy is about, with its schema."""

    api_version: str
    kind: str
    plural: str
    schema: schemas.Schema


def _kinds(rule: Rule, servers: Sequence[Version], operators: Sequence[str]) -> Iterator[_Judged]:
    """The kinds that a policy names, as the oldest server and operator know them."""
    server = "{}.{}".format(*min(servers, default=OLDEST))
    operator = operators[0] if operators else None
    for found in resource.get(rule.body, ("spec", "matchConstraints", "resourceRules")) or ():
        for group, kind, plural in kinds.named(found):
            for version in found.get("apiVersions", ()):
                api_version = f"{group}/{version}" if group else str(version)
                schema = schemas.kind_schema(api_version, kind, kubernetes=server, operator=operator)
                if schema is not None:
                    yield _Judged(api_version, kind, plural, schema)


def _untyped(rule: Rule, servers: Sequence[Version], operators: Sequence[str]) -> Iterator[Finding]:
    """The warnings that the API server writes into the status of the policy."""
    from kubecel.admission import typecheck

    judged = {_served(one): one.schema.root for one in _kinds(rule, servers, operators)}
    for warning in typecheck.check(rule.body, judged, judged.get):
        said = warning.warning.replace("\n", " ").strip()
        place = rule.manifest.at(_path(warning.field_ref))
        message = f"the API server will warn about {rule.name}: {_first(said)}"
        yield _warning("policy-type", message, place)


def _served(one: _Judged) -> typecheck.Kind:
    from kubecel.admission import typecheck

    group, version = resource.split_api_version(one.api_version)
    return typecheck.Kind(group, version, one.kind, one.plural)


def _first(text: str) -> str:
    return text.partition(" | ")[0].strip()


def _path(reference: str) -> Place:
    """`spec.validations[0].expression` as a path."""
    parts = reference.replace("[", ".").replace("]", "").split(".")
    return tuple(int(part) if part.isdigit() else part for part in parts)


# --- fields that an object may lack


def _unguarded(rule: Rule, servers: Sequence[Version], operators: Sequence[str]) -> Iterator[Finding]:
    """Fields that are read although an object may lack them, and that nothing in the policy looks for first."""
    parsed = list(_parsed(rule))
    variables = {
        rule.body["spec"]["variables"][place[2]]["name"]: node for place, node in parsed if place[1] == "variables"
    }
    search = _Reads(variables)
    for place, node in parsed:
        search.walk(node, place, {})
    told: set[tuple[Place, Place]] = set()
    for one in _kinds(rule, servers, operators):
        for place, path in search.read:
            if (place, path) not in told and path not in search.guarded and _optional(one, path):
                told.add((place, path))
                message = (
                    f"{rule.name} reads {_dotted(path)}, which a {one.kind} may lack: then the policy fails instead of "
                    "deciding"
                )
                remedy = "ask with has(…) first, or read it with .? and orValue(…)"
                yield _warning("field-unguarded", message, rule.manifest.at(place), remedy)


def _optional(judged: _Judged, path: Place) -> bool:
    """Whether an object may lack the last field of a path: its schema has it, and neither requires nor defaults it."""
    if path in _ALWAYS or (path == ("spec",) and schemas.kind_versions(judged.api_version, judged.kind)):
        return False
    schema = judged.schema
    above = walks.at(schema, tuple(0 if step == "*" else step for step in path[:-1]))
    name = path[-1]
    if above is None or name not in walks.fields(schema, above):
        return False
    return name not in _DEFAULTED and not any(name in one.get("required", ()) for one in walks.facets(schema, above))


# Fields that admission always sees, whatever kind they are of (`kubecel.admission.defaulting`).
_DEFAULTED = frozenset(
    {
        "resources", "securityContext", "imagePullPolicy", "restartPolicy", "dnsPolicy", "replicas", "strategy", "type",
        "terminationMessagePath", "terminationMessagePolicy", "schedulerName", "terminationGracePeriodSeconds",
        "protocol", "rules", "updateStrategy", "selector", "status", "template",
    }
)  # fmt: skip


def _dotted(path: Place) -> str:
    text = ""
    for step in path:
        text += "[]" if step == "*" else f".{step}"
    return "object" + text


class _Reads:
    """What the expressions of a policy read of an object: paths in it, `*` standing for every entry of a list."""

    def __init__(self, variables: Mapping[str, ast.Node]) -> None:
        self._variables = variables
        self.read: dict[tuple[Place, Place], None] = {}
        self.guarded: set[Place] = set()

    def walk(self, node: ast.Node, place: Place, bound: Mapping[str, Place | None]) -> None:
        """Take in one expression; `bound` says where the elements stand that the macros around it bind."""
        from kubecel import ast

        if isinstance(node, ast.Comprehension):
            self._macro(node, place, bound)
            return
        path = self._path(node, bound)
        if path and isinstance(node, ast.Select):
            self.read[place, path] = None
        elif path and isinstance(node, (ast.Has, ast.OptionalSelect)):
            self.guarded.add(path)
        for child in ast.children(node):
            self.walk(child, place, bound)

    def _macro(self, node: ast.Comprehension, place: Place, bound: Mapping[str, Place | None]) -> None:
        self.walk(node.range, place, bound)
        over = self._path(node.range, bound)
        element = (*over, "*") if over is not None else None
        if node.macro in ("optMap", "optFlatMap"):
            element = over
        inner = {**bound, **dict.fromkeys(node.variables)}
        if node.variables:
            inner[node.variables[-1]] = element
        for part in (node.condition, node.body):
            if part is not None:
                self.walk(part, place, inner)

    def _path(self, node: ast.Node, bound: Mapping[str, Place | None], depth: int = 0) -> Place | None:
        """Where the value of a node stands in the object; None where that is not known."""
        from kubecel import ast

        if depth > 40:
            return None
        if isinstance(node, ast.Ident):
            return () if node.name == "object" and node.name not in bound else bound.get(node.name)
        if isinstance(node, (ast.Select, ast.Has, ast.OptionalSelect)):
            if isinstance(node.operand, ast.Ident) and node.operand.name == "variables":
                known = self._variables.get(node.field)
                return self._path(known, {}, depth + 1) if known is not None else None
            above = self._path(node.operand, bound, depth + 1)
            return (*above, node.field) if above is not None else None
        if isinstance(node, ast.Call) and node.function == "orValue" and node.target is not None:
            return self._path(node.target, bound, depth + 1)
        return None


def _parsed(rule: Rule) -> Iterator[tuple[Place, ast.Node]]:
    """The expressions of a policy, parsed, each with its place."""
    from kubecel import parser
    from kubecel.errors import CelError
    from kubecel.program import NEWEST

    for part in _PARTS:
        for index, entry in enumerate(resource.get(rule.body, ("spec", part)) or ()):
            for name in _EXPRESSIONS:
                text = entry.get(name)
                if isinstance(text, str) and text.strip():
                    try:
                        yield ("spec", part, index, name), parser.parse(text, NEWEST)
                    except CelError:
                        continue


# --- what only a cluster knows


def _unknown_here(rule: Rule) -> Iterator[Finding]:
    for place, node in _parsed(rule):
        if _mentions(node, "authorizer"):
            message = f"{rule.name} asks the authorizer, whose answer only a cluster knows: it is undecided here"
            yield _warning("policy-needs-cluster", message, rule.manifest.at(place))
        if _mentions(node, "request", "userInfo"):
            message = f"{rule.name} asks who makes the request, which only a cluster knows: it is undecided here"
            yield _warning("policy-needs-cluster", message, rule.manifest.at(place))


def _mentions(node: ast.Node, name: str, field: str = "") -> bool:
    from kubecel import ast

    if field and isinstance(node, (ast.Select, ast.Has, ast.OptionalSelect)):
        if node.field == field and isinstance(node.operand, ast.Ident) and node.operand.name == name:
            return True
    elif not field and isinstance(node, ast.Ident) and node.name == name:
        return True
    return any(_mentions(child, name, field) for child in ast.children(node))


def _warning(rule: str, message: str, place: Location, remedy: str = "") -> Finding:
    return Finding(rule, Severity.WARNING, message, place, remedy)
