"""What comes to a cluster together with an object: the overlay, root or manifests that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from kataform import elsewhere
from kataform.catalogue import Catalogue
from kataform.clusters import EVERYTHING, Clusters, Part, tell_apart
from kataform.policies import Inventory
from kataform.subject import Subject
from kubecel.records import dataclass

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
    `beside` more manifests that are not checked. The manifests outside of kustomizations are one group, which may be of
    several clusters.
    """

    catalogue: Callable[[str], Catalogue]
    subjects: Iterable[Subject]
    groups: Mapping[str, str]
    stated: Mapping[str, Stated]
    incomplete: frozenset[str] = frozenset()
    beside: Iterable[Subject] = ()
    _members: dict[str, list[Subject]] = field(default_factory=dict, init=False)
    _known: dict[tuple[str, Part], Inventory] = field(default_factory=dict, init=False)
    _created: dict[tuple[object, ...], tuple[Catalogue, Sequence[Body]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for subject in self.subjects:
            self._members.setdefault(self.group(subject), []).append(subject)

    def of(self, subject: Subject) -> Inventory:
        """What a policy finds around an object."""
        return self.within(self.group(subject), subject.root)

    def within(self, name: str, root: str) -> Inventory:
        """What a policy finds around an object of a group that was built from `root`, be it there or not."""
        part = self.clusters.part(root) if name == MANIFESTS else EVERYTHING
        if (name, part) not in self._known:
            complete = name not in self.incomplete and (name != MANIFESTS or part not in self.clusters.unsure)
            bodies = (subject.body for subject in self._subjects(name, part))
            found = Inventory(
                bodies, self._elsewhere(name, part), complete=complete, subjects=self._subjects(name, part)
            )
            self._known[name, part] = found
        return self._known[name, part]

    @property
    def partly_known(self) -> list[str]:
        """The groups of which a policy would have had to know more objects."""
        return sorted({name for (name, _), inventory in self._known.items() if inventory.missed})

    def group(self, subject: Subject) -> str:
        """The name of the group that an object belongs to."""
        return self.groups.get(subject.root, subject.root)

    @cached_property
    def clusters(self) -> Clusters:
        """The clusters that the manifests outside of kustomizations come to."""
        checked = ((subject.root, subject.body) for subject in self._members.get(MANIFESTS, ()))
        return tell_apart((*checked, *((one.root, one.body) for one in self._beside)))

    @cached_property
    def _beside(self) -> list[Subject]:
        return list(self.beside)

    @cached_property
    def _parts(self) -> dict[Part, list[Subject]]:
        """The manifests outside of kustomizations, by the part of the tree that they are in."""
        found: dict[Part, list[Subject]] = {}
        for subject in self._members.get(MANIFESTS, ()):
            found.setdefault(self.clusters.part(subject.root), []).append(subject)
        return found

    def _within(self, name: str, part: Part) -> Iterator[Subject]:
        if name != MANIFESTS:
            yield from self._members.get(name, ())
            return
        for each in self.clusters.together[part]:
            yield from self._parts.get(each, ())

    def _subjects(self, name: str, part: Part) -> Iterator[Subject]:
        yield from self._within(name, part)
        if name == MANIFESTS:
            wanted = self.clusters.together[part]
            yield from (subject for subject in self._beside if self.clusters.part(subject.root) in wanted)

    def _elsewhere(self, name: str, part: Part) -> Iterator[Body]:
        stated = self.stated.get(name, Stated())
        members = list(self._within(name, part))
        versions = dict.fromkeys(version for one in members for version in one.target.operator)
        known = self.catalogue(members[0].root if members else name)
        configs = [one.body for one in members if one.kind == "KataConfig"]
        same = (tuple(versions), stated.platform, id(known))
        if configs:
            yield from elsewhere.created(configs, versions, stated.platform, known)
        else:  # the same for every overlay of a fleet that leaves the operator to others
            if same not in self._created:
                self._created[same] = known, elsewhere.created((), versions, stated.platform, known)
            yield from self._created[same][1]
        yield from stated.external
