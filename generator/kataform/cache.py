"""The one folder of the user's in which kataform keeps what it can get again: installed tools and results."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from kataform.errors import InputError

__all__ = ["directory"]


def directory(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """`$XDG_CACHE_HOME/kataform`, else the platform's own place for caches.

    A relative path in a variable is ignored, as the XDG base directory specification asks: it would make the
    cache part of whatever folder the command happens to run in, perhaps of a repository nobody trusts.
    """
    named = _absolute(environment.get("XDG_CACHE_HOME"))
    if named:
        return named / "kataform"
    if platform == "win32":
        local = _absolute(environment.get("LOCALAPPDATA"))
        if local:
            return local / "kataform" / "cache"
    home = _absolute(environment.get("USERPROFILE" if platform == "win32" else "HOME"))
    if home is None:
        raise InputError("no place for kataform's cache: HOME is not set; set XDG_CACHE_HOME to a folder of your own")
    return home / ("Library/Caches/kataform" if platform == "darwin" else ".cache/kataform")


def _absolute(text: str | None) -> Path | None:
    path = Path(text) if text else None
    return path if path is not None and path.is_absolute() else None
