"""`kataform tools`: install the outside programs, list which ones are used, print where one is."""

from __future__ import annotations

import os
import sys

from kataform import cache, install, tools
from kataform.errors import ToolError


def run_install(*, names: tuple[str, ...], mirror: str | None, pinned: bool) -> int:
    """Make sure that each program is there: one on PATH or in the cache will do, unless the pinned one is asked for."""
    failed = 0
    for pin in [tools.pin(name) for name in names or tuple(tools.PINS)]:
        try:
            print(_install(pin, mirror, pinned), flush=True)
        except ToolError as error:
            print(f"kataform: error: {error}", file=sys.stderr)
            failed = 2
    return failed


def run_list() -> int:
    """One line per program: what is used, its version, from where, and whether it is what was installed."""
    for name in tools.PINS:
        candidates = list(tools.programs(name))
        used = next((tool for tool in candidates if not tool.unusable), None)
        if used:
            print(f"{name} {used.version}  {used.path}  {_provenance(used)}")
        else:
            print(f"{name}  missing; run `kataform tools install {name}`")
        for other in candidates:
            if other.unusable:
                print(f"  passed over: {other.path}: {other.unusable}")
    return 0


def run_path(*, name: str) -> int:
    """Print where the program is; a kustomize inside kubectl has no path of its own."""
    tool = tools.require(name)
    if tool.inside:
        raise ToolError(
            f"there is no {name} of its own here, only the one inside {tool.path} ({tool.version}); "
            f"run `kataform tools install {name}`"
        )
    print(tool.path)
    return 0


def _install(pin: tools.Pin, mirror: str | None, pinned: bool) -> str:
    for tool in tools.programs(pin.name):
        exact = tool.version == pin.version and not tool.inside
        if tool.unusable or tool.inside or (pinned and not (exact and tool.record)):
            continue
        if tool.record is None or tools.verify(tool.path, tool.record):
            return f"{pin.name} {tool.version}: already at {tool.path}"
    environment = install.Environment(cache=cache.directory(os.environ), variables=os.environ)
    record, unreachable = install.install(pin, environment, mirror=mirror, say=_say)
    path = tools.tool_directory(pin, environment.cache) / tools.binary_name(pin.name, environment.platform)
    why = f" (the release could not be downloaded: {unreachable})" if unreachable else ""
    return f"{pin.name} {record.version}: installed by {record.method} as {path}{why}"


def _provenance(tool: tools.Tool) -> str:
    if tool.inside:
        return f"inside {tool.inside}, not verified"
    if tool.record is None:
        return "on PATH, not verified"
    if tools.verify(tool.path, tool.record):
        return f"{tool.record.method}, verified ({tool.record.checked})"
    return f"{tool.record.method}, NOT VERIFIED: changed since then; run `kataform tools install {tool.name}`"


def _say(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)
