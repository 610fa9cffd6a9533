"""The one folder of the user's in which kataform keeps what it can get again: installed tools, builds, results.

Nothing here is ever read from a repository, and nothing that is damaged, foreign or cannot be written changes more than
how long something takes. It imports next to nothing: a run that finds its answer here needs no more than this.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import blake2b

from kataform import __version__
from kataform.errors import InputError

TYPE_CHECKING = False  # as in typing, which takes longer to import than an answer to find
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["Clean", "Store", "digest", "directory", "identity"]

LIMIT = 256 << 20
_SEAL = 16
_SIZE = 16  # bytes of what stands for something clean
_MOST = 100_000  # of these are kept


def directory(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """`$XDG_CACHE_HOME/kataform`, else the platform's own place for caches.

    A relative path in a variable is ignored, as the XDG base directory specification asks: it would make the
    cache part of whatever folder the command happens to run in, perhaps of a repository nobody trusts.
    """
    from pathlib import Path

    return Path(_directory(environment, platform))


def store(name: str, environment: Mapping[str, str]) -> Store | None:
    """What the user's cache keeps under a name; None where the user has no place for a cache."""
    try:
        return Store(os.path.join(_directory(environment, sys.platform), name))
    except InputError:
        return None


def _directory(environment: Mapping[str, str], platform: str) -> str:
    named = _absolute(environment.get("XDG_CACHE_HOME"))
    if named:
        return os.path.join(named, "kataform")
    if platform == "win32":
        local = _absolute(environment.get("LOCALAPPDATA"))
        if local:
            return os.path.join(local, "kataform", "cache")
    home = _absolute(environment.get("USERPROFILE" if platform == "win32" else "HOME"))
    if home is None:
        raise InputError("no place for kataform's cache: HOME is not set; set XDG_CACHE_HOME to a folder of your own")
    return os.path.join(home, *(("Library", "Caches") if platform == "darwin" else (".cache",)), "kataform")


def _absolute(text: str | None) -> str | None:
    return text if text and os.path.isabs(text) else None


class Store:
    """Entries by key, each sealed with a digest of its content. One that is damaged is as if it were not there."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._written = False

    def get(self, key: str) -> bytes | None:
        """What was kept under a key, or None. It counts as used now."""
        path = self._path(key)
        try:
            with open(path, "rb") as file:
                content = file.read()
            os.utime(path)
        except OSError:
            return None
        seal, kept = content[:_SEAL], content[_SEAL:]
        return kept if seal == _seal(key, kept) else None

    def put(self, key: str, content: bytes) -> None:
        """Keep something, in one step; a cache that cannot be written is done without."""
        path = self._path(key)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            try:
                with open(temporary, "xb") as file:
                    file.write(_seal(key, content) + content)
                os.replace(temporary, path)
            except OSError:
                _remove(temporary)
                raise
        except OSError:
            return
        self._written = True

    def trim(self, limit: int = LIMIT) -> None:
        """Keep what was used last, up to `limit` bytes, if anything was added."""
        if not self._written:
            return
        total = 0
        for _, size, path in sorted(_entries(self.folder), reverse=True):
            total += size
            if total > limit:
                _remove(path)

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, key[:2], key)


def known() -> Path | None:
    """The user's folder; None where there is no place for it, and then nothing is kept."""
    try:
        return directory(os.environ)
    except InputError:
        return None


class Clean:
    """What nothing was found in, each by a digest of all that was looked at: it need not be looked at again.

    Without a store nothing is known and nothing is kept.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._key = digest(identity(), b"clean") if store is not None else ""
        kept = (store.get(self._key) if store is not None else None) or b""
        self._before = {kept[at : at + _SIZE] for at in range(0, len(kept), _SIZE)}
        self._now: dict[bytes, None] = {}

    def knows(self, *parts: bytes) -> bool:
        """Whether nothing was found in this before."""
        found = _mark(parts) if self._before else b""
        if found not in self._before:
            return False
        self._now[found] = None
        return True

    def add(self, *parts: bytes) -> None:
        """Nothing is found in this."""
        if self._store is not None:
            self._now[_mark(parts)] = None

    def start(self) -> None:
        """Forget what was met in this run, so that `added` tells what is met from here on."""
        self._now = {}

    def added(self) -> list[bytes]:
        """What was met or added in this run, for `take` of another process."""
        return list(self._now)

    def take(self, added: Iterable[bytes]) -> None:
        """What another process met or added."""
        self._now |= dict.fromkeys(added)

    def keep(self) -> None:
        """Keep what is clean, if there is more of it than before: first what was met in this run."""
        if self._store is None or self._before.issuperset(self._now):
            return
        kept = [*self._now, *self._before.difference(self._now)]
        self._store.put(self._key, b"".join(kept[:_MOST]))
        self._store.trim()


def _mark(parts: Iterable[bytes]) -> bytes:
    return bytes.fromhex(digest(*parts))[:_SIZE]


def digest(*parts: bytes) -> str:
    """A name for some bytes, each part by itself."""
    found = blake2b(digest_size=20)
    for part in parts:
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest()


@cache
def identity() -> bytes:
    """What a result depends on beside its input: this kataform with all its files, and this Python.

    A file of kataform's own is told by its time and size, so that a checkout that is worked on counts, too.
    """
    found = [__version__, sys.version, sys.implementation.cache_tag or "", *own()]
    for folder in own():
        found += sorted(f"{path} {size} {time}" for time, size, path in _entries(folder, "__pycache__"))
    return "\0".join(found).encode("utf-8", "surrogateescape")


def own() -> list[str]:
    """The folders of kataform itself; an installed wheel has schemas and policies inside the package."""
    package = os.path.dirname(os.path.abspath(__file__))
    above = os.path.dirname(package)
    found = [package, os.path.join(above, "kubecel")]
    if os.path.isdir(os.path.join(package, "_data")):
        return found
    return [*found, *(os.path.join(os.path.dirname(above), name) for name in ("schemas", "policies"))]


def _seal(key: str, content: bytes) -> bytes:
    return blake2b(content, digest_size=_SEAL, key=key.encode()).digest()


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


def _entries(folder: str, without: str = "") -> Iterator[tuple[int, int, str]]:
    """Every file below a folder: when it was last changed or used, its size, its path."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != without:
                    yield from _entries(entry.path, without)
            else:
                status = entry.stat()
                yield status.st_mtime_ns, status.st_size, entry.path
        except OSError:
            continue
