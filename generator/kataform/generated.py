"""Tell which files are rendered from a spec, by the locks of the folders above them: they are mended there."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from kataform import lock
from kataform.lock import BrokenLock, Lock
from kataform.project import LOCK, SPEC
from kubecel.records import dataclass


@dataclass(slots=True)
class Generated:
    """The locks read so far, by folder; `closed` are those that cannot be read, so that any file there may be one."""

    closed: dict[Path, BrokenLock] = field(default_factory=dict)
    _locks: dict[Path, Lock | BrokenLock] = field(default_factory=dict)

    def holds(self, file: Path) -> bool:
        """Whether a file is generated, or may be."""
        for folder in file.parents:
            known = self._lock(folder)
            if isinstance(known, BrokenLock):
                if file != folder / SPEC:
                    self.closed[folder] = known
                    return True
            elif file.relative_to(folder).as_posix() in known.files:
                return True
            if (folder / ".git").exists():
                break
        return False

    def _lock(self, folder: Path) -> Lock | BrokenLock:
        if folder not in self._locks:
            self._locks[folder] = lock.read(folder) if (folder / LOCK).exists() else lock.EMPTY
        return self._locks[folder]
