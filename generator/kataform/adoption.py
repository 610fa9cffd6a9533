"""Bring an existing tree under specs: its environments, the spec that comes nearest to each, and what that leaves open.

A spec says what it can; the rest of an object becomes a patch of the person's own, and an object that no spec knows
stays a file of theirs. Whether both trees are the same is not argued here: the caller builds both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from kataform import resource, schemas
from kataform.catalogue import Catalogue
from kataform.render import Rendering, difference, target
from kataform.resource import Key
from kataform.resources import EXAMPLES, INSTANCE, OPERATOR, RUNTIMECLASS
from kataform.spec import API_VERSION, KIND, schema
from kataform.text import emit
from kubecel.records import dataclass

Bodies = dict[Key, dict[str, Any]]

_OPERATOR_GROUP = "kataconfiguration.openshift.io"
_ARGOCD = "argocd.argoproj.io/"
_CSV = re.compile(r"v(\d+\.\d+\.\d+)\Z")
_SCAFFOLD = frozenset({"operator", "operators", "instance", "base", "overlays", "overlay", "default", "."})


@dataclass(frozen=True, slots=True)
class Environment:
    """What is installed together: the objects of some roots, of which one subscribes to the operator."""

    name: str
    roots: tuple[str, ...]
    bodies: Bodies


@dataclass(slots=True)
class Additions:
    """What a rendering leaves open: `kustomize` for the spec, files by path in the overlay, and what these are."""

    kustomize: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    files: dict[str, Key] = field(default_factory=dict)
    patched: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)

    def add(self, part: str, name: str, entry: Any) -> None:
        self.kustomize.setdefault(part, {}).setdefault(name, []).append(entry)


# --- environments --------------------------------------------------------------------------------------------------


def environments(
    roots: Mapping[str, Iterable[dict[str, Any]]], known: Catalogue
) -> tuple[list[Environment], list[str]]:
    """The environments in the objects of some roots, and the roots about Kata Containers that belong to none.

    Each root with a Subscription of the operator is one. Other roots belong to the one whose folder they are named
    like, else to all; where several hold a KataConfig, of which a cluster has one, each of them makes one more.
    """
    found = {root: {resource.key(body): body for body in bodies} for root, bodies in roots.items()}
    found = {root: bodies for root, bodies in found.items() if _concerns(bodies, known)}
    subscribing = [
        root for root, bodies in found.items() if any(_subscribes(b, known.package) for b in bodies.values())
    ]
    configuring = [root for root in found if root not in subscribing and _configures(found[root])]
    names = _names(subscribing or configuring[:1])
    made = []
    for root, name in names.items():
        others = [each for each in found if each not in names and each not in configuring]
        beside = [each for each in others if _name(each) in (name, *({_name(each)} - set(names.values())))]
        for own, instance in _instances(root, name, names, found, configuring):
            mine = (root, *([instance] if instance else []), *beside)
            made.append(Environment(own, mine, {key: body for each in mine for key, body in found[each].items()}))
    taken = {root for one in made for root in one.roots}
    return made, [root for root in found if root not in taken]


def _instances(
    root: str, name: str, names: Mapping[str, str], found: Mapping[str, Bodies], configuring: list[str]
) -> Iterator[tuple[str, str]]:
    """The name of each environment that a root makes, and the root of its KataConfig, empty where it has it itself."""
    free = [each for each in configuring if _name(each) not in names.values() and each not in names]
    own = [each for each in configuring if _name(each) == name]
    if root in configuring or _configures(found[root]):
        yield name, ""
    elif own or not free:
        yield name, own[0] if own else ""
    else:
        first = next((each for each in free if not _name(each)), free[0])
        yield name, first
        yield from ((f"{name}-{_name(each)}", each) for each in free if each != first and _name(each))


def _subscribes(body: dict[str, Any], package: str) -> bool:
    return resource.key(body).kind == "Subscription" and resource.get(body, ("spec", "name")) == package


def _configures(bodies: Bodies) -> bool:
    return any((key.group, key.kind) == (_OPERATOR_GROUP, "KataConfig") for key in bodies)


def _concerns(bodies: Bodies, known: Catalogue) -> bool:
    """Whether objects are about Kata Containers: the operator's, in its namespace, or Pods of a class of its own."""
    classes = {one.name for one in known.classes}
    return any(
        key.group == _OPERATOR_GROUP
        or known.namespace in (key.namespace, key.name)
        or _subscribes(body, known.package)
        or (key.kind == "RuntimeClass" and key.name in classes)
        or bool(classes.intersection(_class_names(body)))
        for key, body in bodies.items()
    )


def _class_names(value: Any) -> Iterator[str]:
    """The runtime classes that a workload names, wherever its Pod template is."""
    if isinstance(value, dict):
        for name, below in value.items():
            if name == "runtimeClassName" and isinstance(below, str):
                yield below
            else:
                yield from _class_names(below)
    elif isinstance(value, list):
        for below in value:
            yield from _class_names(below)


def _names(roots: Iterable[str]) -> dict[str, str]:
    """A name for each root: the last telling part of its path, longer where two would be the same."""
    named: dict[str, str] = {}
    for root in roots:
        name = _name(root) or "imported"
        named[root] = name if name not in named.values() else re.sub(r"[^a-z0-9.-]+", "-", root.lower()).strip("-.")
    return named


def _name(root: str) -> str:
    telling = [part for part in root.split("/") if part not in _SCAFFOLD and part != ".."]
    return re.sub(r"[^a-z0-9.-]+", "-", telling[-1].lower()).strip("-.") if telling else ""


# --- specs ---------------------------------------------------------------------------------------------------------


def spec_of(bodies: Bodies, catalogue: Catalogue, examples: Iterable[str]) -> dict[str, Any]:
    """The spec that renders to what comes nearest to some objects; what it may not say is left to patches."""
    subscription = next((b for b in bodies.values() if _subscribes(b, catalogue.package)), None)
    config = next((b for k, b in bodies.items() if (k.group, k.kind) == (_OPERATOR_GROUP, "KataConfig")), None)
    body: dict[str, Any] = {"apiVersion": API_VERSION, "kind": KIND}
    if not any(key.startswith(_ARGOCD) for one in bodies.values() for key in _annotations(one)):
        body["argocd"] = False
    body["operator"] = _operator(resource.get(subscription, ("spec",)), catalogue)
    if config is not None:
        name = resource.key(config).name
        usual = schema().root["properties"]["kataConfig"]["properties"]["name"]["default"]
        own = {"name": name} if name != usual else {}
        body["kataConfig"] = own | {"spec": _fields(resource.get(config, ("spec",)), ("kataConfig", "spec"))}
    known = {one.name for one in catalogue.possible_runtime_classes(body["operator"]["version"])}
    if any(key.kind == "RuntimeClass" and key.name in known for key in bodies):
        body["runtimeClass"] = {"owner": "git"}
    body["examples"] = list(examples)
    return _valid(body)


def _operator(stated: Any, catalogue: Catalogue) -> dict[str, Any]:
    """The channel where the catalogue knows it, and the version that the Subscription begins with where that has it."""
    found = _fields(stated, ("operator", "subscription"))
    channel = catalogue.channel(str(found.get("channel"))) or catalogue.channels[catalogue.default_channel]
    named = _CSV.search(str(found.pop("startingCSV", "")))
    offered = named is not None and named.group(1) in map(str, channel.entries)
    version = named.group(1) if named is not None and offered else str(channel.head or catalogue.newest)
    subscription = {"channel": channel.name, "installPlanApproval": "Automatic", **found} | {"channel": channel.name}
    if named is not None and offered and subscription["installPlanApproval"] != "Manual":
        subscription["startingCSV"] = catalogue.csv(version)
    return {"version": version, "subscription": subscription}


def _annotations(body: dict[str, Any]) -> dict[str, Any]:
    found = resource.get(body, ("metadata", "annotations"))
    return found if isinstance(found, dict) else {}


def _fields(stated: Any, path: tuple[str, ...]) -> dict[str, Any]:
    """Of a resource's fields those that a spec has, in the spec's order."""
    sub = schema().root
    for name in path:
        sub = sub["properties"][name]
    found = stated if isinstance(stated, dict) else {}
    return {name: found[name] for name in sub["properties"] if found.get(name) is not None}


def _valid(body: dict[str, Any]) -> dict[str, Any]:
    """The spec without the values that its schema refuses."""
    for violation in schemas.validate(schema(), body):
        above = resource.get(body, violation.pointer[:-1])
        if isinstance(above, dict):
            above.pop(violation.pointer[-1], None)
        elif len(violation.pointer) > 1 and isinstance(holder := resource.get(body, violation.pointer[:-2]), dict):
            holder.pop(violation.pointer[-2], None)
    return body


def shared(specs: list[dict[str, Any]]) -> dict[str, Any]:
    """What all specs say, completed from the first where a base could not stand alone without it."""
    base = specs[0]
    for other in specs[1:]:
        base = _common(base, other)
    first = specs[0]
    operator = base.setdefault("operator", {})
    operator["version"] = first["operator"]["version"]
    operator.setdefault("subscription", {})["channel"] = first["operator"]["subscription"]["channel"]
    selector = next((s for one in specs if (s := resource.get(one, _SELECTOR))), {"matchLabels": {"kata": "true"}})
    config = base.setdefault("kataConfig", {}).setdefault("spec", {})
    config.setdefault("kataConfigPoolSelector", selector)
    return base


_SELECTOR = ("kataConfig", "spec", "kataConfigPoolSelector")


def _common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in one.items():
        theirs = other.get(name)
        if name == "kataConfigPoolSelector" or not (isinstance(value, dict) and isinstance(theirs, dict)):
            kept |= {name: value} if name in other and resource.same(value, theirs) else {}
        elif below := _common(value, theirs):
            kept[name] = below
    return kept


def over(base: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """What a spec that extends the base must say to be the spec given; null takes away what only the base says."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*spec, *base)):
        if name not in spec:
            found[name] = None
        elif name not in base or name in ("apiVersion", "kind"):
            found[name] = spec[name]
        elif name != "kataConfigPoolSelector" and isinstance(spec[name], dict) and isinstance(base[name], dict):
            found |= {name: below} if (below := over(base[name], spec[name])) else {}
        elif not resource.same(spec[name], base[name]):
            found[name] = spec[name]
    return found


# --- what a spec leaves open ---------------------------------------------------------------------------------------


def examples_in(rendering: Rendering, bodies: Bodies) -> list[str]:
    """The example workloads that the objects hold just as they are rendered."""
    names = rendering.spec.get("examples") or []
    pods = {resource.key(one.body): one.body for one in rendering.parts.get(EXAMPLES, ())}
    held = {key for key, body in pods.items() if key in bodies and resource.same(body, bodies[key])}
    return (
        [name for name in names if {k for k in pods if k.name.startswith(f"example-{name}-")} <= held] if held else []
    )


def additions(rendering: Rendering, bodies: Bodies) -> Additions:
    """What must be added to a rendering so that it builds to the objects: patches, files, and what is taken out."""
    found = Additions()
    placed = {resource.key(one.body): (part, one.body) for part, made in rendering.parts.items() for one in made}
    renamed = _renamed(placed, bodies)
    for key, (part, body) in placed.items():
        wanted = bodies.get(renamed.get(key, key))
        if wanted is not None:
            operations = list(difference(body, wanted))
            if operations:
                found.patched.append(resource.key(wanted))
                found.add(part, "patches", _patch(body, operations))
        elif part != RUNTIMECLASS:
            found.removed.append(key)
            found.add(part, "patches", _removal(body))
    for key in bodies:
        if key not in placed and key not in renamed.values():
            _keep(found, key, rendering)
    return found


def _renamed(placed: Mapping[Key, Any], bodies: Bodies) -> dict[Key, Key]:
    """Rendered objects that the tree has under another name: the only one of their kind on both sides."""
    ours, theirs = [key for key in placed if key not in bodies], [key for key in bodies if key not in placed]
    pairs = {}
    for key in ours:
        same_kind = [[k for k in side if (k.group, k.kind) == (key.group, key.kind)] for side in (ours, theirs)]
        if key.kind not in ("Namespace", "Pod") and all(len(side) == 1 for side in same_kind):
            pairs[key] = same_kind[1][0]
    return pairs


def _patch(body: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    patch: dict[str, Any] = {"target": target(body), "patch": emit.dump(operations)}
    if any(operation["path"] == "/metadata/name" for operation in operations):
        patch["options"] = {"allowNameChange": True}
    return patch


def _removal(body: dict[str, Any]) -> dict[str, Any]:
    named = {name: body["metadata"][name] for name in ("name", "namespace") if name in body["metadata"]}
    stub = {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": named, "$patch": "delete"}
    return {"patch": emit.dump(stub)}


def _keep(found: Additions, key: Key, rendering: Rendering) -> None:
    part = _part(key, rendering)
    name = re.sub(r"[^a-z0-9.-]+", "-", f"{key.kind}-{key.name}".lower())
    path = next(
        p for n in range(len(found.files) + 1) if (p := f"{part}/{name}{f'-{n}' * bool(n)}.yaml") not in found.files
    )
    found.files[path] = key
    found.add(part, "resources", path.partition("/")[2])


def _part(key: Key, rendering: Rendering) -> str:
    """Where an object of the person's own goes: before the KataConfig what it needs, workloads behind it all."""
    if key.kind == "RuntimeClass":
        return RUNTIMECLASS if rendering.spec.get("runtimeClass", "owner") == "git" else INSTANCE
    if key.group in ("operators.coreos.com", "apiextensions.k8s.io"):
        return OPERATOR
    operator = {resource.key(one.body).namespace for one in rendering.parts.get(OPERATOR, ())} - {""}
    return INSTANCE if key.namespace in operator or key.group == _OPERATOR_GROUP else EXAMPLES
