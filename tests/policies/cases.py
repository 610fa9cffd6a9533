"""The cases that stand beside the policies, each object with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kataform.finding import Location
from kataform.policies import Inventory
from kataform.resource import Path as Pointer
from kataform.subject import Subject, Target
from kataform.text import reader
from kataform.text.resolve import Dialect

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@dataclass(frozen=True)
class Case:
    policy: str
    name: str
    spec: dict[str, Any]
    source: reader.Source
    node: reader.Node

    @property
    def fails(self) -> bool:
        return self.spec["decision"] != "allow"

    @property
    def old(self) -> dict[str, Any] | None:
        return self.spec.get("oldObject")

    @property
    def around(self) -> Inventory:
        return Inventory((self.spec["object"], *self.spec.get("objects", ())), self.spec.get("external", ()))

    @property
    def subject(self) -> Subject:
        return Subject(self.spec["object"], self.policy, self.locate, Target())

    def locate(self, path: Pointer, key: bool) -> Location:
        found = reader.find(self.node, ("spec", "object", *map(str, path)))
        return reader.location(self.source.path, found.key if key and found.key is not None else found.node)


def read(path: Path) -> list[Case]:
    source = reader.read(path.read_bytes(), f"policies/{path.parent.name}/{path.name}")
    assert source.problems == ()
    found = []
    for document in source.documents:
        assert document.node is not None
        body = reader.value(document.node, Dialect.KUBECTL)
        assert (body["apiVersion"], body["kind"]) == ("kataform.dev/v1alpha1", "PolicyCase")
        found.append(Case(path.parent.name, body["metadata"]["name"], body["spec"], source, document.node))
    return found


CASES = [case for path in sorted(POLICIES.glob("*/cases.yaml")) for case in read(path)]
NAMES = sorted(path.parent.name for path in POLICIES.glob("*/policy.yaml"))


def parameters(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=f"{case.policy}/{case.name}") for case in cases]
