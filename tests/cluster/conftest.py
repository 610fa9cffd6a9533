"""A real kube-apiserver with etcd inside, for the tests that ask it: built into .cache, started for each module."""

from __future__ import annotations

import http.client
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiserver import Cluster, until

from left_out import left_out

HERE = Path(__file__).resolve().parent
BUILD_TIMEOUT = 1800
START_TIMEOUT = 120


@pytest.fixture(scope="session")
def program(repository: Path, go: Path) -> Path:
    """The program, built by Go where it is there; a build from nothing takes about six minutes on two cores."""
    path = repository / ".cache" / "cluster" / "apiserver"
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(path), "."]
    variables = {**os.environ, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    built = subprocess.run(command, cwd=HERE, env=variables, capture_output=True, text=True, timeout=BUILD_TIMEOUT)
    if built.returncode:
        left_out(f"the kube-apiserver that the policies are put to, which Go did not build: {built.stderr[-2000:]}")
    return path


@pytest.fixture(scope="module")
def cluster(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of its own for each module of tests, ready in about three seconds; it ends with its standard input."""
    folder = tmp_path_factory.mktemp("apiserver")
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        until(lambda: _ready(folder, server), "the API server is ready", START_TIMEOUT)
        yield Cluster((folder / "address").read_text())
    finally:
        server.kill()
        server.wait()


def _ready(folder: Path, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        pytest.fail(f"the API server ended: {(folder / 'log').read_text()[-2000:]}")
    if not (folder / "address").exists():
        return False
    try:
        return Cluster((folder / "address").read_text()).request("GET", "/readyz").code == 200
    except (OSError, http.client.HTTPException):
        return False
