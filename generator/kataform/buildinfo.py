"""Read the build info that Go embeds in its binaries: which module, in which version, this program was built from."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from kubecel.records import dataclass

__all__ = ["BuildInfo", "Module", "read"]

# https://pkg.go.dev/debug/buildinfo: a 16-byte aligned header of 32 bytes; since Go 1.18 (flag 2) two strings follow,
# each after its length as a varint: the version of Go, and the module info between two 16-byte sentinels.
_MAGIC = b"\xff Go buildinf:"
_INLINE = 2
_HEADER, _ALIGNMENT, _SENTINEL = 32, 16, 16
_LONGEST = 1 << 20
_SET_BY_LINKER = re.compile(r"""-X[ =]["']?sigs\.k8s\.io/kustomize/api/provenance\.version=([^\s"']+)""")


@dataclass(frozen=True, slots=True)
class Module:
    """One line of the build info: module path, version as Go writes it, and the module's h1 sum."""

    path: str
    version: str
    checksum: str


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What a Go binary says of itself; `linked` is the version that the release build set by `-ldflags -X`, or ''."""

    go: str
    main: Module
    dependencies: tuple[Module, ...]
    linked: str


def read(path: Path) -> BuildInfo | None:
    """The build info of the binary at `path`; None for anything that is not a Go binary of Go 1.18 or later."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _search(content)
    except (OSError, ValueError):  # unreadable, or empty
        return None


def _search(content: mmap.mmap) -> BuildInfo | None:
    start = content.find(_MAGIC)
    while start >= 0:
        if start % _ALIGNMENT == 0 and content[start + 15 : start + 16] == bytes([_INLINE]):
            found = _parse(content, start + _HEADER)
            if found:
                return found
        start = content.find(_MAGIC, start + 1)
    return None


def _parse(content: mmap.mmap, offset: int) -> BuildInfo | None:
    go, offset = _string(content, offset)
    info, _ = _string(content, offset)
    if not go.startswith(b"go") or len(info) < 2 * _SENTINEL:
        return None
    return _modules(go.decode("utf-8", "replace"), info[_SENTINEL:-_SENTINEL].decode("utf-8", "replace"))


def _string(content: mmap.mmap, offset: int) -> tuple[bytes, int]:
    """The string whose length stands at `offset` as a varint, and where the next one begins; b'' if it is absurd."""
    length = shift = 0
    for byte in content[offset : offset + 5]:
        offset += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if length > _LONGEST:
        return b"", offset
    return content[offset : offset + length], offset + length


def _modules(go: str, text: str) -> BuildInfo | None:
    main: Module | None = None
    dependencies: list[Module] = []
    linked = ""
    for line in text.splitlines():
        word, *rest = line.split("\t")
        if word in ("mod", "dep", "=>"):
            module = Module(*[*rest, "", "", ""][:3])
            if word == "mod":
                main = module
            elif word == "dep":
                dependencies.append(module)
            elif dependencies:  # "=>": what replaced the line before
                dependencies[-1] = Module(dependencies[-1].path, module.version, module.checksum)
        elif word == "build" and rest and rest[0].startswith("-ldflags="):
            match = _SET_BY_LINKER.search(rest[0])
            linked = match.group(1) if match else linked
    return BuildInfo(go, main, tuple(dependencies), linked) if main else None
