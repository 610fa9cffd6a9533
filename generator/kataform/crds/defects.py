"""What the server refuses in a CRD whose fields are right: names, versions, and what is said of them beside schemas.

https://github.com/kubernetes/apiextensions-apiserver/blob/master/pkg/apis/apiextensions/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.crds import structure, translate
from kataform.resource import Path
from kataform.schemas import Violation

__all__ = ["defects"]

Sub = dict[str, Any]

_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_PART = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_PROTECTED = re.compile(r"(.*\.)?(k8s|kubernetes)\.io")
_APPROVED = "api-approved.kubernetes.io"
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("int32", "int64", "float", "double", "byte", "date", "date-time", "password")
_REVIEWS = ("v1", "v1beta1")
_SCALARS = ("string", "boolean", "integer")
_MOST_SELECTABLE = 8
_SCALE = {
    "specReplicasPath": (".spec.",),
    "statusReplicasPath": (".status.",),
    "labelSelectorPath": (".spec.", ".status."),
}


def defects(body: Sub) -> Iterator[Violation]:
    """Every reason to refuse a CRD."""
    spec: Sub = body["spec"]
    yield from _names(body, spec)
    yield from _approval(body, spec)
    yield from _versions(spec["versions"])
    if spec.get("preserveUnknownFields"):
        remedy = "say x-kubernetes-preserve-unknown-fields in the schema, where unknown fields are to be kept"
        yield _refused(("spec", "preserveUnknownFields"), "preserveUnknownFields can no longer be true", remedy)
    yield from _conversion(spec.get("conversion") or {})
    for index, version in enumerate(spec["versions"]):
        yield from _version(version, ("spec", "versions", index))


def _refused(path: Path, message: str, remedy: str = "") -> Violation:
    return Violation(path, "definition-refused", message, remedy)


# --- names --------------------------------------------------------------------------------------------------------


def _names(body: Sub, spec: Sub) -> Iterator[Violation]:
    names, group = spec["names"], spec["group"]
    if not all(map(_PART.fullmatch, group.split("."))) or len(group) > 253:
        yield _refused(("spec", "group"), f"the group '{group}' is no DNS name", "write it as in example.com")
    elif "." not in group:
        yield _refused(("spec", "group"), f"the group '{group}' needs a dot", "write a domain, as in example.com")
    wanted = f"{names.get('plural')}.{group}"
    if resource.key(body).name != wanted:
        yield _refused(("metadata", "name"), f"the name must be {wanted}: the plural and the group", f"write {wanted}")
    for field in ("plural", "singular", "kind", "listKind"):
        text = names.get(field)
        if text and not _LABEL.fullmatch(text.lower() if field in ("kind", "listKind") else text):
            yield _refused(("spec", "names", field), f"{field} '{text}' is no DNS label", "")
    for field in ("shortNames", "categories"):
        for index, text in enumerate(names.get(field) or ()):
            if not _LABEL.fullmatch(text):
                yield _refused(("spec", "names", field, index), f"'{text}' is no DNS label", "")
    if names.get("kind") and names["kind"] == names.get("listKind"):
        remedy = f"write {names['kind']}List, or take it out"
        yield _refused(("spec", "names", "listKind"), "listKind must not be the kind itself", remedy)


def _approval(body: Sub, spec: Sub) -> Iterator[Violation]:
    """Groups of Kubernetes' own need a word on who has approved them: https://github.com/kubernetes/enhancements/pull/1111"""
    if not _PROTECTED.fullmatch(spec["group"]):
        return
    said = resource.get(body, ("metadata", "annotations", _APPROVED)) or ""
    if not re.match(r"unapproved|[a-z]+://[^/]", said):
        message = f"{spec['group']} is a group of Kubernetes' own, and {_APPROVED} does not say who approved it"
        yield _refused(("metadata", "annotations", _APPROVED), message, "choose a group of your own")


# --- versions -----------------------------------------------------------------------------------------------------


def _versions(versions: list[Sub]) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, version in enumerate(versions):
        name = version["name"]
        if not _LABEL.fullmatch(name):
            yield _refused(("spec", "versions", index, "name"), f"the version '{name}' is no DNS label", "")
        if name in seen:
            yield _refused(("spec", "versions", index, "name"), f"a second version is called {name}", "remove one")
        seen.add(name)
    stored = [index for index, version in enumerate(versions) if version.get("storage")]
    if not stored:
        yield _refused(("spec", "versions"), "no version is stored", "give one of them storage: true")
    for index in stored[1:]:
        remedy = "exactly one has storage: true"
        yield _refused(("spec", "versions", index, "storage"), "a second version is stored", remedy)


def _version(version: Sub, path: Path) -> Iterator[Violation]:
    warning = version.get("deprecationWarning")
    if warning is not None and not version.get("deprecated"):
        message = "deprecationWarning is for versions that have deprecated: true"
        yield _refused((*path, "deprecationWarning"), message, "take it out")
    elif warning is not None and (not 0 < len(warning.encode()) <= 256 or not warning.isprintable()):
        message = "deprecationWarning must have 1 to 256 printable characters"
        yield _refused((*path, "deprecationWarning"), message)
    schema = translate.filled(resource.get(version, ("schema", "openAPIV3Schema")))
    at = (*path, "schema", "openAPIV3Schema")
    if schema is None:
        yield _refused(at, f"version {version['name']} has no schema", "add schema.openAPIV3Schema")
    else:
        subresources = version.get("subresources") or {}
        yield from structure.defects(schema, at, status=subresources.get("status") is not None)
        yield from _selectable(version.get("selectableFields") or [], schema, (*path, "selectableFields"))
    yield from _columns(version.get("additionalPrinterColumns") or [], (*path, "additionalPrinterColumns"))
    yield from _scale(resource.get(version, ("subresources", "scale")) or {}, (*path, "subresources", "scale"))


def _columns(columns: list[Sub], path: Path) -> Iterator[Violation]:
    for index, column in enumerate(columns):
        at = (*path, index)
        if column.get("type") not in _COLUMN_TYPES:
            yield _refused((*at, "type"), f"a column's type must be one of {', '.join(_COLUMN_TYPES)}")
        if column.get("format") and column["format"] not in _COLUMN_FORMATS:
            yield _refused((*at, "format"), f"a column's format must be one of {', '.join(_COLUMN_FORMATS)}")
        if not str(column.get("jsonPath") or "").startswith("."):
            yield _refused((*at, "jsonPath"), "a column's jsonPath must begin with a dot", "write it as in .spec.size")
        if not column.get("name"):
            yield _refused((*at, "name"), "a column needs a name")


def _scale(scale: Sub, path: Path) -> Iterator[Violation]:
    for field, beginnings in _SCALE.items():
        said = scale.get(field)
        needed = bool(scale) and field != "labelSelectorPath"
        if (needed or said) and not str(said or "").startswith(beginnings):
            yield _refused((*path, field), f"{field} must begin with {' or '.join(beginnings)}")


def _selectable(fields: list[Sub], schema: Sub, path: Path) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, field in enumerate(fields):
        said = str(field.get("jsonPath") or "")
        steps = said.split(".")[1:]
        found: Sub | None = schema if steps and said.startswith(".") else None
        for step in steps:
            found = ((found or {}).get("properties") or {}).get(step)
        at = (*path, index, "jsonPath")
        if not found or steps[:1] == ["metadata"] or found.get("type") not in _SCALARS:
            yield _refused(at, "a selectable field is a string, a boolean or an integer of the schema")
        elif said in seen:
            yield _refused(at, f"{said} is there a second time", "remove it")
        seen.add(said)
    if len(seen) > _MOST_SELECTABLE:
        yield _refused(path, f"there may be {_MOST_SELECTABLE} selectable fields, not {len(seen)}")


# --- conversion ---------------------------------------------------------------------------------------------------


def _conversion(conversion: Sub) -> Iterator[Violation]:
    """https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/"""
    path: Path = ("spec", "conversion")
    webhook = conversion.get("webhook")
    if not conversion:
        return
    if conversion.get("strategy") not in ("None", "Webhook"):
        yield _refused((*path, "strategy"), "strategy must be None or Webhook")
    elif conversion["strategy"] == "None" and webhook is not None:
        yield _refused((*path, "webhook"), "webhook is for the strategy Webhook", "take it out, or set the strategy")
    elif conversion["strategy"] == "Webhook":
        client = (webhook or {}).get("clientConfig")
        if client is None:
            yield _refused((*path, "webhook", "clientConfig"), "the strategy Webhook needs webhook.clientConfig")
        elif (client.get("url") is None) == (client.get("service") is None):
            yield _refused((*path, "webhook", "clientConfig"), "clientConfig needs either url or service")
        reviews = (webhook or {}).get("conversionReviewVersions") or []
        if not set(reviews) & set(_REVIEWS) or len(set(reviews)) < len(reviews):
            message = "conversionReviewVersions must hold v1 or v1beta1, and each version once"
            yield _refused((*path, "webhook", "conversionReviewVersions"), message)
