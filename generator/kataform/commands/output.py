"""Write what a run found to where it was asked for, as standard output shows it best."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from kataform.report import colour
from kataform.report.outputs import Output, write_all
from kataform.report.result import Result, View

Lines = Callable[[str], "Sequence[str] | None"]


def write(
    result: Result,
    outputs: Sequence[Output],
    color: str,
    lines: Lines,
    secret_lines: Mapping[str, frozenset[int]],
) -> str:
    """Write the reports; what goes to standard output is returned, too.

    `lines` gives the lines of a file, for excerpts; those in `secret_lines` are never shown.
    """
    terminal = sys.stdout.isatty()
    view = View(
        style="full" if terminal else "lines",
        color=colour.wanted(color, os.environ, terminal),
        width=_width() if terminal else 80,
        lines=lines,
        secret_lines=secret_lines,
        titles=_titles() if result.findings else {},
    )
    text = io.StringIO()
    write_all(result, outputs, text, view)
    sys.stdout.write(text.getvalue())
    return text.getvalue()


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _titles() -> dict[str, str]:
    from kataform import rulebook

    return {name: rule.sentence for name, rule in rulebook.ALL.items()}
