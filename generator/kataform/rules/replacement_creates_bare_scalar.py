"""replacement-creates-bare-scalar: a replacement that creates a field writes a string without its quotes.

`options.create: true` makes a node of its own for the value, and its quotes are not taken along: "true" arrives as a
boolean, "1.10" as the number 1.1. Into a field that is there already the same value goes as a string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.finding import Finding, Related, Severity
from kataform.kustomization import Graph, Item, Kustomization, matches
from kataform.rule import Rule
from kataform.subject import Observation
from kataform.text import reader
from kataform.text.resolve import Dialect, Refused, resolve
from kubecel.records import dataclass

_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  kata: 'true'\n"
_TARGET = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n  {}: 'false'\n"
_REPLACEMENT = """\
resources:
- all.yaml
replacements:
- source:
    kind: ConfigMap
    name: settings
    fieldPath: data.kata
  targets:
  - select:
      kind: ConfigMap
      name: other
    fieldPaths:
    - data.kata
"""
RULE = Rule(
    "replacement-creates-bare-scalar",
    "A replacement with `create: true` that writes a string like 'true' or '1.10' without its quotes.",
    why="kustomize makes a new field of the bare text: a boolean, a number or another text, which the API server "
    "refuses where a string belongs, or takes for another value. Into a field that is there it writes the string.",
    remedy="give the target the field, with any string, and leave `create` out",
    failing={
        "kustomization.yaml": f"{_REPLACEMENT}    options:\n      create: true\n",
        "all.yaml": _SETTINGS + _TARGET.format("unrelated"),
    },
    passing={"kustomization.yaml": _REPLACEMENT, "all.yaml": _SETTINGS + _TARGET.format("kata")},
    source="https://github.com/kubernetes-sigs/kustomize/issues/5558",
)
_REMEDY = "give the target the field, with any string, and leave `create` out"
_TEXTS = ("labels", "matchLabels", "nodeSelector", "data", "stringData")


@dataclass(frozen=True, slots=True)
class Created:
    """A field that a replacement creates wrongly: the finding, the object and the path in it."""

    finding: Finding
    item: Item
    path: tuple[str, ...]

    def explains(self, observation: Observation) -> bool:
        """Whether it is why the built object is refused there."""
        same = observation.kind == self.item.key.kind and observation.title.rpartition("/")[2] in self.item.names
        return same and tuple(map(str, observation.path)) == self.path


def check(graph: Graph, found: Kustomization) -> Iterator[Created]:
    """One for each field that is created so, at its path in the kustomization."""
    items = graph.taken_in(found).items
    entries = (found.body or {}).get("replacements")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        source = _source(items, resource.get(entry, ("source",)))
        if source is None:
            continue
        targets = resource.get(entry, ("targets",))
        for number, target in enumerate(targets if isinstance(targets, list) else ()):
            if resource.get(target, ("options", "create")) is True:
                yield from _created(found, items, source, ("replacements", index, "targets", number), target)


def _source(items: tuple[Item, ...], source: Any) -> tuple[Item, str] | None:
    """The object and the string that a replacement takes, where that string means something else without quotes."""
    if not isinstance(source, dict) or source.get("options"):
        return None
    path = _tokens(source.get("fieldPath", "metadata.name"))
    chosen = [item for item in items if matches(_exact(source), item)]
    if path is None or len(chosen) != 1:
        return None
    value = _at(chosen[0].body, path)
    return (chosen[0], value) if isinstance(value, str) and _changes(value) else None


def _exact(source: dict[str, Any]) -> dict[str, Any]:
    """A source names its object literally; a target's fields would be patterns."""
    fields = ("group", "version", "kind", "name", "namespace")
    return {name: re.escape(source[name]) for name in fields if isinstance(source.get(name), str)}


def _changes(text: str) -> bool:
    try:
        return bool(text) and resolve(text, Dialect.KUSTOMIZE) != text
    except Refused:
        return True


def _created(
    found: Kustomization, items: tuple[Item, ...], source: tuple[Item, str], at: tuple[str | int, ...], target: Any
) -> Iterator[Created]:
    select, paths = resource.get(target, ("select",)), resource.get(target, ("fieldPaths",))
    if not isinstance(select, dict) or not isinstance(paths, list) or target.get("reject"):
        return
    for number, text in enumerate(paths):
        path, written = _tokens(text), found.under(*at, "fieldPaths", number)
        hit = next((item for item in items if matches(select, item)), None)
        if path is None or written is None or hit is None or not _is_text(path) or _at(hit.body, path) is not None:
            continue
        node = reader.find(source[0].written.node, ("metadata", "name")).node
        message = f"the string is written to {text} without its quotes, because the field is created"
        related = (Related(source[0].written.at(node), "the string comes from here"),)
        finding = Finding(
            RULE.name, Severity.ERROR, message, written.place, _REMEDY, resource.title(hit.body), related=related
        )
        yield Created(finding, hit, path)


def _is_text(path: tuple[str, ...]) -> bool:
    """Whether a path leads into a map of strings; annotations of the object itself kustomize turns into strings."""
    return len(path) > 1 and (path[-2] in _TEXTS or (path[-2] == "annotations" and len(path) > 3))


def _tokens(text: Any) -> tuple[str, ...] | None:
    """The keys of a path such as `metadata.labels.[app.kubernetes.io/name]`; None for one that searches lists."""
    if not isinstance(text, str):
        return None
    parts = re.findall(r"\[([^\[\]]*)\]|((?:\\.|[^.\[\]\\])+)", text)
    if any("=" in bracket or plain == "*" for bracket, plain in parts):
        return None
    return tuple(bracket or re.sub(r"\\(.)", r"\1", plain) for bracket, plain in parts)


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for token in path:
        inside = isinstance(body, list) and token.isdigit() and int(token) < len(body)
        body = body[int(token)] if inside else body.get(token) if isinstance(body, dict) else None
    return body
