"""Argo CD's annotations: the order of a sync, and what it must never prune or delete.

Waves and options as documented in argo-cd's docs/user-guide/sync-waves.md and sync-options.md. `Prune=false` and
`Delete=false` work in every version; their `confirm` form fences nothing before Argo CD 2.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kataform.spec import Spec

WAVES = {"Namespace": -30, "OperatorGroup": -20, "Subscription": -10, "KataConfig": 10, "RuntimeClass": 20}
OPTIONS = {
    "Namespace": "Prune=false,Delete=false",
    "KataConfig": "SkipDryRunOnMissingResource=true,Prune=false,Delete=false",
}


def annotated(spec: Spec, kind: str, metadata: dict[str, Any], own: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The metadata of an object of this kind with Argo CD's annotations and, over them, the object's own.

    Argo CD's are left out where the spec switches them off; where there are none at all, no empty map is left behind.
    """
    found: dict[str, str] = {}
    if spec.get("argocd"):
        found = {"argocd.argoproj.io/sync-options": OPTIONS[kind]} if kind in OPTIONS else {}
        found["argocd.argoproj.io/sync-wave"] = str(WAVES[kind])
    found |= own or {}
    return metadata | ({"annotations": found} if found else {})
