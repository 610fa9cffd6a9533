"""The kinds kataform knows, and the schema of each in every version: read lazily, definition by definition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from kataform import data
from kataform.schemas.schema import Schema, Sub, at

__all__ = [
    "KUBERNETES_MINORS",
    "NEWEST_KUBERNETES",
    "any_object",
    "custom_schema",
    "embedded_object",
    "kataconfig_versions",
    "kataconfig_versions_with",
    "kind_schema",
    "kind_versions",
    "namespaced",
    "stored_kinds",
]

NEWEST_KUBERNETES = "1.37"
_OLDEST, _NEWEST = 21, 37
KUBERNETES_MINORS = tuple(f"1.{minor}" for minor in range(_OLDEST, _NEWEST + 1))
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_KATACONFIG = ("kataconfiguration.openshift.io/v1", "KataConfig")
_REFERENCE = re.compile(r'"\$ref":\s*"#/\$defs/([^"]+)"')


def kind_schema(api_version: str, kind: str, *, kubernetes: str, operator: str | None) -> Schema | None:
    """The schema of a kind as one Kubernetes minor (or, for KataConfig, one operator version) serves it.

    None for a kind that is unknown, or that this minor does not serve. A version between two known ones takes the
    schema of the lower one, a newer one the newest, an older one the oldest; an empty or absent one the newest.
    """
    if (api_version, kind) == _KATACONFIG:
        return _custom(f"kataconfig/{_nearest(operator)}.json")
    if kind in _olm().get(api_version, ()):
        return _custom(f"olm/{kind.lower()}-{api_version.rpartition('/')[2]}.json")
    return _built_in(f"{api_version} {kind}", _minor(kubernetes))


def kind_versions(api_version: str, kind: str) -> tuple[str, str] | None:
    """The first and the last Kubernetes minor known to serve a built-in kind; None for any other kind."""
    entry = _index()["kinds"].get(f"{api_version} {kind}")
    return (f"1.{entry[1][0][0]}", f"1.{entry[1][-1][1]}") if entry else None


def namespaced(api_version: str, kind: str) -> bool | None:
    """Whether objects of a kind live in a namespace; None where that is not known."""
    if (api_version, kind) == _KATACONFIG:
        return False
    if kind in _olm().get(api_version, ()):
        return True
    entry = _index()["kinds"].get(f"{api_version} {kind}")
    return entry[3] if entry and len(entry) > 2 else None


@cache
def kataconfig_versions() -> tuple[str, ...]:
    """Operator releases that stand for all, the oldest first: between two of them KataConfig changes at most once."""
    return tuple(_kataconfigs()["releases"])


def kataconfig_versions_with(field: str) -> str:
    """In words, the operator versions whose KataConfig has a field such as `spec.logLevel`; '' where none has it."""
    path = tuple(field.split("."))
    since = _kataconfigs()["since"]
    having = [at(_custom(f"kataconfig/{version}.json"), path) is not None for version in since]
    words, start = [], ""
    for version, has in zip(since, having, strict=True):
        if has and not start:
            start = version
        elif start and not has:
            words.append(f"{start} and later, before {version}")
            start = ""
    return " and ".join([*words, f"{start} and later"] if start else words)


@cache
def any_object() -> Schema:
    """What holds for an object of any kind: apiVersion, kind, and ObjectMeta in full; the rest is free."""
    body = {"metadata": {"$ref": f"#/$defs/{_OBJECT_META}"}}
    root = _root({"type": "object", "properties": body}, None, None, "path-segment")
    return Schema("any object", _closed(root, _NEWEST))


def stored_kinds(minor: int) -> Iterator[tuple[str, str]]:
    """The built-in kinds that a Kubernetes minor stores, as (apiVersion, kind)."""
    for identity, entry in _index()["kinds"].items():
        if len(entry) > 2 and _within(entry[1], minor):
            api_version, kind = identity.split()
            yield api_version, kind


# --- built-in kinds -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _built_in(identity: str, minor: int) -> Schema | None:
    entry = _index()["kinds"].get(identity)
    if entry is None or not _within(entry[1], minor):
        return None
    api_version, kind = identity.split()
    rule = entry[4] if len(entry) > 2 else None
    root = _root(_definition(entry[0], minor), api_version, kind, rule)
    return Schema(f"{identity} in Kubernetes 1.{minor}", _closed(root, minor))


def _root(definition: Sub, api_version: str | None, kind: str | None, rule: str | None) -> Sub:
    """The schema of a whole object: exactly this apiVersion and kind; what is stored has a name that follows `rule`."""
    properties = dict(definition.get("properties", {}))
    properties["apiVersion"] = {"type": "string", **({"enum": [api_version]} if api_version else {"minLength": 1})}
    properties["kind"] = {"type": "string", **({"enum": [kind]} if kind else {"minLength": 1})}
    required = {"apiVersion", "kind", *definition.get("required", ())}
    if rule:
        properties["metadata"] = _named(rule)
        required.add("metadata")
    return {**definition, "type": "object", "properties": properties, "required": sorted(required)}


def _named(rule: str) -> Sub:
    """ObjectMeta with a name by its rule, or with the beginning of one for the server to complete."""
    present = [{"required": [field], "properties": {field: {"minLength": 1, "type": "string"}}} for field in _NAMES]
    return {
        "$ref": f"#/$defs/{_OBJECT_META}",
        "type": "object",
        "properties": {
            "name": {"$ref": f"#/$defs/kataform.{rule}"},
            "generateName": {"$ref": f"#/$defs/kataform.{rule}-prefix"},
        },
        "anyOf": present,
        "x-kataform": "named",
    }


_NAMES = ("name", "generateName")


def _closed(root: Sub, minor: int) -> Sub:
    """`root` with every definition that it reaches, so that it refers to nothing outside of itself."""
    own: dict[str, Any] = root.get("$defs", {})
    found: dict[str, Sub] = {}
    todo = [*_references(root)]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = own[name] if name in own else _definition(name, minor)
            todo.extend(_references(found[name]))
    return {"$schema": _DIALECT, **root, "$defs": dict(sorted(found.items()))}


def _references(schema: Sub) -> Iterable[str]:
    return _REFERENCE.findall(json.dumps({key: value for key, value in schema.items() if key != "$defs"}))


@lru_cache(maxsize=4096)
def _definition(name: str, minor: int) -> Sub:
    for first, last, offset, length in _index()["definitions"][name]:
        if first <= minor <= last:
            found: Sub = json.loads(_text()[offset : offset + length])
            return found
    raise KeyError(f"{name} is not defined in Kubernetes 1.{minor}")


@cache
def _text() -> bytes:
    return (_folder() / "kubernetes" / "definitions.jsonl").read_bytes()


@cache
def _index() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_folder() / "kubernetes" / "index.json").read_bytes())
    return found


def _within(ranges: list[list[int]], minor: int) -> bool:
    return any(first <= minor <= last for first, last in ranges)


def _minor(kubernetes: str) -> int:
    """The minor of `1.32`, `v1.32` or `1.32.4`, moved into the range that is known."""
    match = re.match(r"v?1\.(\d+)", kubernetes)
    return min(max(int(match.group(1)), _OLDEST), _NEWEST) if match else _NEWEST


# --- custom resources ---------------------------------------------------------------------------------------------


@cache
def _custom(path: str) -> Schema:
    """A schema that was made from a CRD, with what every object shares taken from the newest Kubernetes."""
    return custom_schema(json.loads((_folder() / path).read_bytes()), Path(path).stem)


def custom_schema(made: Sub, name: str) -> Schema:
    """The schema of a custom resource: what was made from its CRD, with metadata; `name` tells it from others."""
    api_version, kind = made["x-kataform-kind"]
    root = _root(made, api_version, kind, "dns-1123-subdomain")
    root.pop("x-kataform-kind", None)
    return Schema(f"{api_version} {kind}, {name}", _closed(root, _NEWEST), custom=True)


@cache
def embedded_object() -> Schema:
    """What holds for an object inside another one: it has an apiVersion and a kind, and need not have a name."""
    metadata = {
        "$ref": f"#/$defs/{_OBJECT_META}",
        "type": "object",
        "properties": {
            "name": {"$ref": "#/$defs/kataform.path-segment"},
            "generateName": {"$ref": "#/$defs/kataform.path-segment-prefix"},
        },
    }
    root = _root({"type": "object"}, None, None, None)
    root["properties"] |= {
        "metadata": metadata,
        "apiVersion": {"type": "string", "minLength": 1, "pattern": "^[^/]*/?[^/]*$"},
        "kind": {"type": "string", "pattern": "^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$", "examples": ["Pod"]},
    }
    return Schema("an embedded object", _closed(root, _NEWEST))


@cache
def _kataconfigs() -> dict[str, list[str]]:
    """The versions that brought a new KataConfig, `since`, and the `releases` that stand for all."""
    found: dict[str, list[str]] = json.loads((_folder() / "kataconfig" / "index.json").read_bytes())
    return found


def _nearest(operator: str | None) -> str:
    """The version whose KataConfig a version has: the highest that is not above it, else the lowest of all."""
    since = _kataconfigs()["since"]
    below = [version for version in since if not operator or _version(version) <= _version(operator)]
    return below[-1] if below else since[0]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@cache
def _olm() -> dict[str, tuple[str, ...]]:
    """The OLM kinds by apiVersion."""
    found: dict[str, Any] = json.loads((_folder() / "olm" / "index.json").read_bytes())
    return {api_version: tuple(kinds) for api_version, kinds in found.items()}


def _folder() -> Path:
    return data.directory() / "schemas"
