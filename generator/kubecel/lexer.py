"""Split the text of an expression into tokens, by the rules of CEL's grammar.

https://github.com/google/cel-go/blob/master/parser/gen/CEL.g4
"""

from __future__ import annotations

import re

from kubecel.errors import refuse
from kubecel.pattern import Pattern

IDENT, OPERATOR, INT, UINT, DOUBLE, STRING, BYTES, ESCAPED, END = (
    "ident", "operator", "int", "uint", "double", "string", "bytes", "escaped", "end",
)  # fmt: skip


# Kind, text and offset of a word of the grammar. Keywords such as `in` and `true` are idents here.
Token = tuple[str, str, int]


_ESCAPE = r"""\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"""
_QUOTED = rf"""
    [rR](?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"[^"\n\r]*"|'[^'\n\r]*')
  | \"\"\"(?:[^\\]|{_ESCAPE})*?\"\"\" | '''(?:[^\\]|{_ESCAPE})*?'''
  | "(?:[^\\"\n\r]|{_ESCAPE})*"       | '(?:[^\\'\n\r]|{_ESCAPE})*'
"""
_TOKEN = Pattern(
    rf"""
    (?P<space>[\t\x20\r\n\f]+|//[^\n]*)
  | (?P<bytes>[bB](?:{_QUOTED}))
  | (?P<string>{_QUOTED})
  | (?P<double>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<uint>(?:0x[0-9a-fA-F]+|[0-9]+)[uU])
  | (?P<int>0x[0-9a-fA-F]+|[0-9]+)
  | (?P<ident>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<operator>\|\||&&|==|!=|<=|>=|[-+*/%<>!?:.,(){{}}\[\]])
  | (?P<escaped>`[A-Za-z0-9_.\-/ ]+`)
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, ending with one of kind END. Raises CelError for what is no token."""
    found: list[Token] = []
    position, end = 0, len(text)
    for match in _TOKEN.finditer(text):
        start = match.start()
        if start != position:
            break
        kind = match.lastgroup
        if kind != "space":
            found.append((kind or "", match.group(), start))
        position = match.end()
    if position != end:
        raise refuse(f"Syntax error: token recognition error at: '{text[position]}'", position)
    found.append((END, "<EOF>", end))
    return found


_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, '"': 34, "'": 39, "\\": 92, "?": 63, "`": 96}
_ESCAPES = Pattern(_ESCAPE)


def unquote_string(token: Token) -> str:
    """The value of a string literal."""
    body, raw = _body(token[1])
    return body if raw else _ESCAPES.sub(lambda match: _character(match.group(), token), body)


def unquote_bytes(token: Token) -> bytes:
    """The value of a bytes literal: an escape is one byte, any other character its UTF-8 bytes."""
    body, raw = _body(token[1][1:])
    if raw:
        return body.encode()
    parts, position = [], 0
    for match in _ESCAPES.finditer(body):
        if match.group()[1] in "uU":
            raise refuse("unable to unescape string", token[2])
        parts += [body[position : match.start()].encode(), bytes([_code(match.group())])]
        position = match.end()
    return b"".join([*parts, body[position:].encode()])


def _body(text: str) -> tuple[str, bool]:
    """What stands between the quotes, with line ends normalized, and whether it is raw."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = text[0] in "rR"
    text = text[1:] if raw else text
    width = 3 if len(text) >= 6 and text[:3] in ('"""', "'''") else 1
    return text[width:-width], raw


def _character(escape: str, token: Token) -> str:
    code = _code(escape)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise refuse("invalid unicode code point", token[2])
    return chr(code)


def _code(escape: str) -> int:
    letter = escape[1]
    if letter in _SIMPLE:
        return _SIMPLE[letter]
    return int(escape[1:], 8) if letter.isdigit() else int(escape[2:], 16)
