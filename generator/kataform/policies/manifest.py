"""A policy or a binding as a file holds it, with its lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kataform import resource
from kataform.finding import Finding, Location, Severity
from kataform.project import shown
from kataform.resource import Path as Pointer
from kataform.text import reader

GROUP = "admissionregistration.k8s.io"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
ANNOTATION = "kataform.dev/"
OVERLAY_API, OVERLAY_POLICY = "kataform.dev/v1alpha1", "OverlayPolicy"
PARAMS = "kataform-releases"  # the object that the catalogue's facts are in


@dataclass(frozen=True, slots=True)
class Manifest:
    """A policy or binding as a file holds it, and how to find its lines."""

    body: dict[str, Any]
    path: Path
    node: reader.Node

    @property
    def name(self) -> str:
        return resource.key(self.body).name

    def at(self, path: Pointer) -> Location:
        """The place of the field at a path, or of what is nearest above it."""
        return reader.location(shown(self.path), reader.find(self.node, tuple(map(str, path))).node)


def problem(rule: str, message: str, location: Location, remedy: str = "") -> Finding:
    return Finding(rule, Severity.ERROR, message, location, remedy)
