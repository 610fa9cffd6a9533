"""The objects outside rendered overlays: what roots build to, what manifests hold; each with how to find its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kataform import provenance, resource, sources
from kataform.finding import Finding, Location, Related
from kataform.kustomization import Graph, Written
from kataform.project import shown
from kataform.resource import Key
from kataform.resource import Path as Pointer
from kataform.subject import Locate, Observation, Subject
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform import sentinel
    from kataform.sentinel.candidates import Candidate


@dataclass(frozen=True, slots=True)
class Object:
    """One object, the root it belongs to (for a manifest: its file) and the Namespace objects that come with it."""

    body: dict[str, Any]
    root: str
    locate: Locate
    namespaces: dict[str, dict[str, Any]] = field(default_factory=dict)


def of_roots(graph: Graph, built: dict[Path, list[dict[str, Any]]], places: Places | None = None) -> Iterator[Object]:
    """What each root was built to; with `places`, lines that reading alone cannot tell are proved."""
    for root, bodies in built.items():
        beside = namespaces(bodies)
        for body in bodies:
            yield Object(body, shown(root), _in_tree(graph, root, body, places), beside)


def of_manifests(graph: Graph, paths: Iterable[Path]) -> Iterator[Object]:
    """What manifests that no kustomization takes in hold."""
    for path in paths:
        source = graph.source(path)
        if source is not None and sources.is_wanted(graph, path, source):
            yield from of_source(source)


def of_source(source: reader.Source) -> list[Object]:
    """The objects of one text; a List is taken apart."""
    found: list[Object] = []
    for document in source.documents:
        if not document.is_empty:
            found += _members(document.value(Dialect.KUBECTL), source.path, document)
    beside = namespaces(one.body for one in found)
    return [replace(one, namespaces=beside) for one in found]


def namespaces(bodies: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The Namespace objects among some objects, by name."""
    return {k.name: body for body in bodies if (k := resource.key(body)).kind == "Namespace" and not k.group}


def _members(body: Any, label: str, document: reader.Document, path: tuple[str, ...] = ()) -> Iterator[Object]:
    """The object at a path of a document, or those of the list that stands there."""
    members = body if isinstance(body, list) else None
    if isinstance(body, dict) and str(body.get("kind", "")).endswith("List") and isinstance(body.get("items"), list):
        members, path = body["items"], (*path, "items")
    if members is not None:
        for index, member in enumerate(members):
            yield from _members(member, label, document, (*path, str(index)))
    elif resource.is_object(body):
        yield Object(body, label, _in_document(label, document, path, body))


def _in_document(label: str, document: reader.Document, above: tuple[str, ...], body: dict[str, Any]) -> Locate:
    def locate(path: Pointer, key: bool) -> Location:
        if document.node is None:
            return Location.start(label)
        written = Written(label, reader.find(document.node, above).node)
        return provenance.of_document(written, body, path, key=key)

    return locate


def _in_tree(graph: Graph, root: Path, body: dict[str, Any], places: Places | None) -> Locate:
    def locate(path: Pointer, key: bool) -> Location:
        proved = places.prove(root, body, path) if places is not None and not key else None
        if proved is not None:
            return proved
        found = provenance.locate(graph, root, body, path, key=key)
        if found is None:
            kustomization = graph.kustomization(root)
            found = Location.start(kustomization.label if kustomization is not None else shown(root))
        if places is not None and not key:
            places.doubt(root, body, path, found)
        return found

    return locate


@dataclass(frozen=True, slots=True)
class Unproved(Location):
    """What stands for the place of a value until it is proved together with others: the object and its field."""

    root: str = ""
    key: Key = Key("", "", "", "")
    pointer: Pointer = ()


@dataclass(slots=True)
class Places:
    """Places in trees that were proved, each with the way that leads there, and those that could not be.

    Both are by the root, the object and the place that a finding on it has. `built` has the objects of roots of which
    many values may be asked.
    """

    prover: sentinel.Prover
    built: dict[Path, list[dict[str, Any]]] = field(default_factory=dict)
    ways: dict[tuple[str, str, Location], tuple[Related, ...]] = field(default_factory=dict)
    _known: dict[tuple[Path, Key, Pointer], Location | None] = field(default_factory=dict)
    _certain: set[tuple[Path, Key, Pointer]] = field(default_factory=set)
    _waiting: dict[tuple[str, Key], tuple[Path, Subject]] = field(default_factory=dict)

    def prove(self, root: Path, body: dict[str, Any], path: Pointer) -> Location | None:
        """The proved place of a value; None where reading tells it as well, or nothing does."""
        if self._is_certain(root, body, path):
            return None
        known = (root, resource.key(body), path)
        if known not in self._known:
            self._known[known] = self._place(root, body, self.prover.prove(root, body, path))
        return self._known[known]

    def later(self, subjects: Iterable[Subject]) -> list[Subject]:
        """The subjects, with stand-ins for the places that have to be proved, which `settle` then proves together."""
        roots = {shown(root): root for root in self.built}
        return [self._later(one, roots[one.root]) if one.root in roots else one for one in subjects]

    def _later(self, subject: Subject, root: Path) -> Subject:
        identity = resource.key(subject.body)
        self._waiting[subject.root, identity] = (root, subject)

        def locate(path: Pointer, key: bool) -> Location:
            if key or self._is_certain(root, subject.body, path):
                return subject.locate(path, key)
            return Unproved(subject.root, root=subject.root, key=identity, pointer=path)

        return replace(subject, locate=locate)

    def settle(self, observations: list[Observation]) -> list[Observation]:
        """The observations with all their places, those that were to be proved among them."""
        wanted = dict.fromkeys(one for seen in observations for one in _unproved(seen.finding))
        by_root: dict[Path, list[Unproved]] = {}
        for one in wanted:
            by_root.setdefault(self._waiting[one.root, one.key][0], []).append(one)
        for root, ones in by_root.items():
            asked = ((self._waiting[one.root, one.key][1].body, one.pointer) for one in ones)
            for (body, path), found in self.prover.prove_all(root, self.built[root], asked):
                self._known[root, resource.key(body), path] = self._place(root, body, found)
        places = {one: self._waiting[one.root, one.key][1].locate(one.pointer, False) for one in wanted}
        return [_settled(seen, places) for seen in observations] if wanted else observations

    def _is_certain(self, root: Path, body: dict[str, Any], path: Pointer) -> bool:
        """Whether reading tells a place; each is looked at once."""
        known = (root, resource.key(body), path)
        if known in self._certain:
            return True
        if known not in self._known and provenance.is_certain(self.prover.graph, root, body, path):
            self._certain.add(known)
            return True
        return False

    def _place(self, root: Path, body: dict[str, Any], found: list[Candidate]) -> Location | None:
        """Where a value comes from, by the scalars that it is made from; the way there is kept."""
        if not found:
            return None
        place = found[0].place
        way = [Related(at, "is taken in here") for at in provenance.way(self.prover.graph, root, place.path)]
        way += [Related(one.place, "is part of the value, too") for one in found[1:]]
        self.ways[shown(root), resource.title(body), place] = tuple(way)
        return place

    def doubt(self, root: Path, body: dict[str, Any], path: Pointer, place: Location) -> None:
        """Remember that a place is only the nearest that is known."""
        if not self._is_certain(root, body, path):
            self.ways[shown(root), resource.title(body), place] = (Related(place, _NEAREST),)

    def told(self, seen: Observation) -> Observation:
        """An observation whose finding tells how its place came about."""
        way = self.ways.get((seen.root, seen.title, seen.finding.location), ())
        if not way or seen.finding.related:
            return seen
        return replace(seen, finding=replace(seen.finding, related=way))


def _unproved(finding: Finding) -> Iterator[Unproved]:
    places = (finding.location, *(related.location for related in finding.related))
    return (place for place in places if isinstance(place, Unproved))


def _settled(seen: Observation, places: dict[Unproved, Location]) -> Observation:
    def of(place: Location) -> Location:
        return places[place] if isinstance(place, Unproved) else place

    finding = seen.finding
    related = tuple(replace(one, location=of(one.location)) for one in finding.related)
    return replace(seen, finding=replace(finding, location=of(finding.location), related=related))


_NEAREST = "is the nearest place known; which line produced the value could not be told"
