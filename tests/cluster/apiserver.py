"""The API of a running kube-apiserver, spoken as plain HTTPS."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

_WARNING = re.compile(r'299 - "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Answer:
    """What the API server said to one request."""

    code: int
    body: dict[str, Any]
    warnings: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        return self.code in (200, 201)

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


@dataclass
class Cluster:
    """A running server."""

    address: str
    resources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        context = ssl._create_unverified_context()
        self.connection = http.client.HTTPSConnection(self.address, context=context, timeout=60)

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        headers = {"Authorization": "Bearer test", "Content-Type": "application/json"}
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = self.connection.getresponse()
        text = response.read()
        warnings = _WARNING.findall(", ".join(response.headers.get_all("Warning") or []))
        told = json.loads(text) if text.startswith(b"{") else {"message": text.decode()}
        return Answer(response.status, told, tuple(re.sub(r"\\(.)", r"\1", each) for each in warnings))

    def create(self, body: dict[str, Any], *, dry_run: bool = False) -> Answer:
        return self.request("POST", self.path(body) + _query(dry_run), body)

    def update(self, body: dict[str, Any], *, dry_run: bool = False) -> Answer:
        """Replace what stands; the resourceVersion is filled in."""
        path = f"{self.path(body)}/{body['metadata']['name']}"
        standing = self.request("GET", path)
        metadata = {**body["metadata"], "resourceVersion": standing.body["metadata"]["resourceVersion"]}
        return self.request("PUT", path + _query(dry_run), {**body, "metadata": metadata})

    def delete(self, body: dict[str, Any]) -> Answer:
        """Remove an object at once: no kubelet is there to say that a Pod has ended."""
        return self.request("DELETE", f"{self.path(body)}/{body['metadata']['name']}?gracePeriodSeconds=0")

    def serves(self, version: str, kind: str) -> bool:
        """Whether the server's own discovery names a kind."""
        if (version, kind) not in self.resources:
            for each in self.request("GET", _prefix(version)).body.get("resources", []):
                if "/" not in each["name"]:
                    self.resources[version, each["kind"]] = each
        return (version, kind) in self.resources

    def path(self, body: dict[str, Any]) -> str:
        """The path of the collection that an object belongs to."""
        version, kind = body["apiVersion"], body["kind"]
        assert self.serves(version, kind), f"{version} {kind} is not served"
        found = self.resources[version, kind]
        scope = f"namespaces/{body['metadata'].get('namespace', 'default')}/" if found["namespaced"] else ""
        return f"{_prefix(version)}/{scope}{found['name']}"


def _prefix(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _query(dry_run: bool) -> str:
    return "?fieldValidation=Strict&dryRun=All" if dry_run else "?fieldValidation=Strict"


def until(question: Callable[[], bool], what: str | Callable[[], str], timeout: float = 60) -> None:
    """Ask until the answer is yes; where it never is, the test fails with what was waited for."""
    end = time.monotonic() + timeout
    while not question():
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout:g} seconds: {what if isinstance(what, str) else what()}")
        time.sleep(0.1)
