"""The overload table: every function of every server, which drives checking, dispatch and the reference page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from kubecel.library import (
    authorizer,
    formats,
    lists,
    network,
    operators,
    optional,
    patterns,
    quantity,
    semver,
    sets,
    strings,
    time,
    url,
)
from kubecel.signature import Overload, Version

OVERLOADS: tuple[Overload, ...] = (
    *operators.OVERLOADS,
    *time.OVERLOADS,
    *lists.OVERLOADS,  # before those of strings: where a type is free, the first overload that fits decides
    *strings.OVERLOADS,
    *optional.OVERLOADS,
    *sets.OVERLOADS,
    *patterns.OVERLOADS,
    *quantity.OVERLOADS,
    *url.OVERLOADS,
    *network.OVERLOADS,
    *semver.OVERLOADS,
    *formats.OVERLOADS,
    *authorizer.OVERLOADS,
)


@lru_cache(maxsize=32)
def functions(kubernetes: Version) -> dict[str, tuple[Overload, ...]]:
    """The overloads that a server of that version has, by name."""
    return by_name(
        overload
        for overload in OVERLOADS
        if overload.since <= kubernetes and (overload.removed is None or kubernetes < overload.removed)
    )


@lru_cache(maxsize=512)
def of_arity(kubernetes: Version, name: str, arity: int) -> tuple[Overload, ...]:
    """The overloads of a function that take so many arguments, the receiver of a method being one."""
    return tuple([overload for overload in functions(kubernetes)[name] if len(overload.args) == arity])


def by_name(overloads: Iterable[Overload]) -> dict[str, tuple[Overload, ...]]:
    """Overloads by the name of their function."""
    found: dict[str, tuple[Overload, ...]] = {}
    for overload in overloads:
        found[overload.name] = (*found.get(overload.name, ()), overload)
    return found


def since(name: str) -> Version | None:
    """The first server that has any overload of the function, or None where there is no such function."""
    return min((overload.since for overload in OVERLOADS if overload.name == name), default=None)
