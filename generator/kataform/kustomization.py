"""Read kustomizations as files: what they take in, what they patch, and where each object and patch is written.

Nothing is built here: kustomize does that. This is the map from what was built back to the text that people edit.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kataform import resource, schemas, selector
from kataform.finding import Location, tokens
from kataform.project import bytes_of, real, shown
from kataform.resource import Key
from kataform.text import reader
from kataform.text.problem import Problem
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_OPAQUE = ("generators", "helmCharts", "helmChartInflationGenerator")
_PATHS = (
    "resources", "bases", "components", "crds", "transformers", "generators", "configurations", "patchesStrategicMerge"
)  # fmt: skip
_MADE = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
GENERATORS = (*_MADE, *_OPAQUE)


@dataclass(frozen=True, slots=True)
class Written:
    """A YAML node and where it stands; `line` and `column` shift a node of a text inside another file."""

    label: str
    node: reader.Node
    line: int = 0
    column: int = 0
    whole: Location | None = None

    def at(self, node: reader.Node) -> Location:
        """The place of a node of the same text."""
        return self.moved(reader.location(self.label, node))

    def moved(self, place: Location) -> Location:
        """The place in the file of a place in the text."""
        if self.whole is not None:
            return self.whole
        if not self.line:
            return place
        return Location(
            self.label,
            place.line + self.line,
            place.column + self.column,
            place.end_line + self.line,
            place.end_column + self.column,
        )

    @property
    def place(self) -> Location:
        return self.at(self.node)


@dataclass(frozen=True, slots=True)
class Item:
    """An object as some file writes it, with the names and namespaces that it has had on the way up."""

    body: dict[str, Any]
    written: Written
    key: Key
    version: str
    names: frozenset[str]
    namespaces: frozenset[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a JSON 6902 patch; `written` is the document that it stands in."""

    op: str
    path: tuple[str, ...]
    value: reader.Node | None
    node: reader.Node
    written: Written


@dataclass(frozen=True, slots=True)
class Inline:
    """A text that the kustomization holds and kustomize reads as YAML: what it says, and where that stands."""

    source: reader.Source
    place: Written

    @property
    def documents(self) -> list[Written]:
        return [replace(self.place, node=d.node) for d in self.source.documents if d.node is not None]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Its defects, at their places in the kustomization."""
        return tuple(replace(p, location=self.place.moved(p.location), related=()) for p in self.source.problems)

    @property
    def host(self) -> reader.Scalar | None:
        return self.place.node if isinstance(self.place.node, reader.Scalar) else None

    @property
    def has_lines(self) -> bool:
        """Whether each line of the text is one of the file: other scalars than `|` fold and escape them."""
        return self.place.whole is None


@dataclass(frozen=True, slots=True)
class Patch:
    """One entry under patches: its target if it has one, and either operations or documents to merge.

    `inline` is a text inside the kustomization. `renames` tells that its options let it change names or kinds; `late`
    that kustomize applies it after its transformers, as those under `patchesJson6902`.
    """

    entry: Location
    target: dict[str, Any] | None
    target_written: Written | None
    operations: tuple[Operation, ...]
    merges: tuple[dict[str, Any], ...]
    written: tuple[Written, ...]
    path: Path | None
    inline: Inline | None = None
    renames: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One kustomization file. `body` is as kustomize reads it; None where the file is no YAML map."""

    folder: Path
    file: Path
    label: str
    source: reader.Source
    written: Written | None
    body: dict[str, Any] | None

    @property
    def is_component(self) -> bool:
        return bool(self.body and self.body.get("kind") == "Component")

    def under(self, *path: str | int) -> Written | None:
        """What is written at a path of the file, or None."""
        if self.written is None:
            return None
        found = reader.find(self.written.node, tuple(str(part) for part in path))
        return replace(self.written, node=found.node) if found.depth == len(path) else None

    def texts(self, *fields: str) -> list[str]:
        """The strings in some list fields, in order."""
        listed = [entry for name in fields for entry in _list((self.body or {}).get(name))]
        return [entry for entry in listed if isinstance(entry, str)]


@dataclass(frozen=True, slots=True)
class Accumulated:
    """The objects that a kustomization takes in. Not complete where some part cannot be told from files.

    `generated` are the ConfigMaps and Secrets that generators make; `known` tells that these and `items` are all.
    """

    items: tuple[Item, ...]
    complete: bool
    generated: tuple[Item, ...] = ()
    known: bool = False


class Graph:
    """Kustomizations and manifests, each file read once. `unread` are those that cannot be, and why.

    `looked_for` are the paths that kustomizations name, be they there or not; `outside` the links that lead out of the
    repository, which are not followed.
    """

    def __init__(self) -> None:
        self.unread: dict[Path, str] = {}
        self.looked_for: set[Path] = set()
        self.outside: set[Path] = set()
        self._tops: dict[Path, Path | None] = {}
        self._resolved: dict[Path, Path | None] = {}
        self._sources: dict[Path, reader.Source | None] = {}
        self._kustomizations: dict[Path, Kustomization | None] = {}
        self._accumulated: dict[Path, Accumulated] = {}
        self._children: dict[Path, list[Path]] = {}
        self._files: dict[Path, list[Path]] = {}
        self._items: dict[Path, list[Item]] = {}
        self._patches: dict[Path, list[Patch]] = {}

    def source(self, path: Path) -> reader.Source | None:
        """What a file says, or None where it cannot be read."""
        if path not in self._sources:
            try:
                if os.path.islink(path) and not self._inside(path.parent, real(path)):
                    self.outside.add(path)
                    raise OSError(errno.EXDEV, "it is a link out of the repository")
                self._sources[path] = reader.read(bytes_of(path), shown(path))
            except OSError as error:
                self._sources[path] = None
                self.unread[path] = error.strerror or str(error)
        return self._sources[path]

    def is_known(self, path: Path) -> bool:
        """Whether a file has been read."""
        return path in self._sources

    def take(self, path: Path, text: str, values: Iterable[Any]) -> None:
        """What somebody else read in a file (`reader.told`)."""
        self._sources[path] = reader.told(shown(path), text, values)

    def kustomization(self, folder: Path) -> Kustomization | None:
        """The kustomization of a folder, or None where it has none that can be read."""
        if folder not in self._kustomizations:
            self._kustomizations[folder] = self._read(folder)
        return self._kustomizations[folder]

    def _read(self, folder: Path) -> Kustomization | None:
        file = next((folder / name for name in NAMES if _is_file(f"{folder}/{name}")), None)
        source = self.source(file) if file is not None else None
        if file is None or source is None:
            return None
        label = shown(file)
        node = source.documents[0].node if source.documents else None
        if not isinstance(node, reader.Mapping):
            return Kustomization(folder, file, label, source, None, None)
        body = reader.value(node, Dialect.KUBECTL)
        return Kustomization(
            folder, file, label, source, Written(label, node), body if isinstance(body, dict) else None
        )

    # --- what it refers to ---

    def children(self, found: Kustomization) -> list[Path]:
        """The folders it takes in (resources, bases, components) that are kustomizations on this disk."""
        if found.file not in self._children:
            paths = [self._local(found, name) for name in found.texts("resources", "bases", "components")]
            self._children[found.file] = [path for path in paths if path is not None and path.is_dir()]
        return self._children[found.file]

    def files(self, found: Kustomization) -> list[Path]:
        """Every file on this disk that it names and kustomize reads as YAML: manifests and patches."""
        if found.file not in self._files:
            names = [name for (field, *_), name in self.named(found) if field not in ("bases", "components")]
            paths = [self._local(found, name) for name in names]
            self._files[found.file] = [path for path in paths if path is not None and path.is_file()]
        return self._files[found.file]

    def named(self, found: Kustomization) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The files and folders that it names for kustomize to read as YAML, each with its path in the file."""
        for field in _PATHS:
            for index, entry in enumerate(_list((found.body or {}).get(field))):
                if isinstance(entry, str) and "\n" not in entry:
                    yield (field, index), entry
        for field in ("patches", "patchesJson6902", "replacements"):
            for index, entry in enumerate(_list((found.body or {}).get(field))):
                if isinstance(entry, dict) and isinstance(entry.get("path"), str) and "\n" not in entry["path"]:
                    yield (field, index, "path"), entry["path"]

    def leads_out(self, found: Kustomization, name: str) -> bool:
        """Whether a path, or a link on its way, leads out of the repository."""
        try:
            return "\0" not in name and not self._inside(found.folder, real(found.folder / name))
        except OSError:
            return False

    def _inside(self, folder: Path, path: Path) -> bool:
        top = self._top(folder)
        return top is None or path.is_relative_to(top)

    def _top(self, folder: Path) -> Path | None:
        """The top of the repository that a folder is in, if it is in one."""
        if folder not in self._tops:
            above = self._top(folder.parent) if folder.parent != folder else None
            self._tops[folder] = folder if (folder / ".git").exists() else above
        return self._tops[folder]

    def remotes(self, found: Kustomization) -> list[str]:
        """What it takes in that is not on this disk."""
        names = found.texts("resources", "bases", "components")
        return [name for name in names if _is_remote(name) and self._local(found, name) is None]

    def _local(self, found: Kustomization, name: str) -> Path | None:
        if "\n" in name or "\0" in name:
            return None
        named = found.folder / name
        if named not in self._resolved:
            self.looked_for.add(named)
            self._resolved[named] = self._resolve(found.folder, named)
        return self._resolved[named]

    def _resolve(self, folder: Path, named: Path) -> Path | None:
        try:
            path = real(named)
            return path if path.exists() and self._inside(folder, path) else None
        except OSError:
            return None

    def folders(self, folder: Path) -> set[Path]:
        """The folder and every folder that it takes in, however deep."""
        seen, waiting = {folder}, [folder]
        while waiting:
            found = self.kustomization(waiting.pop())
            new = set(self.children(found)) - seen if found is not None else set()
            seen |= new
            waiting += new
        return seen

    def closure(self, folder: Path) -> set[Path]:
        """Every file that building this folder reads."""
        known = (self.kustomization(each) for each in self.folders(folder))
        return {path for found in known if found is not None for path in (found.file, *self.files(found))}

    # --- the objects ---

    def accumulate(self, folder: Path) -> Accumulated:
        """The objects of a folder's resources, before its own patches and under the names it gives them."""
        if folder not in self._accumulated:
            self._accumulated[folder] = Accumulated((), False)  # for a cycle, which kustomize refuses
            self._accumulated[folder] = self._gather(folder)
        return self._accumulated[folder]

    def _gather(self, folder: Path) -> Accumulated:
        found = self.kustomization(folder)
        if found is None or found.body is None:
            return Accumulated((), False)
        taken, body = self.taken_in(found), found.body
        items, generated = ([_renamed(item, body) for item in part] for part in (taken.items, taken.generated))
        return replace(taken, items=tuple(items), generated=tuple(generated))

    def taken_in(self, found: Kustomization) -> Accumulated:
        """The objects that it takes in and generates, before it renames them."""
        body = found.body or {}
        # A component's patches and transformers meet the objects of whoever takes it in.
        known = not found.is_component and not any(body.get(f) for f in (*_OPAQUE, "components", "transformers"))
        complete = known and not any(body.get(field) for field in _MADE)
        items: list[Item] = []
        generated = list(_generated(found))
        for name in found.texts("resources", "bases"):
            path = self._local(found, name)
            if path is None:
                complete = known = False
            elif path.is_dir():
                below = self.accumulate(path)
                items += below.items
                generated += below.generated
                complete, known = complete and below.complete, known and below.known
            else:
                items += self.items(path)
                source = self.source(path)
                readable = source is not None and not source.problems
                complete, known = complete and readable, known and readable
        return Accumulated(tuple(items), complete, tuple(generated), known)

    def items(self, path: Path) -> list[Item]:
        """The objects of one manifest file; a List is taken apart."""
        if path not in self._items:
            source = self.source(path)
            self._items[path] = [
                item
                for document in (source.documents if source is not None else ())
                if document.node is not None
                for item in _items(document.value(Dialect.KUSTOMIZE), Written(shown(path), document.node))
            ]
        return self._items[path]

    # --- patches ---

    def patches(self, found: Kustomization) -> list[Patch]:
        """Its patches in the order in which kustomize applies them."""
        if found.file not in self._patches:
            self._patches[found.file] = self._read_patches(found)
        return self._patches[found.file]

    def _read_patches(self, found: Kustomization) -> list[Patch]:
        body = found.body or {}
        result = []
        for index, entry in enumerate(_list(body.get("patchesStrategicMerge"))):
            if isinstance(entry, str):
                result.append(self._merge_patch(found, entry, index))
        for field in ("patches", "patchesJson6902"):
            for index, entry in enumerate(_list(body.get(field))):
                if isinstance(entry, dict):
                    result.append(self._patch(found, field, index, entry))
        return result

    def _merge_patch(self, found: Kustomization, entry: str, index: int) -> Patch:
        written = found.under("patchesStrategicMerge", index)
        place = written.place if written is not None else Location(found.label)
        if "\n" in entry and written is not None:
            inline = _embedded(found, written, entry)
            return replace(_assemble(place, None, None, inline.documents, None), inline=inline)
        path = self._local(found, entry)
        return _assemble(place, None, None, self._documents(path), path)

    def _patch(self, found: Kustomization, field: str, index: int, entry: dict[str, Any]) -> Patch:
        written = found.under(field, index)
        place = written.place if written is not None else Location(found.label)
        target = entry.get("target") if isinstance(entry.get("target"), dict) else None
        target_written = found.under(field, index, "target")
        text, path = entry.get("patch"), None
        documents: list[Written] = []
        inline: Inline | None = None
        inline_written = found.under(field, index, "patch")
        if isinstance(text, str) and inline_written is not None:
            inline = _embedded(found, inline_written, text)
            documents = inline.documents
        elif isinstance(entry.get("path"), str):
            path = self._local(found, entry["path"])
            documents = self._documents(path)
        options = entry.get("options")
        renames = isinstance(options, dict) and bool(options.get("allowNameChange") or options.get("allowKindChange"))
        patch = _assemble(place, target, target_written, documents, path)
        return replace(patch, inline=inline, renames=renames, late=field == "patchesJson6902")

    def _documents(self, path: Path | None) -> list[Written]:
        source = self.source(path) if path is not None and path.is_file() else None
        if source is None:
            return []
        return [Written(source.path, d.node) for d in source.documents if d.node is not None]


def _is_file(path: str) -> bool:
    """As Path.is_file, which takes several times as long. OSError where the folder is closed."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP):
            raise
        return False


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# An address; a repository as scp writes it; of hosts without a scheme kustomize knows this one alone.
_REMOTE = re.compile(r"(?:git::)?(?:.*?://.|(?:[\w.-]+@[\w.-]+|github\.com)[:/](?:[^/]+/.|[^/]+\.git))", re.IGNORECASE)


def _is_remote(name: str) -> bool:
    """Whether kustomize fetches what has no such name on this disk. `example.com/org/repo` is a folder to it."""
    return _REMOTE.match(name) is not None


def _items(body: Any, written: Written) -> Iterator[Item]:
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        return
    if body["kind"] == "List" and isinstance(body.get("items"), list):
        for index, item in enumerate(body["items"]):
            found = reader.find(written.node, ("items", str(index)))
            yield from _items(item, replace(written, node=found.node))
        return
    key = resource.key(body)
    _, version = resource.split_api_version(str(body.get("apiVersion", "")))
    yield Item(body, written, key, version, frozenset((key.name,)), frozenset((key.namespace,)))


def _generated(found: Kustomization) -> Iterator[Item]:
    """The ConfigMaps and Secrets that it makes, under the names that patches know: without a hash."""
    for field, kind in _MADE.items():
        for index, entry in enumerate(_list((found.body or {}).get(field))):
            written = found.under(field, index)
            if written is None or not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                continue
            if entry.get("behavior") in (None, "", "create"):
                metadata = {name: entry[name] for name in ("name", "namespace") if isinstance(entry.get(name), str)}
                yield from _items({"apiVersion": "v1", "kind": kind, "metadata": metadata}, written)


def _renamed(item: Item, body: dict[str, Any]) -> Item:
    """The item with the name and namespace that a kustomization's own transformers add to those it had."""
    prefix, suffix = body.get("namePrefix") or "", body.get("nameSuffix") or ""
    namespace = body.get("namespace")
    names, namespaces = item.names, item.namespaces
    if isinstance(prefix, str) and isinstance(suffix, str) and (prefix or suffix):
        names = names | {f"{prefix}{name}{suffix}" for name in names}
    if isinstance(namespace, str) and namespace:
        namespaces = namespaces | {namespace}
        if item.key.kind == "Namespace":
            names = names | {namespace}
    if names is item.names and namespaces is item.namespaces:
        return item
    return replace(item, names=names, namespaces=namespaces)


def _embedded(found: Kustomization, written: Written, text: str) -> Inline:
    """A patch inside the kustomization, at its true lines in a block scalar."""
    return Inline(reader.read(text.encode(), found.label), _inside(found, written, text))


def _inside(found: Kustomization, written: Written, text: str) -> Written:
    """Where a text inside the kustomization stands; as a whole where it is no block scalar."""
    if not isinstance(written.node, reader.Scalar) or written.node.style != "|":
        return Written(found.label, written.node, whole=written.place)
    lines = reader.lines(found.source.text)
    first = written.node.start_mark.line + 1
    line = next((n for n in range(first, len(lines)) if lines[n].strip()), first)
    indent = len(lines[line]) - len(lines[line].lstrip(" ")) if line < len(lines) else 0
    text_indent = next((len(t) - len(t.lstrip(" ")) for t in text.splitlines() if t.strip()), 0)
    column = max(indent - text_indent, 0)
    return Written(found.label, written.node, first, column)


def _assemble(
    place: Location, target: dict[str, Any] | None, where: Written | None, documents: list[Written], path: Path | None
) -> Patch:
    operations: list[Operation] = []
    merges: list[dict[str, Any]] = []
    for written in documents:
        if isinstance(written.node, reader.Sequence):
            operations += _operations(written, written.node)
        else:
            body = reader.value(written.node, Dialect.KUSTOMIZE)
            merges += [body] if isinstance(body, dict) else []
    return Patch(place, target, where, tuple(operations), tuple(merges), tuple(documents), path)


def _operations(written: Written, entries: reader.Sequence) -> Iterator[Operation]:
    for child in entries.value:
        body = reader.value(child, Dialect.KUBECTL)
        if isinstance(body, dict) and isinstance(body.get("op"), str) and isinstance(body.get("path"), str):
            found = reader.find(child, ("value",))
            value = found.node if found.depth == 1 else None
            yield Operation(body["op"], tokens(body["path"]), value, child, written)


def target_of(patch: Patch) -> list[dict[str, Any]]:
    """The selectors of a patch: its target, or for a merge without one the identity that each document states."""
    if patch.target is not None:
        return [patch.target]
    selectors = []
    for body in patch.merges:
        group, version = resource.split_api_version(str(body.get("apiVersion", "")))
        key = resource.key(body)
        selectors.append({"group": group, "version": version, "kind": key.kind, "name": re.escape(key.name)})
    return selectors


def matches(target: dict[str, Any], item: Item) -> bool:
    """Whether a patch's target selects an object. Label and annotation selectors are taken to match."""
    return (
        selector.fits(target.get("group"), (item.key.group,))
        and selector.fits(target.get("version"), (item.version,))
        and selector.fits(target.get("kind"), (item.key.kind,))
        and selector.fits(target.get("name"), item.names)
        and (not target.get("namespace") or selector.fits(target["namespace"], _spaces(item)))
    )


def _spaces(item: Item) -> frozenset[str]:
    """The namespaces of an object; kustomize takes it for one in `default` unless it knows a kind that has none."""
    api_version = str(item.body.get("apiVersion"))
    has_none = schemas.kind_versions(api_version, item.key.kind) and not schemas.namespaced(api_version, item.key.kind)
    return item.namespaces if has_none else item.namespaces | {n or "default" for n in item.namespaces}
