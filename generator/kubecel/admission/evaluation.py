"""Decide a request by a policy and its bindings, as the API server does.

https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/validating/dispatcher.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kubecel import evidence
from kubecel.admission import environment, matching, selectors
from kubecel.admission.matching import EVERYTHING
from kubecel.admission.policy import Binding, ParamKind, Policy, Validation
from kubecel.admission.request import AUTHORIZERS, Body, Request, labels_of
from kubecel.budget import Steps
from kubecel.errors import BudgetExceeded, EvalError, EvaluationError, Undecided
from kubecel.evidence import Evidence
from kubecel.once import once
from kubecel.program import Program
from kubecel.values import Value

# The objects of a kind that policies may take their parameters from, as far as they are known.
Params = Callable[[ParamKind], Iterable[Body]]

DENY, ERROR, UNDECIDABLE = "deny", "error", "undecidable"
STEPS = 2_500_000  # for all expressions of a policy together
_LONGEST_MESSAGE = 5 * 1024


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
        matched = policy.matched.get(request.matched_by)
        if not (matching.matches_known(policy.constraints, request, policy.matched) if matched is None else matched):
            return []
    except Undecided as undecided:
        doubt = str(undecided)
    unmet = None
    if policy.param_kind is None:
        if policy.plain:
            unmet = _unmet_at_once(policy, request, request.frame)
            if unmet is not None and not unmet:
                return []
        elif _is_ruled_out(policy, request):
            return []
    verdicts: list[Verdict] = []
    for binding in (default_binding(policy),) if bindings is None else bindings:
        verdicts += _by_binding(policy, binding, request, params, doubt, unmet, explain=explain)
    return verdicts


# Validations that are not true, by their index, with the error of those that fail.
Unmet = list[tuple[int, EvaluationError | RecursionError | None]]


def _unmet_at_once(policy: Policy, request: Request, frame: list[Value]) -> Unmet | None:
    """What of a plain policy is not met, whatever binds it; None where not even that can be told so quickly."""
    frame[0].left = STEPS
    if policy.asks_request:
        frame[environment.REQUEST_AT + 1] = request.request_value
    if policy.asks_namespace:
        frame[environment.NAMESPACE_AT + 1] = request.namespace_value
    try:
        if policy.conditions and not _applies(policy, frame):
            return []
    except (EvaluationError, RecursionError):
        return None
    return _unmet(policy, frame)


def _unmet(policy: Policy, frame: list[Value]) -> Unmet:
    found: Unmet = []
    for index, program in policy.checks:
        try:
            if program.run(frame) is not True:
                found.append((index, None))
        except (EvaluationError, RecursionError) as error:
            found.append((index, error.with_traceback(None)))
    return found


def _applies(policy: Policy, frame: list[Value]) -> bool:
    """Whether no condition is false. Raises EvaluationError and RecursionError."""
    namespace = frame[environment.NAMESPACE_AT + 1]
    frame[environment.NAMESPACE_AT + 1] = None  # which they do not see
    try:
        for condition in policy.conditions:  # noqa: SIM110 — a generator takes longer than all that it saves
            if condition.program.run(frame) is False:
                return False
        return True
    finally:
        frame[environment.NAMESPACE_AT + 1] = namespace


def _is_ruled_out(policy: Policy, request: Request) -> bool:
    """Whether a condition is false that names nothing but the object; what else is said of it does not matter then."""
    known = request.false
    for text, program in policy.early:
        if text not in known:
            known[text] = _is_false(program, request.frame)
        if known[text]:
            return True
    return False


def _is_false(program: Program, frame: list[Value]) -> bool:
    """Whether a condition is false, be the budget that it is left with as small as it may."""
    steps: Steps = frame[0]
    steps.left = STEPS
    try:
        return program.run(frame) is False and steps.left == STEPS
    except (EvaluationError, RecursionError):
        return False


def default_binding(policy: Policy) -> Binding:
    """A binding that denies and matches everything."""
    return Binding("", policy.name, "Deny", ("Deny",), EVERYTHING, None)


def _by_binding(
    policy: Policy,
    binding: Binding,
    request: Request,
    params: Params,
    doubt: str,
    unmet: Unmet | None,
    *,
    explain: bool,
) -> list[Verdict]:
    try:
        if binding.constraints is not EVERYTHING and not matching.matches(binding.constraints, request):
            return []
    except Undecided as undecided:
        doubt = doubt or str(undecided)
    if policy.param_kind is None:
        return _with(policy, binding, request, None, doubt, unmet, explain=explain)
    try:
        chosen = _choose_params(policy, binding, request, params)
    except Undecided as undecided:
        return [Verdict(binding.name, binding.action, UNDECIDABLE, doubt or str(undecided))]
    except EvalError as error:
        message = f"failed to configure binding: {error}"
        return [Verdict(binding.name, binding.action, ERROR, message)] if policy.fails else []
    if _is_ruled_out(policy, request):
        return []
    verdicts: list[Verdict] = []
    for param in chosen:
        unmet = None
        if policy.plain:
            frame = request.frame_with_params
            frame[environment.PARAMS + 1] = param
            unmet = _unmet_at_once(policy, request, frame)
        verdicts += _with(policy, binding, request, param, doubt, unmet, explain=explain)
    return verdicts


def _with(
    policy: Policy,
    binding: Binding,
    request: Request,
    param: Body | None,
    doubt: str,
    unmet: Unmet | None,
    *,
    explain: bool,
) -> list[Verdict]:
    """The verdicts with one object that parametrizes the policy, of which may be known what is not met."""
    if unmet is not None and not explain and not doubt:
        known = _denials(policy, binding)
        found = [known[index] for index, error in unmet if error is None]
        if len(found) == len(unmet) and None not in found:
            return found
    evaluation = _Evaluation(policy, binding, request, param, explain=explain)
    return evaluation.verdicts(doubt) if unmet is None else evaluation.about(unmet, doubt)


def _denials(policy: Policy, binding: Binding) -> tuple[Any, ...]:
    """What is said where a validation is false, made once; None for one whose message depends on the object."""
    key = (binding.name, binding.action)
    known = policy.denials.get(key)
    if known is None:
        known = policy.denials[key] = tuple([
            None if one.message_program else _denial(binding, index, one.message, one.reason)
            for index, one in enumerate(policy.validations)
        ])  # fmt: skip
    return known


def _denial(binding: Binding, index: int, message: str, reason: str, deciding: tuple[Evidence, ...] = ()) -> Verdict:
    return Verdict(binding.name, binding.action, DENY, message, reason, index, deciding)


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

    def __init__(self, programs: Mapping[str, Program], inputs: list[Value], steps: Steps) -> None:
        super().__init__()
        self.programs = programs
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

    @once
    def _steps(self) -> Steps:
        return Steps(STEPS)

    @once
    def _values(self) -> list[Value]:
        """What the names of the validations stand for."""
        policy, request = self._policy, self._request
        asked = request.request_value if policy.asks_request else None
        namespace = request.namespace_value if policy.asks_namespace else None
        return self._values_of(request.seen, request.seen_before, asked, namespace)

    def _values_of(
        self,
        object_: Value,
        old_object: Value,
        request: Value,
        namespace: Value,
        more: Mapping[str, Value] | None = None,
    ) -> list[Value]:
        policy = self._policy
        values = [object_, old_object, request, namespace, None]
        if policy.param_kind is not None:
            values.append(self._param)
        if policy.more:
            known = self._request.more if more is None else more
            values += [known[name] for name in policy.more]
        values += AUTHORIZERS
        if policy.variables:
            values[environment.VARIABLES] = Variables(policy.lazy, values, self._steps)
        return values

    def verdicts(self, doubt: str) -> list[Verdict]:
        """The verdicts; with a doubt whether the policy applies at all, a denial is undecidable."""
        policy = self._policy
        try:
            if policy.conditions and not self._conditions_hold():
                return []
        except Undecided as undecided:
            doubt = doubt or str(undecided)
        except BudgetExceeded:
            return [self._undecidable(_TOO_LONG, None)]
        except EvalError as error:
            failed = Verdict(self._binding.name, self._binding.action, ERROR, str(error), cause=str(error.__cause__))
            return self._doubted([failed], doubt) if policy.fails else []
        return self.about(_unmet(policy, [self._steps, *self._values, *policy.free]), doubt)

    def about(self, unmet: Unmet, doubt: str) -> list[Verdict]:
        """The verdicts of a policy that applies, once it is known what is not met."""
        found: list[Verdict] = []
        for index, error in unmet:
            verdict = self._denied(index) if error is None else self._undone(index, error)
            if verdict is not None:
                found.append(verdict)
        if self._policy.annotations:
            found += self._annotate(self._values)
        return self._doubted(found, doubt) if doubt else found

    def _doubted(self, found: list[Verdict], doubt: str) -> list[Verdict]:
        if not found or not doubt:
            return found
        return [found[0]._replace(decision=UNDECIDABLE, message=doubt)]

    def _conditions_hold(self) -> bool:
        """Whether all of matchConditions, which see no namespaceObject, are true; a false one goes before errors."""
        values = self._values.copy()
        values[environment.NAMESPACE_AT] = None
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

    def _denied(self, index: int) -> Verdict:
        validation, binding = self._policy.validations[index], self._binding
        message = validation.message if validation.message_program is None else self._message(validation)
        deciding = self._evidence(validation.program) if self._explain else ()
        return _denial(binding, index, message, validation.reason, deciding)

    def _undone(self, index: int, error: EvaluationError | RecursionError) -> Verdict | None:
        """The verdict of a validation that fails, or is nested too deeply to be done at once; None for none."""
        program = self._policy.validations[index].program
        if isinstance(error, RecursionError):
            try:
                return None if program.evaluate(self._values, self._steps) is True else self._denied(index)
            except EvaluationError as deep:
                error = deep
        if isinstance(error, Undecided):
            return self._undecidable(str(error), index)
        if isinstance(error, BudgetExceeded):
            return self._undecidable(_TOO_LONG, index)
        return self._failed(error, program, index) if self._policy.fails else None

    def _message(self, validation: Validation) -> str:
        """What messageExpression says, where that is one line of no undue length, else the policy's own words."""
        if validation.message_program is None:
            return validation.message
        try:
            said = validation.message_program.evaluate(self._values[:-2], self._steps)
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

    def _failed(self, error: EvaluationError, program: Program, index: int) -> Verdict:
        message, deciding = _resulted(program, error), self._evidence(program) if self._explain else ()
        binding = self._binding
        return Verdict(binding.name, binding.action, ERROR, message, "Invalid", index, deciding, str(error))

    def _evidence(self, program: Program) -> tuple[Evidence, ...]:
        request = self._request
        deleted = request.object is None
        now, before = (None, request.traced) if deleted else (request.traced, request.seen_before)
        values = self._values_of(now, before, request.request_value, request.namespace_value, request.traced_more)
        found = evidence.of(program, values, self._policy.lazy)
        seen = request.seen_before if deleted else request.seen
        return tuple(sorted((_seen(one, request.body, seen) for one in found), key=_of_another))


def _resulted(program: Program, error: EvaluationError) -> str:
    """What the server says of an expression that fails."""
    return f"expression '{program.text}' resulted in error: {error}"


def _seen(one: Evidence, written: Value, seen: Value) -> Evidence:
    """The evidence with what stands there, in the object as written and as the server completes it."""
    other = one.other if one.other is not None and one.other.body is not written else None
    if other is not None:
        written, seen = other.body, other.seen
    value = _at(seen, one.path)
    absent = one.absent or _at(written, one.path) is _NOWHERE
    defaulted = absent and value is not _NOWHERE
    return Evidence(one.path, absent, value if isinstance(value, (str, int, float)) else None, defaulted, other)


def _of_another(one: Evidence) -> bool:
    return one.other is not None


_NOWHERE = object()


def _at(value: Value, path: evidence.Path) -> Value:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return _NOWHERE
    return value


_TOO_LONG = "the evaluation takes longer than it may"
