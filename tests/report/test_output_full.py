"""Where the output cannot be written: said, exit code 2, no traceback; where it was closed from the start, silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="left out: a device that is always full")
HERE = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
UNBUFFERED = HERE | {"PYTHONUNBUFFERED": "1"}
VERBS = [["rules"], ["--help"], ["--version"], ["check", "-"]]
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: A\n"


def run(arguments: list[str], redirection: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = f'"$0" -m kataform "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *arguments], input=POD, capture_output=True, text=True, env=variables
    )


@pytest.mark.parametrize("variables", [HERE, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_full_standard_output_is_said(arguments: list[str], variables: dict[str, str]) -> None:
    done = run(arguments, ">/dev/full", variables)

    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("kataform: error: standard output")
    assert done.stderr.endswith(": No space left on device\n")


@pytest.mark.parametrize("variables", [HERE, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("redirection", ["2>/dev/full", ">/dev/full 2>/dev/full"])
def test_a_full_standard_error_is_no_success(redirection: str, variables: dict[str, str]) -> None:
    done = run(["check", "nowhere"], redirection, variables)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_a_full_file_for_a_report_is_said() -> None:
    done = run(["check", "-", "-o", "json=/dev/full"], "", HERE)

    assert done.returncode == 2
    assert done.stderr == "kataform: error: /dev/full: the report cannot be written: No space left on device\n"


@pytest.mark.parametrize(("redirection", "code"), [(">&-", 1), ("2>&-", 1), (">&- 2>&-", 1), ("<&-", 2)])
def test_a_stream_that_is_closed_from_the_start_changes_no_verdict(redirection: str, code: int) -> None:
    done = run(["check", "-"], redirection, HERE)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_reads_and_goes_away_ends_the_run_quietly() -> None:
    done = run(["rules"], "| true; exit 0", HERE)

    assert (done.returncode, done.stderr) == (0, "")
