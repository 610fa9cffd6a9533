"""Reports: what a run found and covered, in the formats that people and other programs read."""

from __future__ import annotations

from importlib import import_module
from typing import TextIO

from kataform.report.result import Result, View, Writer

__all__ = ["REPORTS"]


def _of(module: str) -> Writer:
    """The writer of a format, whose module is imported when something is written."""

    def write(result: Result, stream: TextIO, view: View) -> None:
        import_module(f"kataform.report.{module}").write(result, stream, view)

    return write


REPORTS: dict[str, Writer] = {
    name: _of(name) for name in ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
}
