"""Which CRDs an object is held against: the nearest ones that define its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kataform.crds.definition import Definition

__all__ = ["Known"]

Kind = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """The CRDs of a check: `beside` by the overlay or root that they come with, `given` by name, and all there are.

    A cluster has one CRD for a kind, and any root may bring it. So those that come with an object count first, then
    those that somebody named, then any others that are checked in the same run.
    """

    beside: Mapping[str, Iterable[Definition]] = field(default_factory=dict)
    given: Iterable[Definition] = ()
    anywhere: Iterable[Definition] = ()
    _found: dict[tuple[str, Kind], tuple[Definition, ...]] = field(default_factory=dict)

    def of(self, group: str, kind: str, place: str) -> tuple[Definition, ...]:
        """The CRDs that define a kind for what is in an overlay or root; several where they say different things."""
        at = (place, (group, kind))
        if at not in self._found:
            self._found[at] = self._nearest(group, kind, place)
        return self._found[at]

    def _nearest(self, group: str, kind: str, place: str) -> tuple[Definition, ...]:
        for level in (self.beside.get(place, ()), self.given, self.anywhere):
            fitting = [one for one in level if (one.group, one.kind) == (group, kind)]
            if fitting:
                return tuple({_content(one): one for one in reversed(fitting)}.values())[::-1]
        return ()


def _content(definition: Definition) -> str:
    versions = [(one.name, one.served, one.status, one.replicas, one.structural) for one in definition.versions]
    return json.dumps([definition.broken, definition.namespaced, versions], sort_keys=True, default=str)
