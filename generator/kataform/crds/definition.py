"""A CustomResourceDefinition as the server reads it: the kind, its scope, and its versions with their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from kataform import resource, schemas
from kataform.crds import translate
from kataform.resource import Path
from kataform.schemas import Schema
from kubecel.records import dataclass

__all__ = ["KIND", "Definition", "Version", "is_definition", "read"]

Sub = dict[str, Any]
KIND = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")


@dataclass(frozen=True, eq=False)
class Version:
    """One version of a kind. `structural` is its schema as it stands in the CRD, at `path`.

    `status` says that a new object's status is dropped; `replicas` is the field of the scale subresource, if any.
    """

    name: str
    served: bool
    structural: Sub
    path: Path
    status: bool
    replicas: Path


@dataclass(frozen=True, eq=False)
class Definition:
    """A kind that a CRD defines. `label` names the file, `broken` says that the server refuses the CRD."""

    group: str
    kind: str
    plural: str
    namespaced: bool
    versions: tuple[Version, ...]
    label: str
    broken: bool = False

    def version(self, name: str) -> Version | None:
        return next((version for version in self.versions if version.name == name), None)

    @cached_property
    def served(self) -> tuple[str, ...]:
        """The versions that an object may be written in."""
        return tuple(version.name for version in self.versions if version.served)

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        return {version.name: _schema(self, version) for version in self.versions}

    def schema(self, version: Version) -> Schema:
        """The whole schema of a version, as JSON Schema."""
        return self._schemas[version.name]

    @cached_property
    def _heads(self) -> dict[str, Schema]:
        return {
            version.name: schemas.custom_schema(
                {"type": "object", "x-kataform-kind": [f"{self.group}/{version.name}", self.kind]}, version.name
            )
            for version in self.versions
        }

    def head(self, version: Version) -> Schema:
        """What holds for every object: its apiVersion, its kind and its metadata; the rest is free."""
        return self._heads[version.name]


def _schema(definition: Definition, version: Version) -> Schema:
    api_version = f"{definition.group}/{version.name}"
    made = translate.root(version.structural, api_version, definition.kind, status=version.status)
    return schemas.custom_schema(made, definition.label)


def is_definition(body: Sub) -> bool:
    """Whether an object is a CRD of today's API."""
    return (body.get("apiVersion"), body.get("kind")) == KIND


def read(body: Sub, label: str, *, broken: bool = False) -> Definition | None:
    """The kind that a CRD defines; None where it does not even say which."""
    spec = body.get("spec")
    group, kind = resource.get(spec, ("group",)), resource.get(spec, ("names", "kind"))
    if not isinstance(group, str) or not isinstance(kind, str):
        return None
    plural = str(resource.get(spec, ("names", "plural")))
    namespaced = resource.get(spec, ("scope",)) != "Cluster"
    versions = () if broken else tuple(_versions(spec))
    return Definition(group, kind, plural, namespaced, versions, label, broken)


def _versions(spec: Any) -> Iterator[Version]:
    for index, version in enumerate(spec["versions"]):
        path: Path = ("spec", "versions", index, "schema", "openAPIV3Schema")
        structural = translate.filled(resource.get(version, ("schema", "openAPIV3Schema"))) or {}
        status = resource.get(version, ("subresources", "status")) is not None
        replicas = resource.get(version, ("subresources", "scale", "specReplicasPath"))
        field = tuple(str(replicas).strip(".").split(".")) if replicas else ()
        yield Version(version["name"], version.get("served") is True, structural, path, status, field)
