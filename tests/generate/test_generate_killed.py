"""`generate` killed at any moment, by the real signal: whole files only, no person's file lost, the next run heals.

KATAFORM_KILLS is how many runs are killed; 1000 take some minutes.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import Run

KILLS = int(os.environ.get("KATAFORM_KILLS") or 10)
SPECS = (
    "kataConfig:\n  spec:\n    logLevel: trace\nargocd: false\n",
    "kataConfig:\n  spec:\n    logLevel: debug\nexamples:\n- net-tools\n",
)
HEAD = "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n"
THEIRS = {
    "overlays/prod/notes.txt": b"mine\n",
    "overlays/prod/instance/own.yaml": b"a: mine\n",
    "base/own.yaml": b"b: mine\n",
}
# The command line loads in one process and forks for each run, which is killed while it plans, writes or ends.
PROGRAM = """
import os, sys
from kataform.cli import main
from kataform.commands import generate
from kataform.overlays import Overlays
sys.stdout.write("ready\\n"); sys.stdout.flush()
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1); os.dup2(1, 2)
        os._exit(main(["generate"]))
    sys.stdout.write(f"{child}\\n"); sys.stdout.flush()
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\\n"); sys.stdout.flush()
"""


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Runs:
    """Runs of `generate`, each a process of its own that can be killed."""

    def __init__(self, project: Path) -> None:
        command = [sys.executable, "-c", PROGRAM]
        self._server = subprocess.Popen(command, cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._line()

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()

    def run(self, kill_after: float | None = None) -> int:
        assert self._server.stdin is not None
        self._server.stdin.write("run\n")
        self._server.stdin.flush()
        child = int(self._line())
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):  # it ended before
                os.kill(child, 9)
        return int(self._line())

    def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="left out: SIGKILL, which Windows does not have")
def test_a_run_killed_at_a_random_moment_leaves_whole_files_and_the_next_one_heals(project: Path) -> None:
    spec = project / "overlays/prod/kataform.yaml"
    runs = Runs(project)
    wanted = []
    for body in SPECS:
        spec.write_text(HEAD + body, encoding="utf-8")
        assert runs.run() == 0
        wanted.append(files(project))
    for name, content in THEIRS.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_bytes(content)
    source, halfway, long = random.Random(5), 0, _duration(project, runs, spec)

    for number in range(KILLS):
        before, after = wanted[(number + 1) % 2], wanted[number % 2]
        spec.write_text(HEAD + SPECS[number % 2], encoding="utf-8")
        runs.run(kill_after=source.uniform(0, long))
        found = files(project)
        for name, content in found.items():
            if "kataform.lock" not in name and not name.endswith(".kataform-tmp") and name not in THEIRS:
                assert content in (before.get(name), after.get(name)), (number, name)
        assert {name: found.get(name) for name in THEIRS} == THEIRS, number
        halfway += {**found, "": b""} not in ({**before, **THEIRS, "": b""}, {**after, **THEIRS, "": b""})
        assert runs.run() == 0, number
        assert files(project) == after | THEIRS, number

    runs.close()
    print(f"{KILLS} killed, {halfway} of them halfway")


def _duration(project: Path, runs: Runs, spec: Path) -> float:
    """How long a run takes that writes."""
    spec.write_text(HEAD + SPECS[0], encoding="utf-8")
    start = time.monotonic()
    assert runs.run() == 0
    return time.monotonic() - start


@pytest.mark.skipif(sys.platform == "win32", reason="left out: symbolic links need a privilege on Windows")
def test_nothing_is_written_through_a_link_with_the_name_of_a_temporary_file(project: Path, kataform: Run) -> None:
    victim = project.parent / "victim"
    victim.write_text("precious\n", encoding="utf-8")
    (project / "overlays/prod/.kataform.lock.kataform-tmp").symlink_to(victim)

    result = kataform("generate")

    assert (result.returncode, victim.read_text(encoding="utf-8")) == (0, "precious\n")
