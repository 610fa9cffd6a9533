"""Which CRDs an object is held against: the nearest ones that define its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field

from kataform.crds.definition import Definition
from kataform.schemas import Schema
from kubecel.records import dataclass

__all__ = ["Known"]

Kind = tuple[str, str]
_EVERYWHERE = "*"


@dataclass(frozen=True)
class Known:
    """The CRDs of a check: `beside` come with an overlay or root, `stated` are those that its spec names, `given` those
    that the command line names, and `anywhere` are all that are checked. `groups` has the overlay of a root.

    A cluster has one CRD for a kind, and any root may bring it. So those that come with an object count first, then
    those that somebody named, then any others that are checked in the same run.
    """

    beside: Mapping[str, Iterable[Definition]] = field(default_factory=dict)
    stated: Mapping[str, Iterable[Definition]] = field(default_factory=dict)
    given: Iterable[Definition] = ()
    anywhere: Iterable[Definition] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    _found: dict[tuple[str, Kind], tuple[Definition, ...]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is a CRD at all."""
        return any(map(any, (self.beside.values(), self.stated.values(), (self.given, self.anywhere))))

    def of(self, group: str, kind: str, root: str) -> tuple[Definition, ...]:
        """The CRDs that define a kind for what is in an overlay or root; several where they say different things."""
        at = (self.groups.get(root, root), (group, kind))
        if at not in self._found:
            self._found[at] = self._nearest(group, kind, at[0])
        return self._found[at]

    def everywhere(self, group: str, kind: str) -> tuple[Definition, ...]:
        """All CRDs that define a kind and say different things, for what is no part of an overlay or root yet."""
        at = (_EVERYWHERE, (group, kind))
        if at not in self._found:
            near = (one for by_place in (self.beside, self.stated) for its in by_place.values() for one in its)
            self._found[at] = _differing(one for one in (*near, *self.given) if (one.group, one.kind) == (group, kind))
        return self._found[at]

    def schema(self, group: str, version: str, kind: str) -> Schema | None:
        """The schema of a kind, where all that define it agree."""
        found = self.everywhere(group, kind)
        known = found[0].version(version) if len(found) == 1 else None
        return found[0].schema(known) if known is not None else None

    def has_no_namespace(self, group: str, kind: str) -> bool:
        """Whether the objects of a kind are known to live outside of namespaces."""
        found = self.everywhere(group, kind)
        return bool(found) and not any(one.namespaced for one in found)

    def _nearest(self, group: str, kind: str, place: str) -> tuple[Definition, ...]:
        for level in (self.beside.get(place, ()), self.stated.get(place, ()), self.given, self.anywhere):
            fitting = _differing(one for one in level if (one.group, one.kind) == (group, kind))
            if fitting:
                return fitting
        return ()


def _differing(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The first of those that say the same."""
    return tuple({_content(one): one for one in reversed([*definitions])}.values())[::-1]


def _content(definition: Definition) -> str:
    versions = [(one.name, one.served, one.status, one.replicas, one.structural) for one in definition.versions]
    return json.dumps([definition.broken, definition.namespaced, versions], sort_keys=True, default=str)
