"""What kube-apiserver's own CEL makes of an expression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cel_oracle
import pytest


@pytest.fixture(scope="session")
def kubernetes_cel(go: Path, repository: Path) -> Iterator[cel_oracle.Oracle]:
    """The oracle of tests/oracle/cel; where it cannot be built, the tests that ask it are left out."""
    running = cel_oracle.Oracle(cel_oracle.build(go, repository))
    try:
        yield running
    finally:
        running.close()
