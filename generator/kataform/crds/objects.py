"""Why the server refuses a custom resource: its fields by its kind's schema, and what stands between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kataform import resource, schemas
from kataform.crds import completion, rules, values
from kataform.crds.definition import Definition, Version
from kataform.resource import Path
from kataform.schemas import Violation

__all__ = ["between", "of_fields", "rule_defects"]

Sub = dict[str, Any]
_NAMES = ("name", "generateName")
_INT32 = 2**31 - 1


def of_fields(
    definition: Definition, version: Version, body: Sub, minors: Sequence[str], *, secret: bool = False
) -> list[Violation]:
    """What is wrong with the fields of a new object of a served version, each by itself."""
    structural = version.structural
    written = completion.completed(body, structural)
    judged = _judged(written, version)
    failures = [
        *values.unknown(body, structural, resource=True),
        *values.failures(judged, structural, max(map(_number, minors))),
    ]
    found = [
        *schemas.validate(definition.head(version), body, secret=secret),
        *schemas.explained(definition.schema(version), written, failures, secret=secret),
        *_embedded(judged, structural, secret=secret),
        *_replicas(judged, version),
    ]
    return list({(violation.pointer, violation.rule): violation for violation in found}.values())


def between(definition: Definition, version: Version, body: Sub, minors: Sequence[str]) -> list[Violation]:
    """What is wrong between the fields of an object whose fields are right: sets, maps, and the rules of its CRD."""
    judged = _judged(completion.completed(body, version.structural), version)
    found = [
        *map(_twice, values.repeated(judged, version.structural)),
        *schemas.relations(definition.schema(version), judged),
        *(broken for minor in minors for broken in rules.broken(version, judged, _number(minor))),
    ]
    return list(dict.fromkeys(found))


def rule_defects(definition: Definition, minors: Sequence[str]) -> list[Violation]:
    """What the servers of some minors refuse in the rules of a CRD, and which of them do where not all."""
    found: dict[tuple[Path, str], list[str]] = {}
    for minor in minors:
        for version in definition.versions:
            for problem in rules.defects(version, _number(minor)):
                found.setdefault(problem, []).append(minor)
    refused = []
    for (path, message), refusing in found.items():
        where = f" (in Kubernetes {', '.join(refusing)})" if len(refusing) < len(minors) else ""
        refused.append(Violation(path, "definition-refused", message + where, ""))
    return refused


def _judged(written: Sub, version: Version) -> Sub:
    return {name: value for name, value in written.items() if name != "status" or not version.status}


def _number(minor: str) -> tuple[int, int]:
    """A minor as numbers, as kubecel has them."""
    first, _, second = minor.removeprefix("v").partition(".")
    return int(first), int(second.partition(".")[0])


def _embedded(value: Any, schema: Sub, path: Path = (), *, secret: bool) -> Iterator[Violation]:
    """Objects inside the object, which have metadata of their own."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _embedded(item, schema.get("items") or {}, (*path, index), secret=secret)
    if not isinstance(value, dict):
        return
    if schema.get("x-kubernetes-embedded-resource"):
        for violation in schemas.validate(schemas.embedded_object(), _stated(value), secret=secret):
            yield replace(violation, pointer=(*path, *violation.pointer))
    properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        below = properties.get(name, more)
        if isinstance(below, dict):
            yield from _embedded(item, below, (*path, name), secret=secret)


def _stated(value: Sub) -> Sub:
    """An embedded object without metadata that is null, and without a name that is empty: both are as good as none."""
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        return {
            **value,
            "metadata": {name: each for name, each in metadata.items() if each != "" or name not in _NAMES},
        }
    return {name: each for name, each in value.items() if name != "metadata" or each is not None}


def _replicas(body: Sub, version: Version) -> Iterator[Violation]:
    """The field that the scale subresource reads must hold a number of replicas."""
    found = resource.get(body, version.replicas) if version.replicas else None
    if found is None:
        return
    name = ".".join(map(str, version.replicas))
    if not isinstance(found, int) or isinstance(found, bool):
        yield Violation(version.replicas, "wrong-type", f"{name} must be an integer: it is what scaling reads", "")
    elif not 0 <= found <= _INT32:
        message = f"{name} must be between 0 and {_INT32}, not {found}"
        yield Violation(version.replicas, "invalid-value", message, "")


def _twice(path: Path) -> Violation:
    return Violation(path, "duplicate-name", "the same entry is there a second time", "remove it")
