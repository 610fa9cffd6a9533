"""From a built object and a field to the line a person can mend: in a base, a patch, or the kustomization itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from kataform import resource
from kataform.finding import Location
from kataform.kustomization import Graph, Item, Kustomization, Operation, Patch, Written, matches, target_of
from kataform.project import real, shown
from kataform.resource import Key
from kataform.resource import Path as Pointer
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

_MERGE_KEYS = ("name", "key", "mountPath", "containerPort", "devicePath", "ip", "port")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Writer:
    """One place that writes a field: where its value and its key stand, and the value as kustomize reads it."""

    written: Written
    node: reader.Node
    key: reader.Node | None
    value: Any
    removes: bool = False

    def place(self, *, key: bool) -> Location:
        return self.written.at(self.key if key and self.key is not None else self.node)


def locate(graph: Graph, root: Path, body: dict[str, Any], path: Pointer, *, key: bool = False) -> Location | None:
    """The place that decided a field of an object built from `root`; of its key where `key` is set.

    For a field that is absent: the operation that removed it, else the key of the nearest parent that exists.
    None where no file of the tree writes the object: a generator or something remote does.
    """
    identity = resource.key(body)
    if _value(body, path) is _MISSING:
        removed = next((w for w in _writers(graph, root, identity, body, path) if w.removes), None)
        if removed is not None:
            return removed.place(key=False)
        while path and _value(body, path) is _MISSING:
            path = path[:-1]
        key = True
    return _decided(graph, root, identity, body, path, key=key)


def is_certain(graph: Graph, root: Path, body: dict[str, Any], path: Pointer) -> bool:
    """Whether reading alone tells who wrote a scalar: one place has it, and nothing else can have."""
    value = _value(body, path)
    if value is _MISSING or value is None or isinstance(value, dict | list) or path in _IDENTITY:
        return True
    if not graph.accumulate(root).complete:
        return False
    known = (graph.kustomization(folder) for folder in graph.folders(root))
    if any(found is None or any((found.body or {}).get(field) for field in _CARRIERS) for found in known):
        return False
    writers = list(_writers(graph, root, resource.key(body), body, path))
    return len(writers) == 1 and resource.same(writers[0].value, value)


_IDENTITY: tuple[Pointer, ...] = (("apiVersion",), ("kind",), ("metadata", "name"))
# Fields through which a value may come from anywhere.
_CARRIERS = ("replacements", "vars", "transformers", "generators", "helmCharts", "helmChartInflationGenerator")


def of_document(written: Written, body: Any, path: Pointer, *, key: bool = False) -> Location:
    """As `locate`, for an object that stands in a file as it is."""
    while path and _value(body, path) is _MISSING:
        path, key = path[:-1], True
    node, above, _ = _reached(written.node, body, path)
    return written.at(above if key and above is not None else node)


def _decided(graph: Graph, root: Path, identity: Key, body: Any, path: Pointer, *, key: bool) -> Location | None:
    writers = [w for w in _writers(graph, root, identity, body, path) if not w.removes]
    value = _value(body, path)
    equal = next((w for w in writers if resource.same(w.value, value)), None)
    if equal is not None:
        return equal.place(key=key)
    if writers and not isinstance(value, dict | list):
        return writers[0].place(key=key)
    if writers:
        return writers[-1].place(key=key or bool(path))
    if path:
        return _decided(graph, root, identity, body, path[:-1], key=True)
    return None


def _value(body: Any, path: Pointer) -> Any:
    for token in path:
        inside = isinstance(body, list) and isinstance(token, int) and token < len(body)
        if not inside and not (isinstance(body, dict) and token in body):
            return _MISSING
        body = body[token]
    return body


def _writers(
    graph: Graph, folder: Path, identity: Key, body: Any, path: Pointer, nodes: frozenset[int] = frozenset()
) -> Iterator[Writer]:
    """Everything that writes a field, the outermost first: it is applied last.

    `nodes` are by id where the object stands: deeper down it may not have the name yet that it is built with.
    """
    found = graph.kustomization(folder)
    if found is None or found.body is None:
        return
    level = _level(graph, folder)
    mine = level.taken.fitting(identity, nodes)
    if level.complete and not mine:
        return
    nodes |= {id(item.written.node) for item in mine}
    yield from _transformers(found, body, path)
    for patch in reversed(graph.patches(found)):
        if not mine or any(matches(t, item) for t in target_of(patch) for item in mine):
            yield from _patch_writers(patch, body, path)
    for child in level.children:
        yield from _writers(graph, child, identity, body, path, nodes)
    for item in level.own.fitting(identity, nodes):
        yield from _exact(item.written, body, path)
    yield from _generators(found, identity, path)


class _Items:
    """Objects in an order, found by their names and by where they stand: there may be thousands."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_name: dict[tuple[str, str, str], list[tuple[int, Item]]] = {}
        self._by_node: dict[int, list[tuple[int, Item]]] = {}
        for entry in enumerate(items):
            item = entry[1]
            self._by_node.setdefault(id(item.written.node), []).append(entry)
            for name in item.names:
                self._by_name.setdefault((item.key.group, item.key.kind, name), []).append(entry)

    def fitting(self, identity: Key, nodes: frozenset[int]) -> list[Item]:
        """Those that stand at the nodes (by id), or are the built object as far as names tell."""
        named = self._by_name.get((identity.group, identity.kind, identity.name), ())
        fitting = dict(entry for entry in named if _is(entry[1], identity))
        for node in nodes:
            fitting.update(self._by_node.get(node, ()))
        return [item for _, item in sorted(fitting.items(), key=itemgetter(0))]


@dataclass(frozen=True, slots=True)
class _Level:
    """What one kustomization takes in, and what of it stands in its own files; the last comes first."""

    taken: _Items
    complete: bool
    own: _Items
    children: tuple[Path, ...]


_levels: WeakKeyDictionary[Graph, dict[Path, _Level]] = WeakKeyDictionary()


def _level(graph: Graph, folder: Path) -> _Level:
    known = _levels.setdefault(graph, {})
    found = graph.kustomization(folder)
    if folder not in known and found is not None:
        here = graph.accumulate(folder)
        resources = {str(real(found.folder / name)) for name in found.texts("resources") if "\0" not in name}
        own = (item for file in reversed(graph.files(found)) if str(file) in resources for item in graph.items(file))
        known[folder] = _Level(_Items(here.items), here.complete, _Items(own), tuple(reversed(graph.children(found))))
    return known[folder]


def _is(item: Item, identity: Key) -> bool:
    """Whether an object in a file is the built one, under any of the names that it is known to get."""
    if (item.key.group, item.key.kind) != (identity.group, identity.kind):
        return False
    if identity.name not in item.names:
        return False
    return identity.namespace in item.namespaces or "" in item.namespaces or not identity.namespace


def _exact(written: Written, body: Any, path: Pointer) -> Iterator[Writer]:
    writer = _found(written, body, path)
    if writer.value is not _MISSING:
        yield writer


def _found(written: Written, body: Any, path: Pointer) -> Writer:
    node, key, whole = _reached(written.node, body, path)
    return Writer(written, node, key, reader.value(node, Dialect.KUSTOMIZE) if whole else _MISSING)


def _reached(node: reader.Node, body: Any, path: Pointer) -> tuple[reader.Node, reader.Node | None, bool]:
    """The last node on a path, its key, and whether the path ends there.

    Entries of a list are found by the key that merges them, not by their place.
    """
    key: reader.Node | None = None
    for depth, token in enumerate(path):
        step = _step(node, _value(body, path[:depth]), token)
        if step is None:
            return node, key, False
        node, key = step
    return node, key, True


def _step(node: reader.Node, built: Any, token: str | int) -> tuple[reader.Node, reader.Node | None] | None:
    if isinstance(node, reader.Sequence) and isinstance(token, int):
        index = _index(node, built, token)
        return (node.value[index], None) if index is not None else None
    found = reader.find(node, (str(token),))
    return (found.node, found.key) if found.depth == 1 else None


def _index(node: reader.Sequence, built: Any, index: int) -> int | None:
    element = _value(built, (index,))
    merge_key = next((name for name in _MERGE_KEYS if isinstance(element, dict) and name in element), None)
    if merge_key is None:
        return index if index < len(node.value) else None
    try:
        return _by_key(node, merge_key).get(element[merge_key])
    except TypeError:  # a map or a list, which merges nothing
        return None


@lru_cache(maxsize=64)
def _by_key(node: reader.Sequence, merge_key: str) -> dict[Any, int]:
    """The place of each entry of a list by the value of its merge key; of two that are alike the first."""
    places: dict[Any, int] = {}
    for index, child in enumerate(node.value):
        found = reader.find(child, (merge_key,))
        if found.depth == 1 and isinstance(found.node, reader.Scalar):
            places.setdefault(reader.value(found.node, Dialect.KUSTOMIZE), index)
    return places


def _patch_writers(patch: Patch, body: Any, path: Pointer) -> Iterator[Writer]:
    if path in _IDENTITY and any(isinstance(written.node, reader.Mapping) for written in patch.written):
        return  # there it says which object it is for
    for operation in reversed(patch.operations):
        yield from _operation_writers(operation, path)
    for written in reversed(patch.written):
        if isinstance(written.node, reader.Mapping):
            writer = _found(written, body, path)
            if writer.value is None:
                yield Writer(writer.written, writer.node, writer.key, None, removes=True)
            elif writer.value is not _MISSING:
                yield writer


def _operation_writers(operation: Operation, path: Pointer) -> Iterator[Writer]:
    texts = tuple(str(token) for token in path)
    length = len(operation.path)
    same_path = len(texts) >= length and all(
        a == b or (a == "-" and b.isdigit()) for a, b in zip(operation.path, texts, strict=False)
    )
    if not same_path:
        return
    if operation.op == "remove":
        yield Writer(operation.written, operation.node, None, None, removes=True)
    elif operation.value is not None:
        found = reader.find(operation.value, texts[length:])
        if found.depth == len(texts) - length:
            node = found.node if length < len(texts) else operation.value
            yield Writer(operation.written, node, found.key, reader.value(node, Dialect.KUBECTL))


def _transformers(found: Kustomization, body: Any, path: Pointer) -> Iterator[Writer]:
    """Fields of the kustomization itself that write into objects: labels, annotations, images, namespace."""
    places: list[tuple[str | int, ...]] = []
    if len(path) >= 2 and path[-2] in ("labels", "matchLabels", "annotations"):
        places += [("commonLabels", path[-1]), ("commonAnnotations", path[-1])]
        places += [("labels", index, "pairs", path[-1]) for index in range(_count(found, "labels"))]
    if path[-1:] == ("namespace",):
        places.append(("namespace",))
    if path[-1:] == ("replicas",):
        places += [("replicas", index, "count") for index in range(_count(found, "replicas"))]
    if path and path[-1] == "image":
        fields = ("newTag", "newName", "digest")
        places += [("images", index, field) for index in range(_count(found, "images")) for field in fields]
    built = _value(body, path)
    for place in places:
        written = found.under(*place)
        value = reader.value(written.node, Dialect.KUBECTL) if written is not None else None
        if written is not None and (resource.same(value, built) or (place[0] == "images" and str(value) in str(built))):
            yield Writer(written, written.node, None, built)


def _count(found: Kustomization, field: str) -> int:
    listed = (found.body or {}).get(field)
    return len(listed) if isinstance(listed, list) else 0


def _generators(found: Kustomization, identity: Key, path: Pointer) -> Iterator[Writer]:
    field = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}.get(identity.kind)
    if field is None:
        return
    for index in range(_count(found, field)):
        entry = resource.get(found.body, (field, index))
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not (identity.name == name or identity.name.startswith(f"{name}-")):
            continue
        written = found.under(field, index)
        literals = entry.get("literals")
        if len(path) == 2 and isinstance(literals, list):
            for n, literal in enumerate(literals):
                if isinstance(literal, str) and literal.split("=", 1)[0] == path[1]:
                    written = found.under(field, index, "literals", n)
        if written is not None:
            yield Writer(written, written.node, None, _MISSING)


def way(graph: Graph, root: Path, file: str) -> list[Location]:
    """The entries of kustomizations that lead from a root to a file, outermost first."""
    waiting: list[tuple[Path, list[Location]]] = [(root, [])]
    seen: Counter[Path] = Counter()
    while waiting:
        folder, above = waiting.pop(0)
        found = graph.kustomization(folder)
        if found is None or seen[folder]:
            continue
        seen[folder] += 1
        if found.label == file:
            return above
        for field in ("resources", "bases", "components", "patchesStrategicMerge"):
            for index, name in enumerate((found.body or {}).get(field) or ()):
                written = found.under(field, index)
                if not isinstance(name, str) or written is None or "\n" in name or "\0" in name:
                    continue
                path = real(found.folder / name)
                if shown(path) == file:
                    return [*above, written.place]
                if path.is_dir():
                    waiting.append((path, [*above, written.place]))
        for patch in graph.patches(found):
            if patch.path is not None and shown(patch.path) == file:
                return [*above, patch.entry]
    return []
