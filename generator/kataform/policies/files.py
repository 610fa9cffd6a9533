"""Read the policies of some folders, and say what is wrong with their files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kataform import resource
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
from kataform.project import shown
from kataform.text import reader
from kataform.text.resolve import Dialect

CASES = "cases.yaml"
_OTHER = "other"
_NOT_POLICIES = frozenset({CASES, "kustomization.yaml", "kustomization.yml"})


def load(folders: Iterable[Path]) -> Pack:
    """The policies and bindings in the YAML files of some folders and below.

    Objects of other kinds may parametrize them; what is no object is left alone.
    """
    found: dict[str, list[Manifest]] = {POLICY: [], BINDING: [], _OTHER: []}
    refused: list[Finding] = []
    for folder in folders:
        for path in _yaml(folder):
            if path.name not in _NOT_POLICIES:
                _take(path, found, refused)
    policies = _unique(found[POLICY], refused)
    _unique(found[BINDING], refused)
    bound: dict[str, list[Manifest]] = {name: [] for name in policies}
    for binding in found[BINDING]:
        name = resource.get(binding.body, ("spec", "policyName"))
        if name in bound and policies[name].body["kind"] == OVERLAY_POLICY:
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
    rules = tuple(Rule(policies[name], tuple(bound[name])) for name in sorted(policies))
    return Pack(rules, tuple(refused), tuple(one.body for one in found[_OTHER] if one.name != PARAMS))


def _yaml(path: Path) -> Iterable[Path]:
    """The YAML files in a folder and below; a file is itself."""
    return (path,) if path.is_file() else sorted((*path.rglob("*.yaml"), *path.rglob("*.yml")))


def _take(path: Path, found: dict[str, list[Manifest]], refused: list[Finding]) -> None:
    """Add the policies and bindings of one file, and what is wrong with it."""
    source = reader.read(path.read_bytes(), shown(path))
    refused += [defect.finding for defect in source.problems]
    for document in source.documents:
        body = reader.value(document.node, Dialect.KUBECTL) if document.node is not None else None
        if document.node is None or not isinstance(body, dict):
            continue
        manifest = Manifest(body, path, document.node)
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
