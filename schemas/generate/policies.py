"""Write policies/params.yaml and docs/policies.md: `PYTHONPATH=generator python schemas/generate/policies.py`.

The parameters are the release catalogue's facts; the page is the policies' own words.
"""

from __future__ import annotations

import os
from pathlib import Path

from kataform import catalogue, policies, policy_pages
from kataform.text import emit

ROOT = Path(__file__).resolve().parents[2]
HEADER = "# Generated from schemas/releases.yaml by schemas/generate/policies.py; do not edit.\n"


def params(root: Path) -> str:
    """policies/params.yaml."""
    return HEADER + emit.dump(catalogue.policy_params(catalogue.load(root / "schemas" / "releases.yaml")))


if __name__ == "__main__":
    os.chdir(ROOT)
    written = {
        "policies/params.yaml": params(ROOT),
        "docs/policies.md": policy_pages.page(policies.load((ROOT / "policies",))),
    }
    for name, text in written.items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
