"""Policies as a kustomize root for a cluster: each with its bindings, and the objects that parametrize them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kataform import resource
from kataform.policies.pack import Pack
from kataform.policies.rule import Rule
from kataform.text import emit

HEADER = "# Exported by `kataform policy export`; it overwrites this file.\n"
KUSTOMIZATION = "kustomization.yaml"
PARAMS = "params.yaml"


def files(pack: Pack, params: Mapping[str, Any]) -> dict[str, str]:
    """The text of each file, by its name. An OverlayPolicy is none of them: no server can decide it."""
    admitted = [rule for rule in pack.rules if not rule.overlay]
    found = {f"{rule.name}.yaml": _stream(_bodies(rule)) for rule in admitted}
    needed = list(_params(pack, admitted, params))
    if needed:
        found[PARAMS] = _stream(needed)
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return {KUSTOMIZATION: HEADER + emit.dump({**kustomization, "resources": sorted(found)}), **found}


def left_out(pack: Pack) -> list[str]:
    """The names of the policies that a cluster cannot take."""
    return [rule.name for rule in pack.rules if rule.overlay]


def _bodies(rule: Rule) -> list[Mapping[str, Any]]:
    return [rule.body, *(one.body for one in rule.binding_manifests)]


def _stream(bodies: Iterable[Mapping[str, Any]]) -> str:
    return HEADER + "---\n".join(emit.dump(dict(body)) for body in bodies)


def _params(pack: Pack, rules: Iterable[Rule], params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects that bindings of the rules refer to, as far as they are known."""
    wanted = [
        (resource.get(rule.body, ("spec", "paramKind")), resource.get(one.body, ("spec", "paramRef")))
        for rule in rules
        for one in rule.binding_manifests
    ]
    for body in (*pack.params, params):
        kind = {"apiVersion": body.get("apiVersion"), "kind": body.get("kind")}
        if any(kind == asked and isinstance(ref, dict) and _meant(ref, body) for asked, ref in wanted):
            yield body


def _meant(ref: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a paramRef may mean an object: by its name, or by a selector, which may choose any."""
    return "selector" in ref or ref.get("name") == resource.key(dict(body)).name
