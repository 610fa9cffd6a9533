"""What is judged: one object as a cluster would get it, what it is meant for, and how to find its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from kataform import resource
from kataform.finding import Finding, Location
from kataform.resource import Path
from kubecel.records import dataclass

Locate = Callable[[Path, bool], Location]


@dataclass(frozen=True, slots=True)
class Target:
    """The versions an object is meant for: operator versions (none where nothing tells) and Kubernetes minors."""

    operator: tuple[str, ...] = ()
    kubernetes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """One object. `locate(path, key)` gives the place of the field at a path, or of its key where `key` is set.

    `root` names what it was built from, as messages show it; `namespaces` are the Namespace objects that come with it.
    """

    body: dict[str, Any]
    root: str
    locate: Locate
    target: Target
    namespaces: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return resource.title(self.body)

    @property
    def kind(self) -> str:
        return resource.kind(self.body)

    @property
    def secret(self) -> bool:
        """Whether its values must never be shown."""
        return self.kind == "Secret"


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding on its way to the report, with what tells whether another finding explains it.

    `path` is the field in the object; `absent` means that it is missing there; `suggestion` is the field's right name.
    """

    finding: Finding
    root: str = ""
    title: str = ""
    kind: str = ""
    path: Path = ()
    absent: bool = False
    suggestion: str = ""
