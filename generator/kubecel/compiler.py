"""Turn a checked expression into nested Python functions, so that nothing walks the tree when it runs.

A function takes a frame: a list whose first item is the budget, followed by the variables and by what macros bind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubecel import calls, macros, operations, regex
from kubecel.ast import (
    Call,
    Comprehension,
    Has,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    OptionalSelect,
    Select,
    children,
)
from kubecel.budget import Steps
from kubecel.checked import Checked
from kubecel.dispatch import Dispatch, dispatch
from kubecel.errors import CelError, EvalError, EvaluationError, refuse
from kubecel.library import table
from kubecel.operations import Run
from kubecel.re2_syntax import PatternError
from kubecel.signature import Version
from kubecel.types import PARAM, Type
from kubecel.values import ABSENT, TypeValue, Value, type_name

# The first server with a cel-go whose `or` and `orValue` take nothing but optional values.
STRICT_OPTIONALS_SINCE: Version = (1, 37)
# The type whose values are maps that compute a value when it is first read: what a policy names under `variables`.
LAZY = "kubernetes.variables"
_PATTERNS = frozenset({"matches", "find", "findAll"})
# Functions that ask the values alone what they can do, whichever of their overloads the types let through.
_BY_VALUE = frozenset({
    "_+_", "_-_", "_*_", "_/_", "_%_", "-_", "_<_", "_<=_", "_>_", "_>=_", "size",
})  # fmt: skip
_READING = frozenset({"filter", "optMap", "optFlatMap"})  # macros that read what they bind, whatever their body does
_CONVERSIONS = frozenset({"int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration", "dyn", "type"})


class Compiler:
    """The functions of one expression; `slots` says where its variables are, `size` how long its frames have to be."""

    def __init__(self, checked: Checked, slots: Mapping[str, int], kubernetes: Version) -> None:
        self._checked = checked
        self._kubernetes = kubernetes
        self._slots = slots
        self._bound: dict[str, int] = {}
        self._own: dict[tuple[int, int], int] = {}
        self._runs: dict[int, Run] = {}
        self.size = 1 + len(slots)

    # --- what evidence and quicker functions need to know ---

    def slot_of(self, name: str) -> int:
        """The slot of a variable, or of what a macro has bound."""
        return self._bound[name] if name in self._bound else self._slots[name.removeprefix(".")]

    def bound_slots(self) -> tuple[int, ...]:
        """The slots of all that macros have bound."""
        return tuple(self._bound.values())

    def dispatch_of(self, node: Call, name: str) -> Dispatch:
        """Among which overloads of the function that a node calls the values choose."""
        fitting = self._checked.overloads[id(node)]
        if name in _BY_VALUE:
            fitting = table.of_arity(self._kubernetes, name, len(fitting[0].args))
        return dispatch(fitting)

    def value_of(self, node: Node) -> Value:
        """The value of a node in which there are no variables; ABSENT where that fails."""
        try:
            return self.run_of(node)([Steps()])
        except EvaluationError:
            return ABSENT

    def slot(self, node: Comprehension, position: int) -> int:
        """The slot of a name that a macro binds, the same one whenever it is asked for."""
        key = (id(node), position)
        if key not in self._own:
            self._own[key] = self.size
            self.size += 1
        return self._own[key]

    def within(self, node: Comprehension) -> Mapping[str, int]:
        """Enter a macro: its names are known until `leave` is given what this returns."""
        outer = self._bound
        self._bound = {**outer, **{name: self.slot(node, index) for index, name in enumerate(node.variables)}}
        return outer

    def run_of(self, node: Node) -> Run:
        """The function of a node within the macros that have been entered, made once."""
        run = self._runs.get(id(node))
        if run is None:
            run = self._runs[id(node)] = self.compile(node)
        return run

    def bound(self, name: str) -> int | None:
        """The slot of a name that a macro has bound."""
        return self._bound.get(name)

    def leave(self, outer: Mapping[str, int]) -> None:
        """Forget the names of a macro."""
        self._bound = dict(outer)

    # --- nodes ---

    def compile(self, node: Node) -> Run:
        """The function of a node."""
        if isinstance(node, Select):
            return self._select(node)
        if isinstance(node, Ident):
            return self._ident(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Literal):
            return constant(node.value)
        if isinstance(node, Comprehension):
            return self._comprehension(node)
        if isinstance(node, Has):
            if self._checked.types[id(node.operand)].name == LAZY:
                return constant(True)
            return operations.has(self.compile(node.operand), node.field)
        if isinstance(node, OptionalSelect):
            return self._optional_select(node)
        if isinstance(node, ListLiteral):
            return self._list(node)
        if isinstance(node, MapLiteral):
            return self._map(node)
        raise refuse("unsupported expression", node.offset)

    def _ident(self, node: Ident) -> Run:
        stands_for = self._checked.names[id(node)]
        if isinstance(stands_for, Type):
            return constant(TypeValue(stands_for.name))
        if self._checked.types[id(node)].name == "type":
            raise _undefined(node.name, node.offset)
        slot = self.slot_of(stands_for)
        return lambda frame: frame[slot]

    def _select(self, node: Select) -> Run:
        stands_for = self._checked.names.get(id(node))
        if isinstance(stands_for, Type):
            return constant(TypeValue(stands_for.name))
        if stands_for is not None:
            slot = self._slots[stands_for.removeprefix(".")]
            return lambda frame: frame[slot]
        fields: list[str] = []
        operand: Node = node
        while isinstance(operand, Select) and id(operand) not in self._checked.names:
            fields.append(operand.field)
            operand = operand.operand
        fields.reverse()
        variable = self._checked.names.get(id(operand))
        if isinstance(variable, str):
            slot = self.slot_of(variable)
            if self._checked.types[id(operand)].name == LAZY:
                return operations.path_of_lazy(slot, fields[0], tuple(fields[1:]))
            return operations.path_of_slot(slot, tuple(fields))
        return operations.path(self.compile(operand), tuple(fields))

    def _optional_select(self, node: OptionalSelect) -> Run:
        fields: list[str] = []
        operand: Node = node
        while isinstance(operand, OptionalSelect):
            if self._checked.types[id(operand.operand)].name == LAZY:
                break
            fields.append(operand.field)
            operand = operand.operand
        fields.reverse()
        if not fields:
            return operations.some(self._lazy(node.operand, node.field))
        return operations.optional_path(self.compile(operand), tuple(fields))

    def _lazy(self, operand: Node, field: str) -> Run:
        run = self.compile(operand)
        return lambda frame: run(frame)[field]

    def _list(self, node: ListLiteral) -> Run:
        known = literal_value(node)
        if known is not ABSENT:
            return constant(known)
        runs = tuple([self.compile(element.value) for element in node.elements])
        if not any(element.optional for element in node.elements):
            return lambda frame: [run(frame) for run in runs]
        marks = tuple([element.optional for element in node.elements])
        return operations.optional_list(tuple(zip(runs, marks, strict=True)))

    def _map(self, node: MapLiteral) -> Run:
        known = literal_value(node)
        if known is not ABSENT:
            return constant(known)
        parts = [(self._known(entry.key), self._known(entry.value)) for entry in node.entries]
        if any(type(key) is bytes for key, _ in parts) and all(ABSENT not in part for part in parts):
            raise refuse("runtime error: hash of unhashable type types.Bytes", node.offset)
        entries = tuple(
            [(self.compile(entry.key), self.compile(entry.value), entry.optional) for entry in node.entries]
        )
        return operations.map_of(entries)

    # --- calls ---

    def _call(self, node: Call) -> Run:
        name = self._checked.qualified.get(id(node), node.function.removeprefix("."))
        args = node.args
        if node.target is not None and id(node) not in self._checked.qualified:
            args = (node.target, *args)
        if name in ("_[_]", "_[?_]"):
            self._check_key(self._known(args[1]), args[1].offset)
        if name in ("or", "orValue"):
            strict = self._kubernetes >= STRICT_OPTIONALS_SINCE
            return operations.alternative(*[self.compile(arg) for arg in args], value=name == "orValue", strict=strict)
        if name in operations.COMPARING and (compared := self._with_text(args, operations.COMPARING[name])) is not None:
            return compared
        special = operations.SPECIAL.get((name, len(args)))
        if special is not None:
            return special(*[self.compile(arg) for arg in args])
        if name in ("_&&_", "_||_"):
            decisions = tuple([self.compile(arg) for arg in operands(node, node.function)])
            return operations.logical(decisions, decisive=name == "_||_")
        if name == "@in":
            return self._in(args[0], args[1])
        known_pattern = name in _PATTERNS and self._check_pattern(self._known(args[1]), args[1].offset)
        found = self.dispatch_of(node, name)
        if name in _CONVERSIONS and len(args) == 1 and (known := self._known(node)) is not ABSENT:
            return constant(known)
        runs = [self.compile(arg) for arg in args]
        if known_pattern:
            runs[0] = operations.named(runs[0])
            runs[2:] = map(operations.whole, runs[2:])
        self._unchecked(name, args, runs)
        if name == "-_":
            return calls.negated(runs[0], found)
        return calls.calling(name, found, runs)

    def _unchecked(self, name: str, args: tuple[Node, ...], runs: list[Run]) -> None:
        """Where a server calls a function without a look at its arguments, what does not fit makes it crash."""
        if name == "distinct":
            runs[0] = operations.list_only(runs[0])
        elif name == "sort":
            given = self._checked.types[id(args[0])]
            if given.name == "list" and is_known(given.params[0]):
                runs[0] = operations.without_error(runs[0])
        elif name == "flatten" and len(runs) == 2:
            runs[:] = operations.flattening(*runs)

    def _with_text(self, args: tuple[Node, ...], compare: Callable[[Run, str], Run]) -> Run | None:
        """A comparison with a text that is written in the expression, as most are."""
        other, known = args
        if isinstance(known, Literal) and type(known.value) is str:
            return compare(self.compile(other), known.value)
        return None

    def _check_key(self, key: Value, offset: int) -> None:
        """A server refuses a literal that no map has as a key."""
        if key is not ABSENT and not isinstance(key, (str, int, float)):
            raise refuse(f"invalid qualifier type: {type_name(key)}", offset)

    def _check_pattern(self, pattern: Value, offset: int) -> bool:
        """Whether the pattern is known beforehand; a server refuses one that is none."""
        if not isinstance(pattern, str):
            return False
        try:
            regex.compile_pattern(pattern)
        except PatternError as error:
            raise refuse(f"error parsing regexp: {error}", offset) from None
        return True

    def _known(self, node: Node) -> Value:
        """What a node is known to be beforehand: a literal, a type, or a conversion of such; else ABSENT.

        A conversion that fails is refused, as the server does.
        """
        if not isinstance(node, Call):
            stands_for = self._checked.names.get(id(node))
            return TypeValue(stands_for.name) if isinstance(stands_for, Type) else literal_value(node)
        if node.function not in _CONVERSIONS or node.target is not None or len(node.args) != 1:
            return ABSENT
        known = self._known(node.args[0])
        if known is ABSENT:
            return ABSENT
        try:
            return dispatch(self._checked.overloads[id(node)]).choose(known)(known)
        except EvalError as error:
            raise refuse(str(error), node.offset) from None

    def _in(self, wanted: Node, items: Node) -> Run:
        known = literal_value(items)
        if known == []:
            return constant(False)  # not even an error of the other operand shows
        run = self.compile(wanted)
        if isinstance(known, list) and all(type(item) is str for item in known):
            return operations.in_strings(run, frozenset(known))
        if isinstance(known, list) and all(isinstance(item, (str, int, float)) for item in known):
            return operations.in_literals(run, known)
        member = operations.membership_of_built if builds_map(items) else operations.membership
        return member(run, self.compile(items))

    # --- macros ---

    def _comprehension(self, node: Comprehension) -> Run:
        items = self.compile(node.range)
        found = self._checked.types[id(node.range)]
        if node.macro in _READING and found.params and found.params[0].name == "type":
            raise _undefined(node.variables[0], node.offset)
        outer = self.within(node)
        slots = tuple([self.slot(node, index) for index in range(len(node.variables))])
        condition = self.compile(node.condition) if node.condition is not None else None
        body = self.compile(node.body)
        self.leave(outer)
        build = macros.BUILDERS[node.macro]
        typed = is_known(self._checked.types[id(node.body)])
        return build(macros.Loop(items, slots, condition, body, weight(node), typed))


def is_known(found: Type) -> bool:
    """Whether the compiler knows more of a type than that there is one."""
    return found.kind != PARAM and found.name != "dyn"


def builds_map(node: Node) -> bool:
    """Whether the value of a node is a map that the expression builds."""
    return isinstance(node, MapLiteral) or (isinstance(node, Comprehension) and node.macro.startswith("transformMap"))


def _undefined(name: str, offset: int) -> CelError:
    """A server takes a variable that stands for a type for the name of one, which it does not know."""
    return refuse(f"reference to undefined type: {name}", offset)


def operands(node: Node, function: str) -> list[Node]:
    """The operands of `a && b && c`, however they are grouped: in which order they are asked is all that matters."""
    if isinstance(node, Call) and node.function == function and node.target is None:
        return [operand for arg in node.args for operand in operands(arg, function)]
    return [node]


def weight(node: Comprehension) -> int:
    """What one step of a macro costs: the more the larger its body is."""
    return 1 + _size(node.body) // 16


def _size(node: Node) -> int:
    return 1 + sum([_size(child) for child in children(node)])


def literal_value(node: Node) -> Value:
    """The value of a literal, or of a list or map of literals; ABSENT for anything else."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, MapLiteral):
        return _literal_map(node)
    if not isinstance(node, ListLiteral) or any(element.optional for element in node.elements):
        return ABSENT
    values = [literal_value(element.value) for element in node.elements]
    return ABSENT if any(value is ABSENT for value in values) else values


def _literal_map(node: MapLiteral) -> Value:
    built: dict[Value, Value] = {}
    for entry in node.entries:
        key, value = literal_value(entry.key), literal_value(entry.value)
        if not isinstance(key, str) or value is ABSENT or entry.optional:
            return ABSENT
        built[key] = value
    return built


def constant(value: Value) -> Run:
    """A function that always gives the value."""
    return lambda _: value
