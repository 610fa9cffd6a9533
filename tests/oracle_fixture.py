"""The Go program in tests/oracle, which answers what Kubernetes' own code makes of an input."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from left_out import left_out

__all__ = ["Oracle", "Refusal", "oracle"]

HERE = Path(__file__).resolve().parent
BUILD_TIMEOUT = 900


class Refusal(Exception):
    """The Go code refuses the input; the text is its own message."""


class Oracle:
    """A running oracle: one question at a time, answers in order."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, command: str, **request: Any) -> Any:
        """The answer to one request. Raises Refusal where the Go code has an error."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"command": command, **request}).encode() + b"\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            pytest.fail(f"the oracle ended at a {command} request")
        reply = json.loads(line)
        if "error" in reply:
            raise Refusal(reply["error"])
        return reply.get("answer")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)


@pytest.fixture(scope="session")
def oracle(go: Path) -> Iterator[Oracle]:
    """The oracle, built by Go into .cache/oracle; where it cannot be built, the tests that ask it are left out."""
    built = Oracle(_build(go))
    try:
        yield built
    finally:
        built.close()


def _build(go: Path) -> Path:
    path = HERE.parent / ".cache" / "oracle" / "oracle"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"oracle-{os.getpid()}")
    command = [go, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", made, "."]
    variables = {**os.environ, "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
    try:
        answer = subprocess.run(
            command, cwd=HERE / "oracle", env=variables, capture_output=True, text=True, timeout=BUILD_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        left_out(f"the oracle of tests/oracle (not built in {BUILD_TIMEOUT} seconds)")
    if answer.returncode:
        left_out(f"the oracle of tests/oracle (go build: {answer.stderr.strip()[-400:]})")
    made.replace(path)
    return path
