"""The macros: calls that bind names, and `has`. They look like functions but are read by the parser."""

from __future__ import annotations

from typing import NamedTuple

from kubecel.signature import BASE, Version

OPTIONALS: Version = (1, 29)
TWO_VARIABLES: Version = (1, 33)
LISTS: Version = (1, 35)


class Macro(NamedTuple):
    """A macro by its name and the number of its arguments; `variables` of them, the first ones, are names it binds."""

    name: str
    arguments: int
    variables: int
    since: Version = BASE
    member: bool = True


MACROS = (
    Macro("has", 1, 0, member=False),
    Macro("all", 2, 1),
    Macro("exists", 2, 1),
    Macro("exists_one", 2, 1),
    Macro("filter", 2, 1),
    Macro("map", 2, 1),
    Macro("map", 3, 1),
    Macro("optMap", 2, 1, OPTIONALS),
    Macro("optFlatMap", 2, 1, OPTIONALS),
    Macro("all", 3, 2, TWO_VARIABLES),
    Macro("exists", 3, 2, TWO_VARIABLES),
    Macro("existsOne", 3, 2, TWO_VARIABLES),
    Macro("exists_one", 3, 2, TWO_VARIABLES),
    Macro("transformList", 3, 2, TWO_VARIABLES),
    Macro("transformList", 4, 2, TWO_VARIABLES),
    Macro("transformMap", 3, 2, TWO_VARIABLES),
    Macro("transformMap", 4, 2, TWO_VARIABLES),
    Macro("transformMapEntry", 3, 2, TWO_VARIABLES),
    Macro("transformMapEntry", 4, 2, TWO_VARIABLES),
    Macro("sortBy", 2, 1, LISTS),
)
_BY_CALL = {(macro.name, macro.arguments, macro.member): macro for macro in MACROS}


def is_macro(name: str, arguments: int, member: bool, kubernetes: Version) -> bool:
    """Whether a server of that version reads this call as a macro."""
    macro = _BY_CALL.get((name, arguments, member))
    return macro is not None and macro.since <= kubernetes


def variable_count(name: str, arguments: int) -> int:
    """How many names the macro binds."""
    return _BY_CALL[name, arguments, True].variables


def since(name: str, arguments: int, member: bool = True) -> Version | None:
    """The first server that knows the macro, or None where there is no such macro."""
    macro = _BY_CALL.get((name, arguments, member))
    return macro.since if macro is not None else None
