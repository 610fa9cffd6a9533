"""Write what policies need and say: `PYTHONPATH=generator python schemas/generate/policies.py`.

policies/params.yaml has the release catalogue's facts, docs/policies.md the policies' own words, docs/cel.md the
functions that they may call.
"""

from __future__ import annotations

import os
from pathlib import Path

from kataform import catalogue, cel_page, policies, policy_pages
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
        "docs/cel.md": cel_page.page(catalogue.load().openshift_of),
        "docs/policies.md": policy_pages.page(policies.load((ROOT / "policies",))),
    }
    for name, text in written.items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
