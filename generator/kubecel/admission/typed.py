"""Objects of Kubernetes' own kinds as the server holds them: in types that have some fields always and drop others.

The types are in types.json, which `go run ./defaults types` writes in tests/cluster. For each type it has the fields,
with "+" those that are always there, with "~" those that are there as null, with "-" those that are left out when they
have the zero of their type, and then what they hold.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from kubecel.admission.amounts import canonical

Body = dict[str, Any]
Type = dict[str, str]
ALWAYS, NULL, DROPPED = "+", "~", "-"
_ZEROS: dict[str, Any] = {"s": "", "i": 0, "f": 0, "b": False, "q": "0", "p": 0}
_CLASSES: dict[str, tuple[type, ...]] = {"s": (str,), "y": (str,), "i": (int,), "f": (int, float), "b": (bool,)}


def of(api_version: str, kind: str) -> Type | None:
    """The type of a kind; None for one that is not known."""
    name = _table()["kinds"].get(f"{api_version} {kind}")
    return None if name is None else _table()["types"][name]


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("types.json").read_bytes())
    return found


def read(body: Body, fields: Type) -> Body:
    """A copy without what the type does not keep: unknown fields, nulls, and zeros that are the same as nothing."""
    found: Body = {}
    for name, value in body.items():
        code = fields.get(name)
        if code is None or value is None:
            continue
        kept = _read(value, code[1:])
        if code[0] != DROPPED or kept or not _is_zero(kept, code[1:]):
            found[name] = kept
    return found


def _read(value: Any, holds: str) -> Any:
    first = holds[0]
    if first == "@" and isinstance(value, dict):
        return read(value, _table()["types"][holds[1:]])
    if first == "[" and isinstance(value, list):
        return [_read(item, holds[1:]) for item in value]
    if first == "{" and isinstance(value, dict):
        zero = _ZEROS.get(holds[1:])
        return {key: zero if item is None else _read(item, holds[1:]) for key, item in value.items()}
    if first == "q":
        return canonical(value)
    return _copied(value) if isinstance(value, (dict, list)) else value


def _copied(value: Any) -> Any:
    """A copy of what may hold anything."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items() if item is not None}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _is_zero(value: Any, holds: str) -> bool:
    """Whether a value that counts as false is of the type at all; what is of another one is left for the server."""
    first = holds[0]
    if first in "[{":
        return isinstance(value, list if first == "[" else dict)
    return type(value) in _CLASSES.get(first, ())


def complete(body: Body, fields: Type) -> None:
    """Add what the type always has, down to the last field."""
    for name, code in fields.items():
        if name in body:
            _complete(body[name], code[1:])
        elif code[0] == NULL:
            body[name] = None
        elif code[0] == ALWAYS and (holds := code[1:]) != "x":
            if holds[0] == "@":
                body[name] = {}
                complete(body[name], _table()["types"][holds[1:]])
            else:
                body[name] = _ZEROS.get(holds)


def _complete(value: Any, holds: str) -> None:
    first = holds[0]
    if first == "@" and isinstance(value, dict):
        complete(value, _table()["types"][holds[1:]])
    elif first == "[" and isinstance(value, list) and holds[1] in "@[{":
        for item in value:
            _complete(item, holds[1:])
    elif first == "{" and isinstance(value, dict) and holds[1] in "@[{":
        for item in value.values():
            _complete(item, holds[1:])
