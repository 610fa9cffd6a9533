"""Print the merged spec of an overlay, each value with the line it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from kataform import overlays, project, spec
from kataform.commands import report_problems
from kataform.spec import DEFAULT, Entry
from kataform.text import emit


def run(overlay: str, *, directory: str = ".") -> int:
    """Exit code 1 where the specs have errors; what could be merged is printed all the same."""
    found = project.require(Path(directory))
    ((name, _),) = project.select(found, (overlay,)).items()
    loaded = overlays.Overlays(found).get(name)
    broken = report_problems(loaded.findings)
    if loaded.spec is None:
        return 1
    rows = list(_rows(loaded.spec.root, 0))
    width = max((len(text) for text, _ in rows), default=0)
    for text, origin in rows:
        click.echo(f"{text.ljust(width)}  # {origin}" if origin else text)
    return 1 if broken else 0


def _rows(entry: Entry, depth: int) -> Iterator[tuple[str, str]]:
    """Lines of block YAML, each with the origin of its value; a map or list has none of its own."""
    pad = "  " * depth
    for name, child in entry.value.items():
        label = f"{pad}{emit.scalar(name)}:"
        if isinstance(child.value, dict) and child.value:
            yield label, ""
            yield from _rows(child, depth + 1)
        elif isinstance(child.value, list) and child.value:
            yield label, _origin(child)
            yield from ((f"{pad}{line}", "") for line in emit.dump(spec.plain(child)).splitlines())
        else:
            yield f"{label} {_leaf(child)}", _origin(child)


def _leaf(entry: Entry) -> str:
    if entry.value == {}:
        return "{}"
    if entry.value == []:
        return "[]"
    return emit.scalar(entry.value) if isinstance(entry.value, str) else json.dumps(entry.value)


def _origin(entry: Entry) -> str:
    location = entry.origin.key_location
    return "default" if entry.origin.path == DEFAULT else f"{location.path}:{location.line}"
