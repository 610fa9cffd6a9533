"""Write the pages that come from the code: `make docs`."""

from __future__ import annotations

from pathlib import Path

from kataform import rulebook, specs

FOLDER = Path(__file__).resolve().parent
PAGES = {"rules.md": rulebook.page, "specs.md": specs.page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8", newline="\n")
