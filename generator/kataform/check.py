"""Judge a scope as the cluster would: read, render or build, hold against schemas and policies, fold to causes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import (
    cache,
    changes,
    clusters,
    definitions,
    exceptions,
    fix,
    fold,
    ignores,
    judging,
    objects,
    packs,
    policies,
    process,
    reading,
    resource,
    roots,
    settings,
    sources,
    specs_behind,
)
from kataform.catalogue import Catalogue
from kataform.changes import Before
from kataform.compatibility import targets_of, targets_of_subscriptions, together
from kataform.crds import Known
from kataform.errors import InputError
from kataform.finding import Finding, Location, Severity, listed
from kataform.judging import Judges
from kataform.kustomization import NAMES, Graph, Item, Written
from kataform.objects import Object
from kataform.overlays import Catalogues, Overlays
from kataform.project import SPEC, Project, real, shown
from kataform.rules import operator_objects, oversized_root, substitution_unquoted
from kataform.scope import Scope
from kataform.settings import Settings
from kataform.subject import Observation, Subject, Target
from kataform.surroundings import MANIFESTS, Stated, Surroundings
from kataform.text import reader
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform import kustomize, tree
    from kataform.overlays import Overlay
    from kataform.render import Rendering
    from kataform.spec import Spec


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose. Parts of `target` that are empty come from the files; `today` is an ISO date.

    `cache` is the user's own folder in which builds are kept, None to build everything anew; `crds` are files.
    """

    build: bool = False
    target: Target = field(default_factory=Target)
    today: str = ""
    timeout: float = process.TIMEOUT
    policies: tuple[Path, ...] = ()
    crds: tuple[Path, ...] = ()
    cache: Path | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(slots=True)
class Checked:
    """What a check found and covered. `subjects` are the objects judged; `left_out` counts those that were not.

    `others` counts the files that are no manifests.

    `complete` tells that every spec was rendered and every root built: nothing was looked for that is not there.
    `looked_for` are the policies that specs name, be they there or not.
    """

    findings: list[Finding]
    subjects: list[Subject]
    left_out: int = 0
    complete: bool = True
    overlays: int = 0
    files: int = 0
    others: int = 0
    notes: list[str] = field(default_factory=list)
    sources: dict[str, reader.Source] = field(default_factory=dict)
    crds: Known = field(default_factory=Known)
    secret_lines: dict[str, frozenset[int]] = field(default_factory=dict)
    looked_for: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Run:
    """What one check gathers on its way.

    `catalogues` tell what is known of releases where no spec is, `known` by overlay where one is. `changed` are roots
    to build although they are generated: people changed their files, or add to them. `rendered` has what those of the
    second sort are rendered from, `generated` what the files of overlays are that nobody changed, `overlay_of` the
    overlay that each belongs to. `stated` is what specs say of the cluster, `specs` has them by overlay, `own` the
    policies that they name. `unrendered` are the overlays whose specs have errors.
    """

    options: Options
    catalogues: Catalogues
    known: dict[str, Catalogue] = field(default_factory=dict)
    texts: list[Finding] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    accepted: list[ignores.Ignore] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: dict[str, reader.Source] = field(default_factory=dict)
    changed: list[Path] = field(default_factory=list)
    rendered: dict[str, tuple[Rendering, Target]] = field(default_factory=dict)
    generated: dict[str, Rendering] = field(default_factory=dict)
    overlay_of: dict[str, str] = field(default_factory=dict)
    stated: dict[str, Stated] = field(default_factory=dict)
    specs: dict[str, Spec] = field(default_factory=dict)
    own: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    unrendered: list[str] = field(default_factory=list)
    looked_for: list[Path] = field(default_factory=list)


def before(scope: Scope, graph: Graph, options: Options, top: Path, *, whole: bool) -> Before:
    """The objects of a revision whose files stand in a folder."""
    projects = {project.root: project for project, _ in scope.overlays}
    loaded = {root: Overlays(project) for root, project in projects.items()}
    run = _Run(options, Catalogues(loaded))
    for project, name in scope.overlays:
        _overlay(run, project, loaded[project.root].get(name))
    built = roots.build(graph, [*scope.roots, *run.changed], timeout=options.timeout, cache=options.cache)
    found = [*objects.of_roots(graph, built.bodies), *objects.of_manifests(graph, scope.plain)]
    run.subjects += _subjects(run, found, [])
    around = _surroundings(run, run.subjects, scope, graph, built)
    known = changes.by_identity(run.subjects, around, top)
    unknown = frozenset(changes.below(name, top) for name in (*around.incomplete, *run.unrendered))
    return Before(top, known, whole, unknown, frozenset(run.specs))


def check(
    scope: Scope,
    graph: Graph,
    options: Options,
    streams: Iterable[reader.Source] = (),
    base: tuple[Before, Path] | None = None,
) -> Checked:
    """Everything that is wrong in a scope, each cause once, and what was covered.

    With a `base`, the objects of a revision and the top of the tree that is checked, policies decide the change.
    """
    streams = list(streams)
    projects = {project.root: project for project, _ in scope.overlays}
    loaded = {root: Overlays(project) for root, project in projects.items()}
    run = _Run(options, Catalogues(loaded))
    for project, name in scope.overlays:
        _overlay(run, project, loaded[project.root].get(name))
    decided_by = packs.load(loaded, options.policies, run.own, options.cache)
    run.texts += decided_by.problems
    unasked = _unasked(options.settings, decided_by.all)
    clean = cache.Clean(cache.Store(options.cache / "clean") if options.cache is not None else None)
    building = [*scope.roots, *run.changed]
    built = roots.build(graph, building, timeout=options.timeout, cache=options.cache)
    folders = dict.fromkeys((*scope.kustomizations, *(f for root in building for f in roots.folders(graph, root))))
    places = _places(graph, built.bodies, options)
    silent = reading.read(graph, scope.plain, clean)
    found = [*objects.of_roots(graph, built.bodies, places), *objects.of_manifests(graph, scope.plain)]
    found += [one for stream in streams for one in objects.of_source(stream)]
    run.subjects += _subjects(run, found, _context(scope, graph, found, options))
    run.texts += operator_objects.check(run.subjects, {*run.stated, *run.overlay_of})
    most = options.settings.option(oversized_root.RULE, "objects")
    run.texts += oversized_root.check(graph, building, built.bodies, most)
    texts = _texts(run, graph)
    gathered = _definitions(run, graph, [root for root in building if root not in built.bodies])
    subjects = places.later(run.subjects) if places is not None else run.subjects
    around = _surroundings(run, subjects, scope, graph, built)
    judges = Judges(gathered.known, decided_by, run.overlay_of, around, clean)
    silent = silent if not gathered.known.any else frozenset()
    manifests = [path for path in scope.plain if path not in silent]
    judged, verdicts, quiet = _judged(run, judges, subjects, graph, manifests, base)
    read = sources.check(graph, folders, building, scope.plain, scope.named, gathered.known, clean, silent | quiet)
    for stream in streams:
        sources.take(read, stream)
    filled = _filled(run, graph, building, places, gathered.known)
    run.texts += filled.findings
    judged = [seen for seen in judged if (seen.root, seen.title, seen.path) not in filled.places]
    clean.keep()
    schema = [*gathered.observations, *judged]
    if places is not None:
        settled = [places.told(seen) for seen in places.settle([*schema, *verdicts])]
        schema, verdicts = settled[: len(schema)], settled[len(schema) :]
    schema = [fix.offer(seen, texts) for seen in schema]
    findings = _fold(options.settings, [*run.texts, *read.findings], read.explanations, built, schema, verdicts)
    known = {shown(path): source for path in read.paths if (source := graph.source(path)) is not None}
    aside = _aside(graph, findings, {*run.sources, *known, *(stream.path for stream in streams)})
    accepted = list(_accepted(options.settings, [*run.accepted, *read.ignores, *aside]))
    names = partial(_names, decided_by.all)
    left = ignores.apply(findings, accepted, options.today, complete=not built.left_out, names=names)
    left = sorted([*left, *exceptions.still_denied(accepted, decided_by.all)], key=lambda finding: finding.sort_key)
    return Checked(
        options.settings.told(fold.gather(left)),
        run.subjects,
        left_out=built.left_out,
        complete=not built.failures and not run.unrendered,
        overlays=len(scope.overlays) + len(scope.roots),
        files=len(read.paths.intersection(scope.plain)) + len(streams),
        others=len(read.others),
        notes=[
            *run.notes,
            *_unrendered(run.unrendered),
            *_skipped(read.skipped),
            *_partly_known(around),
            *_filled_in(len(filled.places)),
            *unasked,
        ],
        sources=run.sources | known | {stream.path: stream for stream in streams},
        crds=gathered.known,
        secret_lines=_secret_lines(graph, read.paths),
        looked_for=tuple(run.looked_for),
    )


def _names(pack: policies.Pack) -> set[str]:
    """The names of all rules and policies."""
    from kataform import rulebook  # the words of all rules; most runs need none

    return {*rulebook.ALL, *(rule.name for rule in pack.rules)}


def _unasked(chosen: Settings, pack: policies.Pack) -> list[str]:
    """What the report says of rules that are not asked. InputError for a choice that cannot be followed."""
    if chosen == Settings():
        return []
    from kataform import rulebook

    known = _names(pack)
    settings.verify(chosen, known, rulebook.OPTIONS)
    return list(filter(None, (settings.left_out(chosen, known),)))


def _fold(
    chosen: Settings,
    texts: list[Finding],
    explanations: list[fold.Explanation],
    built: roots.Built,
    schema: list[Observation],
    verdicts: list[Observation],
) -> list[Finding]:
    """The causes among what wanted rules say; what explains other findings does so also where it is not told."""
    wanted = [finding for finding in texts if chosen.wants(finding.rule)]
    failures = [(seen, cause) for seen, cause in built.failures if chosen.wants(seen.finding.rule)]
    seen_by = ([one for one in part if chosen.wants(one.finding.rule)] for part in (schema, verdicts))
    return chosen.only(fold.fold(wanted, explanations, failures, *seen_by))


def _aside(graph: Graph, findings: Iterable[Finding], read: Collection[str]) -> Iterator[ignores.Ignore]:
    """What is accepted in files that are not checked themselves and have a finding: CRDs and policies that were named.

    Another check may need what this one does not.
    """
    for path in sorted({finding.location.path for finding in findings}.difference(read)):
        source = graph.source(real(Path(path))) if path.endswith((".yaml", ".yml")) else None
        for one in ignores.in_source(source) if source is not None else ():
            yield replace(one, lasting=True)


def _accepted(chosen: Settings, found: list[ignores.Ignore]) -> Iterator[ignores.Ignore]:
    """What is accepted, without rules that are not asked: nobody can say whether those are needed."""
    for one in found:
        wanted = tuple(rule for rule in one.rules if chosen.wants(rule))
        if wanted or not one.rules:
            yield replace(one, rules=wanted)


def _places(graph: Graph, built: dict[Path, list[dict[str, Any]]], options: Options) -> objects.Places | None:
    """What proves places in trees; not without kustomize, nor where nothing was built."""
    if not built:
        return None
    from kataform import kustomize, sentinel

    tool = kustomize.locate()
    if tool is None:
        return None
    return objects.Places(sentinel.Prover(graph, tool, options.timeout), built)


def _texts(run: _Run, graph: Graph) -> fix.Texts:
    """What the files that findings stand in say, by the path that messages show."""

    def text(path: str) -> str | None:
        source = run.sources.get(path) or graph.source(real(Path(path)))
        return source.text if source is not None else None

    return text


def _filled(
    run: _Run, graph: Graph, building: Sequence[Path], places: objects.Places | None, crds: Known
) -> substitution_unquoted.Filled:
    """What Flux fills in where the tree says so; folders that only Flux builds alone are built for it."""
    stages = substitution_unquoted.stages(graph, run.subjects)
    known: dict[str, list[Subject]] = {}
    for subject in run.subjects if stages else ():
        known.setdefault(subject.root, []).append(subject)
    parts = dict.fromkeys(part for stage in stages for part in stage.parts if part.is_dir())
    alone = [part for part in parts if part not in building and not _overlay_around(run, part)]
    wanted = [part for part in alone if any("${" in text for text in _closure_texts(graph, part))]
    built = (
        roots.build(graph, wanted, timeout=run.options.timeout, cache=run.options.cache) if wanted else roots.Built()
    )
    for one in objects.of_roots(graph, built.bodies, places):
        known.setdefault(one.root, []).append(Subject(one.body, one.root, one.locate, Target(), one.namespaces))

    def objects_of(part: Path) -> Iterable[Subject]:
        overlay = _overlay_around(run, part)
        if not overlay or shown(part) in known:
            return known.get(shown(part), ())
        keys = {item.key for item in graph.accumulate(part).items}
        return (one for one in known.get(overlay, ()) if resource.key(one.body) in keys)

    return substitution_unquoted.check(stages, objects_of, partial(sources.schema_for, crds))


def _overlay_around(run: _Run, folder: Path) -> str:
    """The overlay with a spec that a folder is part of, '' where it is of none."""
    return next((shown(above) for above in (folder, *folder.parents) if shown(above) in run.stated), "")


def _closure_texts(graph: Graph, folder: Path) -> Iterator[str]:
    known = (graph.source(path) for path in graph.closure(folder))
    return (source.text for source in known if source is not None)


# --- overlays with a spec ------------------------------------------------------------------------------------------


def _overlay(run: _Run, project: Project, overlay: Overlay) -> None:
    """Take in one overlay: its specs, what is generated from them, and the objects that these are."""
    folder = shown(project.rendered[overlay.name])
    run.texts += [replace(finding, overlays=(folder,)) for finding in overlay.findings]
    _chain(run, overlay)
    if overlay.rendering is None:
        run.unrendered.append(folder)
        return
    from kataform import tree

    plan = tree.plan(overlay.rendering)
    run.texts += [replace(finding, overlays=(folder,)) for finding in plan.foreign]
    run.stated[folder], run.known[folder] = _stated(overlay.rendering.spec), overlay.catalogue
    run.specs[folder] = overlay.rendering.spec
    _own_policies(run, folder, overlay.rendering.spec)
    if plan.foreign:
        _build(run, folder, _changed(overlay.rendering, plan))
        return
    if not plan.clean:
        run.texts.append(_out_of_date(overlay.rendering, plan))
    elif run.options.build:
        _prove(run, overlay.rendering)
    target = _over(run.options.target, targets_of(overlay.rendering.spec, overlay.catalogue))
    extended = sorted(overlay.rendering.extended) if plan.clean else []
    for name in extended:
        _build(run, folder, [plan.folder / name])
        run.rendered[shown(plan.folder / name)] = (overlay.rendering, target)
    if plan.clean:
        run.generated[folder] = overlay.rendering
    found = [one for name, part in overlay.rendering.parts.items() if name not in extended for one in part]
    beside = objects.namespaces(one.body for one in found)
    run.subjects += [
        Subject(one.body, folder, specs_behind.of_rendered(overlay.rendering, one), target, beside) for one in found
    ]


def _own_policies(run: _Run, folder: str, spec: Spec) -> None:
    """Take in the policies that a spec names for its objects."""
    named = packs.named(spec)
    run.looked_for += [path for path, _ in named]
    run.texts += [replace(missing, overlays=(folder,)) for _, missing in named if missing is not None]
    if present := tuple(path for path, missing in named if missing is None):
        run.own[folder] = present


def _build(run: _Run, folder: str, found: list[Path]) -> None:
    """Have roots of an overlay built."""
    run.changed += found
    run.overlay_of |= {shown(root): folder for root in found}


def _stated(spec: Spec) -> Stated:
    return Stated(spec.get("platform"), tuple(map(_external, spec.get("external") or [])))


def _external(entry: dict[str, str]) -> dict[str, Any]:
    metadata = {name: entry[name] for name in ("name", "namespace") if name in entry}
    return {"apiVersion": entry["apiVersion"], "kind": entry["kind"], "metadata": metadata}


def _changed(rendering: Rendering, plan: tree.Plan) -> list[Path]:
    """The roots to build instead of rendering them; the aggregate only where it may hold more than its parts."""
    aggregate = shown(plan.folder / NAMES[0])
    own = any(finding.location.path == aggregate for finding in plan.foreign)
    present = [plan.folder / root for root in (rendering.roots if own else rendering.parts)]
    return [root for root in present if (root / NAMES[0]).is_file()]


def _chain(run: _Run, overlay: Overlay) -> None:
    """The specs that an overlay is merged from: their text for excerpts, and what they accept."""
    for file in overlay.chain:
        if file.source is not None and file.label not in run.sources:
            run.sources[file.label] = file.source
            run.accepted += ignores.in_source(file.source)
    if overlay.spec is None:
        return
    for index, entry in enumerate(overlay.spec.get("ignore") or []):
        place = overlay.spec.origin(("ignore", index)).location
        name, until = str(entry.get("resource", "")), str(entry.get("until", ""))
        run.accepted.append(ignores.Ignore((entry["rule"],), entry["reason"], until, place, 0, name))


def _judged(
    run: _Run,
    judges: Judges,
    subjects: list[Subject],
    graph: Graph,
    manifests: Sequence[Path],
    base: tuple[Before, Path] | None,
) -> tuple[list[Observation], list[Observation], frozenset[Path]]:
    """What schemas say, what policies say, and the manifests whose text is known to be right."""
    if base is not None:
        known, top = base
        if known.unknown:
            names = listed(sorted(name or _LOOSE for name in known.unknown), 5)
            run.notes.append(f"not all objects were known before of {names}, so those are judged as new")
        verdicts = list(changes.judged(judges, subjects, known, top, run.unrendered))
        return [seen for one in subjects for seen in judges.by_schemas(one)], verdicts, frozenset()
    found = judging.judged(judges, subjects, graph, manifests)
    return found.by_schemas, found.by_policies, found.quiet


_LOOSE = "the manifests outside of kustomizations"


def _unrendered(names: list[str]) -> list[str]:
    if not names:
        return []
    what, whose = ("overlay was", "its") if len(names) == 1 else ("overlays were", "their")
    return [f"{len(names)} {what} not rendered, so {whose} objects were not checked: {listed(names, 5)}"]


def _skipped(paths: list[Path]) -> list[str]:
    if not paths:
        return []
    what = "1 file holds" if len(paths) == 1 else f"{len(paths)} files hold"
    return [f"{what} no Kubernetes object that can be read: {listed([*map(shown, paths)], 5)}"]


def _partly_known(around: Surroundings) -> list[str]:
    """What rules across objects could not decide."""
    names = [name or _LOOSE for name in around.partly_known]
    if not names:
        return []
    return [f"not all objects are known of {listed(names, 5)}, so no rule said what is missing there"]


def _filled_in(count: int) -> list[str]:
    """What was not judged because Flux makes something else of it first."""
    if not count:
        return []
    what = "1 value, so no schema judged it" if count == 1 else f"{count} values, so no schema judged those"
    return [f"Flux fills in {what}"]


def _out_of_date(rendering: Rendering, plan: tree.Plan) -> Finding:
    message = f"the files generated from this spec are out of date: {listed(plan.changed, 3)}"
    place = Location(shown(plan.folder / SPEC))
    remedy = f"run `kataform generate {rendering.spec.name}`"
    return Finding("generated-files-stale", Severity.ERROR, message, place, remedy, overlays=(shown(plan.folder),))


def _prove(run: _Run, rendering: Rendering) -> None:
    """With `--build`: kustomize builds each root, and must say what the rendering says."""
    from kataform import kustomize

    tool = kustomize.locate()
    if tool is None:
        note = "the generated files were not built: kustomize was not found; run `kataform tools install`"
        run.notes += [note] if note not in run.notes else []
        return
    folder = rendering.spec.folder
    wanted = [root for root in rendering.roots if root not in rendering.extended and (root or not rendering.extended)]
    results = kustomize.build_all(tool, [folder / root for root in wanted], timeout=run.options.timeout)
    for root in wanted:
        for message in _differences(rendering, root, results[folder / root]):
            place = Location(shown(folder / root / NAMES[0]))
            run.texts.append(
                Finding("generated-files-differ", Severity.ERROR, message, place, overlays=(shown(folder),))
            )


def _differences(rendering: Rendering, root: str, result: kustomize.Built | kustomize.BuildFailure) -> list[str]:
    from kataform import kustomize

    if isinstance(result, kustomize.BuildFailure):
        return [f"kustomize does not build what was generated: {result.message}"]
    built = {resource.key(body): body for body in result.bodies}
    meant = {resource.key(one.body): one.body for one in rendering.resources(root)}
    wrong = sorted(key for key in built.keys() | meant.keys() if not resource.same(built.get(key), meant.get(key)))
    return [
        f"kustomize builds another {key.kind} {key.name} than was rendered; this is a bug in kataform" for key in wrong
    ]


# --- other objects -------------------------------------------------------------------------------------------------


def _context(scope: Scope, graph: Graph, found: list[Object], options: Options) -> list[Object]:
    """Subscriptions beside what is checked, where a KataConfig among it needs one to tell its version."""
    if options.target.operator or not any(resource.key(one.body).kind == "KataConfig" for one in found):
        return []
    folders = [path for path in scope.context if path.is_dir() and _subscribes(graph.accumulate(path).items)]
    files = [path for path in scope.context if path.is_file() and _subscribes(graph.items(path))]
    built = roots.build(graph, folders, timeout=options.timeout, cache=options.cache)
    return [*objects.of_roots(graph, built.bodies), *objects.of_manifests(graph, files)]


def _subscribes(items: Iterable[Item]) -> bool:
    return any(item.key.kind == "Subscription" for item in items)


def _subjects(run: _Run, found: list[Object], context: list[Object]) -> list[Subject]:
    """The objects with what they are for: the operator that their root installs, else the cluster that a manifest
    comes to, else any in the whole tree.
    """
    by_root: dict[str, list[Object]] = {}
    for one in found:
        by_root.setdefault(one.root, []).append(one)
    here = {root: _installed(run, root, members) for root, members in by_root.items()}
    told = [*here.items(), *((one.root, _installed(run, one.root, [one])) for one in context)]
    near = _Near(told, clusters.tell_apart((one.root, one.body) for one in (*found, *context) if _tells(one)))
    subjects = []
    for root, members in by_root.items():
        if root in run.rendered:
            rendering, target = run.rendered[root]
            found_in = [(one, specs_behind.of_built(rendering, one)) for one in members]
        else:
            target = _over(run.options.target, here[root] if here[root].operator else near.of(root))
            found_in = [
                (one, specs_behind.of_taken_in(run.generated, one) if run.generated else one.locate) for one in members
            ]
        subjects += [Subject(one.body, root, locate, target, one.namespaces) for one, locate in found_in]
    return subjects


def _tells(one: Object) -> bool:
    """Whether an object may tell clusters apart: it comes from a manifest, and not from a kustomization's folder."""
    return one.body.get("kind") in clusters.KINDS and not Path(one.root).is_dir()


class _Near:
    """What is installed near a root that does not tell: by the manifests of the same cluster, else by any."""

    def __init__(self, told: Iterable[tuple[str, Target]], known: clusters.Clusters) -> None:
        self._clusters = known
        self._told: dict[clusters.Part, list[Target]] = {}
        for root, target in told:
            if target.operator:
                self._told.setdefault(known.part(root), []).append(target)
        self._anywhere = together(target for targets in self._told.values() for target in targets)
        self._of: dict[clusters.Part, Target] = {}

    def of(self, root: str) -> Target:
        part = self._clusters.part(root)
        if part not in self._of:
            wanted = self._clusters.together[part]
            here = together(target for each in wanted for target in self._told.get(each, ()))
            self._of[part] = here if here.operator else self._anywhere
        return self._of[part]


def _installed(run: _Run, root: str, members: Iterable[Object]) -> Target:
    """What the Subscriptions among the objects of a root install."""
    found = [one.body for one in members if one.body.get("kind") == "Subscription"]
    return targets_of_subscriptions(found, _catalogue(run, root)) if found else together(())


def _catalogue(run: _Run, root: str) -> Catalogue:
    """What is known of releases for the objects of an overlay, a root, or a file."""
    overlay = run.overlay_of.get(root, root)
    return run.known.get(overlay) or run.catalogues.at(os.path.abspath(root))


def _definitions(run: _Run, graph: Graph, unbuilt: Iterable[Path]) -> definitions.Gathered:
    """The CRDs among the objects, and those that the command line and specs name: these are not checked objects.

    Neither are those in the files of roots that were not built, which still tell what objects elsewhere must be.
    """

    def read(paths: Iterable[Path], kubernetes: tuple[str, ...]) -> list[Subject]:
        target = Target((), run.options.target.kubernetes or kubernetes)
        read_ = [source for path in paths if (source := graph.source(path)) is not None]
        run.texts += [problem.finding for source in read_ for problem in source.problems]
        found = [one for source in read_ for one in objects.of_source(source)]
        return [Subject(one.body, one.root, one.locate, target) for one in found]

    given = read(run.options.crds, together(()).kubernetes)
    stated: dict[str, list[Subject]] = {}
    for folder, spec in run.specs.items():
        files, wrong = _crds(spec, graph)
        run.texts += [replace(finding, overlays=(folder,)) for finding in wrong]
        stated[folder] = read(files, targets_of(spec, run.known[folder]).kubernetes)
    target = Target((), run.options.target.kubernetes or together(()).kubernetes)
    written = (one for root in unbuilt for one in definitions.as_written(graph, root, target))
    return definitions.gather(run.subjects, given, stated, run.overlay_of, written)


def _crds(spec: Spec, graph: Graph) -> tuple[list[Path], list[Finding]]:
    """The files that a spec names under `crds:`, seen from the file that says it, and what is wrong with them."""
    files: list[Path] = []
    wrong: list[Finding] = []
    for index, path in enumerate(spec.get("crds") or []):
        place = spec.origin(("crds", index)).location
        try:
            files += definitions.files(graph, [Path(os.path.normpath(Path(place.path).parent / path))])
        except InputError as error:
            remedy = "name a file or a folder that holds one, seen from this spec"
            wrong.append(Finding("crds-missing", Severity.ERROR, str(error), place, remedy))
    return files, wrong


def _over(stated: Target, found: Target) -> Target:
    """What the command line states, and for the parts that it does not, what the files tell."""
    return Target(stated.operator or found.operator, stated.kubernetes or found.kubernetes)


def _surroundings(run: _Run, subjects: list[Subject], scope: Scope, graph: Graph, built: roots.Built) -> Surroundings:
    """What comes to a cluster together: an overlay with all its parts, a root, all manifests outside of those."""
    building = {shown(root): root in built.bodies for root in (*scope.roots, *run.changed)}
    known = building.keys() | run.stated.keys()
    groups = {one.root: MANIFESTS for one in subjects if one.root not in known} | run.overlay_of
    incomplete = {groups.get(root, root) for root, complete in building.items() if not complete}
    if any((source := graph.source(path)) is None or source.problems for path in scope.plain):
        incomplete.add(MANIFESTS)
    context = objects.of_manifests(graph, (path for path in scope.context if path.is_file()))
    beside = (Subject(one.body, one.root, one.locate, Target()) for one in context)

    def catalogue(root: str) -> Catalogue:
        return _catalogue(run, root)

    return Surroundings(catalogue, subjects, groups, run.stated, frozenset(incomplete), beside)


def _secret_lines(graph: Graph, paths: Iterable[Path]) -> dict[str, frozenset[int]]:
    """The lines of Secrets' values, which no excerpt may show."""
    lines: dict[str, set[int]] = {}
    for path in paths:
        for written in _secret_values(graph, path):
            span = range(written.node.start_mark.line + 1, written.node.end_mark.line + 2)
            lines.setdefault(written.label, set()).update(span)
    return {label: frozenset(numbers) for label, numbers in lines.items()}


def _secret_values(graph: Graph, path: Path) -> Iterator[Written]:
    """Where a file holds values of Secrets, or what a kustomization makes them of."""
    source = graph.source(path)
    may_hold = source is not None and ("Secret" in source.text or "\\" in source.text)  # an escape may spell it
    for item in graph.items(path) if may_hold else ():
        for name in ("data", "stringData") if item.key.kind == "Secret" else ():
            found = reader.find(item.written.node, (name,))
            if found.depth == 1:
                yield replace(item.written, node=found.node)
    kustomization = graph.kustomization(path.parent) if path.name in NAMES else None
    generators = kustomization.under("secretGenerator") if kustomization is not None else None
    if generators is not None:
        yield generators
