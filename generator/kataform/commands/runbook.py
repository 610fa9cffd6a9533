"""Print the walk from labelled nodes to proven isolation for one overlay."""

from __future__ import annotations

import sys
from pathlib import Path

from kataform import project, runbook
from kataform.commands import report_problems
from kataform.overlays import Overlays


def run(overlay: str, *, directory: str = ".") -> int:
    """Exit code 1 where the overlay's specs have errors: there is nothing to walk through then."""
    found = project.require(Path(directory))
    ((name, folder),) = project.select(found, (overlay,)).items()
    overlays = Overlays(found)
    loaded = overlays.get(name)
    report_problems(loaded.findings)
    if loaded.rendering is None:
        return 1
    sys.stdout.write(runbook.markdown(loaded.rendering, loaded.catalogue, folder.relative_to(found.root).as_posix()))
    return 0
