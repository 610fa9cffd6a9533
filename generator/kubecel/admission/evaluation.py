"""Decide a request by a policy and its bindings, as the API server does.

https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/validating/dispatcher.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kubecel import evidence
from kubecel.admission import environment, matching, selectors
from kubecel.admission.matching import EVERYTHING
from kubecel.admission.policy import Binding, ParamKind, Policy, Validation, Variable
from kubecel.admission.request import Body, Request, labels_of
from kubecel.budget import Steps
from kubecel.errors import BudgetExceeded, EvalError, EvaluationError, Undecided
from kubecel.evidence import Evidence
from kubecel.program import Program
from kubecel.types import AUTHORIZER, RESOURCE_CHECK
from kubecel.values import Authorizer, Value

# The objects of a kind that policies may take their parameters from, as far as they are known.
Params = Callable[[ParamKind], Iterable[Body]]

DENY, ERROR, UNDECIDABLE = "deny", "error", "undecidable"
STEPS = 2_500_000  # for all expressions of a policy together
_LONGEST_MESSAGE = 5 * 1024
_AUTHORIZERS = (Authorizer(AUTHORIZER.name), Authorizer(RESOURCE_CHECK.name))


class Verdict(NamedTuple):
    """Why a request is not simply admitted.

    `decision`: `deny`, the validation is false; `error`, the policy failed, which denies too; `undecidable`, only a
    cluster can say, and `message` says why. `action` is what the binding does about it: Deny, Warn or Audit.
    `validation_index` is None where no single validation is meant. `cause` is the error alone, which `message` tells
    together with the expression.
    """

    binding: str
    action: str
    decision: str
    message: str
    reason: str = "Invalid"
    validation_index: int | None = None
    evidence: tuple[Evidence, ...] = ()
    cause: str = ""


def no_params(_: ParamKind) -> Iterable[Body]:
    """Where no object is known that a policy could take its parameters from."""
    return ()


def evaluate(
    policy: Policy,
    bindings: Sequence[Binding] | None,
    request: Request,
    params: Params = no_params,
    *,
    explain: bool = True,
) -> list[Verdict]:
    """What keeps the request from being admitted; an empty list means that nothing does.

    `bindings` are those of this policy; None stands for one that denies and matches everything. Without `explain` the
    verdicts have no evidence.
    """
    doubt = ""
    try:
        if not matching.matches_known(policy.constraints, request, policy.matched):
            return []
    except Undecided as undecided:
        doubt = str(undecided)
    verdicts: list[Verdict] = []
    for binding in (default_binding(policy),) if bindings is None else bindings:
        verdicts += _by_binding(policy, binding, request, params, doubt, explain=explain)
    return verdicts


def default_binding(policy: Policy) -> Binding:
    """A binding that denies and matches everything."""
    return Binding("", policy.name, "Deny", ("Deny",), EVERYTHING, None)


def _by_binding(
    policy: Policy, binding: Binding, request: Request, params: Params, doubt: str, *, explain: bool
) -> list[Verdict]:
    try:
        if not matching.matches(binding.constraints, request):
            return []
    except Undecided as undecided:
        doubt = doubt or str(undecided)
    if policy.param_kind is None:
        return _Evaluation(policy, binding, request, None, explain=explain).verdicts(doubt)
    try:
        chosen = _choose_params(policy, binding, request, params)
    except Undecided as undecided:
        return [Verdict(binding.name, binding.action, UNDECIDABLE, doubt or str(undecided))]
    except EvalError as error:
        message = f"failed to configure binding: {error}"
        return [Verdict(binding.name, binding.action, ERROR, message)] if policy.fails else []
    verdicts: list[Verdict] = []
    for param in chosen:
        verdicts += _Evaluation(policy, binding, request, param, explain=explain).verdicts(doubt)
    return verdicts


# --- params ---


def _choose_params(policy: Policy, binding: Binding, request: Request, params: Params) -> list[Body | None]:
    """The objects that the policy is evaluated with, one after the other; None stands for null."""
    kind, ref = policy.param_kind, binding.param_ref
    if kind is None or ref is None:
        return [None]
    served = request.kinds(kind.group, kind.kind)
    namespace = ref.namespace or request.request_namespace
    if served is not None and served.namespaced and not namespace:
        raise EvalError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    if served is not None and not served.namespaced and ref.namespace:
        raise EvalError("paramRef.namespace must not be provided for a cluster-scoped paramKind")
    found: list[Body | None] = []
    for body in params(kind):
        metadata = body.get("metadata") or {}
        if metadata.get("namespace") not in (None, namespace):
            continue
        if ref.selector is not None:
            if selectors.matches(ref.selector, labels_of(body)):
                found.append(body)
        elif metadata.get("name") == ref.name:
            return [body]
    if not found:
        title = f"{kind.kind} {ref.name}" if ref.name else f"an object of kind {kind.kind}"
        raise Undecided(f"{title}, which the policy takes its parameters from, is not known here")
    return found


# --- expressions ---


class Variables(dict[str, Value]):
    """The variables of a policy, computed when they are first read; a failure is remembered too."""

    def __init__(self, variables: tuple[Variable, ...], inputs: list[Value], steps: Steps) -> None:
        super().__init__()
        self.programs = {variable.name: variable.program for variable in variables}
        self.inputs = inputs
        self._steps = steps
        self._failures: dict[str, EvaluationError] = {}

    def __missing__(self, name: str) -> Value:
        failure = self._failures.get(name)
        if failure is not None:
            raise failure
        if name not in self.programs:
            raise EvalError(f"no such key: {name}")
        try:
            value = self.programs[name].evaluate(self.inputs, self._steps)
        except EvaluationError as error:
            self._failures[name] = error if not isinstance(error, EvalError) else _composited(name, error)
            raise self._failures[name] from None
        self[name] = value
        return value


def _composited(name: str, error: EvalError) -> EvalError:
    return type(error)(f'composited variable "{name}" fails to evaluate: {error}')


class _Evaluation:
    """One policy over one request, with one object that parametrizes it."""

    def __init__(
        self, policy: Policy, binding: Binding, request: Request, param: Body | None, *, explain: bool
    ) -> None:
        self._explain = explain
        self._policy = policy
        self._binding = binding
        self._request = request
        self._param = param
        self._steps = Steps(STEPS)

    def _values(self, object_: Value, old_object: Value, namespace: Value) -> list[Value]:
        values = [object_, old_object, self._request.request_value, namespace, None]
        if self._policy.param_kind is not None:
            values.append(self._param)
        if self._policy.more:
            values += [self._request.more[name] for name in self._policy.more]
        values += _AUTHORIZERS
        if self._policy.variables:
            values[environment.VARIABLES] = Variables(self._policy.variables, values, self._steps)
        return values

    def verdicts(self, doubt: str) -> list[Verdict]:
        """The verdicts; with a doubt whether the policy applies at all, a denial is undecidable."""
        request = self._request
        found: list[Verdict] = []
        try:
            if self._policy.conditions and not self._conditions_hold():
                return []
        except Undecided as undecided:
            doubt = doubt or str(undecided)
        except BudgetExceeded:
            return [self._undecidable(_TOO_LONG, None)]
        except EvalError as error:
            failed = Verdict(self._binding.name, self._binding.action, ERROR, str(error), cause=str(error.__cause__))
            return self._doubted([failed], doubt) if self._policy.fails else []
        values = self._values(request.seen, request.seen_before, request.namespace_value)
        for index, validation in enumerate(self._policy.validations):
            program = validation.program
            try:
                if program.run([self._steps, *values, *program.free]) is not True:
                    found.append(self._denied(index, validation, values))
            except (EvaluationError, RecursionError):
                verdict = self._validate(index, validation, values)
                if verdict is not None:
                    found.append(verdict)
        if self._policy.annotations:
            found += self._annotate(values)
        return self._doubted(found, doubt) if doubt else found

    def _doubted(self, found: list[Verdict], doubt: str) -> list[Verdict]:
        if not found or not doubt:
            return found
        return [found[0]._replace(decision=UNDECIDABLE, message=doubt)]

    def _conditions_hold(self) -> bool:
        """Whether all of matchConditions, which see no namespaceObject, are true; a false one goes before errors."""
        values = self._values(self._request.seen, self._request.seen_before, None)
        failures: list[tuple[Program, EvaluationError]] = []
        for condition in self._policy.conditions:
            try:
                if condition.program.evaluate(values, self._steps) is False:
                    return False
            except EvaluationError as error:
                failures.append((condition.program, error))
        for _, failure in failures:
            if not isinstance(failure, EvalError) or isinstance(failure, Undecided):
                raise failure
        if failures:
            said = list(dict.fromkeys(_resulted(program, error) for program, error in failures))
            raise EvalError(said[0] if len(said) == 1 else f"[{', '.join(said)}]") from failures[0][1]
        return True

    def _validate(self, index: int, validation: Validation, values: list[Value]) -> Verdict | None:
        """The verdict on an evaluation that fails, or that is nested too deeply to be done at once."""
        try:
            if validation.program.evaluate(values, self._steps) is True:
                return None
        except Undecided as undecided:
            return self._undecidable(str(undecided), index)
        except BudgetExceeded:
            return self._undecidable(_TOO_LONG, index)
        except EvalError as error:
            if not self._policy.fails:
                return None
            return self._failed(error, validation.program, index)
        return self._denied(index, validation, values)

    def _denied(self, index: int, validation: Validation, values: list[Value]) -> Verdict:
        message = self._message(validation, values)
        deciding = self._evidence(validation.program)
        return Verdict(self._binding.name, self._binding.action, DENY, message, validation.reason, index, deciding)

    def _message(self, validation: Validation, values: list[Value]) -> str:
        """What messageExpression says, where that is one line of no undue length, else the policy's own words."""
        if validation.message_program is None:
            return validation.message
        try:
            said = validation.message_program.evaluate(values[:-2], self._steps)
        except EvaluationError:
            return validation.message
        said = said.strip() if isinstance(said, str) else ""
        if not said or "\n" in said or len(said.encode(errors="replace")) > _LONGEST_MESSAGE:
            return validation.message
        return said

    def _annotate(self, values: list[Value]) -> list[Verdict]:
        """An audit annotation that fails denies the request, whatever the binding's actions are."""
        found: list[Verdict] = []
        for annotation in self._policy.annotations:
            try:
                annotation.program.evaluate(values, self._steps)
            except Undecided:
                continue
            except EvaluationError as error:
                if self._policy.fails:
                    failed = Verdict(self._binding.name, "Deny", ERROR, _resulted(annotation.program, error))
                    found.append(failed._replace(cause=str(error)))
        return found

    def _undecidable(self, why: str, index: int | None) -> Verdict:
        return Verdict(self._binding.name, self._binding.action, UNDECIDABLE, why, "Invalid", index)

    def _failed(self, error: EvalError, program: Program, index: int) -> Verdict:
        message, deciding = _resulted(program, error), self._evidence(program)
        binding = self._binding
        return Verdict(binding.name, binding.action, ERROR, message, "Invalid", index, deciding, str(error))

    def _evidence(self, program: Program) -> tuple[Evidence, ...]:
        if not self._explain:
            return ()
        request = self._request
        deleted = request.object is None
        now, before = (None, request.traced) if deleted else (request.traced, request.seen_before)
        values = self._values(now, before, request.namespace_value)
        variables = values[environment.VARIABLES]
        programs = variables.programs if variables is not None else {}
        found = evidence.of(program, values, programs)
        seen = request.seen_before if deleted else request.seen
        return tuple([_seen(one, request.body, seen) for one in found])


def _resulted(program: Program, error: EvaluationError) -> str:
    """What the server says of an expression that fails."""
    return f"expression '{program.text}' resulted in error: {error}"


def _seen(one: Evidence, written: Value, seen: Value) -> Evidence:
    """The evidence with what stands there, in the object as written and as the server completes it."""
    value = _at(seen, one.path)
    absent = one.absent or _at(written, one.path) is _NOWHERE
    defaulted = absent and value is not _NOWHERE
    return Evidence(one.path, absent, value if isinstance(value, (str, int, float)) else None, defaulted)


_NOWHERE = object()


def _at(value: Value, path: evidence.Path) -> Value:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return _NOWHERE
    return value


_TOO_LONG = "the evaluation takes longer than it may"
