"""Give every part of an expression its type, and say what kube-apiserver would refuse, by cel-go's rules.

https://github.com/google/cel-go/tree/master/checker
"""

from __future__ import annotations

from collections.abc import Mapping

from kubecel import unify
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
    StructLiteral,
)
from kubecel.checked import Checked
from kubecel.errors import Issue
from kubecel.library import table
from kubecel.parser import RESERVED
from kubecel.signature import Overload, Version
from kubecel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    ERROR,
    IDENTIFIERS_SINCE,
    INT,
    NULL_TYPE,
    PARAM,
    STRING,
    STRUCT,
    TIMESTAMP,
    TYPE_IDENTIFIERS,
    UINT,
    Fields,
    Type,
    list_of,
    map_of,
    optional_of,
    type_of,
)
from kubecel.unify import Substitutions
from kubecel.values import UInt

# A server that is newer takes `self.namespace` where the schema has such a field, not only `self.__namespace__`.
RESERVED_FIELDS_SINCE: Version = (1, 32)

_LITERALS = {
    bool: BOOL, int: INT, UInt: UINT, float: DOUBLE, str: STRING, bytes: BYTES, type(None): NULL_TYPE,
}  # fmt: skip
_SORTABLE = (INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES)


def check(node: Node, variables: Mapping[str, Type], kubernetes: Version, more: tuple[Overload, ...] = ()) -> Checked:
    """The types of an expression as a server of that version sees it; `issues` holds what it would refuse.

    `more` are functions that no server has.
    """
    known = table.functions(kubernetes)
    checker = _Checker(variables, {**known, **table.by_name(more)} if more else known, kubernetes)
    found = checker.check(node)
    for key, one in checker.types.items():
        checker.types[key] = unify.substitute(checker.substitutions, one, free_is_dyn=True)
    return Checked(
        node,
        unify.substitute(checker.substitutions, found, free_is_dyn=True),
        checker.types,
        checker.names,
        checker.overloads,
        checker.qualified,
        tuple(checker.issues),
    )


class _Checker:
    """One walk over a tree; `scope` holds the names that the macros around the current node bind."""

    def __init__(
        self, variables: Mapping[str, Type], functions: Mapping[str, tuple[Overload, ...]], kubernetes: Version
    ) -> None:
        self._variables = variables
        self._functions = functions
        self._kubernetes = kubernetes
        self._scope: dict[str, Type] = {}
        self._free = 0
        self.substitutions: Substitutions = {}
        self.types: dict[int, Type] = {}
        self.names: dict[int, str | Type] = {}
        self.overloads: dict[int, tuple[Overload, ...]] = {}
        self.qualified: dict[int, str] = {}
        self.issues: list[Issue] = []

    def check(self, node: Node) -> Type:
        found = self._type(node)
        self.types[id(node)] = found
        return found

    def _type(self, node: Node) -> Type:
        if isinstance(node, Literal):
            return _LITERALS[type(node.value)]
        if isinstance(node, Ident):
            return self._ident(node)
        if isinstance(node, Select):
            return self._select(node)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Comprehension):
            return self._comprehension(node)
        if isinstance(node, Has):
            self._field(node, node.operand, node.field)
            return BOOL
        if isinstance(node, OptionalSelect):
            found = self._field(node, node.operand, node.field)
            return found if found.name == "optional_type" else optional_of(found)
        if isinstance(node, ListLiteral):
            return self._list(node)
        if isinstance(node, MapLiteral):
            return self._map(node)
        return self._struct(node)

    # --- complaints ---

    def _complain(self, node: Node, message: str) -> Type:
        self.issues.append(Issue(message, node.offset))
        return ERROR

    def _undeclared(self, node: Node, name: str) -> Type:
        return self._complain(node, f"undeclared reference to '{name}' (in container '')")

    def _mismatch(self, node: Node, wanted: Type, found: Type) -> Type:
        return self._complain(node, f"expected type '{wanted}' but found '{self._shown(found)}'")

    def _no_overload(self, node: Node, name: str, args: list[Type], *, member: bool) -> Type:
        shown = [str(self._shown(arg)) for arg in args]
        signature = f"{shown[0]}.({', '.join(shown[1:])})" if member else f"({', '.join(shown)})"
        return self._complain(node, f"found no matching overload for '{name}' applied to '{signature}'")

    def _shown(self, found: Type) -> Type:
        return unify.substitute(self.substitutions, found, free_is_dyn=True)

    # --- types ---

    def _fresh(self) -> Type:
        self._free += 1
        return Type(f"_var{self._free}", kind=PARAM)

    def _bound(self, found: Type) -> Type:
        return unify.substitute(self.substitutions, found)

    def _assignable(self, found: Type, wanted: Type) -> bool:
        if found is wanted and found.kind != PARAM:
            return True
        updated = unify.assign(self.substitutions, (found,), (wanted,))
        if updated is None:
            return False
        self.substitutions = updated
        return True

    # --- names and fields ---

    def _ident(self, node: Ident) -> Type:
        if not node.rooted and node.name in self._scope:
            self.names[id(node)] = node.name
            return self._scope[node.name]
        return self._global(node, node.name) or self._undeclared(node, ("." if node.rooted else "") + node.name)

    def _global(self, node: Node, name: str) -> Type | None:
        found = self._variables.get(name)
        if found is not None:
            self.names[id(node)] = "." + name
            return found
        named = TYPE_IDENTIFIERS.get(name)
        if named is not None and self._kubernetes >= IDENTIFIERS_SINCE.get(name, self._kubernetes):
            self.names[id(node)] = named
            return type_of(named)
        return None

    def _select(self, node: Select) -> Type:
        qualified = _qualified_name(node)
        if qualified and qualified.split(".", 1)[0] not in self._scope:
            found = self._global(node, qualified)
            if found is not None:
                return found
        return self._field(node, node.operand, node.field)

    def _field(self, node: Node, operand: Node, field: str) -> Type:
        found = self._bound(self.check(operand))
        target = found.params[0] if found.name == "optional_type" else found
        result = self._field_of(node, target, field)
        return optional_of(result) if found.name == "optional_type" else result

    def _field_of(self, node: Node, target: Type, field: str) -> Type:
        if target.name == "map":
            return target.params[1]
        if target.kind == STRUCT:
            result = self._struct_field(target.fields, field) if target.fields is not None else None
            return result if result is not None else self._complain(node, f"undefined field '{field}'")
        if target.kind == PARAM:
            self._assignable(DYN, target)
        elif target not in (DYN, ERROR):
            self._complain(node, f"type '{target}' does not support field selection")
        return DYN

    def _struct_field(self, fields: Fields, field: str) -> Type | None:
        """A field by the name that it is declared under; newer servers also take a reserved word as it is."""
        if field in RESERVED and self._kubernetes >= RESERVED_FIELDS_SINCE:
            return fields(field) or fields(f"__{field}__")
        return fields(field)

    # --- calls ---

    def _call(self, node: Call) -> Type:
        if node.target is None and node.function in ("_&&_", "_||_"):
            return self._logical(node.args)
        args = [self.check(arg) for arg in node.args]
        if node.target is None:
            name = node.function.removeprefix(".")
            if name not in self._functions:
                return self._undeclared(node, node.function)
            return self._resolve(node, name, args, member=False)
        qualified = _qualified_name(node.target)
        if qualified and f"{qualified}.{node.function}" in self._functions:
            self.qualified[id(node)] = f"{qualified}.{node.function}"
            return self._resolve(node, f"{qualified}.{node.function}", args, member=False)
        target = self.check(node.target)
        if node.function not in self._functions:
            return self._undeclared(node, node.function)
        return self._resolve(node, node.function, [target, *args], member=True)

    def _resolve(self, node: Node, name: str, args: list[Type], *, member: bool) -> Type:
        result: Type | None = None
        fitting: list[Overload] = []
        for overload in self._functions[name]:
            if overload.member is not member or len(overload.args) != len(args):
                continue
            found = self._apply(overload, args)
            if found is None:
                continue
            fitting.append(overload)
            if result is None:
                result = found
            elif result != DYN and found != result:
                result = DYN
        if result is None:
            return self._no_overload(node, name, args, member=member)
        self.overloads[id(node)] = tuple(fitting)
        return result

    def _apply(self, overload: Overload, args: list[Type]) -> Type | None:
        """The result type of an overload, or None where it does not take such arguments."""
        wanted, result = overload.args, overload.result
        if overload.params:
            fresh: Substitutions = {name: self._fresh() for name in overload.params}
            wanted = tuple([unify.substitute(fresh, one) for one in wanted])
            result = unify.substitute(fresh, result)
        updated = unify.assign(self.substitutions, args, wanted)
        if updated is None:
            return None
        self.substitutions = updated
        return unify.substitute(updated, result) if overload.params else result

    def _logical(self, args: tuple[Node, ...]) -> Type:
        """`a && b && c`, which a server reads as a balanced tree: one half is bool before the other is looked at."""
        if len(args) > 2:
            middle = (len(args) + 1) // 2
            left, right = args[:middle], args[middle:]
            for half in (left, right):
                self._logical(half) if len(half) > 1 else self._truths(half)
            return BOOL
        self._truths(args)
        return BOOL

    def _truths(self, args: tuple[Node, ...]) -> None:
        for arg, found in [(arg, self.check(arg)) for arg in args]:
            if not self._assignable(found, BOOL):
                self._mismatch(arg, BOOL, found)

    # --- literals ---

    def _list(self, node: ListLiteral) -> Type:
        joined: Type | None = None
        for element in node.elements:
            joined = self._join(joined, self._entry(element.value, optional=element.optional))
        return list_of(joined or self._fresh())

    def _map(self, node: MapLiteral) -> Type:
        keys: Type | None = None
        values: Type | None = None
        for entry in node.entries:
            keys = self._join(keys, self.check(entry.key))
            values = self._join(values, self._entry(entry.value, optional=entry.optional))
        return map_of(keys or self._fresh(), values or self._fresh())

    def _entry(self, value: Node, *, optional: bool) -> Type:
        found = self.check(value)
        if not optional:
            return found
        if found.name == "optional_type":
            return found.params[0]
        if found != DYN:
            self._mismatch(value, optional_of(found), found)
        return found

    def _join(self, previous: Type | None, found: Type) -> Type:
        if previous is None:
            return found
        return unify.most_general(previous, found) if self._assignable(previous, found) else DYN

    def _struct(self, node: StructLiteral) -> Type:
        named = TYPE_IDENTIFIERS.get(node.name)
        if named is None:
            return self._undeclared(node, node.name)
        return self._complain(node, f"'{named.name}' is not a message type")

    # --- macros ---

    def _comprehension(self, node: Comprehension) -> Type:
        found = self._bound(self.check(node.range))
        if node.macro in ("optMap", "optFlatMap"):
            return self._optional_map(node, found)
        outer = self._scope
        self._scope = {**outer, **dict(zip(node.variables, self._elements(node, found), strict=True))}
        try:
            return self._macro(node, found)
        finally:
            self._scope = outer

    def _elements(self, node: Comprehension, found: Type) -> tuple[Type, ...]:
        """The types of the names that a macro binds."""
        two = len(node.variables) == 2
        if found.name == "list" and found.params:
            return (INT, found.params[0]) if two else (found.params[0],)
        if found.name == "map" and found.params:
            return found.params if two else (found.params[0],)
        if found.kind == PARAM or found in (DYN, ERROR):
            self._assignable(DYN, found)
            return (DYN, DYN)[: len(node.variables)]
        message = f"expression of type '{found}' cannot be range of a comprehension (must be list, map, or dynamic)"
        self._complain(node.range, message)
        return (ERROR, ERROR)[: len(node.variables)]

    def _macro(self, node: Comprehension, found: Type) -> Type:
        macro = node.macro
        if macro in ("all", "exists"):
            body = self.check(node.body)
            if not self._assignable(body, BOOL):
                self._mismatch(node.body, BOOL, body)
            return BOOL
        if macro in ("exists_one", "existsOne"):
            self._condition(node, node.body, INT)
            return BOOL
        if macro == "filter":
            result = list_of(self._scope[node.variables[0]])
            self._condition(node, node.body, result)
            return result
        if macro == "sortBy":
            return self._sort_by(node, found)
        body = self.check(node.body)
        result = self._built(node, body)
        if node.condition is not None:
            self._condition(node, node.condition, result)
        return result

    def _built(self, node: Comprehension, body: Type) -> Type:
        """The type of what map and the transform macros build of the values of their body."""
        if node.macro in ("map", "transformList"):
            return list_of(self._bound(body))
        if node.macro == "transformMap":
            return map_of(self._bound(self._scope[node.variables[0]]), self._bound(body))
        entry = self._bound(body)
        if entry.name == "map" or entry == ERROR:
            return entry
        if entry == DYN or entry.kind == PARAM:
            return map_of(DYN, DYN)
        return self._no_overload(node, "cel.@mapInsert", [map_of(DYN, DYN), entry], member=False)

    def _condition(self, node: Node, condition: Node, result: Type) -> None:
        found = self.check(condition)
        if not self._assignable(found, BOOL):
            self._no_overload(node, "_?_:_", [found, result, result], member=False)

    def _sort_by(self, node: Comprehension, found: Type) -> Type:
        key = self._bound(self.check(node.body))
        source = DYN if found.kind == PARAM else found
        if source.name not in ("list", "dyn", "error") or not any(self._assignable(key, one) for one in _SORTABLE):
            return self._no_overload(node, "@sortByAssociatedKeys", [found, list_of(key)], member=True)
        if found.name == "list":
            return found
        return DYN if key in (DYN, NULL_TYPE) else list_of(self._fresh())

    def _optional_map(self, node: Comprehension, found: Type) -> Type:
        if found.name == "optional_type":
            element = found.params[0]
        elif found.kind == PARAM or found == DYN:
            element = self._fresh()
            self._assignable(found, optional_of(element))
        elif found == ERROR:
            element = DYN
        else:
            return self._no_overload(node, "hasValue", [found], member=True)
        outer = self._scope
        self._scope = {**outer, node.variables[0]: element}
        body = self._bound(self.check(node.body))
        self._scope = outer
        if node.macro == "optMap":
            return optional_of(body)
        free = optional_of(self._fresh())
        if not self._assignable(body, free):
            return self._no_overload(node, "_?_:_", [BOOL, body, free], member=False)
        body = self._bound(body)
        return body if body.name == "optional_type" else DYN


def _qualified_name(node: Node) -> str:
    """`a.b.c` where the node is such a chain, else an empty text."""
    parts: list[str] = []
    while isinstance(node, Select):
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return ""
    parts.append(node.name)
    return ".".join(reversed(parts))
