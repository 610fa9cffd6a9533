"""What every test may ask for: the reference data beside a checkout, and the real tools."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference data, named by KATAFORM_SHARED; without it the test says what it left out."""
    named = os.environ.get("KATAFORM_SHARED")
    if not named:
        pytest.skip("left out: reference data (KATAFORM_SHARED is not set)")
    folder = Path(named)
    if not folder.is_absolute():
        folder = (REPOSITORY / folder).resolve()
    if not folder.is_dir():
        pytest.fail(f"KATAFORM_SHARED names {named}, which is not a folder")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY
