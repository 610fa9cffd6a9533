"""Plain scalars that are not the string they look like, wherever Kubernetes wants a string.

unquoted-boolean           kata: true          the API server refuses a boolean where a label belongs
unquoted-number            port: 8080          the same, with a number
lossy-number               channel: 1.10       read as 1.1: another value, not only another type
dialect-dependent-scalar   kata: yes           kustomize reads a string, kubectl and Argo CD a boolean

The text decides, not a parsed value: after kustomize the evidence is gone. Two resolvers answer, one for each Go
reader of this ecosystem (go-yaml v3 for resources in kustomize; sigs.k8s.io/yaml for kubectl, patches' values and
kustomization files); a scalar that means the string itself to both is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from kataform import schemas
from kataform.finding import Edit, Finding, Fix, Location, Severity, tokens
from kataform.finding import pointer as rfc6901
from kataform.resource import Path as Pointer
from kataform.text import edit, reader
from kataform.text.resolve import Dialect, resolve, resolve_key

RULES = ("unquoted-boolean", "unquoted-number", "lossy-number", "dialect-dependent-scalar")
_ANNOTATIONS = ("metadata", "annotations")


def check(
    label: str,
    node: reader.Node,
    schema: schemas.Schema,
    dialect: Dialect,
    *,
    start: dict[str, Any] | None = None,
    path: Pointer = (),
    at: Callable[[reader.Node], Location] | None = None,
    resource: str = "",
    secret: bool = False,
) -> Iterator[Finding]:
    """Findings for every scalar of a document in a place that wants a string.

    `start` and `path` say where in the schema the node stands (its root, unless it is a patch's value); `at` places
    nodes of a text inside another file, whose scalars then get no fix.
    """
    place = at or (lambda child: reader.location(label, child))
    walk = _Walk(label, dialect, place, resource, secret, fixable=at is None)
    walk.node(node, schemas.part(schema, schema.root if start is None else start), path)
    yield from walk.found


class _Walk:
    """One descent through a document and its schema side by side; `found` is what it has found."""

    def __init__(
        self,
        label: str,
        dialect: Dialect,
        at: Callable[[reader.Node], Location],
        resource: str,
        secret: bool,
        *,
        fixable: bool,
    ) -> None:
        self.label, self.dialect = label, dialect
        self.at, self.resource, self.secret, self.fixable = at, resource, secret, fixable
        self.found: list[Finding] = []
        self._open: set[int] = set()

    def node(self, node: reader.Node, part: schemas.Part, path: Pointer) -> None:
        if isinstance(node, reader.Scalar):
            if part.wants_string and not node.style and node.tag is None and not _is_plain(node.value):
                self.found += self._scalar(node, path)
            return
        if id(node) in self._open:  # an alias inside its own anchor; the reader reports it
            return
        self._open.add(id(node))
        if isinstance(node, reader.Mapping):
            for key, child in node.value:
                self._pair(key, child, part, path)
        elif (below := part[0]) is not None:
            for index, child in enumerate(node.value):
                self.node(child, below, (*path, index))
        self._open.discard(id(node))

    def _pair(self, key: reader.Node, child: reader.Node, part: schemas.Part, path: Pointer) -> None:
        if not isinstance(key, reader.Scalar):
            return
        if key.value == "<<" and not key.style:
            for merged in child.value if isinstance(child, reader.Sequence) else (child,):
                self.node(merged, part, path)
            return
        below = part[key.value]
        if below is None:
            return
        if not below.named and not key.style and key.tag is None:
            self.found += self._key(key, (*path, key.value))
        self.node(child, below, (*path, key.value))

    def _key(self, key: reader.Scalar, path: Pointer) -> Iterator[Finding]:
        if _is_plain_key(key.value):
            return
        readings = {which: resolve_key(key.value, which) for which in Dialect}
        message = f"the key {key.value} is not the string it looks like: {_both(readings)}"
        severity = Severity.WARNING if readings[self.dialect] == key.value else Severity.ERROR
        yield self._finding("dialect-dependent-scalar", severity, message, key, path)

    def _scalar(self, node: reader.Scalar, path: Pointer) -> Iterator[Finding]:
        text = node.value
        readings = {which: resolve(text, which) for which in Dialect}
        mine = readings[self.dialect]
        if mine is None:
            return
        what = "this value" if self.secret else text
        wanted = f"{_name(path)} must be a string"
        severity = Severity.ERROR
        if self._kustomize_keeps(path):
            severity = Severity.WARNING
            wanted += " (kustomize mends it here, kubectl and Argo CD's plain directories refuse it)"
        if isinstance(mine, bool):
            yield self._finding("unquoted-boolean", severity, f"{wanted}; unquoted, {what} is a boolean", node, path)
        elif isinstance(mine, int | float) and _shown(mine) == text:
            yield self._finding("unquoted-number", severity, f"{wanted}; unquoted, {what} is a number", node, path)
        elif isinstance(mine, int | float):
            becomes = "another value" if self.secret else _shown(mine)
            message = f"{wanted}; unquoted, {what} is a number and becomes {becomes}"
            yield self._finding("lossy-number", severity, message, node, path)
        else:
            severity = Severity.WARNING if mine == text else Severity.ERROR
            reading = "readers disagree" if self.secret else _both(readings)
            message = f"{wanted}; unquoted, {what} is read in two ways: {reading}"
            yield self._finding("dialect-dependent-scalar", severity, message, node, path)

    def _kustomize_keeps(self, path: Pointer) -> bool:
        """kustomize writes an object's own annotations back as the text that stood there."""
        return self.dialect is Dialect.KUSTOMIZE and path[:-1] == _ANNOTATIONS

    def _finding(self, rule: str, severity: Severity, message: str, node: reader.Scalar, path: Pointer) -> Finding:
        quoted = edit.quoted(node.value)
        remedy = "quote it" if self.secret else f"write {quoted}"
        fix = _quotes(self.label, path, node.start_mark.index, node.end_mark.index) if self.fixable else None
        return Finding(rule, severity, message, self.at(node), remedy, self.resource, rfc6901(path), fix=fix)


_STRINGS: set[str] = set()  # texts seen that are strings to everybody, wherever they stand


def are_strings(texts: Collection[str]) -> bool:
    """Whether plain scalars and keys are all the text that they look like to every reader: then nothing is found."""
    new = {text for text in texts if text not in _STRINGS}
    if not all(_is_plain(text) and _is_plain_key(text) for text in new):
        return False
    if len(_STRINGS) < 100_000:
        _STRINGS.update(new)
    return True


@lru_cache(maxsize=1 << 16)
def _is_plain(text: str) -> bool:
    """Whether a plain scalar is the text that it looks like to every reader."""
    readings = [resolve(text, which) for which in Dialect]
    return all(reading == text and isinstance(reading, str) for reading in readings)


@lru_cache(maxsize=1 << 16)
def _is_plain_key(text: str) -> bool:
    return all(resolve_key(text, which) == text for which in Dialect)


def quoting(finding: Finding, text: str) -> Fix | None:
    """The fix of a scalar that stands in a text inside another file; None where the file does not show it as it is."""
    found = edit.span(text, finding.location)
    written = text[slice(*found)] if found is not None else ""
    if found is None or not any(resolve(written, which) != written for which in Dialect):
        return None
    return _quotes(finding.location.path, tokens(finding.pointer), *found)


def _quotes(label: str, path: Pointer, start: int, end: int) -> Fix:
    """Two insertions, so that a report of the fix repeats no Secret's value. No such scalar holds a quote."""
    return Fix(f"quote {_name(path)}", True, (Edit(label, start, start, "'"), Edit(label, end, end, "'")))


def _name(path: Pointer) -> str:
    """The field as people say it: the last key, with its list where it is an entry of one."""
    if path and isinstance(path[-1], int):
        return f"{path[-2] if len(path) > 1 else 'entry'}[{path[-1]}]"
    return str(path[-1]) if path else "the value"


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, float) else repr(value).removesuffix(".0")


def _both(readings: dict[Dialect, Any]) -> str:
    def named(value: Any) -> str:
        if isinstance(value, bool):
            return f"the boolean {str(value).lower()}"
        if isinstance(value, int | float):
            return f"the number {_shown(value)}"
        return "null" if value is None else f"the string '{value}'"

    one, other = named(readings[Dialect.KUSTOMIZE]), named(readings[Dialect.KUBECTL])
    return f"{one} to kustomize, {other} to kubectl and Argo CD"
