"""The objects of one overlay as its policies look them up: `resource.Get`, `resource.Find` and `resource.List`."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any

from kataform import resource
from kataform.policies import kinds
from kataform.subject import Subject
from kubecel.admission import Extension, Resource, defaulting
from kubecel.admission.kinds import plural
from kubecel.errors import EvalError, Undecided
from kubecel.evidence import Other, trace
from kubecel.records import dataclass
from kubecel.signature import Overload
from kubecel.types import DYN, STRING, map_of, opaque, optional_of
from kubecel.values import NONE, Foreign, Optional, Partial, Value

Body = Mapping[str, Any]
NAME = "resource"
_TYPE = opaque("kataform.Resources")
_LABELS = map_of(STRING, STRING)
_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(slots=True)
class _Entry:
    """One object; its value is made when a policy first looks at it."""

    body: Body
    elsewhere: bool
    traced: bool
    value: Value = None

    def read(self) -> Value:
        """The object as a policy sees it; of one that comes from elsewhere no more than was said of it."""
        if self.value is None:
            self.value = _known_by_name(self.body) if self.elsewhere else self._completed()
        return self.value

    def _completed(self) -> Value:
        seen = defaulting.defaulted(self.body)
        return trace(seen, (Other(resource.key(dict(self.body)), self.body, seen),)) if self.traced else seen

    def has(self, labels: Mapping[str, str]) -> bool:
        """Whether it has the labels; an object from elsewhere is taken to have those that are asked for."""
        found = resource.get(self.body, ("metadata", "labels"))
        found = found if isinstance(found, dict) else {}
        return self.elsewhere or all(found.get(name) == value for name, value in labels.items())


def _known_by_name(body: Body) -> Value:
    what = f"{resource.title(dict(body))}, which comes from elsewhere,"
    parts = {name: Partial(what, part) if isinstance(part, dict) else part for name, part in body.items()}
    return Partial(what, parts)


class _Shelf:
    """The objects of one resource, by namespace and name, and by their labels once that is asked for."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], _Entry] = {}
        self._namespaces: dict[str, list[_Entry]] = {}
        self._listed: dict[str, Value] = {}
        self._labelled: dict[str, dict[tuple[str, Any], list[_Entry]]] = {}

    def all(self, namespace: str) -> Value:
        """What List gives: all objects of a namespace, or with an empty text of all namespaces."""
        if namespace not in self._listed:
            self._listed[namespace] = {"items": [one.read() for one in self._within(namespace)]}
        return self._listed[namespace]

    def labelled(self, namespace: str, labels: Mapping[str, str]) -> Value:
        """What List gives with labels: the objects that have all of them."""
        if not labels:
            return self.all(namespace)
        first = next(iter(labels.items()))
        candidates = self._by_label(namespace).get(first, [])
        elsewhere = self._by_label(namespace).get(_ANY, [])
        return {"items": [one.read() for one in (*candidates, *elsewhere) if one.has(labels)]}

    def _by_label(self, namespace: str) -> dict[tuple[str, Any], list[_Entry]]:
        if namespace not in self._labelled:
            found = self._labelled[namespace] = {}
            for entry in self._within(namespace):
                for label in _labels(entry):
                    found.setdefault(label, []).append(entry)
        return self._labelled[namespace]

    def _within(self, namespace: str) -> Iterable[_Entry]:
        if not namespace:
            return self.entries.values()
        if not self._namespaces:
            for (where, _), entry in self.entries.items():
                self._namespaces.setdefault(where, []).append(entry)
        return self._namespaces.get(namespace, ())


_ANY = ("", None)


def _labels(entry: _Entry) -> Iterable[tuple[str, Any]]:
    if entry.elsewhere:
        return (_ANY,)
    found = resource.get(entry.body, ("metadata", "labels"))
    return [one for one in found.items() if isinstance(one[1], str)] if isinstance(found, dict) else ()


class Inventory(Foreign):
    """What is known to be in a cluster together with an overlay.

    `bodies` are the overlay's own objects, `elsewhere` those that are said to come from elsewhere, of which no more is
    known than they say. Where the overlay is not `complete`, nothing can be said of what is not found; `missed` tells
    whether a policy has looked for such a thing. `subjects` have the places of the overlay's own objects.
    """

    type_name = _TYPE.name

    def __init__(
        self,
        bodies: Iterable[Body] = (),
        elsewhere: Iterable[Body] = (),
        *,
        complete: bool = True,
        subjects: Iterable[Subject] = (),
    ) -> None:
        self._bodies = bodies
        self._elsewhere = elsewhere
        self._given = subjects
        self._tracing = False
        self.complete = complete
        self.missed = False

    def traced(self) -> Inventory:
        """The same objects, whose fields know their places."""
        return self._traced

    @cached_property
    def _traced(self) -> Inventory:
        found = Inventory(self.bodies, self.elsewhere, complete=self.complete)
        found._tracing = True
        return found

    def subject(self, other: Other) -> Subject | None:
        """An object of the overlay with its places; None where those are not known."""
        return self._subjects.get(other.name)

    @cached_property
    def _subjects(self) -> dict[Hashable, Subject]:
        return {resource.key(one.body): one for one in self._given}

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """The overlay's own objects, gathered when they are first asked for."""
        return tuple(self._bodies)

    @cached_property
    def elsewhere(self) -> tuple[Body, ...]:
        """Objects that come from elsewhere."""
        return tuple(self._elsewhere)

    def of_kind(self, api_version: Any, kind: Any) -> Mapping[resource.Key, Body]:
        """The overlay's own objects of a kind."""
        return self._kinds.get((api_version, kind), {})

    def named(self, api_version: Any, kind: Any, names: frozenset[str] | None) -> Mapping[resource.Key, Body]:
        """The overlay's own objects of a kind with some names; with any where None is given."""
        known = (api_version, kind, names)
        if known not in self._named:
            found = self.of_kind(api_version, kind)
            chosen = {key: body for key, body in found.items() if names is None or key.name in names}
            self._named[known] = chosen
        return self._named[known]

    @cached_property
    def _named(self) -> dict[tuple[Any, Any, frozenset[str] | None], dict[resource.Key, Body]]:
        return {}

    @cached_property
    def _kinds(self) -> dict[tuple[Any, Any], dict[resource.Key, Body]]:
        found: dict[tuple[Any, Any], dict[resource.Key, Body]] = {}
        for body in self.bodies:
            version, kind = body.get("apiVersion"), body.get("kind")
            if isinstance(version, str) and isinstance(kind, str):
                found.setdefault((version, kind), {})[resource.key(dict(body))] = body
        return found

    def quotes_secret(self, text: str) -> bool:
        """Whether a text has a value of a Secret of the overlay in it, as it is written or decoded."""
        return any(value in text for value in self._secret_values)

    @cached_property
    def _secret_values(self) -> tuple[str, ...]:
        secrets = [body for body in self.bodies if resource.key(dict(body)).kind == "Secret"]
        held = [resource.get(body, (name,)) for body in secrets for name in ("data", "stringData")]
        values = [value for found in held if isinstance(found, dict) for value in found.values()]
        written = [value for value in values if isinstance(value, str)]
        return tuple(value for value in (*written, *map(_decoded, written)) if len(value) >= _TELLING)

    @cached_property
    def digest(self) -> str:
        """The same for inventories in which every policy finds the same."""
        text = json.dumps([self.bodies, self.elsewhere, self.complete])
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def served(self, group: str, kind: str) -> Resource | None:
        """The resource that a kind is served as, also one that a CustomResourceDefinition of the overlay defines."""
        return kinds.served(group, kind) or self._defined.get((group, kind))

    def get(self, api_version: str, name: str, namespace: str, object_name: str) -> Value:
        """The object. Raises EvalError where it is not there."""
        found = self._find(api_version, name, namespace, object_name)
        if found is None:
            where = f" in namespace {namespace}" if namespace else ""
            raise EvalError(f"{name} {object_name!r}{where} is not in this overlay")
        return found.read()

    def find(self, api_version: str, name: str, namespace: str, object_name: str) -> Value:
        """The object, or an absent optional."""
        found = self._find(api_version, name, namespace, object_name)
        return NONE if found is None else Optional(found.read())

    def listed(self, api_version: str, name: str, namespace: str, labels: Mapping[str, str] | None = None) -> Value:
        """A list object, `items` being those of a namespace, or of all with an empty text, that have the labels."""
        if not self.complete:
            raise self._unknown(name)
        shelf = self._shelves.get((resource.split_api_version(api_version)[0], name), _EMPTY)
        return shelf.all(namespace) if labels is None else shelf.labelled(namespace, labels)

    def _find(self, api_version: str, name: str, namespace: str, object_name: str) -> _Entry | None:
        shelf = self._shelves.get((resource.split_api_version(api_version)[0], name), _EMPTY)
        found = shelf.entries.get((namespace, object_name))
        if found is None and not self.complete:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> Undecided:
        self.missed = True
        return Undecided(f"not all objects of this overlay are known, so {name} of it cannot be looked up")

    @cached_property
    def _defined(self) -> dict[tuple[str, str], Resource]:
        """The kinds that CustomResourceDefinitions of the overlay define."""
        return {(group, kind): found for body in self.bodies for group, kind, found in _definition(body)}

    @cached_property
    def _shelves(self) -> dict[tuple[str, str], _Shelf]:
        """The objects by API group and resource: a server gives an object out in every version that it serves."""
        found: dict[tuple[str, str], _Shelf] = {}
        for elsewhere, bodies in ((True, self.elsewhere), (False, self.bodies)):
            for body in bodies:
                group, kind, namespace, name = resource.key(dict(body))
                served = self.served(group, kind)
                if served is None:
                    served = Resource(plural(kind), bool(namespace))
                where = (namespace or "default") if served.namespaced else ""
                shelf = found.setdefault((group, served.plural), _Shelf())
                shelf.entries[where, name] = _Entry(body, elsewhere, self._tracing)
        return found


_EMPTY = _Shelf()
_TELLING = 4  # characters; shorter ones are in any text


def _decoded(text: str) -> str:
    """What base64 stands for; nothing where it is none, or no text."""
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _definition(body: Body) -> Iterator[tuple[str, str, Resource]]:
    """The kind that a CustomResourceDefinition defines."""
    key = resource.key(dict(body))
    if (key.group, key.kind) != _CRD:
        return
    spec: Any = body.get("spec")
    group, names = resource.get(spec, ("group",)), resource.get(spec, ("names",))
    kind, name = resource.get(names, ("kind",)), resource.get(names, ("plural",))
    if isinstance(group, str) and isinstance(kind, str) and isinstance(name, str):
        yield group, kind, Resource(name, resource.get(spec, ("scope",)) == "Namespaced")


_WHERE = (_TYPE, STRING, STRING, STRING)
EXTENSION = Extension(
    {NAME: _TYPE},
    (
        Overload("Get", True, (*_WHERE, STRING), DYN, (), Inventory.get, (1, 0)),
        Overload("Find", True, (*_WHERE, STRING), optional_of(DYN), (), Inventory.find, (1, 0)),
        Overload("List", True, _WHERE, DYN, (), Inventory.listed, (1, 0)),
        Overload("List", True, (*_WHERE, _LABELS), DYN, (), Inventory.listed, (1, 0)),
    ),
)
