"""substitution-unquoted: what Flux writes for `${VAR}` is no string where a string belongs.

Flux fills variables into the text that kustomize prints, and reads that text anew. kustomize prints `'${KATA}'` without
its quotes, so quotes in the source are no help: `true` becomes a boolean, `1.10` the number 1.1, nothing becomes null.
Quotes survive only as part of what is filled in.
https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_varsub.go

Only what is known counts: a value under `substitute`, which wins over `substituteFrom`, or a default in the text where
nothing else can give the variable. What this does not follow (other functions of the shell, defaults in defaults, a
`patches` of the Flux Kustomization itself) is left alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from kataform import resource, schemas
from kataform.finding import Finding, Location, Related, Severity, pointer
from kataform.kustomization import Graph
from kataform.resource import Path as Pointer
from kataform.rule import Rule
from kataform.rules import flux_folder
from kataform.subject import Subject
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

_STAGE = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: web
  namespace: flux-system
spec:
  interval: 10m
  path: ./web
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
  postBuild:
    substitute:
      DEBUG: "true"
"""
_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: web\ndata:\n  debug: '{}'\n"
RULE = Rule(
    "substitution-unquoted",
    "A `${VAR}` that Flux fills in with a boolean, a number or null where a string belongs.",
    why="Flux fills variables into the text that kustomize prints, and reads that anew. kustomize prints `'${VAR}'` "
    "without its quotes, so they are no help, and the API server refuses what comes of it.",
    remedy="fill the quotes in, too: write `${quote}${VAR}${quote}`, with `quote: '\"'` under "
    "`spec.postBuild.substitute`",
    failing={"flux/web.yaml": _STAGE, "web/settings.yaml": _SETTINGS.format("${DEBUG}")},
    passing={
        "flux/web.yaml": f"{_STAGE}      quote: '\"'\n",
        "web/settings.yaml": _SETTINGS.format("${quote}${DEBUG}${quote}"),
    },
    source="https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_varsub.go",
)
_OFF = f"{flux_folder.GROUP}substitute"
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "components")
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
# `$$` is a dollar sign; all the operators below give the default where the variable is empty.
_EXPRESSION = re.compile(r"\$\$|\$\{(?:([_a-zA-Z][_a-zA-Z0-9]*)(?:(?::[-=?+]|=)([^{}$\\]*))?\})?")
_INLINE = ("spec", "postBuild", "substitute")
_FROM = ("spec", "postBuild", "substituteFrom")


@dataclass(frozen=True, slots=True)
class Stage:
    """A Flux Kustomization that fills in variables, and what it builds: kustomizations and manifests.

    `values` are the variables that are known; `others` tells that there may be more.
    """

    subject: Subject
    parts: tuple[Path, ...]
    values: Mapping[str, str]
    others: bool


@dataclass(slots=True)
class Filled:
    """What Flux fills in: the findings, and the strings by root, object and path, which are no values yet."""

    findings: list[Finding] = field(default_factory=list)
    places: set[tuple[str, str, Pointer]] = field(default_factory=set)


def stages(graph: Graph, subjects: Iterable[Subject]) -> list[Stage]:
    """The Flux Kustomizations among some objects that fill in variables, and whose folder is on this disk."""
    flux = [subject for subject in subjects if flux_folder.is_flux(subject.body)]
    handed_down = any("substitute" in str(resource.get(one.body, ("spec", "patches"))) for one in flux)
    found = []
    for one in filter(_fills_in, flux):
        file = Path(one.root, "kustomization.yaml") if Path(one.root).is_dir() else Path(one.root)
        folder = flux_folder.find(file, resource.get(one.body, ("spec", "path")))
        if folder is not None:
            values = _values(one.body)
            others = handed_down or values is None or bool(resource.get(one.body, _FROM))
            found.append(Stage(one, tuple(flux_folder.parts(graph, folder)), values or {}, others))
    return found


def check(
    found: Iterable[Stage],
    built: Callable[[Path], Iterable[Subject]],
    schema_for: Callable[[object, object], schemas.Schema | None],
) -> Filled:
    """A finding for each string that Flux makes something else of; `built` has the objects of a part of a stage."""
    filled = Filled()
    known: dict[tuple[Location, str], Finding] = {}
    for stage in found:
        for subject in (subject for part in stage.parts for subject in built(part) if not _is_off(subject.body)):
            for path, text in _strings(subject.body, ()):
                filled.places.add((subject.root, subject.title, path))
                schema = schema_for(subject.body.get("apiVersion"), subject.body.get("kind"))
                sub = schemas.at(schema, path) if schema is not None else None
                if schema is not None and sub is not None and schemas.wants_string(schema, sub):
                    for finding in _wrong(stage, subject, path, text):
                        same = known.setdefault((finding.location, finding.message), finding)
                        known[finding.location, finding.message] = _together(same, finding)
    filled.findings += known.values()
    return filled


def _fills_in(one: Subject) -> bool:
    always = resource.get(one.body, ("spec", "postBuild", "substituteStrategy")) == "Always"
    return always or any(resource.get(one.body, path) for path in (_INLINE, _FROM))


def _values(body: dict[str, Any]) -> dict[str, str] | None:
    """The variables that a Flux Kustomization gives values itself.

    None where nobody knows what becomes of them: Flux refuses them, or what it builds is patched before.
    """
    inline = resource.get(body, _INLINE) or {}
    if any(resource.get(body, ("spec", name)) for name in _PATCHES):
        return None
    if not isinstance(inline, dict) or not all(isinstance(text, str) for text in inline.values()):
        return None
    if not all(_NAME.fullmatch(name) for name in inline):
        return None
    return {name: text.replace("\n", "") for name, text in inline.items()}


def _is_off(body: dict[str, Any]) -> bool:
    return any(resource.get(body, ("metadata", name, _OFF)) == "disabled" for name in ("labels", "annotations"))


def _strings(body: Any, path: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Every string of an object in which there is something to fill in."""
    if isinstance(body, str):
        if "${" in body:
            yield path, body
        return
    children = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, child in children:
        yield from _strings(child, (*path, key))


def _wrong(stage: Stage, subject: Subject, path: Pointer, text: str) -> Iterator[Finding]:
    from kataform.text import emit  # few trees have anything that Flux fills in

    filled = _fill_in(stage, text) if "\n" not in text and emit.scalar(text) == text else None
    if filled is None:
        return
    value, names = filled
    kind = _kind(value)
    if not kind:
        return
    name = path[-1] if isinstance(path[-1], str) else f"{path[-2]}[{path[-1]}]"
    what = f"this value {kind.partition(':')[0]}" if subject.secret else f"{text} {kind.replace(':', '')}"
    message = f"{name} must be a string, and Flux makes {what}"
    here = "'${quote}' before and behind it" if subject.secret else emit.quoted(f"${{quote}}{text}${{quote}}")
    related = tuple(
        Related(stage.subject.locate((*_INLINE, each), False), "the value comes from here") for each in names
    )
    yield Finding(
        RULE.name,
        Severity.ERROR,
        message,
        subject.locate(path, False),
        f"write {here}, and quote: '\"' under spec.postBuild.substitute",
        subject.title,
        pointer(path),
        related=related or (Related(stage.subject.locate(("spec", "path"), False), "is built here"),),
        overlays=(subject.root,) if Path(subject.root).is_dir() else (),
    )


def _fill_in(stage: Stage, text: str) -> tuple[str, list[str]] | None:
    """A text as Flux fills it in, with the variables of the stage that go into it; None where nobody can know."""
    names: dict[str, None] = {}
    parts: list[str] = []
    end = 0
    for match in _EXPRESSION.finditer(text):
        name, default = match[1], match[2]
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] == "$$":
            parts.append("$")
        elif name is None:
            return None
        elif stage.values.get(name) or (name in stage.values and default is None):
            names[name] = None
            parts.append(stage.values[name])
        elif default is None or (stage.others and name not in stage.values):
            return None
        else:
            parts.append(default)
    return "".join((*parts, text[end:])), list(names)


def _kind(text: str) -> str:
    """What a plain text is to who reads it anew, `the boolean: true`; '' for a string and for what is refused."""
    source = reader.read(f"text: {text}\n".encode("utf-8", "surrogatepass"), "")
    node = source.documents[0].node if source.documents and not source.problems else None
    body = reader.value(node, Dialect.KUBECTL) if node is not None else None
    value = body.get("text", "") if isinstance(body, dict) and len(source.documents) == 1 else ""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean: {str(value).lower()}"
    return f"the number: {value}" if isinstance(value, int | float) and math.isfinite(value) else ""


def _together(one: Finding, other: Finding) -> Finding:
    """One finding for what several Flux Kustomizations do alike."""
    related = tuple(dict.fromkeys((*one.related, *other.related)))
    return replace(one, related=related, overlays=tuple(sorted({*one.overlays, *other.overlays})))
