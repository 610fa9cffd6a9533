"""Parse an expression into a syntax tree, expanding nothing but marking the macros.

The grammar, its ambiguities and its limits are cel-go's:
https://github.com/google/cel-go/blob/master/parser/gen/CEL.g4
"""

from __future__ import annotations

from kubecel import lexer
from kubecel.ast import (
    Call,
    Comprehension,
    Element,
    Entry,
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
from kubecel.budget import RECURSION_LIMIT
from kubecel.errors import CelError, refuse
from kubecel.library import macros
from kubecel.library.numbers import whole
from kubecel.library.optional import SYNTAX_SINCE
from kubecel.signature import Version
from kubecel.values import INT_MAX, INT_MIN, UINT_MAX, UInt

ESCAPES_SINCE: Version = (1, 37)  # the first server with a cel-go that reads a.`b-c`
SIZE_LIMIT = 100_000  # cel-go's default, in code points

_KEYWORDS = frozenset({"in", "true", "false", "null"})
RESERVED = frozenset(
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip
# How tightly a binary operator binds.
_BINDING = {
    "||": 1, "&&": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip
_TIGHTEST = 6


def parse(text: str, kubernetes: Version) -> Node:
    """The syntax tree of an expression as a server of that version reads it. Raises CelError."""
    if len(text) > SIZE_LIMIT:
        raise refuse(f"expression code point size exceeds limit: size: {len(text)}, limit {SIZE_LIMIT}", 0)
    parser = _Parser(lexer.tokens(text), kubernetes)
    node = parser.expression()
    if parser.kind != lexer.END:
        raise parser.unexpected()
    return node


class _Parser:
    """A recursive descent over the tokens; `kind` and `text` are those of the token it stands at."""

    def __init__(self, tokens: list[lexer.Token], kubernetes: Version) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self._kubernetes = kubernetes
        self.kind, self.text, self.offset = tokens[0]

    # --- tokens ---

    def _advance(self) -> None:
        self._index += 1
        self.kind, self.text, self.offset = self._tokens[self._index]

    def _at(self, operator: str) -> bool:
        return self.kind == lexer.OPERATOR and self.text == operator

    def _take(self, operator: str) -> bool:
        if self.kind == lexer.OPERATOR and self.text == operator:
            self._advance()
            return True
        return False

    def _need(self, operator: str) -> None:
        if not self._take(operator):
            raise self.unexpected(f"'{operator}'")

    def unexpected(self, wanted: str = "") -> CelError:
        if self.kind == lexer.ESCAPED:
            return refuse("unsupported syntax: '`'", self.offset)
        expecting = f" expecting {wanted}" if wanted else ""
        return refuse(f"Syntax error: mismatched input '{self.text}'{expecting}", self.offset)

    def too_deep(self) -> CelError:
        return refuse(f"expression recursion limit exceeded: {RECURSION_LIMIT}", self.offset)

    def _check_chain(self, length: int) -> None:
        if length > RECURSION_LIMIT:
            raise self.too_deep()

    # --- expressions ---

    def expression(self) -> Node:
        self._depth += 1
        self._check_chain(self._depth)
        node = self._binary(1)
        if self._at("?"):
            offset = self.offset
            self._advance()
            chosen = self._binary(1)
            self._need(":")
            node = Call(offset, "_?_:_", None, (node, chosen, self.expression()))
        self._depth -= 1
        return node

    def _binary(self, binding: int) -> Node:
        """Operators that bind at least as tightly as `binding`, left to right."""
        node = self._operand()
        chain = 0
        while True:
            kind, text, offset = self.kind, self.text, self.offset
            own = _BINDING.get(text) if kind == lexer.OPERATOR or (text == "in" and kind == lexer.IDENT) else None
            if own is None or own < binding:
                return node
            if own > 2:
                chain += 1
                self._check_chain(chain)
            self._advance()
            right = self._binary(own + 1) if own + 1 < _TIGHTEST else self._operand()
            node = _binary_call(offset, text, node, right)

    def _operand(self) -> Node:
        """A unary operator, if any, and what it applies to, with its selections, indexes and calls."""
        operator, offset = self.text, self.offset
        if self.kind != lexer.OPERATOR or operator not in ("!", "-"):
            return self._postfix(self._primary())
        count = 0
        while self._take(operator):
            count += 1
        if operator == "-" and count == 1 and self.kind in (lexer.INT, lexer.DOUBLE):
            return self._postfix(self._number(offset, negative=True))
        node = self._postfix(self._primary())
        return Call(offset, operator + "_", None, (node,)) if count % 2 else node

    def _postfix(self, node: Node) -> Node:
        chain = 0
        while self.kind == lexer.OPERATOR:
            offset = self.offset
            if self._take("."):
                node = self._member(node, offset)
            elif self._take("["):
                optional = self._optional_mark()
                index = self.expression()
                self._need("]")
                node = Call(offset, "_[?_]" if optional else "_[_]", None, (node, index))
            else:
                break
            chain += 1
            self._check_chain(chain)
        return node

    def _member(self, node: Node, offset: int) -> Node:
        optional = self._optional_mark()
        escaped = self.kind == lexer.ESCAPED
        name = self._field_name()
        if optional:
            return OptionalSelect(offset, node, name)
        if self._at("(") and not escaped:
            return self._call(name, node)
        return Select(offset, node, name)

    def _field_name(self) -> str:
        """A name after a dot, which may stand between backquotes."""
        name = self.text
        if self.kind == lexer.ESCAPED and self._kubernetes >= ESCAPES_SINCE:
            name = name[1:-1]
        elif self.kind != lexer.IDENT or name in _KEYWORDS:
            raise self.unexpected("IDENTIFIER")
        self._advance()
        return name

    def _optional_mark(self) -> bool:
        offset = self.offset
        if not self._take("?"):
            return False
        if self._kubernetes < SYNTAX_SINCE:
            raise refuse("unsupported syntax '?'", offset)
        return True

    # --- primaries ---

    def _primary(self) -> Node:
        kind, offset = self.kind, self.offset
        if kind == lexer.IDENT:
            return self._name(rooted=False)
        if kind == lexer.STRING:
            value = lexer.unquote_string(self._tokens[self._index])
            self._advance()
            return Literal(offset, value)
        if kind == lexer.OPERATOR:
            return self._bracketed()
        if kind == lexer.BYTES:
            octets = lexer.unquote_bytes(self._tokens[self._index])
            self._advance()
            return Literal(offset, octets)
        return self._number(offset, negative=False)

    def _bracketed(self) -> Node:
        offset = self.offset
        if self._take("("):
            node = self.expression()
            self._need(")")
            return node
        if self._take("["):
            return self._list(offset)
        if self._take("{"):
            return self._map(offset)
        if self._take("."):
            if self.kind == lexer.IDENT and self.text not in _KEYWORDS:
                return self._name(rooted=True)
        elif self._at("-") and self._tokens[self._index + 1][0] in (lexer.INT, lexer.DOUBLE):
            self._advance()
            return self._number(offset, negative=True)
        raise self.unexpected()

    def _name(self, *, rooted: bool) -> Node:
        name, offset = self.text, self.offset
        if name in ("true", "false", "null"):
            self._advance()
            return Literal(offset, {"true": True, "false": False, "null": None}[name])
        if name == "in":
            raise self.unexpected()
        self._advance()
        if self._at("("):
            if name in RESERVED:
                raise refuse(f"reserved identifier: {name}", offset)
            return self._call(("." if rooted else "") + name, None)
        struct = self._struct(name, offset)
        if struct is not None:
            return struct
        if name in RESERVED:
            raise refuse(f"reserved identifier: {name}", offset)
        return Ident(offset, name, rooted)

    def _struct(self, name: str, offset: int) -> Node | None:
        """`a.b.Name{field: value}`; its fields are read for their syntax only, as no struct can be built here."""
        index = self._index
        tokens = self._tokens
        while tokens[index][:2] == (lexer.OPERATOR, ".") and tokens[index + 1][0] == lexer.IDENT:
            name += "." + tokens[index + 1][1]
            index += 2
        if tokens[index][:2] != (lexer.OPERATOR, "{"):
            return None
        self._index = index - 1
        self._advance()
        self._advance()
        while not self._take("}"):
            self._optional_mark()
            self._field_name()
            self._need(":")
            self.expression()
            if not self._take(","):
                self._need("}")
                break
        return StructLiteral(offset, name)

    def _number(self, offset: int, *, negative: bool) -> Node:
        kind, text = self.kind, self.text
        if kind not in (lexer.INT, lexer.UINT, lexer.DOUBLE):
            raise self.unexpected()
        self._advance()
        if kind == lexer.DOUBLE:
            value = float(text)
            if value == float("inf"):
                raise refuse("invalid double literal", offset)
            return Literal(offset, -value if negative else value)
        digits = text.rstrip("uU")
        number = int(digits, 16) if digits.startswith("0x") else whole(digits)
        number = -number if negative else number
        if kind == lexer.UINT:
            if number > UINT_MAX:
                raise refuse("invalid uint literal", offset)
            return Literal(offset, UInt(number))
        if not INT_MIN <= number <= INT_MAX:
            raise refuse("invalid int literal", offset)
        return Literal(offset, number)

    def _list(self, offset: int) -> Node:
        elements: list[Element] = []
        if self._take(","):
            self._need("]")
            return ListLiteral(offset, ())
        while not self._take("]"):
            optional = self._optional_mark()
            elements.append(Element(self.expression(), optional))
            if not self._take(","):
                self._need("]")
                break
        return ListLiteral(offset, tuple(elements))

    def _map(self, offset: int) -> Node:
        entries: list[Entry] = []
        if self._take(","):
            self._need("}")
            return MapLiteral(offset, ())
        while not self._take("}"):
            optional = self._optional_mark()
            key = self.expression()
            colon = self.offset
            self._need(":")
            entries.append(Entry(colon, key, self.expression(), optional))
            if not self._take(","):
                self._need("}")
                break
        return MapLiteral(offset, tuple(entries))

    # --- calls and macros ---

    def _call(self, name: str, target: Node | None) -> Node:
        offset = self.offset
        self._advance()
        args: list[Node] = []
        if not self._take(")"):
            args.append(self.expression())
            while self._take(","):
                args.append(self.expression())
            self._need(")")
        if macros.is_macro(name, len(args), target is not None, self._kubernetes):
            return _has(offset, args[0]) if target is None else _comprehension(offset, name, target, args)
        return Call(offset, name, target, tuple(args))


def _binary_call(offset: int, operator: str, left: Node, right: Node) -> Node:
    """The call of a binary operator; chains of && and || become one call of many arguments."""
    name = "@in" if operator == "in" else f"_{operator}_"
    if operator in ("&&", "||"):
        args: tuple[Node, ...] = ()
        for side in (left, right):
            joined = isinstance(side, Call) and side.function == name
            args += side.args if joined else (side,)  # type: ignore[union-attr]
        return Call(offset, name, None, args)
    return Call(offset, name, None, (left, right))


def _has(offset: int, arg: Node) -> Node:
    if not isinstance(arg, Select):
        raise refuse("invalid argument to has() macro", arg.offset)
    return Has(offset, arg.operand, arg.field)


def _comprehension(offset: int, name: str, target: Node, args: list[Node]) -> Node:
    count = macros.variable_count(name, len(args))
    names = tuple(_variable(arg) for arg in args[:count])
    if len(set(names)) < len(names):
        raise refuse(f"duplicate variable name: {names[1]}", args[1].offset)
    if name == "sortBy" and isinstance(target, (Literal, MapLiteral, StructLiteral)):
        what = "a list, identifier, comprehension, call or select expression"
        raise refuse(f"sortBy can only be applied to {what}", target.offset)
    condition = args[count] if len(args) == count + 2 else None
    return Comprehension(offset, name, target, names, condition, args[-1])


def _variable(arg: Node) -> str:
    if not isinstance(arg, Ident) or arg.rooted:
        raise refuse("argument must be a simple name", arg.offset)
    if arg.name in ("__result__", "@result"):
        raise refuse("iteration variable overwrites accumulator variable", arg.offset)
    return arg.name
