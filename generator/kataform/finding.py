"""A finding: one problem, the object and field it is about, the line a person can mend, and how."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from kubecel.records import dataclass

__all__ = [
    "Edit", "Finding", "Fix", "Location", "Related", "Severity", "listed", "pointer", "replace", "tokens",
]  # fmt: skip


_LONGEST = 2_000  # characters of a message


class Severity(enum.IntEnum):
    """Ordered, so that `finding.severity >= threshold` decides the exit code."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: 1-based lines and columns counted in characters, the end exclusive.

    `line` 0 means the file as a whole. `path` is relative to where the command runs, with forward slashes.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    @classmethod
    def start(cls, path: str) -> Location:
        """The first character of a file, for what no line of it says."""
        return cls(path, 1, 1, 1, 2)


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains the first, with what it contributes."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `[start, end)`, counted in characters of the decoded file, by `text`."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends the finding; safe when it keeps meaning and comments.

    `same_build` tells that no root may build to anything else after it, which whoever applies it proves.
    """

    title: str
    safe: bool
    edits: tuple[Edit, ...]
    same_build: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem.

    `resource` is `Kind/name` or `Kind/namespace/name`; `pointer` is the RFC 6901 pointer of the field in that
    object (of a field that is absent: where it would stand). `overlays` are the roots through which the problem
    is seen; `consequences` are messages of other findings that the same cause explains.
    """

    rule: str
    severity: Severity
    message: str
    location: Location
    remedy: str = ""
    resource: str = ""
    pointer: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    overlays: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """What a message quotes may be as long as a file; a person reads its beginning and its end."""
        for name in ("message", "remedy"):
            text = getattr(self, name)
            if len(text) > _LONGEST:
                object.__setattr__(self, name, f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}")

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay the same when lines move: rule, file, object, field, message."""
        parts = (self.rule, self.location.path, self.resource, self.pointer, self.message)
        return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (self.location, -self.severity, self.rule, self.resource, self.pointer, self.message)


def pointer(parts: tuple[str | int, ...]) -> str:
    """The RFC 6901 pointer of a path of keys and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def tokens(text: str) -> tuple[str, ...]:
    """The keys of an RFC 6901 pointer, unescaped; indexes stay strings."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
