"""What a server refuses although the types fit: mixed literals, literals that are no duration, bad formats.

https://github.com/google/cel-go/blob/master/cel/validator.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubecel import regex
from kubecel.ast import Call, ListLiteral, Literal, MapLiteral, Node, children
from kubecel.checked import Checked
from kubecel.errors import EvalError, Issue
from kubecel.library import formatting, time
from kubecel.re2_syntax import PatternError
from kubecel.signature import Version
from kubecel.types import Type

LITERALS_SINCE: Version = (1, 30)
_LITERAL_CHECKS: dict[str, Callable[[str], object]] = {
    "duration": time.parse_duration,
    "timestamp": time.parse_timestamp,
    "matches": regex.compile_pattern,
}


def refusals(checked: Checked, kubernetes: Version) -> Iterator[Issue]:
    """Everything that a server of that version refuses in an expression whose types fit."""
    yield from _refusals(checked, checked.node, kubernetes, mixing=False)


def _refusals(checked: Checked, node: Node, kubernetes: Version, *, mixing: bool) -> Iterator[Issue]:
    """`mixing` says that the node stands below a call of `format`, whose arguments may differ in type."""
    if isinstance(node, Call):
        if kubernetes >= LITERALS_SINCE:
            yield from _literal_argument(node)
        yield from _format(checked, node)
        mixing = mixing or node.function == "format"
    elif isinstance(node, ListLiteral) and not mixing:
        yield from _differing(checked, [(element.value, element.optional) for element in node.elements])
    elif isinstance(node, MapLiteral) and not mixing:
        yield from _differing(checked, [(entry.key, False) for entry in node.entries])
        yield from _differing(checked, [(entry.value, entry.optional) for entry in node.entries])
    for child in children(node):
        yield from _refusals(checked, child, kubernetes, mixing=mixing)


def _differing(checked: Checked, values: list[tuple[Node, bool]]) -> Iterator[Issue]:
    """The first value whose type is not exactly the one of the value before it."""
    expected: Type | None = None
    for value, optional in values:
        found = checked.types[id(value)]
        if optional and found.params:
            found = found.params[0]
        if expected is None:
            expected = found
        elif found != expected:
            yield Issue(f"expected type '{expected}' but found '{found}'", value.offset)
            return


def _literal_argument(node: Call) -> Iterator[Issue]:
    if not node.args or not isinstance(node.args[0], Literal) or not isinstance(node.args[0].value, str):
        return
    arg = node.args[0]
    check = _LITERAL_CHECKS.get(node.function)
    if check is not None:
        try:
            check(arg.value)
        except (EvalError, PatternError):
            yield Issue(f"invalid {node.function} argument", arg.offset)


# --- format ---


def _format(checked: Checked, node: Call) -> Iterator[Issue]:
    """A literal format with a literal list: every clause must have an argument that it takes."""
    if node.function != "format" or not isinstance(node.target, Literal) or len(node.args) != 1:
        return
    args = node.args[0]
    if not isinstance(node.target.value, str) or not isinstance(args, ListLiteral):
        return
    elements = [element.value for element in args.elements]
    used = 0
    try:
        for clause in formatting.clauses(node.target.value):
            if not clause.letter:
                continue
            if used >= len(elements):
                yield Issue(f"index {used} out of range", node.offset)
                return
            bad = _refused(checked, clause.letter, elements[used])
            if bad is not None:
                name = checked.types[id(bad)].name
                yield Issue(formatting.refusal(clause.letter, name), bad.offset)
                return
            used += 1
    except EvalError as error:
        yield Issue(str(error), node.offset)
        return
    if used < len(elements):
        expected = f"expected {used}, got {len(elements)}"
        yield Issue(f"too many arguments supplied to string.format ({expected})", node.offset)


def _refused(checked: Checked, letter: str, node: Node) -> Node | None:
    """The node whose type a clause does not take, if there is one."""
    name = checked.types[id(node)].name
    if name in ("dyn", "error"):
        return None
    if name not in formatting.TAKES[letter]:
        return node
    if letter != "s":
        return None
    inner: list[Node] = []
    if isinstance(node, ListLiteral):
        inner = [element.value for element in node.elements]
    elif isinstance(node, MapLiteral):
        inner = [part for entry in node.entries for part in (entry.key, entry.value)]
    return next((bad for part in inner if (bad := _refused(checked, letter, part)) is not None), None)
