"""The two kinds of failure a person can act on; anything else is a bug and keeps its traceback."""

from __future__ import annotations


class KataformError(Exception):
    """Base of what the command line turns into a message and an exit code instead of a traceback."""


class InputError(KataformError):
    """What was asked cannot be done with this input: a missing path, an unknown overlay, wrong usage (exit 2)."""


class ToolError(KataformError):
    """An outside tool is missing, too old, failed or timed out (exit 2)."""
