"""The smallest project that many tests start from."""

from __future__ import annotations

from pathlib import Path

HEAD = "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n"
BASE = f"""\
{HEAD}operator:
  version: 1.13.1
  subscription:
    channel: stable
kataConfig:
  spec:
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
"""


def write_specs(folder: Path, overlay: str, base: str = BASE) -> Path:
    """The specs of a base and of the overlay `prod`, whose text follows the head; nothing is generated yet."""
    for name, text in (("base", base), ("overlays/prod", HEAD + overlay)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "kataform.yaml").write_text(text, encoding="utf-8")
    return folder
