"""Prove which scalar produced a built value: change it in a copy, build again, and see whether the value changed.

Equal values are everywhere, and components, generators and replacements carry them far. So every scalar that could
have produced the value gets a mark of its own, in one temporary copy; the marks that kustomize prints tell which did.
Scalars that kustomize needs as they are (names, targets, paths) are left alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kataform import build_cache, kustomize, resource
from kataform.finding import Location
from kataform.kustomization import Graph, Kustomization, Written
from kataform.project import real, shown
from kataform.resource import Path as Pointer
from kataform.text import reader
from kataform.text.resolve import Dialect

_BUILDS = 12  # for one proof, where marks in some scalars break the build and have to be told from the others
_IN_ALL = 200  # for one run
_CANDIDATES = 400
_STRUCTURE = ("apiVersion", "kind", "name", "namespace", "op", "path", "from")
# Fields of a kustomization that name things; what stands below the others may reach an object.
_NAMES_THINGS = (
    "resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators",
    "patchesStrategicMerge", "path", "target", "targets", "source", "select", "name", "files", "envs", "env",
    "behavior", "fieldPath", "fieldPaths", "fields", "sortOptions", "openapi", "buildMetadata", "vars", "helmCharts",
    "apiVersion", "kind",
)  # fmt: skip
_NUMBER = 710_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scalar that may have produced a value: its span in the text of a file, or in that of a patch inside of it."""

    file: Path
    place: Location
    start: int
    end: int
    text: str
    host: reader.Scalar | None = None

    def marked(self, value: Any, number: int, kept: str = "") -> str:
        """What stands in its place, so that the value can be told by it; `kept` is how the value has to begin."""
        mark = _mark(value, number)
        part = str(value)
        if kept and self.text.startswith(kept):
            return kept + mark
        if not isinstance(value, str) or part == self.text or part not in self.text:
            return mark
        return self.text.removesuffix(part) + mark if self.text.endswith(part) else self.text.replace(part, mark)


@dataclass(slots=True)
class Prover:
    """Proofs for one run; `builds` counts what they cost. Nothing is written in the person's tree."""

    graph: Graph
    tool: kustomize.Kustomize
    timeout: float = kustomize.TIMEOUT
    builds: int = 0

    def prove(self, root: Path, body: dict[str, Any], path: Pointer) -> list[Candidate]:
        """The scalars that the value is made from, the one that gives most of it first; none where it is not told."""
        value = _at(body, path)
        if value is None or isinstance(value, dict | list) or value == "":
            return []
        candidates = _apart([one for one in self._candidates(root) if _may_give(one, value)], str(value))[:_CANDIDATES]
        if not candidates:
            return []
        found = self._search(root, body, path, list(enumerate(candidates)), [_BUILDS])
        return sorted(found, key=lambda one: -min(len(one.text), len(str(value))))

    def _search(
        self, root: Path, body: dict[str, Any], path: Pointer, marked: list[tuple[int, Candidate]], left: list[int]
    ) -> list[Candidate]:
        """Those of the marked scalars whose marks come out; halves are tried where all together do not build."""
        if left[0] == 0 or self.builds >= _IN_ALL:
            return []
        left[0] -= 1
        self.builds += 1
        value = _at(body, path)
        kept = _image_name(value) if path[-1:] == ("image",) else ""
        built = self._build(root, {n: (one, one.marked(value, n, kept)) for n, one in marked})
        if built is not None:
            shown_value = str(_at(_same_object(built, body), path))
            return [one for number, one in marked if _mark(value, number) in shown_value]
        if len(marked) == 1:
            return []
        half = len(marked) // 2
        first = self._search(root, body, path, marked[:half], left)
        return first or self._search(root, body, path, marked[half:], left)

    def _build(self, root: Path, marks: dict[int, tuple[Candidate, str]]) -> list[dict[str, Any]] | None:
        files = _files(self.graph, root)
        top = Path(os.path.commonpath([root, *(path.parent for path in files)]))
        with tempfile.TemporaryDirectory(prefix="kataform-") as folder:
            copy = Path(folder).resolve()
            for path in files:
                there = copy / path.relative_to(top)
                there.parent.mkdir(parents=True, exist_ok=True)
                try:
                    shutil.copyfile(path, there)
                except OSError:
                    return None
            for path in {one.file for one, _ in marks.values()}:
                text = _text(self.graph, path)
                changed = _spliced(text, [mark for mark in marks.values() if mark[0].file == path])
                (copy / path.relative_to(top)).write_bytes(changed.encode())
            result = kustomize.build(self.tool, copy / root.relative_to(top), timeout=self.timeout)
        if isinstance(result, kustomize.BuildFailure):
            return None
        source = reader.read(result.text.encode(), "kustomize build")
        values = (reader.value(d.node, Dialect.KUBECTL) for d in source.documents if d.node is not None)
        return [value for value in values if isinstance(value, dict)]

    # --- candidates ---

    def _candidates(self, root: Path) -> Iterator[Candidate]:
        for folder in sorted(self.graph.folders(root)):
            found = self.graph.kustomization(folder)
            if found is None or found.written is None:
                continue
            yield from self._of_kustomization(found)
            read_as_yaml = set(self.graph.files(found))
            for path in read_as_yaml:
                source = self.graph.source(path)
                for document in source.documents if source is not None and not source.problems else ():
                    if document.node is not None:
                        yield from _scalars(path, Written(source.path if source else "", document.node), None)
            for path in sorted({*build_cache.inputs(self.graph, found)} - read_as_yaml):
                yield from _of_data(path)

    def _of_kustomization(self, found: Kustomization) -> Iterator[Candidate]:
        whole = found.written
        for node, below in _walk(whole.node, ()) if whole is not None else ():
            if whole is not None and not any(part in _NAMES_THINGS for part in below) and not _is_inline(below):
                yield _candidate(found.file, whole, node, None)
        for patch in self.graph.patches(found):
            if patch.path is None and patch.written and patch.host is not None:
                for written in patch.written:
                    yield from _scalars(found.file, written, patch.host)


def _is_inline(below: tuple[str | int, ...]) -> bool:
    return below[-1:] == ("patch",)


def _scalars(file: Path, written: Written, host: reader.Scalar | None) -> Iterator[Candidate]:
    for node, below in _walk(written.node, ()):
        structural = bool(below) and below[-1] in _STRUCTURE and _names(below)
        if not structural:
            yield _candidate(file, written, node, host)


def _names(below: tuple[str | int, ...]) -> bool:
    """Whether a field of such a name says what something is; `env[0].value` and `data.name` do not."""
    return len(below) == 1 or below[0] == "metadata" or isinstance(below[-2], int)


def _candidate(file: Path, written: Written, node: reader.Scalar, host: reader.Scalar | None) -> Candidate:
    return Candidate(file, written.at(node), node.start_mark.index, node.end_mark.index, node.value, host)


def _walk(node: reader.Node, below: tuple[str | int, ...]) -> Iterator[tuple[reader.Scalar, tuple[str | int, ...]]]:
    """Every scalar that is a value, with the keys and indexes that lead to it; what an alias repeats only once."""
    seen: set[int] = set()
    waiting: list[tuple[reader.Node, tuple[str | int, ...]]] = [(node, below)]
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
        text = path.read_bytes().decode()
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
        return reader.read(text.encode(), "").problems == () and _reads_as(text, value)
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


def _reads_as(text: str, value: Any) -> bool:
    documents = reader.read(text.encode(), "").documents
    node = documents[0].node if len(documents) == 1 else None
    return isinstance(node, reader.Scalar) and any(
        type(found) is type(value) and found == value for found in (reader.value(node, dialect) for dialect in Dialect)
    )


# --- the copy ---


def _files(graph: Graph, root: Path) -> set[Path]:
    known = [found for folder in graph.folders(root) if (found := graph.kustomization(folder)) is not None]
    named = {path for found in known for path in build_cache.inputs(graph, found)}
    return {Path(os.path.abspath(path)) for path in {*named, *(found.file for found in known)} if path.is_file()}


def _text(graph: Graph, path: Path) -> str:
    source = graph.source(path) if path.suffix in (".yaml", ".yml", ".json") or path.name == "Kustomization" else None
    return source.text if source is not None else path.read_bytes().decode()


def _spliced(text: str, marks: list[tuple[Candidate, str]]) -> str:
    """The text with the marks in place of their scalars; a patch inside the file is written anew as one string."""
    spans = [(one.start, one.end, one, mark) for one, mark in marks if one.host is None]
    replaced: dict[int, tuple[int, int, str]] = {}
    for start, end, one, mark in spans:
        is_yaml = one.file.suffix in (".yaml", ".yml", ".json") or one.file.name == "Kustomization"
        replaced.setdefault(start, (start, end, _written(text[start:end], mark) if is_yaml else mark))
    hosts = {id(one.host): one.host for one, _ in marks if one.host is not None}
    for host in hosts.values():
        inner = host.value
        for one, mark in sorted((m for m in marks if m[0].host is host), key=lambda m: -m[0].start):
            inner = inner[: one.start] + _written(inner[one.start : one.end], mark) + inner[one.end :]
        old = text[host.start_mark.index : host.end_mark.index]
        replaced[host.start_mark.index] = (
            host.start_mark.index,
            host.end_mark.index,
            _written(old, inner, quote=True),
        )
    for start, end, new in sorted(replaced.values(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _written(old: str, new: str, *, quote: bool = False) -> str:
    """A scalar with other text; its anchor stays, and so does the end of its last line."""
    head = re.match(r"(?:[&!]\S*\s+)*", old)
    value = new if new.isdigit() and not quote else json.dumps(new, ensure_ascii=False)
    return (head.group() if head else "") + value + ("\n" if old.endswith("\n") else "")


def _mark(value: Any, number: int) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(_NUMBER + number)
    return f"q{number:04d}z"


def _image_name(value: Any) -> str:
    """An image up to its tag or digest: `images` of a kustomization finds it by its name."""
    found = re.match(r"(?:.*/)?[^/:@]+[:@](?=.)", value) if isinstance(value, str) else None
    return found.group() if found else ""


def _at(body: Any, path: Pointer) -> Any:
    return resource.get(body, path)


def _same_object(built: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    """The object in another build; by its identity, else, as a mark may be in its name, the only one of its kind."""
    key = resource.key(body)
    exact = [one for one in built if resource.key(one) == key]
    alike = [one for one in built if resource.key(one)[:2] == key[:2]]
    near = [one for one in alike if _common(resource.key(one).name, key.name)]
    return next(iter(exact), {}) or (near[0] if len(near) == 1 else alike[0] if len(alike) == 1 else {})


def _common(one: str, other: str) -> bool:
    """Whether two names differ in a hash at their end, or in a mark, alone."""
    first, second = re.sub(r"-[a-z0-9]{10}$", "", one), re.sub(r"-[a-z0-9]{10}$", "", other)
    pattern = re.escape(re.sub(r"q\d{4}z", "\0", first)).replace("\0", ".*")
    return re.fullmatch(pattern, second) is not None


def chain(graph: Graph, root: Path, file: str) -> list[Location]:
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
