"""Leave a test out because a truth it asks is not on this machine, and say so; where CI is set, fail."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

__all__ = ["left_out"]


def left_out(what: str) -> NoReturn:
    """End the test that asked for `what`; the closing list of the run names it."""
    if os.environ.get("CI"):
        pytest.fail(f"missing, and CI is set: {what}")
    pytest.skip(f"left out: {what}")
