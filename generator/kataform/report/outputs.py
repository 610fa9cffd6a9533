"""Where reports go: `-o FORMAT[=FILE]`, and whole files written in one step."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TextIO

from kataform.errors import InputError
from kataform.report import REPORTS
from kataform.report.result import Result, View

__all__ = ["Output", "parse_outputs", "save", "write_all"]


class Output(NamedTuple):
    """A format and the file it goes to; None is standard output."""

    format: str
    file: str | None


def parse_outputs(values: Iterable[str]) -> list[Output]:
    """Read the values of `-o`. Where nothing goes to standard output, text does: no run ends without a word.

    Raises InputError for an unknown format, for a file or standard output asked for twice, for an empty file name.
    """
    outputs: list[Output] = []
    for value in values:
        output = _output(value)
        if any(output.file == other.file for other in outputs):
            where = f"the file {output.file}" if output.file else "standard output"
            raise InputError(f"-o {value}: {where} already takes another report; name a file: -o {output.format}=FILE")
        outputs.append(output)
    if all(output.file is not None for output in outputs):
        outputs.append(Output("text", None))
    return outputs


def write_all(result: Result, outputs: Sequence[Output], stdout: TextIO, view: View) -> None:
    """Write each report to its place, the files first; a file has neither colour nor excerpts."""
    for name, file in sorted(outputs, key=lambda output: output.file is None):
        if file is None:
            REPORTS[name](result, stdout, view)
        else:
            text = io.StringIO()
            REPORTS[name](result, text, replace(view, style="lines", color=False))
            save(file, text.getvalue())


def save(file: str, text: str) -> None:
    """Write a file as a whole: to a temporary file beside it, then in its place. Raises InputError where it cannot."""
    target = os.path.realpath(file)
    content = text.encode("utf-8", "backslashreplace")
    try:
        mode = _mode(target)
        special = mode is not None and not stat.S_ISREG(mode)
        if special or os.path.abspath(file).startswith(("/dev/", "/proc/")):
            with open(file, "wb") as device:  # a pipe or a terminal cannot be replaced
                device.write(content)
        elif mode is None or not _holds(target, content):
            _replace(target, content, mode)
    except OSError as error:
        raise InputError(f"{file}: the report cannot be written: {error.strerror or error}") from error


def _replace(target: str, content: bytes, mode: int | None) -> None:
    temporary = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.tmp")
    try:
        with open(temporary, "xb") as stream:
            stream.write(content)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _holds(path: str, content: bytes) -> bool:
    with open(path, "rb") as stream:
        return stream.read() == content


def _output(value: str) -> Output:
    name, separator, file = value.partition("=")
    if name not in REPORTS:
        raise InputError(f"-o {value}: unknown format {name!r}; {_hint(name)}")
    if separator and not file:
        raise InputError(f"-o {value}: the file's name is missing; write -o {name}=FILE")
    return Output(name, None if file in ("", "-") else file)


def _hint(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name.lower(), REPORTS, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(REPORTS)}"
