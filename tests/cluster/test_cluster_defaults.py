"""What admission sees of an object, by the code of kube-apiserver, and what kubecel makes of it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn_objects import Drawer

from kubecel.admission import typed
from kubecel.admission.defaulting import defaulted
from left_out import left_out

HERE = Path(__file__).resolve().parent
BUILD_TIMEOUT = 1800
NUMBER = int(os.environ.get("KATAFORM_DRAWN_OBJECTS", "500"))
# What the newest server adds and the ones before it do not: left to the cluster.
NEWEST_ONLY = {
    "StatefulSet": ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"),
    "CSIDriver": ("spec", "preventPodSchedulingIfMissing"),
}
# Fields whose defaults are not made, because no manifest leaves their parts open, or the time of day is in them.
ELSEWHERE = ("ControllerRevision", "Node", "PodCertificateRequest", "ResourceSlice", "DeviceClass", "VolumeAttachment")


class Defaults:
    """The running program."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The object as admission sees it; None where it is not one."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(body).encode() + b"\n")
        stdin.flush()
        found: dict[str, Any] | None = json.loads(stdout.readline()).get("object")
        return found

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


@pytest.fixture(scope="module")
def built(repository: Path, go: Path) -> Path:
    """The program of tests/cluster/defaults; with the API server built before it takes half a minute."""
    path = repository / ".cache" / "cluster" / "defaults"
    path.parent.mkdir(parents=True, exist_ok=True)
    options = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(path))
    variables = {**os.environ, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    command = [str(go), "build", *options, "./defaults"]
    answer = subprocess.run(command, cwd=HERE, env=variables, capture_output=True, text=True, timeout=BUILD_TIMEOUT)
    if answer.returncode:
        left_out(f"Kubernetes' defaulting code, which Go did not build: {answer.stderr[-2000:]}")
    return path


@pytest.fixture(scope="module")
def defaults(built: Path) -> Iterator[Defaults]:
    running = Defaults(built)
    try:
        yield running
    finally:
        running.close()


def differing(defaults: Defaults, bodies: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for body in bodies:
        expected = defaults(body)
        if expected is not None and _comparable(expected) != _comparable(defaulted(body)):
            found.append(body)
    return found


def _comparable(body: dict[str, Any]) -> dict[str, Any]:
    *above, last = NEWEST_ONLY.get(body["kind"], ("spec", ""))
    inner: Any = body
    for key in above:
        inner = inner.get(key) or {}
    inner.pop(last, None)
    return body


def test_the_types_are_those_of_the_server(built: Path) -> None:
    written = subprocess.run([built, "types"], capture_output=True, text=True, check=True, timeout=60).stdout

    assert Path(typed.__file__).with_name("types.json").read_text(encoding="utf-8") == written


def test_published_objects_are_completed_as_the_server_does(defaults: Defaults, shared: Path) -> None:
    with gzip.open(shared / "gold" / "defaulting.jsonl.gz", "rt", encoding="utf-8") as file:
        bodies = [json.loads(line)["object"] for line in file]

    assert differing(defaults, bodies) == []


def test_drawn_objects_of_every_kind_are_completed_as_the_server_does(defaults: Defaults) -> None:
    drawn = (body for body in Drawer(7).objects(NUMBER) if body["kind"] not in ELSEWHERE)

    found = differing(defaults, drawn)

    assert len(found) <= NUMBER / 500, found[:3]  # an address in a status, a host's port 0, an old annotation
