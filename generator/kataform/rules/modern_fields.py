"""Write a field of a kustomization that kustomize has deprecated in its modern form, by splices alone.

The field becomes the modern one where it stands; where that is there already, its entries move to it, with their
comments, to the end at which kustomize takes them. Whether the same is built is for the caller to prove.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kataform.finding import Edit, Fix
from kataform.kustomization import Graph, Kustomization
from kataform.text import edit, reader
from kubecel.records import dataclass

# Deprecated field -> modern one, and whether kustomize takes the entries before those that are there.
_MODERN = {
    "bases": ("resources", False),
    "patchesStrategicMerge": ("patches", True),
    "patchesJson6902": ("patches", False),
    "commonLabels": ("labels", True),
    "imageTags": ("images", False),
}
# Of two fields that become the same one, this after that.
_AFTER = {"patchesJson6902": "patchesStrategicMerge"}
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_BREAKS = ("\n", "\r", "\x85", "\u2028", "\u2029")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field at the top of a kustomization: its key, its value, and the lines `[start, end)` that it takes."""

    key: reader.Scalar
    value: reader.Node
    start: int
    end: int

    @property
    def column(self) -> int:
        return self.key.start_mark.column


def fix(graph: Graph, found: Kustomization, name: str) -> Fix | None:
    """The fix for a deprecated field; None where it has no modern form that always does the same, or is too unusual.

    A field without a value goes; what is commented out below it stays.
    """
    page = _Page(found)
    field = page.field(name)
    if field is None:
        return None
    if name == "vars":
        edits = page.without_key(field) if _is_null(field.value) else None
        return _fix("remove vars, which is empty", edits)
    modern, first = _MODERN[name]
    there = page.field(modern)
    if there is None and page.field(_AFTER.get(name, "")) is not None:
        return None
    return _fix(f"write {name} as {modern}", _edits(page, graph, field, there, modern, first=first))


def fix_environment(found: Kustomization, entry: reader.Node) -> Fix | None:
    """The fix for `env` of a generator, which becomes `envs`, a list."""
    for key, value in entry.value if isinstance(entry, reader.Mapping) else ():
        if key.value == "env" and isinstance(value, reader.Scalar) and value.start_mark.line == value.end_mark.line:
            page = _Page(found)
            edits = [page.put(key.start_mark.index, key.end_mark.index, "envs"), *page.around(value, "[", "]")]
            return _fix("write env as envs", edits if page.plain(value) else None)
    return None


def _fix(title: str, edits: Sequence[Edit] | None) -> Fix | None:
    return Fix(title, False, tuple(edits), same_build=True) if edits else None


def _edits(
    page: _Page, graph: Graph, field: _Field, there: _Field | None, modern: str, *, first: bool
) -> list[Edit] | None:
    if there is not None and _is_null(there.value):
        stale, there = page.without_key(there), None
    else:
        stale = []
    if _is_null(field.value):
        done = [page.rename(field, modern)] if there is None else page.without_key(field)
        return [*stale, *done]
    if field.key.value == "commonLabels":
        return _labels(page, field, there, stale)
    inside = _entries(page, graph, field)
    if inside is None:
        return None
    if there is None:
        return [*stale, page.rename(field, modern), *inside]
    return _moved(page, field, there, inside, first=first)


def _is_null(node: reader.Node) -> bool:
    return isinstance(node, reader.Scalar) and not node.style and node.value in ("", "null", "~")


# --- what entries become -------------------------------------------------------------------------------------------


def _entries(page: _Page, graph: Graph, field: _Field) -> list[Edit] | None:
    """How the entries of a list change where they stand; None where the value is no list that can be changed."""
    if not isinstance(field.value, reader.Sequence):
        return None
    if field.key.value != "patchesStrategicMerge":
        return []
    entries = field.value.value
    if not all(isinstance(entry, reader.Scalar) for entry in entries):
        return None
    patches = graph.patches(page.found)[: len(entries)]
    if any(patch.path is not None and len(patch.written) > 1 for patch in patches):
        return None  # kustomize 5.0 takes only documents about one object under `patches`
    edits: list[Edit] = []
    for entry, patch in zip(entries, patches, strict=True):
        name = "path" if patch.path is not None else "patch"
        if field.value.flow_style:
            edits += page.around(entry, f"{{{name}: ", "}")
        else:
            edits.append(page.put(entry.start_mark.index, entry.start_mark.index, f"{name}: "))
            edits += page.indented(page.line_end(entry.start_mark.index), page.text_end(entry), 2)
    return edits


def _labels(page: _Page, field: _Field, there: _Field | None, stale: list[Edit]) -> list[Edit] | None:
    """Labels that selectors and templates get too, as one entry with the pairs below it."""
    first_line = page.line_end(field.key.start_mark.index)
    if there is None:
        pad = " " * field.column
        key = f"labels:{page.line_break}{pad}- includeSelectors: true{page.line_break}{pad}  pairs"
        renamed = page.put(field.key.start_mark.index, field.key.end_mark.index, key)
        return [*stale, renamed, *page.indented(first_line, field.end, 2)]
    if not isinstance(there.value, reader.Sequence) or there.value.flow_style:
        return None
    column = there.value.start_mark.column
    pad = " " * column
    head = f"{pad}- includeSelectors: true{page.line_break}{pad}  pairs"
    pairs = page.ended(page.text[field.key.end_mark.index : first_line])
    below = _shifted(page.text[first_line : field.end], column + 4 - field.value.start_mark.column)
    return page.move(field, there, head + pairs + below, column, first=True)


def _moved(page: _Page, field: _Field, there: _Field, inside: list[Edit], *, first: bool) -> list[Edit] | None:
    """The entries of one list as entries of another; None where that would need more than to move lines."""
    if not isinstance(there.value, reader.Sequence) or not isinstance(field.value, reader.Sequence):
        return None
    if there.value.flow_style:
        return _into_brackets(page, field, there, inside, first=first)
    column = there.value.start_mark.column
    head = page.line_end(field.key.start_mark.index)
    comment = page.comment(field.key.end_mark.index)
    above = f"{' ' * column}{comment}{page.line_break}" if comment else ""
    if field.value.flow_style:
        if page.line_end(field.value.end_mark.index) != head:
            return None
        rows = [f"{' ' * column}- {text}{page.line_break}" for text in page.written(field.value.value, inside)]
        return page.move(field, there, above + "".join(rows), column, first=first)
    entries = page.spliced(head, field.end, inside)
    return page.move(
        field, there, above + _shifted(entries, column - field.value.start_mark.column), column, first=first
    )


def _into_brackets(page: _Page, field: _Field, there: _Field, inside: list[Edit], *, first: bool) -> list[Edit] | None:
    """Entries of one line each as entries of a list in brackets."""
    texts = list(page.written(_list(field.value), inside))
    if "#" in page.text[field.start : field.end] or any(_BREAK.search(text) for text in texts) or not texts:
        return None
    if not _is_flow(field.value) and inside:
        texts = [f"{{{text}}}" for text in texts]
    elif not _is_flow(field.value) and any(isinstance(one, reader.Mapping) for one in _list(field.value)):
        return None
    held, joined = _list(there.value), ", ".join(texts)
    if not held:
        at = there.value.start_mark.index + 1
    elif first:
        at, joined = held[0].start_mark.index, f"{joined}, "
    else:
        at, joined = page.text_end(held[-1]), f", {joined}"
    return [page.put(at, at, joined), page.put(*page.lines_of(field), "")]


def _list(node: reader.Node) -> list[reader.Node]:
    return node.value if isinstance(node, reader.Sequence) else []


def _is_flow(node: reader.Node) -> bool:
    return not isinstance(node, reader.Scalar) and node.flow_style


def _shifted(text: str, by: int) -> str:
    """Lines, indented deeper or less deep; empty ones stay as they are."""
    rows = _rows(text)
    if by >= 0:
        return "".join(" " * by + row if row.strip() else row for row in rows)
    return "".join(row[min(-by, len(row) - len(row.lstrip(" "))) :] if row.strip() else row for row in rows)


def _rows(text: str) -> list[str]:
    ends = [0, *(match.end() for match in _BREAK.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if start < end]


# --- places in the file --------------------------------------------------------------------------------------------


class _Page:
    """A kustomization as text: its fields, and the edits that change lines of it."""

    def __init__(self, found: Kustomization) -> None:
        self.found = found
        self.text = found.source.text
        self._ends = [match.end() for match in _BREAK.finditer(self.text)]
        match = _BREAK.search(self.text)
        self.line_break = match.group() if match else "\n"

    def field(self, name: str) -> _Field | None:
        """A field that has lines of its own."""
        whole = self.found.written
        if whole is None or not isinstance(whole.node, reader.Mapping) or whole.node.flow_style:
            return None
        pairs = [(key, value) for key, value in whole.node.value if key.value == name]
        if len(pairs) != 1 or not isinstance(pairs[0][0], reader.Scalar):
            return None
        key, value = pairs[0]
        start = self.line_start(key.start_mark.index)
        if self.text[start : key.start_mark.index].strip(" "):
            return None
        return _Field(key, value, start, self.line_end(self.text_end(value)))

    def line_start(self, index: int) -> int:
        before = [end for end in self._ends if end <= index]
        return before[-1] if before else len(self.text) - len(self.text.lstrip("\ufeff"))

    def line_end(self, index: int) -> int:
        """Where the next line begins."""
        return next((end for end in self._ends if end > index), len(self.text))

    def text_end(self, node: reader.Node) -> int:
        """After the last character of a node that is not white space; a block's end is where the next thing begins."""
        return len(self.text[: reader.end(node)].rstrip())

    def put(self, start: int, end: int, text: str) -> Edit:
        return Edit(self.found.label, start, end, text)

    def around(self, node: reader.Node, before: str, after: str) -> list[Edit]:
        start, end = node.start_mark.index, self.text_end(node)
        return [self.put(start, start, before), self.put(end, end, after)]

    def plain(self, node: reader.Scalar) -> bool:
        """Whether a scalar may stand in brackets as it is."""
        return node.style in ("'", '"') or not (node.style or set(node.value) & set(",[]{}"))

    def rename(self, field: _Field, name: str) -> Edit:
        return self.put(field.key.start_mark.index, field.key.end_mark.index, name)

    def indented(self, start: int, end: int, by: int) -> list[Edit]:
        """Indent the lines that begin in a span, except empty ones."""
        starts = [start, *(at for at in self._ends if start < at < end)] if start < end else []
        return [self.put(at, at, " " * by) for at in starts if self.text[at : self.line_end(at)].strip()]

    def comment(self, index: int) -> str:
        """The comment at the end of a line, from a place that is outside of scalars."""
        match = re.search(r"(?:(?<=\s)|^)#.*", self.text[index : self.line_end(index)].rstrip())
        return match.group() if match else ""

    def ended(self, text: str) -> str:
        """A line with its end."""
        return text if text.endswith(_BREAKS) else text + self.line_break

    def without_key(self, field: _Field) -> list[Edit]:
        """Take away a field without a value; the comment on its line stays."""
        end = self.line_end(field.key.start_mark.index)
        comment = self.comment(field.key.end_mark.index)
        if comment:
            end = self.text.index(comment, field.key.end_mark.index)
        return [self.put(field.start, end, "")]

    def spliced(self, start: int, end: int, edits: list[Edit]) -> str:
        """The text of a span with the edits that are inside of it."""
        moved = [Edit(one.path, one.start - start, one.end - start, one.text) for one in edits]
        return self.ended(edit.splice(self.text[start:end], moved)) if start < end else ""

    def written(self, nodes: list[reader.Node], edits: list[Edit]) -> Iterator[str]:
        """The text of each node with the edits that are inside of it."""
        for node in nodes:
            start, end = node.start_mark.index, self.text_end(node)
            inside = [one for one in edits if start <= one.start and one.end <= end]
            moved = [Edit(one.path, one.start - start, one.end - start, one.text) for one in inside]
            yield edit.splice(self.text[start:end], moved)

    def move(self, field: _Field, there: _Field, entries: str, column: int, *, first: bool) -> list[Edit]:
        """Take a field away, with the comment above it, and put entries at one end of a list that is elsewhere."""
        start, end = self.lines_of(field)
        above = self._above(field)
        entries = _shifted(self.text[above : field.start], column - field.column) + entries
        at = self.line_end(there.key.start_mark.index) if first else there.end
        if at == len(self.text) and not self.text.endswith(_BREAKS):
            entries = self.line_break + entries.rstrip("\r\n")
        return [self.put(at, at, entries), self.put(start, end, "")]

    def lines_of(self, field: _Field) -> tuple[int, int]:
        """The lines that go with a field: its own, the comment above, and one of two empty ones around them."""
        start = self._above(field)
        before = self.line_start(start - 1) if start > 0 else start
        at_end = not self.text[field.end : self.line_end(field.end)].strip()
        if before < start and not self.text[before:start].strip("\ufeff \t\r\n") and at_end and before > 1:
            start = before
        return start, field.end

    def _above(self, field: _Field) -> int:
        """Where the comment directly above a field begins, or the field itself."""
        start = field.start
        while start > 0:
            before = self.line_start(start - 1)
            row = self.text[before:start]
            if before >= start or not row.startswith(" " * field.column + "#"):
                break
            start = before
        return start
