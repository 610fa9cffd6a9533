"""The rules on text: what a reader refuses, scalars that mean something else, patches that match nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kataform import cache, fold, ignores, resource, schemas, settings
from kataform.crds import Known
from kataform.finding import Finding, Location, Severity
from kataform.kustomization import NAMES, Graph, Kustomization, Patch, Written, matches, target_of
from kataform.project import shown
from kataform.rules import (
    explicit_null,
    flux_stages,
    kustomization_fields,
    kustomization_traps,
    outside_repository,
    patch_matches_nothing,
    replacement_creates_bare_scalar,
    scalars,
    secret_in_git,
    unreferenced_file,
)
from kataform.subject import Observation
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass


@dataclass(slots=True)
class Read:
    """What reading found. `explanations` are findings with what they are the cause of; `ignores` are comments.

    `skipped` are files without an object that were passed over, though they are no YAML or somebody named them;
    `others` those that are no manifests. `crds` tell of kinds that are none of Kubernetes' own.
    """

    crds: Known = field(default_factory=Known)
    findings: list[Finding] = field(default_factory=list)
    explanations: list[fold.Explanation] = field(default_factory=list)
    ignores: list[ignores.Ignore] = field(default_factory=list)
    paths: set[Path] = field(default_factory=set)
    skipped: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def check(
    graph: Graph,
    kustomizations: Iterable[Path],
    roots: Iterable[Path],
    plain: Iterable[Path],
    named: Iterable[Path] = (),
    crds: Known | None = None,
    clean: cache.Clean | None = None,
    silent: AbstractSet[Path] = frozenset(),
) -> Read:
    """Read kustomizations with all that they name, and manifests that stand alone.

    A file that is no YAML may be anything; it is a defect where a kustomization or a person (`named`) names it. What is
    `clean` is not looked at again, as far as only the file itself counts, and not CRDs as well; nor are `silent`
    manifests.
    """
    clean = _as_far_as(crds, clean)
    wanted = set(named)
    read = Read(crds or Known())
    files: dict[Path, Dialect] = dict.fromkeys(plain, Dialect.KUBECTL)
    alone = set(files) - wanted
    merged: set[Path] = set()
    readers: dict[Path, set[str]] = {}  # the roots that read a file
    for root in roots:
        for path in graph.closure(root):
            readers.setdefault(path, set()).add(shown(root))
    for folder in kustomizations:
        found = graph.kustomization(folder)
        if found is None:
            links = (folder / name for name in NAMES if folder / name in graph.outside)
            read.findings += map(outside_repository.of_link, links)
            continue
        read.paths.add(found.file)
        _accept(read, found.source)
        read.findings += kustomization_fields.check(found)
        read.findings += secret_in_git.check_generators(found)
        seen_by = readers.get(found.file, set())
        overlays = tuple(sorted(seen_by))
        read.findings += (replace(one, overlays=overlays) for one in kustomization_traps.check(graph, found, read.crds))
        files |= dict.fromkeys(graph.files(found), Dialect.KUSTOMIZE)
        alone.difference_update(graph.files(found), unreferenced_file.contents(found))
        merged |= {patch.path for patch in graph.patches(found) if patch.path is not None}
        _patches(read, graph, found, seen_by)
    for path, dialect in files.items():
        source = graph.source(path)
        if source is None:
            read.findings.append(
                outside_repository.of_link(path) if path in graph.outside else _unread(path, graph.unread[path])
            )
        elif is_wanted(graph, path, source, dialect) or (
            source.problems and (dialect is Dialect.KUSTOMIZE or path in wanted)
        ):
            read.paths.add(path)
            unused = unreferenced_file.check(graph, path) if path in alone else None
            if unused is not None:
                read.explanations.append(fold.Explanation(unused, _lacking(unused)))
            _accept(read, source)
            if path not in silent or dialect is not Dialect.KUBECTL:
                read.findings += _unless_clean(clean, read.crds, source, dialect, is_patch=path in merged)
            read.findings += flux_stages.check(graph, path, source)
        elif path in wanted or (source.problems and not is_template(graph, path, source)):
            read.skipped.append(path)
        elif dialect is Dialect.KUBECTL and not _is_tool_own(path, source):
            read.others.append(path)
    return read


def _lacking(unused: Finding) -> Callable[[Observation], bool]:
    def covers(observation: Observation) -> bool:
        return unreferenced_file.explains(unused, observation)

    return covers


def _unread(path: Path, why: str) -> Finding:
    """A folder of somebody else's need not be a defect; a file that may be a manifest is."""
    severity = Severity.WARNING if path.is_dir() else Severity.ERROR
    return Finding("file-unreadable", severity, f"cannot be read, so it was not checked: {why}", Location(shown(path)))


def take(read: Read, source: reader.Source) -> None:
    """Read one manifest."""
    _accept(read, source)
    read.findings += _told(read.crds, source, Dialect.KUBECTL, is_patch=False)


def is_silent(graph: Graph, path: Path, crds: Known, clean: cache.Clean) -> bool:
    """Whether a manifest is read, and no rule on its text says anything."""
    source = graph.source(path)
    if source is None or not is_wanted(graph, path, source):
        return False
    return not _unless_clean(_as_far_as(crds, clean), crds, source, Dialect.KUBECTL, is_patch=False)


def _as_far_as(crds: Known | None, clean: cache.Clean | None) -> cache.Clean:
    """What is known to be clean, where nothing but the file itself counts."""
    return clean if clean is not None and not (crds and crds.any) else cache.Clean()


def _unless_clean(
    clean: cache.Clean, crds: Known, source: reader.Source, dialect: Dialect, *, is_patch: bool
) -> list[Finding]:
    file = f"{source.path} {dialect} {is_patch}"
    parts = (b"text", *(text.encode("utf-8", "surrogatepass") for text in (file, source.text)))
    if clean.knows(*parts):
        return []
    found = list(_told(crds, source, dialect, is_patch=is_patch))
    if not found:
        clean.add(*parts)
    return found


def _told(crds: Known, source: reader.Source, dialect: Dialect, *, is_patch: bool) -> Iterator[Finding]:
    """What rules say of one manifest, or of one file that is merged into others, where null takes something out."""
    strings = source.plain is not None and scalars.are_strings(source.plain)  # so neither rule has anything to say
    for document in source.documents:
        if document.node is not None:
            whole = Written(source.path, document.node)
            for written, body in _objects(whole, document.value(dialect), dialect):
                if not strings:
                    yield from _scalars(crds, written, body, dialect)
                    yield from () if is_patch else _nulls(crds, written, body, dialect)
                yield from secret_in_git.check(written, body)


def _accept(read: Read, source: reader.Source) -> None:
    read.findings += [problem.finding for problem in source.problems]
    read.ignores += ignores.in_source(source)


def is_wanted(graph: Graph, path: Path, source: reader.Source, dialect: Dialect = Dialect.KUBECTL) -> bool:
    """Whether a file is to be read as a manifest; by itself one is not that is a template, or a list of anything."""
    if not is_manifest(source) or dialect is Dialect.KUSTOMIZE:
        return is_manifest(source)
    full = [document for document in source.documents if not document.is_empty]
    lists = bool(full) and all(isinstance(document.outline, list) for document in full)
    of_anything = lists and not any(_is_member(entry) for each in full for entry in each.value(Dialect.KUBECTL))
    return not of_anything and not is_template(graph, path, source)


def _is_member(body: Any) -> bool:
    """Whether an entry of a list is an object, or an operation of a patch."""
    return resource.is_object(body) or (isinstance(body, dict) and {"op", "path"} <= body.keys())


def is_template(graph: Graph, path: Path, source: reader.Source) -> bool:
    """Whether a file is a template of a Helm chart, which says what it means only after Helm has filled it in."""
    if "{{" not in source.text:
        return False
    charts = [folder.parent / "Chart.yaml" for folder in path.parents if folder.name == "templates"]
    graph.looked_for.update(charts)
    return any(chart.is_file() for chart in charts)


def _is_tool_own(path: Path, source: reader.Source) -> bool:
    bodies = (document.outline for document in source.documents if not document.is_empty)
    return path.name == settings.FILE or any(map(resource.is_tool_own, bodies))


def is_manifest(source: reader.Source) -> bool:
    """Whether a file is meant for a cluster; one that is a template before it is YAML is not."""
    if "{{" in source.text and source.problems:
        return False
    bodies = [document.outline for document in source.documents if not document.is_empty]
    if source.problems and not any(isinstance(body, dict) and "kind" in body for body in bodies):
        return "apiVersion" in source.text.replace("\0", "")  # in UTF-16, too
    return any(isinstance(body, list) or resource.is_object(body) for body in bodies)


# --- scalars -------------------------------------------------------------------------------------------------------


def _objects(written: Written, body: Any, dialect: Dialect) -> Iterator[tuple[Written, dict[str, Any]]]:
    """The object that a document holds, or those of its List."""
    if not isinstance(body, dict):
        return
    members = body.get("items")
    if str(body.get("kind", "")).endswith("List") and isinstance(members, list):
        for index in range(len(members)):
            member = reader.find(written.node, ("items", str(index))).node
            yield from _objects(replace(written, node=member), reader.value(member, dialect), dialect)
        return
    yield written, body


def _scalars(crds: Known, written: Written, body: dict[str, Any], dialect: Dialect) -> Iterator[Finding]:
    schema = schema_for(crds, body.get("apiVersion"), body.get("kind"))
    if schema is not None:
        yield from scalars.check(
            written.label,
            written.node,
            schema,
            dialect,
            at=_shifted(written),
            resource=resource.title(body),
            secret=body.get("kind") == "Secret",
        )


def _nulls(crds: Known, written: Written, body: dict[str, Any], dialect: Dialect) -> Iterator[Finding]:
    """Entries that are null, which the API server makes something else of."""
    api_version, kind = body.get("apiVersion"), body.get("kind")
    schema = schema_for(crds, api_version, kind)
    if schema is not None:
        custom = schemas.kind_versions(str(api_version), str(kind)) is None
        name = resource.title(body)
        yield from explicit_null.check(written.node, schema, dialect, written.at, custom=custom, resource=name)


def _shifted(written: Written) -> Callable[[reader.Node], Location] | None:
    """How to place nodes of a text inside another file; None where the text is the file."""
    return None if not written.line and written.whole is None else written.at


def schema_for(crds: Known, api_version: object, kind: object) -> schemas.Schema | None:
    """The newest schema of a kind, good enough to tell where strings belong; None for what is no object."""
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return None
    own = crds.schema(*resource.split_api_version(api_version), kind)
    if own is not None:
        return own
    return _newest(api_version, kind)


@lru_cache(maxsize=1 << 10)
def _newest(api_version: str, kind: str) -> schemas.Schema:
    newest = schemas.kataconfig_versions()[-1]
    served = schemas.kind_versions(api_version, kind)
    kubernetes = served[1] if served else schemas.NEWEST_KUBERNETES
    return schemas.kind_schema(api_version, kind, kubernetes=kubernetes, operator=newest) or schemas.any_object()


# --- patches -------------------------------------------------------------------------------------------------------


def _patches(read: Read, graph: Graph, found: Kustomization, roots: set[str]) -> None:
    patches = graph.patches(found)
    inline = {id(patch.inline.host): patch.inline for patch in patches if patch.inline is not None}  # each once
    for text in inline.values():
        read.findings += (problem.finding for problem in text.problems)
        read.ignores += ignores.in_source(text.source, text.place.moved) if text.has_lines else []
    for patch in patches:
        read.findings += (_quotable(finding, found) for finding in _patch_scalars(read.crds, graph, found, patch))
    for created in replacement_creates_bare_scalar.check(graph, found):
        finding = replace(created.finding, overlays=tuple(sorted(roots)))
        read.explanations.append(fold.Explanation(finding, created.explains))
    for patch, problem in patch_matches_nothing.check(graph, found):
        finding = replace(problem, overlays=tuple(sorted(roots)))
        read.explanations.append(fold.Explanation(finding, _covers(patch, roots)))


def _quotable(finding: Finding, found: Kustomization) -> Finding:
    """A finding with its fix also where the scalar stands in a patch inside the kustomization, if its text is there."""
    if finding.fix is not None or finding.location.path != found.label:
        return finding
    return replace(finding, fix=scalars.quoting(finding, found.source.text))


def _covers(patch: Patch, roots: set[str]) -> Callable[[Observation], bool]:
    def covers(observation: Observation) -> bool:
        return observation.root in roots and patch_matches_nothing.explains(patch, observation.kind, observation.path)

    return covers


def _patch_scalars(crds: Known, graph: Graph, found: Kustomization, patch: Patch) -> Iterator[Finding]:
    """Scalars in a patch: merges by the schema of their kind, operations by the schema at the path they write."""
    patched = _patched(graph, found, patch)
    for written in patch.written:
        if isinstance(written.node, reader.Mapping):
            body = reader.value(written.node, Dialect.KUSTOMIZE)
            # A patch file that names its kind is read as a manifest, too; what it says by itself is checked there.
            if isinstance(body, dict) and (patch.path is None or "kind" not in body):
                yield from _scalars(crds, written, {**(patched or {}), **body}, Dialect.KUSTOMIZE)
    schema = schema_for(crds, patched.get("apiVersion"), patched.get("kind")) if patched is not None else None
    if patched is not None and schema is not None:
        yield from _operations(patch, patched, schema)


def _operations(patch: Patch, patched: dict[str, Any], schema: schemas.Schema) -> Iterator[Finding]:
    for operation in patch.operations:
        sub = _at(schema, operation.path)
        if operation.value is None or sub is None:
            continue
        yield from scalars.check(
            operation.written.label,
            operation.value,
            schema,
            Dialect.KUBECTL,
            start=sub,
            path=operation.path,
            at=_shifted(operation.written),
            resource=resource.title(patched),
            secret=patched.get("kind") == "Secret",
        )


def _at(schema: schemas.Schema, path: tuple[str, ...]) -> dict[str, Any] | None:
    """The subschema at an operation's path, whose indexes look like keys; None where there is none."""
    sub: dict[str, Any] | None = schema.root
    for part in path:
        if sub is None:
            return None
        below = schemas.step(schema, sub, part)
        index = 0 if part == "-" else int(part) if re.fullmatch("[0-9]{1,9}", part) else None
        sub = below if below is not None or index is None else schemas.step(schema, sub, index)
    return sub


def _patched(graph: Graph, found: Kustomization, patch: Patch) -> dict[str, Any] | None:
    """The object a patch is for, as far as a schema needs it: the first its target selects, else the target itself."""
    for target in target_of(patch):
        for item in graph.accumulate(found.folder).items:
            if matches(target, item):
                return item.body
        if isinstance(target.get("kind"), str) and isinstance(target.get("version"), str):
            group = target.get("group") or ""
            api_version = f"{group}/{target['version']}" if group else target["version"]
            return {"apiVersion": api_version, "kind": target["kind"], "metadata": {"name": target.get("name", "")}}
    return None
