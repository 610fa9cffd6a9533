"""A Kubernetes object as the tool passes it around: its body, its identity, and where its fields come from."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kubecel.records import dataclass

Path = tuple[str | int, ...]


# Groups whose kinds are read by tools and never applied.
_TOOLS = ("kataform.dev", "kustomize.config.k8s.io")
_FIELDS: dict[str, type] = {"apiVersion": str, "kind": str, "metadata": dict}
_KIND = re.compile("[A-Z][A-Za-z0-9]*").fullmatch


class Key(NamedTuple):
    """What makes two objects the same object to a cluster."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """The field at `path` and below is written from the spec's value at `spec` (same shape below both)."""

    path: Path
    spec: Path


@dataclass(frozen=True, slots=True)
class Resource:
    """One rendered object; `derivations` are ordered, the longest matching path wins."""

    body: dict[str, Any]
    derivations: tuple[Derivation, ...] = ()


def split_api_version(api_version: str) -> tuple[str, str]:
    """Group and version of an apiVersion; the core group is the empty string."""
    group, _, version = api_version.rpartition("/")
    return group, version


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def key(body: dict[str, Any]) -> Key:
    """The identity of an object; parts that are missing or not strings are empty."""
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    group, _ = split_api_version(_text(body.get("apiVersion")))
    return Key(group, _text(body.get("kind")), _text(metadata.get("namespace")), _text(metadata.get("name")))


def kind(body: dict[str, Any]) -> str:
    """The kind of an object; empty where it is missing or no string."""
    return _text(body.get("kind"))


def is_object(body: Any) -> bool:
    """Whether a value is meant for a cluster: it has two of apiVersion, kind and metadata, and is no tool's own.

    Each may have a slip in its name. A kind alone, which JSON of many sorts has, is enough beside a spec or items.
    """
    if not isinstance(body, dict) or key(body).group in _TOOLS:
        return False
    name = body.get("kind")
    if "apiVersion" in body or "metadata" in body:
        if isinstance(name, str) or ("apiVersion" in body and "metadata" in body):
            return True
    elif isinstance(name, str) and _KIND(name) and ("spec" in body or (name.endswith("List") and "items" in body)):
        return True
    return sum(meant(body, field) is not None for field in _FIELDS) > 1


def is_tool_own(body: Any) -> bool:
    """Whether a value is read by a tool of this trade, kustomize or kataform, and never applied."""
    return isinstance(body, dict) and key(body).group in _TOOLS


def meant(body: dict[str, Any], field: str) -> str | None:
    """The key that is meant for apiVersion, kind or metadata, itself or with a slip in it; None where there is none."""
    return next((name for name, value in body.items() if _is_meant(name, value, field)), None)


def _is_meant(name: str, value: Any, field: str) -> bool:
    """Whether a field is one of an object's first three: of its type, and with one slip in the name at the most."""
    if not isinstance(value, _FIELDS[field]):
        return False
    written, right = re.sub("[-_]", "", name).lower(), field.lower()
    if written == right or abs(len(written) - len(right)) > 1:
        return written == right
    start = next((i for i, char in enumerate(right) if written[i : i + 1] != char), len(right))
    one, other = written[start:], right[start:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    # Many a word differs from `kind` in one letter.
    return one[1:] == other or one == other[1:] or swapped or (len(right) > len("kind") and one[1:] == other[1:])


def title(body: dict[str, Any]) -> str:
    """`Kind/name`, or `Kind/namespace/name`, as findings name an object."""
    _, kind, namespace, name = key(body)
    return "/".join(part for part in (kind or "?", namespace, name or "?") if part)


def get(body: Any, path: Path) -> Any:
    """The value at a path, or None where it leads nowhere."""
    for token in path:
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list) and isinstance(token, int) and 0 <= token < len(body):
            body = body[token]
        else:
            return None
    return body


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: Python takes True for 1 and 1 for 1.0, a cluster does not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)
