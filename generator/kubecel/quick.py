"""Write an expression that is evaluated often as one Python function, quick where everything is as usual.

What is written gives either the right value or none: at the first error, at a missing key and at a value of an unusual
type it gives up, and the functions of `compiler` evaluate the expression from its beginning. So a map is read with
Python's own `[]`, and `a && b` is Python's own `and`. Names and texts of the expression get into the source as what
`repr` makes of them only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

from kubecel import calls, macros, operations, regex
from kubecel.ast import (
    Call,
    Comprehension,
    Has,
    Ident,
    ListLiteral,
    Literal,
    Node,
    OptionalSelect,
    Select,
    children,
)
from kubecel.checked import Checked
from kubecel.compiler import LAZY, Compiler, builds_map, literal_value, operands, weight
from kubecel.errors import BudgetExceeded, EvalError, EvaluationError
from kubecel.library import operators
from kubecel.operations import Run
from kubecel.types import Type
from kubecel.values import ABSENT, NONE, Optional, TypeValue, Value

# What a function that gives up may have met.
GIVEN_UP = (EvaluationError, LookupError, TypeError, AttributeError, RecursionError, UnicodeError)
# Larger and deeper expressions are not worth it, or more than Python's own compiler takes.
_NODES, _DEPTH = 400, 25
_BOOL, _TEXT, _INT = "bool", "str", "int"
_COMPARISONS = {f"_{sign}_": sign for sign in ("<", "<=", ">", ">=")}
_EMPTY: dict[str, Value] = {}


class Piece(NamedTuple):
    """A Python expression; `kind` is the Python type that its value certainly has, where one is known."""

    text: str
    kind: str = ""


def write(checked: Checked, compiler: Compiler, exact: Run) -> Run:
    """The quick function of an expression, which falls back on the exact one; that one where there is none."""
    nodes, depth = _extent(checked.node)
    if nodes > _NODES or depth > _DEPTH:
        return exact
    try:
        return _Writer(checked, compiler).function(exact)
    except (SyntaxError, RecursionError, MemoryError):
        return exact


def _extent(node: Node) -> tuple[int, int]:
    """How many nodes there are, and how deeply they are nested."""
    below = [_extent(child) for child in children(node)]
    return 1 + sum([nodes for nodes, _ in below]), 1 + max([depth for _, depth in below], default=0)


class _Writer:
    """The source of one function: its lines so far, and the names of what it refers to."""

    def __init__(self, checked: Checked, compiler: Compiler) -> None:
        self._checked = checked
        self._compiler = compiler
        self._lines: list[str] = []
        self._indent = "        "
        self._used: set[int] = set()
        self._number = 0
        self._known: dict[str, Any] = {
            "GIVEN_UP": GIVEN_UP, "BudgetExceeded": BudgetExceeded, "ABSENT": ABSENT, "EMPTY": _EMPTY, "NONE": NONE,
            "Optional": Optional, "has_field": operators.has_field, "are_equal": operations.are_equal,
            "differ": operations.differ, "hashed": operations.hashed, "is_literal": operations.is_literal,
            "is_in": operations.is_in, "element": operations.element, "elements": macros.elements,
            "pairs": macros.pairs, "SIZED": operations.SIZED, "give_up": _give_up,
        }  # fmt: skip

    def function(self, exact: Run) -> Run:
        """The function that has been written."""
        result = self._value(self._checked.node)
        variables = [f"        v{slot} = frame[{slot}]" for slot in sorted(self._used)]
        counted = any("steps" in line or "(frame)" in line for line in (*self._lines, result.text))
        source = "\n".join([
            "def run(frame):",
            *(["    steps = frame[0]", "    left = steps.left"] if counted else ()),
            "    try:",
            *variables,
            *self._lines,
            f"        return {result.text}",
            "    except GIVEN_UP:",
            f"        {'steps.left = left' if counted else 'pass'}",
            "    return exact(frame)",
        ])  # fmt: skip
        known = {**self._known, "exact": exact}
        exec(compile(source, "<expression>", "exec"), known)  # noqa: S102 — nothing but reprs and names of our own
        run: Run = known["run"]
        return run

    # --- lines and names ---

    def _line(self, text: str) -> None:
        self._lines.append(self._indent + text)

    @contextmanager
    def _block(self, opening: str) -> Iterator[None]:
        """The lines that are written meanwhile stand under `opening`."""
        self._line(opening)
        outer, self._indent = self._indent, self._indent + " "
        yield
        self._indent = outer

    def _aside(self, node: Node, made: Callable[[Node], Piece]) -> tuple[Piece, list[str]]:
        """A piece, and the lines that have to stand before it, which are not written yet."""
        outer, self._lines = self._lines, []
        outer_indent, self._indent = self._indent, self._indent + " "
        piece = made(node)
        lines, self._lines, self._indent = self._lines, outer, outer_indent
        return piece, lines

    def _temporary(self) -> str:
        self._number += 1
        return f"t{self._number}"

    def _refer(self, value: Any) -> str:
        """A name for a value."""
        name = f"k{len(self._known)}"
        self._known[name] = value
        return name

    # --- nodes ---

    def _value(self, node: Node) -> Piece:
        if isinstance(node, (Ident, Select)) and id(node) in self._checked.names:
            return self._name(node)
        if isinstance(node, Select):
            return Piece(f"{self._value(node.operand).text}[{node.field!r}]")
        if isinstance(node, Literal):
            return self._constant(node.value)
        if isinstance(node, Has):
            return self._has(node)
        if isinstance(node, OptionalSelect):
            return self._optional(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Comprehension):
            return self._comprehension(node)
        known = literal_value(node)
        if known is not ABSENT:
            return self._constant(known)
        if isinstance(node, ListLiteral) and not any(element.optional for element in node.elements):
            return Piece(f"[{', '.join([self._value(element.value).text for element in node.elements])}]", "list")
        return self._exactly(node)

    def _name(self, node: Node) -> Piece:
        stands_for = self._checked.names[id(node)]
        if isinstance(stands_for, Type):
            return Piece(self._refer(TypeValue(stands_for.name)))
        slot = self._compiler.slot_of(stands_for)
        if self._compiler.bound(stands_for) is None:
            self._used.add(slot)
        return Piece(f"v{slot}")

    def _constant(self, value: Value) -> Piece:
        if value is None or type(value) is bool:
            return Piece(repr(value), _BOOL if value is not None else "")
        if type(value) is str or type(value) is int:
            return Piece(repr(value) if type(value) is str else f"({value})", type(value).__name__)
        return Piece(self._refer(value))

    def _exactly(self, node: Node) -> Piece:
        """A node for which nothing quicker is known: its function, which finds in the frame what macros have bound."""
        for slot in sorted(self._compiler.bound_slots()):
            self._line(f"frame[{slot}] = v{slot}")
        return Piece(f"{self._refer(self._compiler.run_of(node))}(frame)")

    def _has(self, node: Has) -> Piece:
        if self._checked.types[id(node.operand)].name == LAZY:
            return Piece("True", _BOOL)
        name, operand = self._temporary(), self._value(node.operand)
        fast = f"{node.field!r} in {name} if type({name} := {operand.text}) is dict"
        return Piece(f"({fast} else has_field({name}, {node.field!r}))", _BOOL)

    # --- optional fields ---

    def _optional(self, node: Node) -> Piece:
        found = self._optional_chain(node)
        if found is None:
            return self._exactly(node)
        name = self._temporary()
        return Piece(f"(NONE if ({name} := {found}) is ABSENT else Optional({name}))")

    def _optional_chain(self, node: Node) -> str | None:
        """The value of `a.?b.?c` or `a[?'b']`, or ABSENT: what is not there is an empty map to whom looks further."""
        fields: list[str] = []
        while (step := _optional_step(node)) is not None:
            node, field = step
            fields.append(field)
        kind = self._checked.types[id(node)].name
        if not fields or kind in (LAZY, "optional_type"):
            return None
        start = self._value(node).text
        if isinstance(node, Ident):
            start = f"(EMPTY if {start} is None else {start})"
        last, *others = fields
        steps = "".join(f".get({field!r}, EMPTY)" for field in reversed(others))
        return f"{start}{steps}.get({last!r}, ABSENT)"

    def of_or_value(self, node: Call, args: tuple[Node, ...]) -> Piece:
        operand, other = args
        name = self._temporary()
        chain = self._optional_chain(operand)
        present = f"({name} := {chain}) is not ABSENT"
        found = name
        if chain is None:
            present, found = f"({name} := {self._value(operand).text}).present", f"{name}.value"
        return self._choice(present, lambda _: Piece(found), node, self._value, other)

    def of_has_value(self, node: Call, args: tuple[Node, ...]) -> Piece:
        chain = self._optional_chain(args[0])
        return self._invoked(node, "hasValue", args) if chain is None else Piece(f"({chain} is not ABSENT)", _BOOL)

    # --- logic ---

    def _truth(self, node: Node) -> Piece:
        """A piece that is certainly true or false."""
        piece = self._value(node)
        if piece.kind == _BOOL:
            return piece
        name = self._temporary()
        return Piece(f"({name} if type({name} := {piece.text}) is bool else give_up())", _BOOL)

    def of_logical(self, node: Call, _: tuple[Node, ...]) -> Piece:
        """`&&` and `||`: from left to right, until one of them decides."""
        first, *others = operands(node, node.function)
        word, condition = ("and", "") if node.function == "_&&_" else ("or", "not ")
        found = self._truth(first)
        for other in others:
            piece, lines = self._aside(other, self._truth)
            if not lines:
                found = Piece(f"{found.text} {word} {piece.text}", _BOOL)
                continue
            name = self._temporary()
            self._line(f"{name} = {found.text}")
            with self._block(f"if {condition}{name}:"):
                self._lines += lines
                self._line(f"{name} = {piece.text}")
            found = Piece(name, _BOOL)
        return Piece(f"({found.text})", _BOOL)

    def of_not(self, _: Call, args: tuple[Node, ...]) -> Piece:
        return Piece(f"(not {self._truth(args[0]).text})", _BOOL)

    def of_conditional(self, _: Call, args: tuple[Node, ...]) -> Piece:
        condition, chosen, other = args
        return self._choice(self._truth(condition).text, self._value, chosen, self._value, other)

    def _choice(
        self, condition: str, one: Callable[[Node], Piece], node: Node, two: Callable[[Node], Piece], other: Node
    ) -> Piece:
        """One of two pieces, of which only the chosen one is evaluated."""
        (chosen, lines), (instead, other_lines) = self._aside(node, one), self._aside(other, two)
        kind = chosen.kind if chosen.kind == instead.kind else ""
        if not lines and not other_lines:
            return Piece(f"({chosen.text} if {condition} else {instead.text})", kind)
        name = self._temporary()
        with self._block(f"if {condition}:"):
            self._lines += lines
            self._line(f"{name} = {chosen.text}")
        with self._block("else:"):
            self._lines += other_lines
            self._line(f"{name} = {instead.text}")
        return Piece(name, kind)

    # --- comparisons ---

    def of_equality(self, node: Call, args: tuple[Node, ...]) -> Piece:
        word, otherwise = ("==", "are_equal") if node.function == "_==_" else ("!=", "differ")
        if isinstance(args[1], Literal) and args[1].value is None:
            return Piece(f"({self._value(args[0]).text} {'is' if word == '==' else 'is not'} None)", _BOOL)
        return self._compared(args, word, otherwise, (_TEXT, _INT, _BOOL), _TEXT)

    def of_order(self, node: Call, args: tuple[Node, ...]) -> Piece:
        otherwise = self._refer(self._invocation(node, node.function, args))
        return self._compared(args, _COMPARISONS[node.function], otherwise, (_TEXT, _INT), _INT)

    def _compared(self, args: tuple[Node, ...], word: str, otherwise: str, kinds: tuple[str, ...], usual: str) -> Piece:
        """Python's own comparison for two values of the same plain type, `usual` where neither is known to have one."""
        one, other = self._value(args[0]), self._value(args[1])
        if one.kind == other.kind and one.kind in kinds:
            return Piece(f"({one.text} {word} {other.text})", _BOOL)
        name, another = self._temporary(), self._temporary()
        if isinstance(args[1], Literal) and other.kind in kinds:
            test = f"{name} {word} {other.text} if type({name} := {one.text}) is {other.kind}"
            return Piece(f"({test} else {otherwise}(steps, {name}, {other.text}))", _BOOL)
        kind = next((known for known in (one.kind, other.kind) if known in kinds), usual)
        types = f"type({name} := {one.text}) is type({another} := {other.text}) is {kind}"
        return Piece(f"({name} {word} {another} if {types} else {otherwise}(steps, {name}, {another}))", _BOOL)

    def of_membership(self, node: Call, args: tuple[Node, ...]) -> Piece:
        wanted, items = args
        known = literal_value(items)
        if known == []:
            return Piece("False", _BOOL)
        if builds_map(items):
            return self._exactly(node)
        name, piece = self._temporary(), self._value(wanted)
        if isinstance(known, list) and all(type(item) is str for item in known):
            test = f"{name} in {self._refer(frozenset(known))} if type({name} := {piece.text}) is str"
            return Piece(f"({test} else hashed({name}))", _BOOL)
        if isinstance(known, list) and all(isinstance(item, (str, int, float)) for item in known):
            return Piece(f"is_literal({piece.text}, {self._refer(known)})", _BOOL)
        container = self._value(items).text
        if isinstance(wanted, Literal) and piece.kind == _TEXT:
            test = f"{piece.text} in {name} if type({name} := {container}) is dict"
            return Piece(f"({test} else is_in(steps, {piece.text}, {name}))", _BOOL)
        return Piece(f"is_in(steps, {piece.text}, {container})", _BOOL)

    # --- functions ---

    def _call(self, node: Call) -> Piece:
        name = self._checked.qualified.get(id(node), node.function.removeprefix("."))
        args = node.args
        if node.target is not None and id(node) not in self._checked.qualified:
            args = (node.target, *args)
        if (
            args
            and all(isinstance(arg, Literal) for arg in args)
            and (known := self._compiler.value_of(node)) is not ABSENT
        ):
            return self._constant(known)
        if name in _WRITTEN:
            return _WRITTEN[name](self, node, args)
        if name in ("or", "-_"):
            return self._exactly(node)
        return self._invoked(node, name, args)

    def _invocation(self, node: Call, name: str, args: tuple[Node, ...]) -> calls.Invoke:
        return calls.invocation(name, self._compiler.dispatch_of(node, name), len(args))

    def _invoked(self, node: Call, name: str, args: tuple[Node, ...]) -> Piece:
        invoke = self._refer(self._invocation(node, name, args))
        return Piece(f"{invoke}({', '.join(['steps', *[self._value(arg).text for arg in args]])})")

    def of_size(self, node: Call, args: tuple[Node, ...]) -> Piece:
        name, operand = self._temporary(), self._value(args[0])
        invoke = self._refer(self._invocation(node, "size", args))
        return Piece(f"(len({name}) if type({name} := {operand.text}) in SIZED else {invoke}(steps, {name}))", _INT)

    def of_sum(self, node: Call, args: tuple[Node, ...]) -> Piece:
        """Two short lists or texts, which cost nothing, are joined as Python joins them."""
        one, other = [self._value(arg) for arg in args]
        name, another = self._temporary(), self._temporary()
        text = _TEXT in (one.kind, other.kind) or self._checked.types[id(node)].name == "string"
        kind, longest = (_TEXT, _COSTLESS - 1) if text else ("list", operations.SHORT)
        types = f"type({name} := {one.text}) is type({another} := {other.text}) is {kind}"
        short = f"len({name}) <= {longest} >= len({another})"
        invoke = self._refer(self._invocation(node, "_+_", args))
        return Piece(
            f"({name} + {another} if {types} and {short} else {invoke}(steps, {name}, {another}))",
            _TEXT if text else "",
        )

    def of_text_test(self, node: Call, args: tuple[Node, ...]) -> Piece:
        """startsWith, endsWith, contains and matches with a text that is known: of a short text they cost nothing."""
        function, known = node.function.removeprefix("."), args[1]
        if not isinstance(known, Literal) or type(known.value) is not str or len(known.value) >= _COSTLESS:
            return self._invoked(node, function, args)
        name, operand = self._temporary(), self._value(args[0])
        invoke = self._refer(self._invocation(node, function, args))
        if function == "contains":
            test = f"{known.value!r} in {name}"
        elif function == "matches":
            test = f"{self._refer(regex.tester(known.value))}({name})"
        else:
            test = f"{name}.{function.lower()}({known.value!r})"
        short = f"type({name} := {operand.text}) is str and len({name}) < {_COSTLESS}"
        return Piece(f"({test} if {short} else {invoke}(steps, {name}, {known.value!r}))", _BOOL)

    def of_index(self, _: Call, args: tuple[Node, ...]) -> Piece:
        operand, key = args
        if isinstance(key, Literal) and self._checked.types[id(operand)].name != "optional_type":
            if type(key.value) is str:
                return Piece(f"{self._value(operand).text}[{key.value!r}]")
            if type(key.value) is int and key.value >= 0:
                name = self._temporary()
                fast = f"{name}[{key.value}] if type({name} := {self._value(operand).text}) is list"
                return Piece(f"({fast} else element({name}, {key.value}))")
        return Piece(f"element({self._value(operand).text}, {self._value(key).text})")

    def of_optional_index(self, node: Call, _: tuple[Node, ...]) -> Piece:
        return self._optional(node)

    def of_text(self, node: Call, args: tuple[Node, ...]) -> Piece:
        name, operand = self._temporary(), self._value(args[0])
        invoke = self._refer(self._invocation(node, "string", args))
        return Piece(f"({name} if type({name} := {operand.text}) is str else {invoke}(steps, {name}))", _TEXT)

    # --- macros ---

    def _comprehension(self, node: Comprehension) -> Piece:
        if node.macro not in _MACROS or len(node.variables) > (2 if node.macro in ("all", "exists") else 1):
            return self._exactly(node)
        return _MACROS[node.macro](self, node)

    @contextmanager
    def _loop(self, node: Comprehension) -> Iterator[None]:
        """A loop over the elements, whose body is what is written meanwhile."""
        items = self._temporary()
        self._line(f"{items} = {self._value(node.range).text}")
        if len(node.variables) == 1:
            self._line(f"if type({items}) is not list: {items} = elements({items})")
        self._line(f"steps.left -= len({items}) * {weight(node)}")
        self._line("if steps.left < 0: raise BudgetExceeded")
        outer = self._compiler.within(node)
        names = [f"v{self._compiler.slot(node, index)}" for index in range(len(node.variables))]
        over = items if len(names) == 1 else f"pairs({items})"
        with self._block(f"for {', '.join(names)} in {over}:"):
            yield
        self._compiler.leave(outer)

    def of_quantified(self, node: Comprehension) -> Piece:
        """`all` and `exists`, which end with the first element that decides."""
        found = self._temporary()
        decisive = node.macro == "exists"
        if (among := self._among(node, decisive)) is not None:
            return among
        self._line(f"{found} = {not decisive}")
        with self._loop(node):
            test = self._truth(node.body).text
            with self._block(f"if {'' if decisive else 'not '}{test}:"):
                self._line(f"{found} = {decisive}")
                self._line("break")
        return Piece(found, _BOOL)

    def _among(self, node: Comprehension, decisive: bool) -> Piece | None:
        """`['a', 'b'].all(x, object.kind != x)` and `exists(x, object.kind == x)`: whether it is one of the texts."""
        known = literal_value(node.range)
        if not isinstance(known, list) or not all(type(item) is str for item in known) or len(node.variables) > 1:
            return None
        body, name = node.body, node.variables[0]
        if not isinstance(body, Call) or body.function != ("_==_" if decisive else "_!=_"):
            return None
        operand, bound = body.args
        if not isinstance(bound, Ident) or bound.name != name or bound.rooted or _mentions(operand, name):
            return None
        temporary, items = self._temporary(), self._refer(frozenset(known))
        word = "in" if decisive else "not in"
        test = f"{temporary} {word} {items} if type({temporary} := {self._value(operand).text}) is str"
        return Piece(f"({test} else give_up())", _BOOL)

    def of_collected(self, node: Comprehension) -> Piece:
        """`filter`, `map` and `exists_one`, which look at every element."""
        found = self._temporary()
        self._line(f"{found} = []")
        with self._loop(node):
            condition = node.body if node.macro != "map" else node.condition
            if condition is not None:
                self._line(f"if not {self._truth(condition).text}: continue")
            value = self._value(node.body).text if node.macro == "map" else f"v{self._compiler.slot(node, 0)}"
            self._line(f"{found}.append({value})")
        return Piece(found, "list") if node.macro in ("map", "filter") else Piece(f"(len({found}) == 1)", _BOOL)


def _mentions(node: Node, name: str) -> bool:
    return (isinstance(node, Ident) and node.name == name) or any(_mentions(child, name) for child in children(node))


def _give_up() -> NoReturn:
    raise EvalError("not as usual")


def _optional_step(node: Node) -> tuple[Node, str] | None:
    """What is looked into, and for which field, where a node is `a.?b` or `a[?'b']`."""
    if isinstance(node, OptionalSelect):
        return node.operand, node.field
    if isinstance(node, Call) and node.function == "_[?_]":
        operand, key = node.args
        if isinstance(key, Literal) and type(key.value) is str:
            return operand, key.value
    return None


_COSTLESS = 64  # texts shorter than this cost nothing to read
_Written = Callable[[_Writer, Call, tuple[Node, ...]], Piece]
_WRITTEN: dict[str, _Written] = {
    "_&&_": _Writer.of_logical,
    "_||_": _Writer.of_logical,
    "!_": _Writer.of_not,
    "_?_:_": _Writer.of_conditional,
    "_==_": _Writer.of_equality,
    "_!=_": _Writer.of_equality,
    **dict.fromkeys(_COMPARISONS, _Writer.of_order),
    "@in": _Writer.of_membership,
    "_[_]": _Writer.of_index,
    "_[?_]": _Writer.of_optional_index,
    "orValue": _Writer.of_or_value,
    "hasValue": _Writer.of_has_value,
    "_+_": _Writer.of_sum,
    "size": _Writer.of_size,
    "string": _Writer.of_text,
    **dict.fromkeys(("startsWith", "endsWith", "contains", "matches"), _Writer.of_text_test),
}
_MACROS: dict[str, Callable[[_Writer, Comprehension], Piece]] = {
    "all": _Writer.of_quantified,
    "exists": _Writer.of_quantified,
    **dict.fromkeys(("exists_one", "existsOne", "filter", "map"), _Writer.of_collected),
}
