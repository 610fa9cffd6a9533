"""The scalars of a tree that may have produced a built value.

Those that kustomize needs as they are (names, targets, paths) are none: a mark in their place would break the build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kataform import build_cache
from kataform.finding import Location, tokens
from kataform.kustomization import Graph, Kustomization, Written
from kataform.project import bytes_of, shown
from kataform.resource import Path as Pointer
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

_STRUCTURE = ("apiVersion", "kind", "name", "namespace", "op", "path", "from")
# Fields of a kustomization that name things; what stands below the others may reach an object.
_NAMES_THINGS = (
    "resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators",
    "patchesStrategicMerge", "path", "target", "targets", "source", "select", "name", "files", "envs", "env",
    "behavior", "fieldPath", "fieldPaths", "fields", "sortOptions", "openapi", "buildMetadata", "vars", "helmCharts",
    "apiVersion", "kind",
)  # fmt: skip
_CANDIDATES = 400
_NUMBER = 710_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scalar that may have produced a value: its span in the text of a file, or in that of a patch inside of it.

    `field` is its path in the object that it is written for, of a scalar that is the kustomization's own (`own`) in
    the kustomization.
    """

    file: Path
    place: Location
    start: int
    end: int
    text: str
    host: reader.Scalar | None = None
    field: Pointer = ()
    own: bool = False

    def marked(self, value: Any, number: int, kept: str = "") -> str:
        """What stands in its place, so that the value can be told by it; `kept` is how the value has to begin."""
        new = mark(value, number)
        part = self.part(value, kept)
        return self.text.removesuffix(part) + new if self.text.endswith(part) else self.text.replace(part, new)

    def part(self, value: Any, kept: str = "") -> str:
        """What of the text a mark takes the place of."""
        if kept and self.text.startswith(kept):
            return self.text[len(kept) :]
        part = str(value)
        return part if isinstance(value, str) and part in self.text else self.text


def mark(value: Any, number: int) -> str:
    """What is told from everything else in a built object, of the type that the value has."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(_NUMBER + number)
    return f"q{number:04d}z"


def that_may_give(known: Iterable[Candidate], value: Any) -> list[Candidate]:
    """Those whose text can have become the value; none overlaps another."""
    return _apart([one for one in known if _may_give(one, value)], str(value))[:_CANDIDATES]


def of_tree(graph: Graph, root: Path) -> Iterator[Candidate]:
    """Every scalar of the tree below a root that may give a value; some overlap."""
    for folder in sorted(graph.folders(root)):
        found = graph.kustomization(folder)
        if found is None or found.written is None:
            continue
        yield from _of_kustomization(graph, found)
        read_as_yaml = set(graph.files(found))
        for path in read_as_yaml:
            source = graph.source(path)
            for document in source.documents if source is not None and not source.problems else ():
                if document.node is not None:
                    yield from _scalars(path, Written(source.path if source else "", document.node), None)
        for path in sorted({*build_cache.inputs(graph, found)} - read_as_yaml):
            yield from _of_data(path)


def _of_kustomization(graph: Graph, found: Kustomization) -> Iterator[Candidate]:
    whole = found.written
    for node, below in _walk(whole.node, ()) if whole is not None else ():
        if whole is not None and not any(part in _NAMES_THINGS for part in below) and not _is_inline(below):
            yield replace(_candidate(found.file, whole, node, None, below), own=True)
    for patch in graph.patches(found):
        if patch.inline is not None and patch.inline.host is not None:
            for written in patch.written:
                yield from _scalars(found.file, written, patch.inline.host)


def _is_inline(below: Pointer) -> bool:
    return below[-1:] == ("patch",)


def _scalars(file: Path, written: Written, host: reader.Scalar | None) -> Iterator[Candidate]:
    for node, below in _walk(written.node, ()):
        structural = bool(below) and below[-1] in _STRUCTURE and _names(below)
        if not structural:
            yield _candidate(file, written, node, host, _patched(written.node, below))


def _patched(document: reader.Node, below: Pointer) -> Pointer:
    """The path in the object: the value of an operation stands where the operation says."""
    if not isinstance(document, reader.Sequence) or below[1:2] != ("value",):
        return below
    path = reader.find(document, (str(below[0]), "path"))
    text = path.node.value if path.depth == 2 and isinstance(path.node, reader.Scalar) else ""
    return (*tokens(text), *below[2:])


def _names(below: Pointer) -> bool:
    """Whether a field of such a name says what something is; `env[0].value` and `data.name` do not."""
    return len(below) == 1 or below[0] == "metadata" or isinstance(below[-2], int)


def _candidate(
    file: Path, written: Written, node: reader.Scalar, host: reader.Scalar | None, field: Pointer
) -> Candidate:
    return Candidate(file, written.at(node), node.start_mark.index, node.end_mark.index, node.value, host, field)


def _walk(node: reader.Node, below: Pointer) -> Iterator[tuple[reader.Scalar, Pointer]]:
    """Every scalar that is a value, with the keys and indexes that lead to it; what an alias repeats only once."""
    seen: set[int] = set()
    waiting: list[tuple[reader.Node, Pointer]] = [(node, below)]
    while waiting:
        here, path = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, reader.Mapping):
            waiting += [(child, (*path, str(key.value))) for key, child in here.value]
        elif isinstance(here, reader.Sequence):
            waiting += [(child, (*path, index)) for index, child in enumerate(here.value)]
        else:
            yield here, path


def _of_data(path: Path) -> Iterator[Candidate]:
    """The lines of a file that a generator takes as it is, and the file as a whole."""
    try:
        text = bytes_of(path).decode()
    except (OSError, UnicodeDecodeError):
        return
    start = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        bare = line.rstrip("\r\n")
        begin = bare.find("=") + 1
        for first in dict.fromkeys((begin, 0)):
            if bare[first:]:
                place = Location(shown(path), number, first + 1, number, len(bare) + 1)
                yield Candidate(path, place, start + first, start + len(bare), bare[first:])
        start += len(line)
    if text.count("\n") > 1:
        yield Candidate(path, Location.start(shown(path)), 0, len(text), text)


def _may_give(candidate: Candidate, value: Any) -> bool:
    text, wanted = candidate.text, str(value).lower() if isinstance(value, bool) else str(value)
    if text == wanted:
        return True
    if not isinstance(value, str):
        return reads_as(text, value)
    return bool(text) and (text in wanted or wanted in text)


def _apart(candidates: list[Candidate], wanted: str) -> list[Candidate]:
    """Those that do not overlap: the value itself first, then the shorter."""
    kept: list[Candidate] = []
    taken: dict[tuple[Path, int], list[tuple[int, int]]] = {}
    for one in sorted(candidates, key=lambda one: (one.text != wanted, len(one.text))):
        spans = taken.setdefault((one.file, id(one.host)), [])
        if all(one.end <= start or end <= one.start for start, end in spans):
            spans.append((one.start, one.end))
            kept.append(one)
    return kept


def reads_as(text: str, value: Any) -> bool:
    """Whether some reader takes the text for the value."""
    return any(type(found) is type(value) and found == value for found in _readings(text))


@lru_cache(maxsize=1 << 16)
def _readings(text: str) -> tuple[Any, ...]:
    """What the readers take a text for, where it is one scalar."""
    source = reader.read(text.encode(), "")
    node = source.documents[0].node if len(source.documents) == 1 and not source.problems else None
    return tuple(reader.value(node, dialect) for dialect in Dialect) if isinstance(node, reader.Scalar) else ()
