"""One entry of the overload table: a function's name, its types, what it does and the servers that have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kubecel.types import CONTAINERS, NAMED, Type, param

Version = tuple[int, int]
BASE: Version = (1, 25)  # what every server with CEL admission or CEL in CRDs has


class Overload(NamedTuple):
    """A function for one combination of argument types. For a method the receiver is the first argument.

    `since` is the first server that has it, `removed` the first one that no longer does.
    """

    name: str
    member: bool
    args: tuple[Type, ...]
    result: Type
    params: tuple[str, ...]
    implementation: Callable[..., Any]
    since: Version
    removed: Version | None = None

    def __str__(self) -> str:
        """The signature as the reference page prints it: `string.startsWith(string) -> bool`."""
        if self.member:
            return f"{self.args[0]}.{self.name}({', '.join(map(str, self.args[1:]))}) -> {self.result}"
        return f"{self.name}({', '.join(map(str, self.args))}) -> {self.result}"


def function(signature: str, implementation: Callable[..., Any], since: Version = BASE) -> Overload:
    """`size(list(A)) -> int`; single capital letters are type parameters."""
    call, _, result = signature.rpartition(" -> ")
    name, _, args = call.partition("(")
    return _overload(name, False, _split(args[:-1]), result, implementation, since)


def method(receiver: str, signature: str, implementation: Callable[..., Any], since: Version = BASE) -> Overload:
    """`method("string", "startsWith(string) -> bool", …)`: called on the receiver."""
    call, _, result = signature.rpartition(" -> ")
    name, _, args = call.partition("(")
    return _overload(name, True, [receiver, *_split(args[:-1])], result, implementation, since)


def _overload(
    name: str, member: bool, args: list[str], result: str, implementation: Callable[..., Any], since: Version
) -> Overload:
    types = tuple(map(parse_type, args))
    returned = parse_type(result)
    found: dict[str, None] = {}
    for one in (*types, returned):
        _collect(one, found)
    return Overload(name, member, types, returned, tuple(found), implementation, since)


def _collect(one: Type, found: dict[str, None]) -> None:
    if one.kind == "param":
        found[one.name] = None
    for inner in one.params:
        _collect(inner, found)


_PARSED: dict[str, Type] = {}


def parse_type(text: str) -> Type:
    """The type that a signature spells."""
    parsed = _PARSED.get(text)
    if parsed is None:
        parsed = _PARSED[text] = _parse(text)
    return parsed


def _parse(text: str) -> Type:
    if len(text) == 1:
        return param(text)
    name, opened, inner = text.partition("(")
    if opened:
        return CONTAINERS[name](*map(parse_type, _split(inner[:-1])))
    return NAMED[text]


def _split(text: str) -> list[str]:
    """Split at the commas that are not inside parentheses."""
    parts: list[str] = []
    depth = start = 0
    for index, character in enumerate(text):
        if character == "," and not depth:
            parts.append(text[start:index].strip())
            start = index + 1
        depth += (character == "(") - (character == ")")
    last = text[start:].strip()
    return [*parts, last] if last else parts
