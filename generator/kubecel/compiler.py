"""Turn a checked expression into nested Python functions, so that nothing walks the tree when it runs.

A function takes a frame: a list whose first item is the budget, followed by the variables and by what macros bind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubecel import budget, macros, regex
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
from kubecel.checker import Checked
from kubecel.dispatch import Dispatch, dispatch
from kubecel.errors import EvalError, Undecided, no_such_overload, refuse
from kubecel.library import operators, optional
from kubecel.library.time import duration_of
from kubecel.re2_syntax import PatternError
from kubecel.signature import Version
from kubecel.types import DYN, Type
from kubecel.values import (
    ABSENT,
    NONE,
    Duration,
    Format,
    Optional,
    Semver,
    TypeValue,
    Value,
    contains,
    equal,
    type_name,
)

Frame = list[Any]
Run = Callable[[Frame], Value]

# The first server with a cel-go whose `or` and `orValue` take nothing but optional values.
STRICT_OPTIONALS_SINCE: Version = (1, 37)
BUDGET = 0  # the slot of the budget
# The type whose values are maps that compute a value when it is first read: what a policy names under `variables`.
LAZY = "kubernetes.variables"
_CONVERSIONS = frozenset({"int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration", "dyn", "type"})
# Functions that cost the same however long their operands are.
_QUICK = frozenset({"size", "startsWith", "endsWith", "charAt", "first", "last", "type", "dyn"})
_SHORT = 16


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

    # --- what evidence needs to know ---

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
            return _has(self.compile(node.operand), node.field)
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
        slot = self._bound[stands_for] if stands_for in self._bound else self._slots[stands_for.removeprefix(".")]
        return lambda frame: frame[slot]

    def _slot_of(self, node: Node) -> int | None:
        """The slot of a plain variable."""
        stands_for = self._checked.names.get(id(node))
        if not isinstance(stands_for, str):
            return None
        return self._bound[stands_for] if stands_for in self._bound else self._slots[stands_for.removeprefix(".")]

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
        slot_or_none = self._slot_of(operand)
        if slot_or_none is not None and self._checked.types[id(operand)].name == LAZY:
            return _path_of_lazy(slot_or_none, fields[0], tuple(fields[1:]))
        if slot_or_none is not None:
            return _path_of_slot(slot_or_none, tuple(fields))
        return _path(self.compile(operand), tuple(fields))

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
            return _some(self._lazy(node.operand, node.field))
        return _optional_path(self.compile(operand), tuple(fields))

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
        return _optional_list(tuple(zip(runs, marks, strict=True)))

    def _map(self, node: MapLiteral) -> Run:
        known = literal_value(node)
        if known is not ABSENT:
            return constant(known)
        entries = tuple(
            [(self.compile(entry.key), self.compile(entry.value), entry.optional) for entry in node.entries]
        )
        return _map_of(entries)

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
            return _alternative(*[self.compile(arg) for arg in args], value=name == "orValue", strict=strict)
        if name in _COMPARING and (compared := self._with_text(args, _COMPARING[name])) is not None:
            return compared
        special = _SPECIAL.get((name, len(args)))
        if special is not None:
            return special(*[self.compile(arg) for arg in args])
        if name in ("_&&_", "_||_"):
            operands = _operands(node, node.function)
            return _logical(tuple([self.compile(arg) for arg in operands]), decisive=name == "_||_")
        if name == "@in":
            return self._in(args[0], args[1])
        if name in ("matches", "find", "findAll"):
            self._check_pattern(self._known(args[1]), args[1].offset)
        found = dispatch(self._checked.overloads[id(node)])
        if name in _CONVERSIONS and len(args) == 1 and (known := self._known(node)) is not ABSENT:
            return constant(known)
        runs = [self.compile(arg) for arg in args]
        if name == "-_" and self._checked.types[id(args[0])] == DYN:
            return _negated(runs[0], found)
        return _calling(found, runs) if name in _QUICK else _charged(found, runs, _COSTS.get(name, _length))

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

    def _check_pattern(self, pattern: Value, offset: int) -> None:
        if not isinstance(pattern, str):
            return
        try:
            regex.compile_pattern(pattern)
        except PatternError as error:
            raise refuse(f"error parsing regexp: {error}", offset) from None

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
            return _in_strings(run, frozenset(known))
        if isinstance(known, list) and all(isinstance(item, (str, int, float)) for item in known):
            return _in_literals(run, known)
        return _in(run, self.compile(items))

    # --- macros ---

    def _comprehension(self, node: Comprehension) -> Run:
        items = self.compile(node.range)
        outer = self.within(node)
        slots = tuple([self.slot(node, index) for index in range(len(node.variables))])
        condition = self.compile(node.condition) if node.condition is not None else None
        body = self.compile(node.body)
        self.leave(outer)
        build = macros.BUILDERS[node.macro]
        return build(macros.Loop(items, slots, condition, body, weight(node)))


def _operands(node: Node, function: str) -> list[Node]:
    """The operands of `a && b && c`, however they are grouped: in which order they are asked is all that matters."""
    if isinstance(node, Call) and node.function == function and node.target is None:
        return [operand for arg in node.args for operand in _operands(arg, function)]
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


# --- selection ---


def _step(value: Value, field: str) -> Value:
    """One field of a value that is no plain dict, or that lacks the field."""
    return operators.select(value, field)


def _path_of_slot(slot: int, fields: tuple[str, ...]) -> Run:
    if len(fields) == 1:
        (field,) = fields

        def select_one(frame: Frame) -> Value:
            value = frame[slot]
            if type(value) is dict and field in value:
                return value[field]
            return _step(value, field)

        return select_one

    def select(frame: Frame) -> Value:
        value = frame[slot]
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def _path_of_lazy(slot: int, name: str, fields: tuple[str, ...]) -> Run:
    """A field of a struct that computes its fields when they are read."""

    def select(frame: Frame) -> Value:
        value = frame[slot][name]
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def _some(run: Run) -> Run:
    return lambda frame: Optional(run(frame))


def _path(run: Run, fields: tuple[str, ...]) -> Run:
    def select(frame: Frame) -> Value:
        value = run(frame)
        for field in fields:
            value = value[field] if type(value) is dict and field in value else _step(value, field)
        return value

    return select


def _has(run: Run, field: str) -> Run:
    def has(frame: Frame) -> Value:
        value = run(frame)
        return field in value if type(value) is dict else operators.has_field(value, field)

    return has


def _optional_path(run: Run, fields: tuple[str, ...]) -> Run:
    """`a.?b.?c`: through plain dicts at once, else step by step."""

    def select(frame: Frame) -> Value:
        value = start = run(frame)
        if type(start) is Optional:
            if not start.present:
                return NONE
            value = start.value
        for field in fields:
            if type(value) is not dict:
                return _optional_steps(start, fields)
            value = value.get(field, ABSENT)
            if value is ABSENT:
                return NONE
        return Optional(value)

    return select


def _optional_steps(found: Value, fields: tuple[str, ...]) -> Value:
    for field in fields:
        found = optional.select(found, field)
    return found


# --- literals ---


def _optional_list(elements: tuple[tuple[Run, bool], ...]) -> Run:
    def build(frame: Frame) -> Value:
        built: list[Value] = []
        for run, is_optional in elements:
            value = run(frame)
            if not is_optional:
                built.append(value)
            elif type(value) is not Optional:
                raise no_such_overload()
            elif value.present:
                built.append(value.value)
        return built

    return build


def _map_of(entries: tuple[tuple[Run, Run, bool], ...]) -> Run:
    def build(frame: Frame) -> Value:
        built: dict[Value, Value] = {}
        for key_run, value_run, is_optional in entries:
            key, value = macros.as_key(key_run(frame)), value_run(frame)
            if is_optional:
                if type(value) is not Optional:
                    raise no_such_overload()
                if not value.present:
                    continue
                value = value.value
            built[key] = value
        return built

    return build


# --- operators that do not evaluate all of their operands, and equality ---


def _logical(runs: tuple[Run, ...], *, decisive: bool) -> Run:
    """`&&` (false is decisive) and `||` (true is): one decisive operand decides, whatever the others do."""

    def decide(frame: Frame) -> Value:
        failure: EvalError | None = None
        for run in runs:
            try:
                value = run(frame)
            except EvalError as error:
                failure = macros.worse(failure, error)
                continue
            if value is decisive:
                return decisive
            if value is not (not decisive):
                failure = macros.worse(failure, macros.unfit(value))
        if failure is not None:
            raise failure
        return not decisive

    return decide


def _conditional(condition: Run, chosen: Run, other: Run) -> Run:
    def choose(frame: Frame) -> Value:
        value = condition(frame)
        if value is True:
            return chosen(frame)
        if value is False:
            return other(frame)
        raise macros.unfit(value)

    return choose


def _not(run: Run) -> Run:
    def negate(frame: Frame) -> Value:
        value = run(frame)
        if value is True:
            return False
        if value is False:
            return True
        raise macros.unfit(value)

    return negate


def _equal(left: Run, right: Run) -> Run:
    def are_equal(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is str and type(other) is str:
            return one == other
        if type(one) in _SIZED:
            frame[BUDGET].take(budget.weigh(one) // 4)
        return equal(one, other)

    return are_equal


def _equal_text(run: Run, text: str) -> Run:
    def is_text(frame: Frame) -> Value:
        value = run(frame)
        return value == text if type(value) is str else equal(value, text)

    return is_text


def _unequal_text(run: Run, text: str) -> Run:
    def is_other(frame: Frame) -> Value:
        value = run(frame)
        return value != text if type(value) is str else _differ(value, text)

    return is_other


def _differ(one: Value, other: Value) -> bool:
    try:
        return not equal(one, other)
    except Undecided:
        raise
    except EvalError:
        return True  # what cannot be compared differs


def _unequal(left: Run, right: Run) -> Run:
    def differ(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is str and type(other) is str:
            return one != other
        if type(one) in _SIZED:
            frame[BUDGET].take(budget.weigh(one) // 4)
        return _differ(one, other)

    return differ


def _index(operand: Run, key: Run) -> Run:
    def index(frame: Frame) -> Value:
        container = operand(frame)
        return NONE if _is_none(container) else operators.index(container, key(frame))

    return index


def _is_none(value: Value) -> bool:
    """Whether a value is optional and absent: nothing is looked for in it, whatever the key does."""
    return type(value) is Optional and not value.present


def _optional_index(operand: Run, key: Run) -> Run:
    def index(frame: Frame) -> Value:
        container = operand(frame)
        return NONE if _is_none(container) else optional.index(container, key(frame))

    return index


def _alternative(operand: Run, other: Run, *, value: bool, strict: bool) -> Run:
    """`orValue` with `value`, else `or`; on what is no optional value it is the identity unless `strict`."""

    def choose(frame: Frame) -> Value:
        found = operand(frame)
        if type(found) is Optional:
            if not found.present:
                return other(frame)
            return found.value if value else found
        if strict:
            raise macros.unfit(found)
        return found

    return choose


def _in_strings(run: Run, items: frozenset[str]) -> Run:
    """`in` a literal list of strings, which nothing but a string can be in."""
    return lambda frame: value in items if isinstance(value := run(frame), str) else _hashed(value)


def _in_literals(run: Run, items: list[Value]) -> Run:
    """`in` a literal list of numbers, bools and strings."""

    def is_in(frame: Frame) -> Value:
        value = run(frame)
        return contains(items, value) if isinstance(value, (str, int, float)) else _hashed(value)

    return is_in


def _hashed(value: Value) -> bool:
    """False for a value that is not in a set of others; the server cannot look for some values in a set."""
    if isinstance(value, (bytes, Semver, Format)):
        raise EvalError(f"a {type_name(value)} cannot be looked for in a list of literals")
    return False


def _in(wanted: Run, items: Run) -> Run:
    def is_in(frame: Frame) -> Value:
        value, container = wanted(frame), items(frame)
        if type(container) is list and len(container) > _SHORT:
            frame[BUDGET].take(len(container) // 64 if type(value) is str else budget.weigh(container) // 4)
        return operators.is_in(value, container)

    return is_in


_COMPARING: dict[str, Callable[[Run, str], Run]] = {"_==_": _equal_text, "_!=_": _unequal_text}
_SPECIAL: dict[tuple[str, int], Callable[..., Run]] = {
    ("_?_:_", 3): _conditional,
    ("!_", 1): _not,
    ("_==_", 2): _equal,
    ("_!=_", 2): _unequal,
    ("_[_]", 2): _index,
    ("_[?_]", 2): _optional_index,
}


# --- functions ---


def _negated(run: Run, found: Dispatch) -> Run:
    """`-x` where x may be a duration too, which the compiler would not take."""

    def negate(frame: Frame) -> Value:
        value = run(frame)
        return duration_of(-value.value) if isinstance(value, Duration) else found.choose(value)(value)

    return negate


def _calling(found: Dispatch, runs: list[Run]) -> Run:
    choose, by_types = found.choose, found.by_types
    if len(runs) == 1:
        (only,) = runs

        def call_one(frame: Frame) -> Value:
            value = only(frame)
            return (by_types.get(type(value)) or choose(value))(value)

        return call_one
    if len(runs) == 2:
        first, second = runs

        def call_two(frame: Frame) -> Value:
            one, other = first(frame), second(frame)
            return (by_types.get((type(one), type(other))) or choose(one, other))(one, other)

        return call_two

    def call(frame: Frame) -> Value:
        values = [run(frame) for run in runs]
        return (by_types.get(tuple(map(type, values))) or choose(*values))(*values)

    return call


def _charged(found: Dispatch, runs: list[Run], cost: Callable[..., int]) -> Run:
    """A call whose long operands count against the budget."""
    choose, by_types = found.choose, found.by_types
    if len(runs) == 1:
        (only,) = runs

        def call_one(frame: Frame) -> Value:
            value = only(frame)
            if type(value) in _SIZED and len(value) > _SHORT:
                frame[BUDGET].take(cost(value))
            return (by_types.get(type(value)) or choose(value))(value)

        return call_one
    if len(runs) == 2:
        first, second = runs

        def call_two(frame: Frame) -> Value:
            one, other = first(frame), second(frame)
            if (type(one) in _SIZED and len(one) > _SHORT) or (type(other) in _SIZED and len(other) > _SHORT):
                frame[BUDGET].take(cost(one, other))
            return (by_types.get((type(one), type(other))) or choose(one, other))(one, other)

        return call_two

    def call(frame: Frame) -> Value:
        values = [run(frame) for run in runs]
        frame[BUDGET].take(cost(*values))
        return (by_types.get(tuple(map(type, values))) or choose(*values))(*values)

    return call


_SIZED = frozenset({str, bytes, list, dict})


def _length(*values: Value) -> int:
    """A text is read quickly, a list more slowly."""
    return sum([len(value) // (64 if type(value) is str else 8) for value in values if type(value) in _SIZED])


def _sorting(items: Value, *_: Value) -> int:
    return 2 * len(items)


def _comparing_all(items: Value, others: Value = None) -> int:
    """Every element of one list is compared with every element of the other, or of the same one."""
    others = items if others is None else others
    if not isinstance(items, list) or not isinstance(others, list):
        return 0
    quick = all(type(item) is str for item in others)
    return len(items) * len(others) // (64 if quick else 4) + budget.weigh(items) // 4


def _weight(*values: Value) -> int:
    return sum([budget.weigh(value) for value in values if type(value) in _SIZED]) // 4


_COSTS: dict[str, Callable[..., int]] = {
    "sort": _sorting,
    "distinct": _comparing_all,
    "sets.contains": _comparing_all,
    "sets.equivalent": _comparing_all,
    "sets.intersects": _comparing_all,
    "indexOf": _weight,
    "lastIndexOf": _weight,
    "flatten": _weight,
    "format": _weight,
}
