"""What comes to a cluster together with an object: the overlay, root or manifests that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kataform import elsewhere
from kataform.catalogue import Catalogue
from kataform.policies import Inventory
from kataform.subject import Subject

Body = Mapping[str, Any]
MANIFESTS = ""  # the name of what all manifests outside of kustomizations are together


@dataclass(frozen=True, slots=True)
class Stated:
    """What a spec says of the cluster: its platform, if any, and the objects that come from elsewhere."""

    platform: str | None = None
    external: tuple[Body, ...] = ()


@dataclass
class Surroundings:
    """The objects of a check by what they belong to, each group gathered when it is first asked for.

    `catalogue` tells what is known of releases where a root is. `groups` names the group of a root where that is not
    the root itself, `stated` what the spec of a group says, `incomplete` the groups whose objects are not all known,
    `beside` more objects of a group that are not checked.
    """

    catalogue: Callable[[str], Catalogue]
    subjects: Iterable[Subject]
    groups: Mapping[str, str]
    stated: Mapping[str, Stated]
    incomplete: frozenset[str] = frozenset()
    beside: Mapping[str, Iterable[Body]] = field(default_factory=dict)
    _members: dict[str, list[Subject]] = field(default_factory=dict, init=False)
    _known: dict[str, Inventory] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for subject in self.subjects:
            self._members.setdefault(self.group(subject), []).append(subject)

    def of(self, subject: Subject) -> Inventory:
        """What a policy finds around an object."""
        name = self.group(subject)
        return self.within(name)

    def within(self, name: str) -> Inventory:
        """The objects of a group."""
        if name not in self._known:
            complete = name not in self.incomplete
            self._known[name] = Inventory(self._bodies(name), self._elsewhere(name), complete=complete)
        return self._known[name]

    @property
    def partly_known(self) -> list[str]:
        """The groups of which a policy would have had to know more objects."""
        return sorted(name for name, inventory in self._known.items() if inventory.missed)

    def group(self, subject: Subject) -> str:
        """The name of the group that an object belongs to."""
        return self.groups.get(subject.root, subject.root)

    def _bodies(self, name: str) -> Iterator[Body]:
        yield from (subject.body for subject in self._members.get(name, ()))
        yield from self.beside.get(name, ())

    def _elsewhere(self, name: str) -> Iterator[Body]:
        stated = self.stated.get(name, Stated())
        members = self._members.get(name, [])
        versions = dict.fromkeys(version for one in members for version in one.target.operator)
        known = self.catalogue(members[0].root if members else name)
        yield from elsewhere.created((one.body for one in members), versions, stated.platform, known)
        yield from stated.external
