"""Argo CD's annotations: the order of a sync, and what it must never prune or delete.

Waves and options as documented in argo-cd's docs/user-guide/sync-waves.md and sync-options.md. `Prune=false` and
`Delete=false` work in every version; their `confirm` form fences nothing before Argo CD 2.14.
"""

from __future__ import annotations

from kataform.spec import Spec

WAVES = {"Namespace": -30, "OperatorGroup": -20, "Subscription": -10, "KataConfig": 10, "RuntimeClass": 20}
OPTIONS = {
    "Namespace": "Prune=false,Delete=false",
    "KataConfig": "SkipDryRunOnMissingResource=true,Prune=false,Delete=false",
}


def annotations(spec: Spec, kind: str) -> dict[str, str]:
    """The annotations of an object of this kind; none where the spec switches them off."""
    if not spec.get("argocd"):
        return {}
    found = {"argocd.argoproj.io/sync-options": OPTIONS[kind]} if kind in OPTIONS else {}
    return found | {"argocd.argoproj.io/sync-wave": str(WAVES[kind])}


def with_annotations(metadata: dict[str, object], *layers: dict[str, str]) -> dict[str, object]:
    """metadata with the annotations of all layers, the later over the earlier; none leaves no empty map behind."""
    merged = {name: value for layer in layers for name, value in layer.items()}
    return metadata | ({"annotations": merged} if merged else {})
