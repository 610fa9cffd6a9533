"""Whether a report is coloured, and the few ANSI sequences it is coloured with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["CHOICES", "Paint", "painter", "wanted"]

CHOICES = ("auto", "always", "never")

Paint = Callable[[str, str], str]

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "frame": "1;34",
    "help": "1;36",
    "strong": "1",
    "clean": "1;32",
}


def wanted(choice: str, environ: Mapping[str, str], isatty: bool) -> bool:
    """Decide on colour; the command line goes before the environment, NO_COLOR before what forces colour.

    See https://no-color.org, https://force-color.org and https://bixense.com/clicolors.
    """
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "") not in ("", "0", "false") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return isatty and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"


def painter(color: bool) -> Paint:
    """A function that wraps a text in the sequence of a named style, or leaves it as it is."""
    if not color:
        return lambda text, _style: text
    return lambda text, style: f"\x1b[{_CODES[style]}m{text}\x1b[0m" if text else text
