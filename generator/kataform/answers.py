"""What `check` said before, and whether it would say the same now: nothing that it looked at has changed.

While a check runs, every file that it opens and every folder that it lists is noted; it tells by itself which paths it
looked for. An answer is kept with a digest of all of that. It imports next to nothing, so that a check of which nothing
has changed is answered in the time that Python takes to start.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from hashlib import blake2b

from kataform import cache

TYPE_CHECKING = False  # as in typing, which takes longer to import than an answer to find
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["Answer", "Question", "ask"]

# What else than files decides: where programs and the cache are, and how a report looks.
_VARIABLES = (
    "PATH", "HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "KUSTOMIZE_PLUGIN_HOME",
    "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "LINES",
)  # fmt: skip
_PROGRAMS = ("kustomize", "kubectl", "oc", "kubeconform")
# What a folder may hold that says something of the folders and files below it.
_MARKS = (
    ".git", "kataform.yaml", "base/kataform.yaml", "overlays", "policies",
    "kustomization.yaml", "kustomization.yml", "Kustomization",
)  # fmt: skip
_ELSEWHERE = ("--no-cache", "--changed", "--base", "--kubeconform", "--build")  # what asks git or a program anew
_LARGE = 1 << 20  # a file from here on is a program: told by its size and times
_TICK = 100_000_000  # nanoseconds in which a file may change twice and seem unchanged


class Answer:
    """What a check wrote to standard output, and its exit code."""

    __slots__ = ("code", "text")

    def __init__(self, text: str, code: int) -> None:
        self.text = text
        self.code = code


class Question:
    """What is asked, and what is looked at to answer it."""

    def __init__(self, store: cache.Store, key: str) -> None:
        self._store = store
        self._key = key
        self._began = time.time_ns()
        self._opened: set[str] = set()
        self._listed: set[str] = set()
        self._looked: set[str] = set()
        self._watching = False

    def known(self) -> Answer | None:
        """The answer that was kept, if it would be the same now."""
        kept = self._store.get(self._key)
        if kept is None:
            return None
        try:
            inputs, stamp, text, code = marshal.loads(kept)  # noqa: S302 — out of the user's own cache
        except (ValueError, EOFError, TypeError):
            return None
        return Answer(text, code) if _stamp(inputs) == stamp else None

    def watch(self) -> None:
        """From now on note what is opened and listed."""
        self._watching = True
        sys.addaudithook(self._note)

    def looked_for(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        """Note paths that were looked for, be they there or not."""
        self._looked.update(os.fspath(path) for path in paths)

    def keep(self, answer: Answer) -> None:
        """Keep the answer, unless something that it depends on may have changed meanwhile."""
        self._watching = False
        inputs = self._inputs()
        if not _changed_since(inputs, self._began - _TICK):
            kept = marshal.dumps((inputs, _stamp(inputs), answer.text, answer.code))
            self._store.put(self._key, kept)
            self._store.trim()

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if self._watching and not flags & (os.O_WRONLY | os.O_RDWR) and not isinstance(path, int):
                self._opened.add(os.path.abspath(os.fsdecode(path)))
        elif event in ("os.listdir", "os.scandir"):
            path = arguments[0]
            if self._watching and not isinstance(path, int):
                self._listed.add(os.path.abspath(os.fsdecode(path if path is not None else ".")))

    def _inputs(self) -> dict[str, Any]:
        """All that was looked at, as it can be kept."""
        own = {os.path.abspath(file) for module in list(sys.modules.values()) for file in _files(module)}
        # What the key of the question tells (`cache.identity`), and what can be had again.
        known = tuple(os.path.join(folder, "") for folder in (*cache.own(), os.path.dirname(self._store.folder)))
        files: dict[str, list[str]] = {}
        for path in sorted(self._opened - own):
            if not path.startswith(known):
                folder, name = os.path.split(path)
                files.setdefault(folder, []).append(name)
        listed = sorted(path for path in self._listed if not os.path.join(path, "").startswith(known))
        looked = sorted({os.path.abspath(path) for path in self._looked})
        marked: set[str] = set()
        folders = (path if os.path.isdir(path) else os.path.dirname(path) for path in looked)
        for folder in (*files, *listed, *folders):
            above = folder
            while above not in marked:
                marked.add(above)
                above = os.path.dirname(above)
        return {"files": files, "listed": listed, "looked": looked, "marked": sorted(marked.difference(listed))}


def ask(arguments: Sequence[str]) -> Question | None:
    """The question that a command line asks; None where its answer depends on more than files."""
    if not arguments or arguments[0] != "check" or any(map(_is_elsewhere, arguments)) or sys.stdout is None:
        return None
    store = cache.store("answers", os.environ)
    try:
        here = os.getcwd()
    except OSError:
        return None
    terminal = sys.stdout.isatty()
    parts = [time.strftime("%Y-%m-%d", time.gmtime()), here, str(terminal), *arguments]
    parts += [str(os.get_terminal_size(1))] if terminal else []
    parts += [f"{name}={os.environ.get(name)}" for name in _VARIABLES]
    key = cache.digest(cache.identity(), *(os.fsencode(part) for part in parts))
    return Question(store, key) if store is not None else None


def _is_elsewhere(argument: str) -> bool:
    return argument == "-" or argument.partition("=")[0] in _ELSEWHERE


def _files(module: Any) -> list[str]:
    """The files that a module was loaded from."""
    spec = getattr(module, "__spec__", None)
    found = (getattr(module, "__file__", None), getattr(spec, "origin", None), getattr(spec, "cached", None))
    return [file for file in found if isinstance(file, str)]


# --- how things stand


def _stamp(inputs: dict[str, Any]) -> bytes:
    """A digest of all that was looked at, as it is now."""
    found = blake2b(digest_size=20)
    known: dict[str, str] = {}
    for folder, names in inputs["files"].items():
        found.update(f"\0{_real(folder, known)}\0".encode("utf-8", "surrogateescape"))
        for name in names:
            content = _content(os.path.join(folder, name))
            found.update(b"%d:" % len(content))
            found.update(content)
    parts = [_listing(folder) for folder in inputs["listed"]]
    parts += [f"{_real(path, known)} {_kind(path)}" for path in inputs["looked"]]
    parts += [_kind(os.path.join(folder, mark)) for folder in inputs["marked"] for mark in _MARKS]
    parts += [_signature(path) for path in _programs()]
    found.update("\0".join(parts).encode("utf-8", "surrogateescape"))
    return found.digest()


def _real(path: str, known: dict[str, str]) -> str:
    """Where an absolute path leads, each folder on its way looked at once for all paths below it."""
    below: list[str] = []
    above = path
    while above not in known:
        folder, name = os.path.split(above)
        if name:
            above = folder
            below.append(name)
        else:
            known[above] = above
    found = known[above]
    for name in reversed(below):
        above, found = os.path.join(above, name), os.path.join(found, name)
        known[above] = found = os.path.realpath(found) if os.path.islink(found) else found
    return found


def _content(path: str) -> bytes:
    """What a file says, whether it is a link, and for a large one only its size and times."""
    try:
        status = os.lstat(path)
        link = status.st_mode & 0o170000 == 0o120000
        if status.st_size >= _LARGE or (link and os.path.getsize(path) >= _LARGE):
            return _signature(path).encode()
        with open(path, "rb", buffering=0) as file:
            return (b"link" if link else b"file") + file.readall()
    except OSError as error:
        return b"error %d" % (error.errno or 0)


def _signature(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError as error:
        return f"error {error.errno}"
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _listing(folder: str) -> str:
    """The names in a folder, each with what it is."""
    try:
        with os.scandir(folder) as entries:
            return "/".join(sorted(f"{one.name}:{one.is_dir()}:{one.is_symlink()}" for one in entries))
    except OSError as error:
        return f"error {error.errno}"


def _kind(path: str) -> str:
    """The kind of file that a path leads to, or that there is none."""
    try:
        return str(os.stat(path).st_mode)
    except OSError as error:
        return f"error {error.errno}"


def _programs() -> list[str]:
    """Where programs that may build or judge are looked for."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    ending = ".exe" if os.name == "nt" else ""
    return [os.path.join(folder, name + ending) for folder in folders for name in _PROGRAMS if os.path.isabs(folder)]


def _changed_since(inputs: dict[str, Any], then: int) -> bool:
    """Whether a file or folder was changed so late that it may not be what the check has seen."""
    paths = [os.path.join(folder, name) for folder, names in inputs["files"].items() for name in names]
    for path in (*paths, *inputs["listed"], *inputs["looked"]):
        try:
            status = os.stat(path)
        except OSError:
            continue
        if max(status.st_mtime_ns, status.st_ctime_ns) >= then:
            return True
    return False
