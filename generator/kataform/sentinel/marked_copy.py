"""A copy of a tree in which marks stand in place of some scalars, and what kustomize builds from it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from kataform import build_cache, kustomize
from kataform.kustomization import Graph
from kataform.sentinel.candidates import Candidate
from kataform.text import reader
from kataform.text.resolve import Dialect

Marked = tuple[Candidate, str]


def build(
    graph: Graph, tool: kustomize.Kustomize, root: Path, marks: list[Marked], timeout: float
) -> list[dict[str, Any]] | None:
    """The objects that a root builds to with the marks in place; None where it does not build."""
    files = build_cache.all_inputs(graph, root)
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
        for path in {one.file for one, _ in marks}:
            text = _text(graph, path)
            changed = _spliced(text, [mark for mark in marks if mark[0].file == path])
            (copy / path.relative_to(top)).write_bytes(changed.encode())
        result = kustomize.build(tool, copy / root.relative_to(top), timeout=timeout)
    if isinstance(result, kustomize.BuildFailure):
        return None
    source = reader.read(result.text.encode(), "kustomize build")
    values = (reader.value(d.node, Dialect.KUBECTL) for d in source.documents if d.node is not None)
    return [value for value in values if isinstance(value, dict)]


def _text(graph: Graph, path: Path) -> str:
    source = graph.source(path) if path.suffix in (".yaml", ".yml", ".json") or path.name == "Kustomization" else None
    return source.text if source is not None else path.read_bytes().decode()


def _spliced(text: str, marks: list[Marked]) -> str:
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
