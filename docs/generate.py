"""Write the pages that come from the code, and the picture in the README: `make docs`."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kataform import rulebook, specs

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"rules.md": rulebook.page, "specs.md": specs.page}
TREE = ROOT / "tests" / "walk" / "tree"
_PICTURE = re.compile(r"(?<=<!-- picture -->\n```text\n).*?(?=```\n)", re.DOTALL)


def picture() -> str:
    """What a terminal shows of a hand-written tree in which somebody left the quotes out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copytree(TREE, Path(name) / "tree"))
        file = folder / "instance/base/kataconfig.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("'true'", "true"), encoding="utf-8")
        return "$ kataform check\n" + _on_terminal([sys.executable, "-m", "kataform", "check"], folder)


def _on_terminal(command: list[str], folder: Path) -> str:
    ours, theirs = pty.openpty()
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "120", "LINES": "50"}
    with subprocess.Popen(command, cwd=folder, stdout=theirs, env=environment):
        os.close(theirs)
        output = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux says so when the other side is gone
                break
            if not chunk:
                break
            output += chunk
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def readme(text: str) -> str:
    """The README with the picture as it is now."""
    return _PICTURE.sub(lambda _: picture(), text)


if __name__ == "__main__":
    for page, write in PAGES.items():
        (ROOT / "docs" / page).write_text(write(), encoding="utf-8", newline="\n")
    file = ROOT / "README.md"
    file.write_text(readme(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
