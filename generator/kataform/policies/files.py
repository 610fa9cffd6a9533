"""Read the policies of some folders, and say what is wrong with their files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from kataform import cache, resource
from kataform.finding import Finding, Related, replace
from kataform.policies.manifest import (
    ANNOTATION,
    BINDING,
    GROUP,
    OVERLAY_API,
    OVERLAY_POLICY,
    PARAMS,
    POLICY,
    Manifest,
    problem,
)
from kataform.policies.pack import Pack
from kataform.policies.rule import Rule
from kataform.project import SPEC, bytes_of, shown
from kataform.text import reader
from kataform.text.resolve import Dialect

CASES = "cases.yaml"
_OTHER = "other"
_NOT_POLICIES = frozenset({CASES, SPEC, "kustomization.yaml", "kustomization.yml"})


def load(folders: Iterable[Path], store: cache.Store | None = None) -> Pack:
    """The policies and bindings in the YAML files of some folders and below.

    Objects of other kinds may parametrize them; what is no object is left alone. A `store` has what was read of the
    same bytes before, and keeps what is compiled.
    """
    paths = _paths(folders)
    contents = [bytes_of(path) for path in paths]
    found: dict[str, list[Manifest]] = {POLICY: [], BINDING: [], _OTHER: []}
    refused: list[Finding] = []
    key = _key(contents) if store is not None else ""
    if store is None or not _recall(paths, store.get(key), found):
        for path, content in zip(paths, contents, strict=True):
            _take(path, content, found, refused)
        if store is not None and not refused:
            store.put(key, _kept(paths, found))
    return _pack(found, refused, store)


def _paths(folders: Iterable[Path]) -> list[Path]:
    """The files that may hold policies, each once."""
    found = dict.fromkeys(path for folder in folders for path in _yaml(folder))
    return [path for path in found if path.name not in _NOT_POLICIES]


def _key(contents: list[bytes]) -> str:
    return cache.digest(cache.identity(), b"policies", *contents)


def _kept(paths: list[Path], found: dict[str, list[Manifest]]) -> bytes:
    """What was read, each manifest with the number of its file and its own number there."""
    at = {path: number for number, path in enumerate(paths)}
    rows = {what: [(at[one.path], one.number, one.body) for one in manifests] for what, manifests in found.items()}
    return json.dumps(rows).encode()


def _recall(paths: list[Path], kept: bytes | None, found: dict[str, list[Manifest]]) -> bool:
    """Take in what was read before; whether there was any."""
    if kept is None:
        return False
    for what, rows in json.loads(kept).items():
        found[what] = [Manifest(body, paths[at], number) for at, number, body in rows]
    return True


def _pack(found: dict[str, list[Manifest]], refused: list[Finding], store: cache.Store | None) -> Pack:
    """Policies with their bindings, and what does not belong together."""
    policies = _unique(found[POLICY], refused)
    _unique(found[BINDING], refused)
    bound: dict[str, list[Manifest]] = {name: [] for name in policies}
    for binding in found[BINDING]:
        name = resource.get(binding.body, ("spec", "policyName"))
        if not isinstance(name, str):
            message = "the binding does not say which policy it is for"
            refused.append(problem("binding-without-policy", message, binding.at(("spec", "policyName"))))
        elif name in bound and policies[name].body["kind"] == OVERLAY_POLICY:
            message = f"{name} is an OverlayPolicy, which has no binding: its own validationActions say what it does"
            refused.append(problem("binding-without-policy", message, binding.at(("spec", "policyName"))))
        elif name in bound:
            bound[name].append(binding)
        else:
            message = f"the binding is for policy {name}, and no file holds a policy of this name"
            refused.append(problem("binding-without-policy", message, binding.at(("spec", "policyName"))))
    for name, policy in policies.items():
        if not bound[name] and policy.body["kind"] == POLICY:
            message = f"no binding is for policy {name}, so it decides nothing"
            refused.append(problem("policy-without-binding", message, policy.at(("metadata", "name"))))
    rules = tuple(Rule(policies[name], tuple(bound[name]), store) for name in sorted(policies))
    return Pack(rules, tuple(refused), tuple(one.body for one in found[_OTHER] if one.name != PARAMS))


def _yaml(path: Path) -> Iterable[Path]:
    """The YAML files in a folder and below; a file is itself."""
    if path.is_file():
        return (path,)
    names = (os.path.join(top, name) for top, _, files in os.walk(path) for name in files)
    return sorted(Path(name) for name in names if name.endswith((".yaml", ".yml")))


def _take(path: Path, content: bytes, found: dict[str, list[Manifest]], refused: list[Finding]) -> None:
    """Add the policies and bindings of one file, and what is wrong with it."""
    source = reader.read(content, shown(path))
    refused += [defect.finding for defect in source.problems]
    for number, document in enumerate(source.documents):
        body = reader.value(document.node, Dialect.KUBECTL) if document.node is not None else None
        if document.node is None or not isinstance(body, dict):
            continue
        manifest = Manifest(body, path, number, source)
        version, kind = body.get("apiVersion"), body.get("kind")
        if version == f"{GROUP}/v1" and kind in (POLICY, BINDING):
            found[kind].append(manifest)
        elif (version, kind) == (OVERLAY_API, OVERLAY_POLICY):
            found[POLICY].append(manifest)
        elif str(version).startswith((GROUP, ANNOTATION)):
            message = f"{version} {kind} is not a policy that can be decided here"
            remedy = f"write it as {POLICY} and {BINDING} of {GROUP}/v1"
            refused.append(problem("policy-not-supported", message, manifest.at(("kind",)), remedy))
        elif resource.is_object(body):
            found[_OTHER].append(manifest)


def _unique(manifests: list[Manifest], refused: list[Finding]) -> dict[str, Manifest]:
    """The manifests by name; of those with the same one the first counts."""
    found: dict[str, Manifest] = {}
    for manifest in manifests:
        first = found.setdefault(manifest.name, manifest)
        if first is not manifest:
            place = manifest.at(("metadata", "name"))
            related = (Related(first.at(("metadata", "name")), "the first one"),)
            message = f"a second {manifest.body['kind']} is named {manifest.name}"
            refused.append(replace(problem("duplicate-policy", message, place), related=related))
    return found
