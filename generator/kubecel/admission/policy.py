"""Read a ValidatingAdmissionPolicy and its bindings, and compile their expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, NamedTuple

from kubecel import program
from kubecel.admission import environment, matching, selectors
from kubecel.admission.environment import Extension
from kubecel.admission.fields import Fields, Path, Problem, refuse
from kubecel.admission.matching import Constraints
from kubecel.admission.request import FREE, VALUES
from kubecel.admission.selectors import Selector
from kubecel.errors import CelError
from kubecel.once import once
from kubecel.pattern import Pattern
from kubecel.program import NEWEST, Program
from kubecel.records import dataclass
from kubecel.signature import Version
from kubecel.types import BOOL, DYN, NULL_TYPE, STRING, Type

NOTHING_MORE = Extension()
ACTIONS = ("Deny", "Warn", "Audit")
_REASONS = ("Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge")
_IDENTIFIER = Pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_QUALIFIED_NAME = Pattern(r"(?:[a-z0-9.-]{1,253}/)?(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_RESERVED = frozenset(
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip


class ParamKind(NamedTuple):
    """The kind of the objects that parametrize a policy."""

    api_version: str
    kind: str

    @property
    def group(self) -> str:
        """The API group, an empty text for the core group."""
        return self.api_version.rpartition("/")[0]


class Condition(NamedTuple):
    """An entry of matchConditions."""

    name: str
    program: Program


class Variable(NamedTuple):
    """An entry of variables."""

    name: str
    program: Program


class Validation(NamedTuple):
    """An entry of validations; `message` is already what is said where there is no messageExpression or it fails."""

    program: Program
    message: str
    message_program: Program | None
    reason: str


class Annotation(NamedTuple):
    """An entry of auditAnnotations."""

    key: str
    program: Program


@dataclass(frozen=True)
class Policy:
    """A ValidatingAdmissionPolicy whose expressions are compiled."""

    name: str
    fails: bool
    param_kind: ParamKind | None
    constraints: Constraints
    conditions: tuple[Condition, ...]
    variables: tuple[Variable, ...]
    validations: tuple[Validation, ...]
    annotations: tuple[Annotation, ...]
    more: tuple[str, ...] = ()
    matched: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    denials: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)

    @once
    def lazy(self) -> dict[str, Program]:
        """The programs of the variables."""
        return {variable.name: variable.program for variable in self.variables}

    @once
    def checks(self) -> tuple[tuple[int, Program], ...]:
        """The programs of the validations, each with its index."""
        return tuple([(index, validation.program) for index, validation in enumerate(self.validations)])

    @once
    def free(self) -> tuple[None, ...]:
        """The free slots that a frame needs in which any of the conditions and validations can run."""
        conditions, validations = [one.program for one in self.conditions], [one.program for one in self.validations]
        return (None,) * max([program.extra for program in (*conditions, *validations)], default=0)

    @once
    def _texts(self) -> str:
        programs = [one.program for one in self.conditions] + [one.program for one in self.variables]
        for validation in self.validations:
            programs += [validation.program, *([validation.message_program] if validation.message_program else [])]
        programs += [one.program for one in self.annotations]
        return "\n".join(program.text for program in programs)

    @once
    def asks_request(self) -> bool:
        """Whether an expression may name `request`, which takes a while to make for each object."""
        return "request" in self._texts

    @once
    def asks_namespace(self) -> bool:
        """Whether an expression may name `namespaceObject`."""
        return "namespaceObject" in self._texts

    @once
    def early(self) -> tuple[tuple[str, Program], ...]:
        """The conditions that name nothing but the object, now and before, each with a text that says all of it.

        They can run in the frame of a request, and mean the same in every policy.
        """
        more = ("variables", "params", "request", "namespaceObject", "authorizer", *self.more)
        found = [one.program for one in self.conditions if not any(name in one.program.text for name in more)]
        fitting = [program for program in found if len(program.variables) + program.extra <= VALUES + FREE]
        return tuple([(f"{program.version} {program.text}", program) for program in fitting])

    @once
    def plain(self) -> bool:
        """Whether all of the policy can run in a frame of the request."""
        more = self.variables or self.annotations or self.more
        return not more and len(self.free) <= FREE

    @staticmethod
    def read(body: Mapping[str, Any], version: Version = NEWEST, extension: Extension = NOTHING_MORE) -> Policy:
        """The policy in a body, as a server of that version takes a new one.

        Raises PolicyError with everything that the server would refuse. With an `extension` expressions may use what
        no server has; a request to such a policy must bring the values of its names.
        """
        problems: list[Problem] = []
        policy = _Reader(Fields(body, (), problems), version, extension).policy()
        refuse(problems)
        return policy


class _Reader:
    """The reading of one policy: the variables found so far, and the server's version."""

    def __init__(self, document: Fields, version: Version, extension: Extension) -> None:
        self._document = document
        self._spec = document.map("spec", required=True)
        self._version = version
        self._extension = extension
        self._variables: dict[str, Type] = {}
        self._params = self._spec.get("paramKind") is not None

    def policy(self) -> Policy:
        spec = self._spec
        spec.only(
            (
                "auditAnnotations", "failurePolicy", "matchConditions", "matchConstraints", "paramKind", "validations",
                "variables",
            )
        )  # fmt: skip
        if spec.present and not spec.get("validations") and not spec.get("auditAnnotations"):
            spec.complain("validations or auditAnnotations must contain at least one item", "validations")
        constraints = spec.map("matchConstraints", required=spec.present)
        return Policy(
            self._document.map("metadata").string("name"),
            spec.choice("failurePolicy", ("Fail", "Ignore"), "Fail") == "Fail",
            self._param_kind(),
            matching.read(constraints, rules_required=constraints.present),
            variables=self._read_variables(),  # before all that may use them
            conditions=self._conditions(),
            validations=self._validations(),
            annotations=self._annotations(),
            more=tuple(self._extension.names),
        )

    def _param_kind(self) -> ParamKind | None:
        fields = self._spec.map("paramKind")
        if not fields.present:
            return None
        fields.only(("apiVersion", "kind"))
        return ParamKind(fields.string("apiVersion", required=True), fields.string("kind", required=True))

    # --- expressions ---

    def _compile(
        self, fields: Fields, name: str, wanted: tuple[Type, ...], *, authorizer: bool = True
    ) -> Program | None:
        text = fields.string(name, required=True)
        if not text.strip():
            return None
        known = environment.names(
            self._variables, params=self._params, authorizer=authorizer, more=self._extension.names
        )
        path: Path = (*fields.path, name)
        try:
            compiled = program.compile(text, known, self._version, self._extension.functions)
        except CelError as error:
            for issue in error.issues:
                one = CelError((issue,), text)
                fields.problems.append(Problem(path, issue.message, issue.offset, one.line, one.column))
            return None
        if wanted and compiled.type not in wanted:
            names = " or ".join(map(str, wanted))
            fields.problems.append(Problem(path, f"must evaluate to {names} but got {compiled.type}", 0, 1, 1))
            return None
        return compiled

    def _read_variables(self) -> tuple[Variable, ...]:
        found = []
        for fields in self._spec.maps("variables"):
            fields.only(("name", "expression"))
            name = fields.string("name", required=True)
            if name and (not _IDENTIFIER.match(name) or name in _RESERVED):
                fields.complain("name is not a valid CEL identifier", "name")
            if name in self._variables:
                fields.complain(f'duplicate variable "{name}"', "name")
            compiled = self._compile(fields, "expression", ())
            self._variables[name] = environment.declared(compiled.type) if compiled else DYN
            if compiled:
                found.append(Variable(name, compiled))
        return tuple(found)

    def _conditions(self) -> tuple[Condition, ...]:
        found = []
        names: set[str] = set()
        for fields in self._spec.maps("matchConditions"):
            fields.only(("name", "expression"))
            name = fields.string("name", required=True)
            if name and (not _QUALIFIED_NAME.match(name) or len(name.rpartition("/")[2]) > 63):
                fields.complain("name must be a qualified name", "name")
            if name in names:
                fields.complain(f'duplicate name "{name}"', "name")
            names.add(name)
            compiled = self._compile(fields, "expression", (BOOL,))
            if compiled:
                found.append(Condition(name, compiled))
        return tuple(found)

    def _validations(self) -> tuple[Validation, ...]:
        found = []
        for fields in self._spec.maps("validations"):
            fields.only(("expression", "message", "messageExpression", "reason"))
            compiled = self._compile(fields, "expression", (BOOL,))
            message = _message(fields)
            speaks = None
            if fields.get("messageExpression") is not None:
                speaks = self._compile(fields, "messageExpression", (STRING,), authorizer=False)
            reason = fields.choice("reason", _REASONS, "Invalid")
            if compiled:
                said = message or f"failed expression: {compiled.text.strip()}"
                found.append(Validation(compiled, said, speaks, reason))
        return tuple(found)

    def _annotations(self) -> tuple[Annotation, ...]:
        found = []
        for fields in self._spec.maps("auditAnnotations"):
            fields.only(("key", "valueExpression"))
            key = fields.string("key", required=True)
            compiled = self._compile(fields, "valueExpression", (STRING, NULL_TYPE))
            if compiled:
                found.append(Annotation(key, compiled))
        return tuple(found)


def _message(fields: Fields) -> str:
    message = fields.string("message").strip()
    if fields.get("message") and not message:
        fields.complain("message must be non-empty if specified", "message")
    if "\n" in message or "\r" in message:
        fields.complain("message must not contain line breaks", "message")
    return message


# --- bindings ---


class ParamRef(NamedTuple):
    """Which objects parametrize the policy: one by its name, or those that a selector chooses."""

    name: str
    namespace: str
    selector: Selector | None
    allows_missing: bool


@dataclass(frozen=True)
class Binding:
    """A ValidatingAdmissionPolicyBinding; `action` is the gravest of its validationActions."""

    name: str
    policy: str
    action: str
    actions: tuple[str, ...]
    constraints: Constraints
    param_ref: ParamRef | None

    @staticmethod
    def read(body: Mapping[str, Any]) -> Binding:
        """The binding in a body. Raises PolicyError with everything that the server would refuse."""
        problems: list[Problem] = []
        document = Fields(body, (), problems)
        spec = document.map("spec", required=True)
        spec.only(("matchResources", "paramRef", "policyName", "validationActions"))
        actions = _actions(spec)
        binding = Binding(
            document.map("metadata").string("name"),
            spec.string("policyName", required=spec.present),
            next((action for action in ACTIONS if action in actions), "Deny"),
            actions,
            matching.read(spec.map("matchResources"), rules_required=False),
            _param_ref(spec.map("paramRef")),
        )
        refuse(problems)
        return binding


def _actions(spec: Fields) -> tuple[str, ...]:
    actions = spec.strings("validationActions", required=spec.present)
    for index, action in enumerate(actions):
        if action not in ACTIONS:
            spec.complain(f'unsupported value "{action}": supported values: "Deny", "Warn", "Audit"',
                          "validationActions", index)  # fmt: skip
        elif action in actions[:index]:
            spec.complain(f'duplicate action "{action}"', "validationActions", index)
    if "Deny" in actions and "Warn" in actions:
        spec.complain("must not contain both Deny and Warn", "validationActions")
    return actions


def _param_ref(fields: Fields) -> ParamRef | None:
    if not fields.present:
        return None
    fields.only(("name", "namespace", "selector", "parameterNotFoundAction"))
    name = fields.string("name")
    selector = fields.map("selector")
    if bool(name) is selector.present:
        fields.complain("exactly one of name or selector must be specified", "name")
    missing = fields.choice("parameterNotFoundAction", ("Allow", "Deny"), "Deny", required=True)
    chosen = selectors.read(selector) if selector.present else None
    return ParamRef(name, fields.string("namespace"), chosen, missing == "Allow")
