"""A file of a project that no person writes, in every role: `generate` ends in bounded memory and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Run
from monsters import TIMES, monsters

# The file, and what the overlay's spec says so that it is read.
ROLES = {
    "overlays/prod/kataform.yaml": "",
    "base/kataform.yaml": "",
    "overlays/prod/kataform.lock": "",
    ".kataform.yaml": "",
    "overlays/prod/own.yaml": "kustomize:\n  patches:\n  - path: own.yaml\n",
    "overlays/prod/crd.yaml": "crds:\n- crd.yaml\n",
    "overlays/prod/policies/own.yaml": "policies:\n- policies\n",
}
# Every run in one process: what is measured is the reading, not the loading of the program.
PROGRAM = """
import contextlib, io, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
from kataform.cli import main
role, monsters = Path(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir())
for monster in monsters:
    role.write_bytes(monster.read_bytes())
    for arguments in (["generate", "--check"], ["generate"], ["show", "prod"]):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(arguments)
        print(monster.name, code, len(said.getvalue()), "Traceback" in said.getvalue())
    assert role.read_bytes() == monster.read_bytes(), f"{monster} was written over"
"""


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.skipif(sys.platform == "win32", reason="left out: a limit of memory, which Windows does not have")
@pytest.mark.parametrize("role", ROLES)
def test_a_monster_in_any_role_costs_no_file(project: Path, kataform: Run, tmp_path: Path, role: str) -> None:
    size = 400 * TIMES
    spec = project / "overlays/prod/kataform.yaml"
    spec.write_text(spec.read_text() + ROLES[role])
    (project / role).parent.mkdir(exist_ok=True)
    (project / role).write_text((project / role).read_text() if (project / role).exists() else "")
    (project / "overlays/prod/notes.txt").write_text("mine\n")
    kataform("generate")
    before = files(project)
    (tmp_path / "monsters").mkdir()
    for number, content in enumerate(monsters(size)):
        (tmp_path / f"monsters/{number:03}").write_bytes(content)

    command = [sys.executable, "-c", PROGRAM, role, str(tmp_path / "monsters")]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=3000)

    assert done.returncode == 0, done.stderr[-3000:]
    rows = [row.split() for row in done.stdout.splitlines()]
    assert len(rows) == 3 * len(list((tmp_path / "monsters").iterdir()))
    assert [row for row in rows if row[1] not in ("0", "1", "2") or row[3] != "False"] == []
    assert [row for row in rows if int(row[2]) > 3_000 * size] == []
    (project / role).write_bytes(before[role])
    kataform("generate")
    assert files(project) == before
