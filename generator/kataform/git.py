"""Ask git about the repository that a folder is in; nothing here changes it, and nothing reaches the network."""

from __future__ import annotations

import os
from pathlib import Path

from kataform import process
from kataform.errors import InputError, ToolError
from kataform.project import shown

__all__ = ["changed", "extract", "run", "top_of"]

# No prompt, no pager, no lock taken for a mere question, no fetching of what a partial clone left out.
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C",
}


def run(folder: Path, *arguments: str, index: Path | None = None) -> process.Outcome:
    """Run a git command in a folder, with an index of its own where one is given.

    Raises ToolError where git is missing or takes longer than a minute.
    """
    environment = os.environ | _QUIET | ({"GIT_INDEX_FILE": str(index)} if index is not None else {})
    try:
        outcome = process.run(["git", *arguments], environment=environment, timeout=process.TIMEOUT, folder=folder)
    except ToolError:
        raise ToolError("git was not found; it tells what has changed") from None
    if outcome.ended_by:
        raise ToolError(f"git {arguments[0]} was ended: {outcome.ended_by}")
    return outcome


def changed(folder: Path, revision: str) -> list[Path]:
    """The files that differ from where this branch left a revision, untracked ones too, and those that are gone.

    For HEAD: what is not committed yet. Raises InputError outside a repository and for a revision that is not there.
    """
    top = top_of(folder)
    base = _base(top, revision, "--changed")
    tracked = _names(run(top, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--"))
    untracked = _names(run(top, "ls-files", "--others", "--exclude-standard", "-z"))
    return [top / name for name in sorted({*tracked, *untracked})]


def extract(folder: Path, revision: str, target: Path) -> Path:
    """Write the files from which this branch left a revision into an empty folder; the top of the working tree.

    Raises InputError outside a repository and for a revision that is not there.
    """
    top = top_of(folder)
    commit = _base(top, revision, "--base")
    index = target.with_name(target.name + ".index")
    try:
        for arguments in (("read-tree", commit), ("checkout-index", "--all", "--quiet", f"--prefix={target}/")):
            outcome = run(top, *arguments, index=index)
            if outcome.code:
                raise ToolError(f"git {arguments[0]} failed: {outcome.stderr.strip().partition(chr(10))[0]}")
    finally:
        index.unlink(missing_ok=True)
    return top


def top_of(folder: Path) -> Path:
    outcome = run(folder, "rev-parse", "--show-toplevel")
    if outcome.code:
        raise InputError(f"{shown(folder)}: this is not a git repository, so nothing tells what has changed")
    return Path(os.fsdecode(outcome.stdout.rstrip(b"\n"))).resolve()


def _base(top: Path, revision: str, option: str) -> str:
    """The commit where HEAD left a revision; the revision itself where they share no history."""
    found = run(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.code:
        remedy = "fetch it first; a shallow clone lacks it (in CI: fetch-depth: 0)"
        if revision == "HEAD":
            remedy = "commit something first"
        elif Path(revision).exists():
            remedy = f"for the path, name it first: {revision} {option}"
        raise InputError(f"there is no revision {revision!r} in this repository; {remedy}")
    commit = found.stdout.decode().strip()
    shared = run(top, "merge-base", "HEAD", commit)
    return commit if shared.code else shared.stdout.decode().strip()


def _names(outcome: process.Outcome) -> list[str]:
    if outcome.code:
        raise ToolError(f"git failed: {outcome.stderr.strip().partition(chr(10))[0] or f'exit code {outcome.code}'}")
    return [os.fsdecode(name) for name in outcome.stdout.split(b"\0") if name]
