"""A policy or a binding as a file holds it, with its lines."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from kataform import resource
from kataform.finding import Finding, Location, Severity
from kataform.project import bytes_of, shown
from kataform.resource import Path as Pointer
from kataform.text import reader
from kubecel.records import dataclass

GROUP = "admissionregistration.k8s.io"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
ANNOTATION = "kataform.dev/"
OVERLAY_API, OVERLAY_POLICY = "kataform.dev/v1alpha1", "OverlayPolicy"
PARAMS = "kataform-releases"  # the object that the catalogue's facts are in


@dataclass(frozen=True)
class Manifest:
    """A policy or binding as a file holds it, and which of its documents it is."""

    body: dict[str, Any]
    path: Path
    number: int
    read: reader.Source | None = None

    @cached_property
    def node(self) -> reader.Node | None:
        """The document's node; the file is read again where only its body was kept."""
        source = self.read or reader.read(bytes_of(self.path), shown(self.path))
        return source.documents[self.number].node if self.number < len(source.documents) else None

    @cached_property
    def name(self) -> str:
        return resource.key(self.body).name

    def at(self, path: Pointer) -> Location:
        """The place of the field at a path, or of what is nearest above it."""
        if self.node is None:
            return Location(shown(self.path))
        return reader.location(shown(self.path), reader.find(self.node, tuple(map(str, path))).node)


def problem(rule: str, message: str, location: Location, remedy: str = "") -> Finding:
    return Finding(rule, Severity.ERROR, message, location, remedy)
