"""What a cluster has beside the files of an overlay: the objects that the operator creates, by the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kataform import resource
from kataform.catalogue import Catalogue, RuntimeClass

Body = Mapping[str, Any]
_POOLS = "machineconfiguration.openshift.io/v1"
_CRDS = "apiextensions.k8s.io/v1"


def created(
    bodies: Iterable[Body], versions: Iterable[str], platform: str | None, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """The objects that the operator of some versions (none: of any) creates for an overlay.

    Where the overlay has no KataConfig, the operator is taken to be configured elsewhere, in any way.
    """
    configs = [resource.get(body, ("spec",)) for body in bodies if body.get("kind") == "KataConfig"]
    specs = [spec if isinstance(spec, dict) else {} for spec in configs]
    installed = list(versions) or [str(version) for version in catalogue.versions]
    found = [_class(known) for version in installed for known in _classes(version, specs, platform, catalogue)]
    pools = {str(catalogue.at("machineConfigPool", version).value) for version in installed}
    found += [_named(_POOLS, "MachineConfigPool", name) for name in sorted(pools)]
    found.append(_named(_CRDS, "CustomResourceDefinition", "kataconfigs.kataconfiguration.openshift.io"))
    return list({resource.key(body): body for body in found}.values())


def _classes(
    version: str, specs: list[dict[str, Any]], platform: str | None, catalogue: Catalogue
) -> Iterator[RuntimeClass]:
    """The classes that there may be."""
    for known in catalogue.possible_runtime_classes(version, platform):
        if not specs or any(all(spec.get(field) is True for field in known.when) for spec in specs):
            yield known


def _class(known: RuntimeClass) -> dict[str, Any]:
    body = _named("node.k8s.io/v1", "RuntimeClass", known.name)
    return body | {"handler": known.handler} if known.handler else body


def _named(api_version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
