"""Objects spoilt one field at a time: what a person, an editor or a merge may do to a manifest."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ACCEPTED = Path(__file__).resolve().parent / "accepted"
_IDENTITY = (("apiVersion",), ("kind",))


class Mutant(NamedTuple):
    """One spoilt object: what was done to it where, and the object."""

    what: str
    path: tuple[str | int, ...]
    body: dict[str, Any]


def accepted() -> list[dict[str, Any]]:
    """Every object of the folder of accepted ones."""
    return [body for path in sorted(ACCEPTED.glob("*.yaml")) for body in yaml.safe_load_all(path.read_text("utf-8"))]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all fields and entries, parents first."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, child in entries:
        yield (*path, token)
        yield from places(child, (*path, token))


def mutants(body: dict[str, Any]) -> Iterator[Mutant]:
    """Each field of an object deleted, renamed, and given values of other types or just beside the right ones."""
    for path in places(body):
        if path in _IDENTITY:
            continue
        original = _parent(body, path)[path[-1]]
        yield _made("delete", body, path, delete=True)
        if isinstance(path[-1], str):
            yield _made("rename", body, path, key=path[-1] + "x")
            yield _made("case", body, path, key=path[-1].swapcase())
        for what, value in _values(original):
            yield _made(what, body, path, value=value)


def _values(original: Any) -> Iterator[tuple[str, Any]]:
    yield "null", None
    others = {"true": True, "number": 7, "fraction": 1.5, "text": "Some Text", "list": ["x"], "map": {"x": "y"}}
    yield from ((what, value) for what, value in others.items() if type(value) is not type(original))
    if isinstance(original, str):
        yield "empty", ""
        yield "line", original + "\n"
        yield "upper", original.upper()
        yield "long", original + "x" * 260
        yield "slash", original + "/_x"
        yield "dash", "-" + original
    elif isinstance(original, int) and not isinstance(original, bool):
        yield "negative", -1
        yield "zero", 0
        yield "huge", 2**40
        yield "whole", float(original)
        yield "digits", str(original)
    elif isinstance(original, list):
        yield "empty-list", []
        yield "null-entry", [*original, None]
        yield "twice", [*original, *original[-1:]]
    elif isinstance(original, dict):
        yield "empty-map", {}
        yield "unknown", {**original, "unknownField": 1}


def _made(
    what: str,
    body: dict[str, Any],
    path: tuple[str | int, ...],
    *,
    delete: bool = False,
    key: str = "",
    value: Any = None,
) -> Mutant:
    made = copy.deepcopy(body)
    parent, token = _parent(made, path), path[-1]
    if delete:
        del parent[token]
    elif key:
        parent[key] = parent.pop(token)
    else:
        parent[token] = value
    return Mutant(what, path, made)


def _parent(body: Any, path: tuple[str | int, ...]) -> Any:
    for token in path[:-1]:
        body = body[token]
    return body


def title(body: dict[str, Any]) -> str:
    """`Kind/name`, by which the server's answers are recorded."""
    metadata = body["metadata"]
    return f"{body['kind']}/{metadata.get('name') or metadata['generateName']}"
