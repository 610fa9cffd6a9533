"""The pack that travels with kataform, its parameters, and subjects made of plain objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kataform import catalogue, policies
from kataform.policies import Pack


@pytest.fixture(scope="session")
def pack(repository: Path) -> Pack:
    return policies.load((repository / "policies",))


@pytest.fixture(scope="session")
def params() -> dict[str, Any]:
    return catalogue.policy_params(catalogue.load())
