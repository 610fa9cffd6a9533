"""Strings: the extension functions, `format` and `strings.quote`.

https://github.com/google/cel-go/blob/master/ext/strings.go
"""

from __future__ import annotations

from kubecel.budget import check_size
from kubecel.errors import EvalError
from kubecel.library.formatting import format_string
from kubecel.signature import function, method
from kubecel.values import Value

FORMAT_SINCE = (1, 30)
_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
}  # fmt: skip


def _out_of_range(index: int) -> EvalError:
    return EvalError(f"index out of range: {index}")


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise _out_of_range(index)
    return text[index : index + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    if start < 0:
        raise _out_of_range(start)
    if not part:
        return min(start, len(text))
    return text.find(part, start) if start < len(text) else -1


def _last_index_of(text: str, part: str) -> int:
    return text.rfind(part) if part else len(text)


def _last_index_from(text: str, part: str, start: int) -> int:
    if start < 0:
        raise _out_of_range(start)
    if not part:
        return min(start, len(text))
    return text.rfind(part, 0, start + len(part)) if start < len(text) else -1


def _substring(text: str, start: int) -> str:
    if not 0 <= start <= len(text):
        raise _out_of_range(start)
    return text[start:]


def _substring_range(text: str, start: int, end: int) -> str:
    if start > end:
        raise EvalError(f"invalid substring range. start: {start}, end: {end}")
    for bound in (start, end):
        if not 0 <= bound <= len(text):
            raise _out_of_range(bound)
    return text[start:end]


def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old)
    check_size(len(text) + (count if limit < 0 else min(count, limit)) * len(new))
    return text.replace(old, new, max(limit, -1))


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if limit < 0 or limit >= len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]]


def _join(parts: list[Value], separator: str = "") -> str:
    for part in parts:
        if not isinstance(part, str):
            raise EvalError(f"join: invalid input: {part}")
    check_size(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _quote(text: str) -> str:
    return '"' + "".join([_ESCAPES.get(character, character) for character in text]) + '"'


OVERLOADS = (
    method("string", "charAt(int) -> string", _char_at),
    method("string", "indexOf(string) -> int", _index_of),
    method("string", "indexOf(string, int) -> int", _index_of),
    method("string", "lastIndexOf(string) -> int", _last_index_of),
    method("string", "lastIndexOf(string, int) -> int", _last_index_from),
    method("string", "lowerAscii() -> string", lambda text: text.translate(_LOWER)),
    method("string", "upperAscii() -> string", lambda text: text.translate(_UPPER)),
    method("string", "trim() -> string", lambda text: text.strip(_SPACE)),
    method("string", "replace(string, string) -> string", _replace),
    method("string", "replace(string, string, int) -> string", _replace),
    method("string", "split(string) -> list(string)", _split),
    method("string", "split(string, int) -> list(string)", _split),
    method("string", "substring(int) -> string", _substring),
    method("string", "substring(int, int) -> string", _substring_range),
    method("list(string)", "join() -> string", _join),
    method("list(string)", "join(string) -> string", _join),
    method("string", "format(list(dyn)) -> string", format_string, FORMAT_SINCE),
    function("strings.quote(string) -> string", _quote, FORMAT_SINCE),
)
