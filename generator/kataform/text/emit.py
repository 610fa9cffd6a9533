"""Write YAML that every Kubernetes-side parser reads as exactly the value given.

Block style, two spaces, lists at the indentation of their key as kustomize and kubectl print them, no folded lines.
A string is quoted where go-yaml v3, sigs.k8s.io/yaml or a reader of YAML 1.1, such as Ansible's, would read its plain
text as something else, and only there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from kataform.text.resolve import Dialect, is_string_key, resolve

__all__ = ["dump", "key", "quoted", "scalar"]

_INDENT = 2
_LONGEST_KEY = 512  # a parser looks 1,024 characters ahead for the colon; quoting may double what stands here


def dump(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """A map or list as one YAML document that ends with a newline; keys stay in their order.

    Raises ValueError for what no text says to every reader (NaN, the infinities, integers beyond 64 bits, lone
    surrogates, a key `<<`) and TypeError for keys that are not strings and for values that JSON does not know.
    """
    if not value:
        return "{}\n" if isinstance(value, Mapping) else "[]\n"
    lines: list[str] = []
    if isinstance(value, Mapping):
        _mapping(value, 0, lines)
    else:
        _sequence(value, 0, lines)
    return "\n".join(lines) + "\n"


@lru_cache(8192)
def scalar(text: str) -> str:
    """A string as a value on one line: plain where that is safe, else quoted."""
    return text if _is_plain(text) and not _OLD(text) and not _NEW(text) and _is_itself(text) else quoted(text)


@lru_cache(8192)
def key(text: str) -> str:
    """A string as the key of a map, on one line."""
    plain = (
        _is_plain(text, before=":" if len(text) <= _LONGEST_KEY else "")
        and (text == "=" or not _OLD(text))  # as a key the equals sign is one to YAML 1.1, too
        and not _NEW(text)
        and is_string_key(text)
        and not text.startswith(("---", "..."))  # at the left margin these end a document, for kubectl in any case
    )
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    """A string as a quoted scalar on one line: in single quotes, in double ones where single cannot express it."""
    if _is_printable(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _escaped().sub(_escape, text) + '"'


# What YAML calls printable, less the line breaks (U+0085, U+2028 and U+2029 are breaks to every parser here).
_PRINTABLE = r"\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_SIMPLE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*").fullmatch
_SPECIAL_FIRST = frozenset(",[]{}#&*!|>'\"%@`")
_SPECIAL_BEFORE_BLANK = frozenset("-?:")
_BREAKS_PLAIN = re.compile(r":(?=[ \t]|\Z)|[ \t]#").search
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


@cache  # so large a set takes long to compile, and simple texts do not need it
def _printable() -> re.Pattern[str]:
    return re.compile(f"[{_PRINTABLE}]*")


@cache
def _escaped() -> re.Pattern[str]:
    return re.compile(rf'["\\]|[^{_PRINTABLE}]|\t')


def _is_printable(text: str) -> bool:
    return _printable().fullmatch(text) is not None


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a lone surrogate cannot be written")
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(text: str, before: str = "") -> bool:
    """Whether the text can stand unquoted, outside brackets and right before what follows, and is one scalar there."""
    if _SIMPLE(text):
        return True
    if not text or text[0] in _SPECIAL_FIRST or text[0] in " \t" or text[-1] in " \t":
        return False
    if text[0] in _SPECIAL_BEFORE_BLANK and (text + before)[1:2] in ("", " ", "\t"):
        return False
    if "\t" in text:  # ruamel.yaml refuses some of what may follow one
        return False
    return _is_printable(text) and not _BREAKS_PLAIN(text + before + "x" if before else text)


# What YAML 1.1 takes for an integer, a float, a timestamp, a value or a merge, where the Go readers see a string.
_OLD = re.compile(
    r"[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)"
    r"|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
    r"|=|<<"
).fullmatch
# What YAML 1.2 as ruamel.yaml reads it takes for an integer or a float beyond those.
_NEW = re.compile(
    r"(?!_)[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9_]+|0x[0-9a-fA-F_]+)"
    r"|[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?)"
).fullmatch


def _is_itself(text: str) -> bool:
    readings = (resolve(text, dialect) for dialect in Dialect)
    return all(isinstance(reading, str) and reading == text for reading in readings)


def _mapping(value: Mapping[str, Any], indent: int, lines: list[str]) -> None:
    margin = " " * indent
    for name, child in value.items():
        if type(name) is not str:
            raise TypeError(f"a key must be a string, not {type(name).__name__}")
        if name == "<<":
            raise ValueError("kustomize drops a key named <<, quoted or not")
        written = key(name)
        if len(name) > _LONGEST_KEY:
            lines.append(f"{margin}? {written}")
            written = ""
        _entry(f"{margin}{written}:", child, indent, lines)


def _entry(start: str, child: Any, indent: int, lines: list[str]) -> None:
    if isinstance(child, Mapping) and child:
        lines.append(start)
        _mapping(child, indent + _INDENT, lines)
    elif isinstance(child, list | tuple) and child:
        lines.append(start)
        _sequence(child, indent, lines)
    else:
        lines.append(f"{start} {_leaf(child, indent)}")


def _sequence(value: Sequence[Any], indent: int, lines: list[str]) -> None:
    for child in value:
        nested = isinstance(child, Mapping | list | tuple) and child
        if not nested:
            lines.append(f"{' ' * indent}- {_leaf(child, indent)}")
            continue
        first = len(lines)
        if isinstance(child, Mapping):
            _mapping(child, indent + _INDENT, lines)
        else:
            _sequence(child, indent + _INDENT, lines)
        lines[first] = f"{' ' * indent}- {lines[first][indent + _INDENT :]}"


def _leaf(value: Any, indent: int) -> str:
    if isinstance(value, str):
        return _block(value, indent + _INDENT) if "\n" in value and _fits_block(value) else scalar(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 64:
            raise ValueError("an integer beyond 64 bits would be read as a rounded number")
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("JSON has no NaN and no infinity")
        return repr(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    raise TypeError(f"YAML for Kubernetes has no {type(value).__name__}")


def _fits_block(text: str) -> bool:
    """Whether a literal block can hold the text: something to see in it, and nothing to escape.

    A tab at its beginning needs an escape too: kustomize prints such a block without the hint and then refuses it.
    """
    return text.lstrip("\n")[:1] != "\t" and bool(text.strip()) and _is_printable(text.replace("\n", ""))


def _block(text: str, indent: int) -> str:
    body = text.rstrip("\n")
    newlines = len(text) - len(body)
    chomping = {0: "-", 1: ""}.get(newlines, "+")
    hint = str(_INDENT) if body.lstrip("\n")[0] == " " else ""
    margin = " " * indent
    rows = [margin + row if row else "" for row in body.split("\n")]
    return "\n".join((f"|{hint}{chomping}", *rows, *[""] * (newlines - 1)))
