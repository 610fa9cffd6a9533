"""Write schemas/releases.json and docs/releases.md from the release catalogue.

`PYTHONPATH=generator python schemas/generate/releases.py`
"""

from __future__ import annotations

from pathlib import Path

from kataform import catalogue, releases

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    written = ROOT / "schemas" / "releases.yaml"
    written.with_suffix(".json").write_text(catalogue.as_json(written), encoding="utf-8", newline="\n")
    text = releases.page(catalogue.load(written))
    (ROOT / "docs" / "releases.md").write_text(text, encoding="utf-8", newline="\n")
