"""`kataform` and `python -m kataform`: the answer that is known already, else the command line."""

from __future__ import annotations

import gc
import os
import sys

from kataform import answers

__all__ = ["main", "program"]

# What is read stays until the end: to look for garbage in it often takes a fifth of a large run.
_ALLOCATIONS = 200_000


def program() -> None:
    """Run the command line, and end the process with its exit code.

    What was read is left to the system to take back: object by object, that is an eighth of a large run. A thread that
    still runs has something to put in order, though, as one has whose work was interrupted.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # closed, or never there: `code` tells it already
            continue
    threads = sys.modules.get("threading")
    if threads is not None and threads.active_count() > 1:
        sys.exit(code)
    os._exit(code)


def main() -> int:
    """Run the command line and return the exit code."""
    question = answers.ask(sys.argv[1:])
    known = question.known() if question is not None else None
    if known is not None:
        return _say(known)
    from kataform import cli

    gc.set_threshold(_ALLOCATIONS, 50, 50)
    return cli.main(question=question)


def _say(known: answers.Answer) -> int:
    """Write what a check wrote before, the same bytes."""
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
        sys.stdout.write(known.text)
        sys.stdout.flush()
    except OSError as error:
        from kataform import cli

        return cli.failed(error)
    return known.code


if __name__ == "__main__":
    program()
