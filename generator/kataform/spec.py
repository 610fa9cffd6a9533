"""Read specs: a chain of files merged into one, every value knowing the line it comes from, every problem placed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

from kataform import data, resource, schemas
from kataform.finding import Edit, Finding, Fix, Location, Related, Severity
from kataform.project import BASE, SPEC, Project, bytes_of, shown
from kataform.resource import Derivation
from kataform.resource import Path as Pointer
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

API_VERSION = "kataform.dev/v1alpha1"
KIND = "Overlay"
DEFAULT = "default"
# The one field that is not inherited.
OWN = "kustomize"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written: the file as shown, the key's node and the value's node; a default has no nodes."""

    path: str
    key: reader.Node | None = None
    node: reader.Node | None = None

    @property
    def location(self) -> Location:
        """The place of the value."""
        return reader.location(self.path, self.node) if self.node is not None else Location(self.path)

    @property
    def key_location(self) -> Location:
        """The place of the key, or of the value where it has none."""
        return reader.location(self.path, self.key) if self.key is not None else self.location


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a spec with its origin; maps hold entries by key, lists hold entries in order."""

    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class File:
    """One spec file: what it says itself, before merging. `root` is None where it could not be read as a map."""

    path: Path
    label: str
    source: reader.Source | None
    root: Entry | None
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        return any(finding.severity >= Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Spec:
    """A merged spec. `chain` lists its files from the overlay down; `parent` is the nearest rendered folder below."""

    name: str
    folder: Path
    root: Entry
    chain: tuple[File, ...]
    parent: Path | None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The overlay's own file, as messages show it."""
        return self.chain[0].label

    def get(self, *path: str) -> Any:
        """The plain value at a path, or None."""
        return resource.get(self.body, path)

    def origin(self, path: Pointer) -> Origin:
        """Where the value at a path was written, or the nearest value above it that was."""
        *_, nearest = (entry.origin for entry in self._along(path) if entry.origin.path != DEFAULT)
        return nearest if nearest.path else Origin(self.label)

    def _along(self, path: Pointer) -> Iterator[Entry]:
        """The entries from the whole spec down to a path, as far as there are any."""
        entry = self.root
        yield Entry(None, Origin(""))
        for token in path:
            if isinstance(entry.value, dict) and token in entry.value:
                entry = entry.value[str(token)]
            elif isinstance(entry.value, list) and isinstance(token, int) and token < len(entry.value):
                entry = entry.value[token]
            else:
                return
            yield entry

    def place(self, derivations: tuple[Derivation, ...], path: Pointer, *, key: bool = False) -> Location:
        """The value (or key) that a field of a rendered object is written from, as its derivations tell."""
        fitting = [d for d in derivations if path[: len(d.path)] == d.path]
        derivation = max(enumerate(fitting), key=lambda entry: (len(entry[1].path), entry[0]))[1]
        wanted = (*derivation.spec, *path[len(derivation.path) :])
        entries = list(self._along(wanted))[1:]
        exact = entries[-1] if len(entries) == len(wanted) and entries else None
        plain_value = exact is not None and exact.origin.node is not None and not isinstance(exact.value, dict | list)
        origin = self.origin(wanted)
        location = origin.location if plain_value and not key else origin.key_location
        return location if location.line else Location.start(self.label)


# --- one file -----------------------------------------------------------------------------------------------------


def read(path: Path) -> File:
    """Read and validate one spec file; whatever is wrong with it is in `findings`, never raised."""
    label = shown(path)
    try:
        raw = bytes_of(path)
    except OSError as error:
        problem = Finding("spec-unreadable", Severity.ERROR, f"cannot be read: {error.strerror}", Location(label))
        return File(path, label, None, None, (problem,))
    source = reader.read(raw, label)
    return _from_source(path, label, source)


def _from_source(path: Path, label: str, source: reader.Source) -> File:
    findings = [problem.finding for problem in source.problems]
    nodes = [document.node for document in source.documents if document.node is not None]
    if len(nodes) > 1:
        place = reader.location(label, nodes[1])
        findings.append(
            _error("spec-invalid", "a spec is one document; there is a second one here", place, "delete it")
        )
    if not nodes:
        if not findings:
            findings.append(
                _error("spec-invalid", "the spec is empty", Location(label), "run `kataform init` for a start")
            )
        return File(path, label, source, None, tuple(findings))
    node = nodes[0]
    if not isinstance(node, reader.Mapping):
        findings.append(
            _error("spec-invalid", "a spec is a map", reader.location(label, node), "begin with apiVersion:")
        )
        return File(path, label, source, None, tuple(findings))
    findings += validate(label, node)
    return File(path, label, source, _entry(label, None, node, reader.value(node, Dialect.KUBECTL)), tuple(findings))


def _error(rule: str, message: str, location: Location, remedy: str = "", **more: Any) -> Finding:
    return Finding(rule, Severity.ERROR, message, location, remedy, **more)


@lru_cache(maxsize=1)
def schema() -> schemas.Schema:
    """schemas/spec.schema.json, as the validator takes it."""
    root = json.loads((data.directory() / "schemas" / "spec.schema.json").read_text(encoding="utf-8"))
    return schemas.Schema(id="spec", root=root)


def validate(label: str, node: reader.Node) -> Iterator[Finding]:
    """What is wrong with one spec file by itself: scalars that are not what they look like, then the schema."""
    from kataform.rules import scalars

    suspicious = list(scalars.check(label, node, schema(), Dialect.KUBECTL))
    yield from suspicious
    seen = {finding.location for finding in suspicious}
    for violation in schemas.validate(schema(), reader.value(node, Dialect.KUBECTL)):
        place = place_of(label, node, violation.pointer, key=violation.rule == "unknown-field")
        if place not in seen:
            fix = _renaming(label, node, violation) if violation.rule == "unknown-field" else None
            yield _error(violation.rule, violation.message, place, violation.remedy, fix=fix)


def _renaming(label: str, node: reader.Node, violation: schemas.Violation) -> Fix | None:
    """A misspelt field under its right name, where there is one and the key is written plainly."""
    key = reader.find(node, tuple(map(str, violation.pointer))).key
    if violation.suggestion is None or not isinstance(key, reader.Scalar) or key.style:
        return None
    edit = Edit(label, key.start_mark.index, key.end_mark.index, violation.suggestion)
    return Fix(f"rename {key.value} to {violation.suggestion}", False, (edit,))


def place_of(label: str, node: reader.Node, pointer: Pointer, *, key: bool = False) -> Location:
    """The place of the value at a pointer (or of its key), or of the nearest key above that exists."""
    found = reader.find(node, tuple(str(token) for token in pointer))
    if (key or found.depth < len(pointer)) and found.key is not None:
        return reader.location(label, found.key)
    return reader.location(label, found.node)


def _entry(label: str, key: reader.Node | None, node: reader.Node, value: Any) -> Entry:
    origin = Origin(label, key, node)
    if isinstance(node, reader.Mapping) and isinstance(value, dict):
        children = {}
        for name, item in value.items():
            found = reader.find(node, (str(name),))
            children[str(name)] = _entry(label, found.key, found.node, item)
        return Entry(children, origin)
    if isinstance(node, reader.Sequence) and isinstance(value, list):
        items = [_entry(label, None, child, item) for child, item in zip(node.value, value, strict=False)]
        return Entry(items, origin)
    return Entry(value, origin)


# --- merging ------------------------------------------------------------------------------------------------------


def merge(under: Entry, over: Entry) -> Entry:
    """Lay one spec over another: maps merge, lists replace, null deletes, a label selector replaces as a whole."""
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return without_nulls(over)
    merged = dict(under.value)
    for name, entry in over.value.items():
        below = merged.get(name)
        if entry.value is None:
            merged.pop(name, None)
        elif below is None or _is_selector(name, below, entry):
            merged[name] = without_nulls(entry)
        else:
            merged[name] = merge(below, entry)
    return Entry(merged, over.origin)


def _is_selector(name: str, *entries: Entry) -> bool:
    if name in ("nodeSelector", "matchLabels"):
        return True
    return any(
        isinstance(e.value, dict) and ("matchLabels" in e.value or "matchExpressions" in e.value) for e in entries
    )


def without_nulls(entry: Entry) -> Entry:
    """The entry without map keys that are null: null deletes, also where there was nothing to delete."""
    if isinstance(entry.value, dict):
        kept = {name: without_nulls(child) for name, child in entry.value.items() if child.value is not None}
        return Entry(kept, entry.origin)
    if isinstance(entry.value, list):
        return Entry([without_nulls(child) for child in entry.value], entry.origin)
    return entry


def plain(entry: Entry) -> Any:
    """The values alone, as JSON has them."""
    if isinstance(entry.value, dict):
        return {name: plain(child) for name, child in entry.value.items()}
    if isinstance(entry.value, list):
        return [plain(child) for child in entry.value]
    return entry.value


def complete(entry: Entry, sub: dict[str, Any] | None = None) -> Entry:
    """The entry in the schema's order, with the schema's `default` for what no file of the chain says.

    Defaults come last, so that a null takes away what is inherited and the default holds again.
    """
    sub = schema().root if sub is None else sub
    stated = entry.value if isinstance(entry.value, dict) else {}
    children: dict[str, Entry] = {}
    for name, below in sub.get("properties", {}).items():
        child = stated.get(name)
        if child is None and "default" in below:
            children[name] = _default(below["default"])
        elif child is None or (isinstance(child.value, dict) and "properties" in below):
            filled = complete(child or Entry({}, Origin(DEFAULT)), below)
            children |= {name: filled} if child is not None or filled.value else {}
        else:
            children[name] = child
    return Entry({**children, **{name: child for name, child in stated.items() if name not in children}}, entry.origin)


def _default(value: Any) -> Entry:
    if isinstance(value, list):
        return Entry([_default(item) for item in value], Origin(DEFAULT))
    return Entry(value, Origin(DEFAULT))


# --- the chain ----------------------------------------------------------------------------------------------------


class Files:
    """Spec files, each read once however many overlays extend it."""

    def __init__(self) -> None:
        self._read: dict[Path, File] = {}

    def get(self, path: Path) -> File:
        if path not in self._read:
            self._read[path] = read(path)
        return self._read[path]


def load(project: Project, name: str, files: Files) -> tuple[Spec | None, tuple[File, ...], list[Finding]]:
    """The merged spec of one rendered folder, the files of its chain, and what is wrong with them.

    The spec is None where a file of the chain has an error: what would be rendered from it is not known.
    """
    folder = project.rendered[name]
    chain: list[File] = []
    findings: list[Finding] = []
    path: Path | None = folder / SPEC
    while path is not None:
        file = files.get(path)
        chain.append(file)
        findings += file.findings
        path, problem = _next(project, file, chain)
        if problem is not None:
            findings.append(problem)
            return None, tuple(chain), findings
    stated = [file.root for file in chain if file.root is not None and not file.broken]
    if len(stated) < len(chain):
        return None, tuple(chain), findings
    stated = [stated[0], *map(_inheritable, stated[1:])]
    root = complete(_with_source(reduce(merge, reversed(stated), Entry({}, Origin(DEFAULT)))))
    parent = next((file.path.parent for file in chain[1:] if file.path.parent in project.names), None)
    return Spec(name, folder, root, tuple(chain), parent, plain(root)), tuple(chain), findings


def _inheritable(entry: Entry) -> Entry:
    """A spec as others see that extend it: additions to its own roots reach them through kustomize, not twice."""
    return Entry({name: child for name, child in entry.value.items() if name != OWN}, entry.origin)


def _with_source(stated: Entry) -> Entry:
    """A spec with the site's CatalogSource in its Subscription, where the spec names no other there."""
    source = _below(_below(stated, "releases"), "catalogSource")
    found = {"source": _below(source, "name"), "sourceNamespace": _below(source, "namespace")}
    subscription = {name: entry for name, entry in found.items() if entry is not None}
    if not subscription:
        return stated
    default = Origin(DEFAULT)
    return merge(Entry({"operator": Entry({"subscription": Entry(subscription, default)}, default)}, default), stated)


def _below(entry: Entry | None, name: str) -> Entry | None:
    return entry.value.get(name) if entry is not None and isinstance(entry.value, dict) else None


def _next(project: Project, file: File, chain: list[File]) -> tuple[Path | None, Finding | None]:
    """The file that this one extends, or None at the end of the chain, or the problem with it."""
    stated = file.root.value.get("extends") if file.root is not None else None
    if stated is None:
        if project.base is None or file.root is None or file.path.parent == project.base:
            return None, None
        return project.base / SPEC, None
    if not isinstance(stated.value, str):
        return None, None
    folder = Path(os.path.normpath(file.path.parent / stated.value))
    target = folder if folder.name == SPEC else folder / SPEC
    if any(target == seen.path for seen in chain):
        round_trip = " → ".join(shown(seen.path) for seen in chain)
        message = f"extends itself: {round_trip} → {shown(target)}"
        return None, _error(
            "extends-cycle", message, stated.origin.location, "a chain ends at a spec that extends nothing"
        )
    if not target.is_file():
        message = f"there is no {shown(target)} to extend"
        hint = f"the base is {shown(project.base)}" if project.base else f"a spec is called {SPEC}"
        return None, _error("extends-missing", message, stated.origin.location, hint)
    return target, None


def related_chain(spec: Spec, path: Pointer) -> tuple[Related, ...]:
    """Where a value comes from when it is not written in the overlay's own file."""
    origin = spec.origin(path)
    if origin.path in (spec.label, DEFAULT):
        return ()
    return (Related(Location(spec.label), f"inherited by {spec.name if spec.name != BASE else 'the base'}"),)
