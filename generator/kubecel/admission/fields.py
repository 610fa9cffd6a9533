"""Read the fields of a policy or binding, and collect everything an API server would refuse, each with its place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One reason to refuse a policy or binding.

    `path` leads to the field in the body. For an expression `offset` counts code points from its start, and `line` and
    `column`, both from 1, say the same; elsewhere they are 0.
    """

    path: Path
    message: str
    offset: int = 0
    line: int = 0
    column: int = 0


class PolicyError(Exception):
    """A policy or binding that an API server would refuse, with every problem, the first one first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems

    @property
    def path(self) -> Path:
        """Where the first problem stands."""
        return self.problems[0].path

    @property
    def message(self) -> str:
        """The first problem."""
        return self.problems[0].message


class Fields:
    """A map of a body, read field by field; what is wrong is added to `problems`, and a harmless value given."""

    def __init__(self, value: object, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.present = isinstance(value, dict)
        self._known: dict[str, Any] = value if isinstance(value, dict) else {}
        if value is not None and not self.present:
            self.complain(f"{_title(path)} must be a map")

    def complain(self, message: str, *below: str | int) -> None:
        """Add a problem of the map, or of what stands `below` it."""
        self.problems.append(Problem((*self.path, *below), message))

    def only(self, known: Collection[str]) -> None:
        """Complain about fields of any other name."""
        for name in self._known:
            if name not in known:
                import difflib  # only for who made a slip

                close = difflib.get_close_matches(str(name), known, 1)
                hint = f'; did you mean "{close[0]}"?' if close else ""
                self.complain(f'unknown field "{name}"{hint}', name)

    def get(self, name: str) -> Any:
        """The raw value, None where there is none."""
        return self._known.get(name)

    def map(self, name: str, *, required: bool = False) -> Fields:
        """The map under a name."""
        if required and self.get(name) is None:
            self.complain(f"{name} is required", name)
        return Fields(self.get(name), (*self.path, name), self.problems)

    def string(self, name: str, default: str = "", *, required: bool = False) -> str:
        """The string under a name."""
        value = self.get(name)
        if isinstance(value, str):
            if required and not value.strip():
                self.complain(f"{name} is required", name)
            return value
        if value is not None:
            self.complain(f"{name} must be a string", name)
        elif required:
            self.complain(f"{name} is required", name)
        return default

    def choice(self, name: str, choices: Collection[str], default: str = "", *, required: bool = False) -> str:
        """The string under a name, one of those."""
        value = self.string(name, default, required=required)
        if self.get(name) is not None and value not in choices:
            self.complain(f'unsupported value "{value}": supported values: {_quoted(choices)}', name)
            return default
        return value

    def items(self, name: str) -> list[Any]:
        """The list under a name, empty where there is none."""
        value = self.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.complain(f"{name} must be a list", name)
        return []

    def maps(self, name: str) -> list[Fields]:
        """The maps of the list under a name."""
        found = []
        for index, item in enumerate(self.items(name)):
            if item is None:
                self.complain(f"{name} must have no empty entries", name, index)
            else:
                found.append(Fields(item, (*self.path, name, index), self.problems))
        return [fields for fields in found if fields.present]

    def strings(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """The strings of the list under a name."""
        items = self.items(name)
        if required and not items:
            self.complain(f"{name} is required", name)
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.complain(f"{name} must be a list of strings", name, index)
        return tuple(item for item in items if isinstance(item, str))


def _title(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return f"{path[-2]}[{path[-1]}]"
    return str(path[-1]) if path else "the document"


def _quoted(choices: Collection[str]) -> str:
    return ", ".join(f'"{choice}"' for choice in choices)


def refuse(problems: list[Problem]) -> None:
    """Raise PolicyError where there are problems."""
    if problems:
        raise PolicyError(tuple(problems))
