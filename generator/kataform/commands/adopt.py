"""Import an existing tree: write the specs that render the same objects, proved by building both trees."""

from __future__ import annotations

import tempfile
from dataclasses import field
from pathlib import Path

import click

from kataform import (
    adoption,
    apply,
    catalogue,
    data,
    kustomize,
    objects,
    project,
    resource,
    roots,
    scope,
    tree,
    whole_file,
)
from kataform.adoption import Additions, Environment
from kataform.errors import InputError, ToolError
from kataform.finding import Finding, Severity
from kataform.kustomization import Graph
from kataform.overlays import Overlay, Overlays
from kataform.project import BASE, OVERLAYS, SPEC, shown
from kataform.render import Rendering
from kataform.resource import Key
from kataform.resources import RUNTIMECLASS
from kataform.resources.example import EXAMPLES as WORKLOADS
from kataform.text import emit
from kubecel.records import dataclass

# The bodies that stand alone in a file, by what they are, each with the file's text.
_Texts = dict[Key, list[tuple[dict[str, object], str]]]

_SCHEMA = "schemas/spec.schema.json"


@dataclass(slots=True)
class _Import:
    """One environment on its way: `spec` is what it says in full, `left` what the spec leaves open."""

    environment: Environment
    spec: dict[str, object]
    left: Additions = field(default_factory=Additions)
    problems: list[str] = field(default_factory=list)


def run(path: str, *, into: str = ".") -> int:
    """Exit code: 0 all is imported, 1 something could not be. Raises InputError where nothing is there to import."""
    tool = kustomize.require()  # an import is proved by building
    known = catalogue.load()
    read, texts, failed = _read(Path(path))
    found, outside = adoption.environments(read, known)
    if not found:
        raise InputError(f"{path}: nothing to import: no Subscription of {known.package} and no KataConfig")
    with tempfile.TemporaryDirectory(prefix="kataform-") as name:
        staging = Path(name).resolve()
        imports = [_Import(one, adoption.spec_of(one.bodies, known, WORKLOADS)) for one in found]
        written = _stage(staging, imports, texts)
        _prove(staging, tool, written)
        good = [one for one in imports if not one.problems]
        if good:
            _write_out(staging, Path(into), good)
        for one in imports:
            _tell(one, Path(into))
    for root in outside:
        click.echo(f"{root}: left as it is: nothing tells which environment it belongs to")
    for line in failed:
        click.echo(line)
    return 1 if failed or any(one.problems for one in imports) else 0


# --- the tree that is there ----------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[dict[str, list[dict[str, object]]], _Texts, list[str]]:
    """The objects of every root and of the manifests of every folder, the files they stand in, and what failed."""
    graph = Graph()
    there = scope.discover((path,), graph)
    if there.overlays:
        raise InputError(f"{shown(path)}: is a kataform project already")
    built = roots.build(graph, there.roots, timeout=kustomize.TIMEOUT)
    start = path if path.is_dir() else path.parent
    found = {_relative(root, start): bodies for root, bodies in built.bodies.items() if bodies}
    for file in there.plain:
        bodies = [one.body for one in objects.of_manifests(graph, (file,))]
        if bodies:
            found.setdefault(_relative(file.parent, start), []).extend(bodies)
    failed = [f"{seen.finding.location}: not imported: {seen.finding.message}" for seen, _ in built.failures]
    files = {*there.plain, *(file for root in there.roots for file in graph.closure(root))}
    return found, _alone_in_a_file(graph, sorted(files)), failed


def _alone_in_a_file(graph: Graph, files: list[Path]) -> _Texts:
    """The text of each file that holds one object and nothing else: where the object is kept, its comments are, too."""
    found: _Texts = {}
    for file in files:
        items, source = graph.items(file), graph.source(file)
        if len(items) == 1 and source is not None and len(source.documents) == 1 and not source.problems:
            found.setdefault(items[0].key, []).append((items[0].body, source.text))
    return found


def _relative(folder: Path, start: Path) -> str:
    return folder.relative_to(start.resolve()).as_posix()


# --- the tree that it becomes --------------------------------------------------------------------------------------


def _stage(staging: Path, imports: list[_Import], texts: _Texts) -> list[tuple[_Import, Overlay]]:
    """Write and render everything in a folder of its own; what has problems is told and left out of the base."""
    for one in imports:
        _settle(staging, one)
    good = [one for one in imports if not one.problems]
    if not good:
        return []
    base = adoption.shared([one.spec for one in good])
    _write_spec(staging / BASE, base, "What the imported overlays share.")
    for one in good:
        _write_overlay(staging, one, base, texts)
    loaded = Overlays(project.require(staging))
    for name in loaded.project.rendered:
        rendering = loaded.get(name).rendering
        if rendering is not None:
            apply.one(tree.plan(rendering))
    return [(one, loaded.get(one.environment.name)) for one in good]


def _settle(staging: Path, one: _Import) -> None:
    """Find out what a spec that stands alone renders to: which examples it has, and what it leaves open."""
    rendering = _alone(staging, one)
    if rendering is not None:
        one.spec["examples"] = adoption.examples_in(rendering, one.environment.bodies)
        rendering = _alone(staging, one)
    if rendering is not None:
        one.left = adoption.additions(rendering, one.environment.bodies)


def _alone(staging: Path, one: _Import) -> Rendering | None:
    """The rendering of a spec as a base of its own; None, with the problems noted, where it has errors."""
    folder = staging / "alone" / one.environment.name
    _write_spec(folder / BASE, one.spec, "")
    overlay = Overlays(project.require(folder)).get(BASE)
    one.problems = [_problem(found) for found in overlay.findings if found.severity >= Severity.ERROR]
    return overlay.rendering


def _problem(finding: Finding) -> str:
    return f"{finding.message}" + (f"; {finding.remedy}" if finding.remedy else "")


def _write_overlay(staging: Path, one: _Import, base: dict[str, object], texts: _Texts) -> None:
    folder = staging / OVERLAYS / one.environment.name
    own = {"kustomize": one.left.kustomize} if one.left.kustomize else {}
    source = ", ".join(one.environment.roots)
    _write_spec(folder, {**adoption.over(base, one.spec), **own}, f"Imported from {source}.")
    for name, key in one.left.files.items():
        body = one.environment.bodies[key]
        written = next((text for stands, text in texts.get(key, ()) if resource.same(stands, body)), None)
        whole_file.write(folder / name, written if written is not None else emit.dump(body))


def _write_spec(folder: Path, body: dict[str, object], comment: str) -> None:
    depth = 1 if folder.name == BASE else 2
    head = f"# yaml-language-server: $schema={'../' * depth}{_SCHEMA}\n" + (f"# {comment}\n" if comment else "")
    whole_file.write(folder / SPEC, head + emit.dump(body))


# --- the proof -----------------------------------------------------------------------------------------------------


def _prove(staging: Path, tool: kustomize.Kustomize, written: list[tuple[_Import, Overlay]]) -> None:
    """Build what was written and compare it, object by object, with what the tree built to."""
    for one, overlay in written:
        if overlay.rendering is None:
            one.problems += [_problem(finding) for finding in overlay.findings]
            continue
        one.problems += _differences(staging, tool, one, overlay.rendering)


def _differences(staging: Path, tool: kustomize.Kustomize, one: _Import, rendering: Rendering) -> list[str]:
    owned = rendering.spec.get("runtimeClass", "owner") == "git"
    parts = [part for part in rendering.parts if part != RUNTIMECLASS or owned]
    folder = staging / OVERLAYS / one.environment.name
    built: dict[Key, dict[str, object]] = {}
    for root, result in kustomize.build_all(tool, [folder / part for part in parts]).items():
        if isinstance(result, kustomize.BuildFailure):
            return [f"{root.name} does not build: {result.message}"]
        built |= {resource.key(body): body for body in result.bodies}
    meant = one.environment.bodies
    wrong = sorted(key for key in built.keys() | meant.keys() if not resource.same(built.get(key), meant.get(key)))
    return [f"{key.kind} {key.name} would not be the same" for key in wrong]


# --- writing -------------------------------------------------------------------------------------------------------


def _write_out(staging: Path, into: Path, good: list[_Import]) -> None:
    """Copy what is proved to where it belongs; where a single file is in the way, nothing is written at all."""
    folders = [BASE, *(f"{OVERLAYS}/{one.environment.name}" for one in good)]
    files = [path for folder in folders for path in sorted((staging / folder).rglob("*")) if path.is_file()]
    texts = {into / path.relative_to(staging): path.read_text(encoding="utf-8") for path in files}
    if not (into / _SCHEMA).exists():
        texts[into / _SCHEMA] = (data.directory() / _SCHEMA).read_text(encoding="utf-8")
    in_the_way = [shown(path) for path in texts if path.exists() or path.is_symlink()]
    if in_the_way:
        raise InputError(f"{in_the_way[0]}: exists, and nothing is overwritten; name another folder with --into")
    for path, text in texts.items():
        try:
            whole_file.write(path, text)
        except OSError as error:
            raise ToolError(f"{shown(path)}: cannot be written: {error.strerror or error}") from error


# --- words ---------------------------------------------------------------------------------------------------------


def _tell(one: _Import, into: Path) -> None:
    source = ", ".join(one.environment.roots)
    if one.problems:
        click.echo(f"{source}: not imported: {one.problems[0]}")
        for problem in one.problems[1:]:
            click.echo(f"  and: {problem}")
        return
    folder = f"{OVERLAYS}/{one.environment.name}"
    count = len(one.environment.bodies)
    whole = count - len(one.left.patched) - len(one.left.files)
    click.echo(f"{shown(into / folder)} from {source}: {count} objects, all the same when built anew")
    click.echo(f"  {whole} as the spec renders them")
    for key in one.left.patched:
        click.echo(f"  with a patch of your own: {_title(key)}")
    for name, key in one.left.files.items():
        click.echo(f"  as a file of your own: {_title(key)} in {folder}/{name}")
    for key in one.left.removed:
        click.echo(f"  left out, because the tree does not have it: {_title(key)}")


def _title(key: Key) -> str:
    return "/".join(part for part in (key.kind, key.namespace, key.name) if part)
