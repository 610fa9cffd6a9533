"""Where the schemas and policies are that travel with kataform: beside a checkout, or inside an installed wheel."""

from __future__ import annotations

import functools
from pathlib import Path

__all__ = ["directory"]


@functools.cache
def directory() -> Path:
    """The folder that holds `schemas/` and `policies/`.

    A wheel carries them as `kataform/_data`; an editable install and a checkout have them two levels up, beside
    `generator/`. A broken installation has neither: that is a bug of the packaging, not of the user's input.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_data", package.parent.parent):
        if (folder / "schemas").is_dir():
            return folder
    raise FileNotFoundError(f"kataform is installed without its schemas: neither {package / '_data'} nor beside it")
