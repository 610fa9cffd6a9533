"""explicit-null: an entry of a map with nothing behind its colon, or with null: `kata:` among labels.

Admission never sees such a null. In Kubernetes' own kinds, and in the metadata of every kind, it is an empty string by
then; in a custom resource the entry is gone, so that a selector is wider than it looks. Only a rule on the text can
tell. What is written here was measured on a real API server. A fixed field that is null means what leaving it out
means, and is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kataform import schemas
from kataform.finding import Finding, Location, Severity
from kataform.finding import pointer as rfc6901
from kataform.resource import Path as Pointer
from kataform.rule import Rule
from kataform.schemas import Schema
from kataform.text import reader
from kataform.text.resolve import Dialect, resolve

RULE = Rule(
    "explicit-null",
    "An entry of labels, of data or of a selector that is null: an empty string by the time a policy sees it, or gone.",
    Severity.WARNING,
    why="In Kubernetes' own kinds the entry becomes an empty string; in a custom resource it is dropped, so that a "
    "selector is wider than it looks.",
    remedy="write the value that is meant, or take the line out",
    failing="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug:\n",
    passing="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  debug: ''\n",
)
_REMEDY = "write the value that is meant, or take the line out"
_ANNOTATIONS = ("metadata", "annotations")


def check(
    node: reader.Node,
    schema: Schema,
    dialect: Dialect,
    at: Callable[[reader.Node], Location],
    *,
    custom: bool,
    resource: str,
) -> Iterator[Finding]:
    """Findings for every such null of one object; `custom` says that its kind is none of Kubernetes' own."""
    for key, path in _nulls(node, (), frozenset()):
        message = _message(schema, path, dialect, custom=custom)
        if message:
            yield Finding(RULE.name, Severity.WARNING, message, at(key), _REMEDY, resource, rfc6901(path))


def _nulls(node: reader.Node, path: Pointer, above: frozenset[int]) -> Iterator[tuple[reader.Node, Pointer]]:
    """The key and the path of each null in a map; an alias inside its own anchor is not followed."""
    if isinstance(node, reader.Scalar) or id(node) in above:
        return
    inside = above | {id(node)}
    if not isinstance(node, reader.Mapping):
        for index, child in enumerate(node.value):
            yield from _nulls(child, (*path, index), inside)
        return
    for key, child in node.value:
        if not isinstance(key, reader.Scalar):
            continue
        if not isinstance(child, reader.Scalar):
            yield from _nulls(child, (*path, key.value), inside)
        elif not child.style and child.tag is None and resolve(child.value, Dialect.KUBECTL) is None:
            yield key, (*path, key.value)


def _message(schema: Schema, path: Pointer, dialect: Dialect, *, custom: bool) -> str:
    """What becomes of the null; an empty text where that is nothing to tell."""
    above = schemas.at(schema, path[:-1])
    entry = schemas.step(schema, above, path[-1]) if above is not None else None
    if above is None or entry is None or path[0] == "status" or path[-1] in schemas.fields(schema, above):
        return ""
    name = ".".join(map(str, path))
    if custom and path[0] != "metadata":
        return f"{name} is null: the API server drops it without a word, or under server-side apply refuses the object"
    kept = dialect is Dialect.KUSTOMIZE and path[:-1] == _ANNOTATIONS  # kustomize writes the text that stood there
    if kept or not schemas.wants_string(schema, entry):
        return ""
    return f"{name} is null, and the API server makes an empty string of it"
