"""Label selectors, as the API server reads and applies them; labels may be known only in part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kubecel.admission.fields import Fields
from kubecel.errors import Undecided
from kubecel.pattern import Pattern

_VALUE = Pattern(r"(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_KEY = Pattern(
    r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*/)?"
    r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z"
)
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


class Requirement(NamedTuple):
    """One condition on the value of a label."""

    key: str
    operator: str
    values: frozenset[str]


class Labels(NamedTuple):
    """The labels of an object; where not all are `known`, `of` says whose they are."""

    known: Mapping[str, object]
    complete: bool = True
    of: str = ""


Selector = tuple[Requirement, ...]


def read(fields: Fields) -> Selector:
    """The requirements of a label selector."""
    fields.only(("matchLabels", "matchExpressions"))
    found = []
    labels = fields.map("matchLabels")
    for key, value in (fields.get("matchLabels") or {}).items() if labels.present else ():
        found.append(_requirement(labels, key, value))
    for expression in fields.maps("matchExpressions"):
        found.append(_expression(expression))
    return tuple(found)


def _requirement(labels: Fields, key: str, value: object) -> Requirement:
    _check_key(labels, key, key)
    if not isinstance(value, str):
        labels.complain("the value of a label must be a string", key)
    elif not _VALUE.match(value) or len(value) > 63:
        labels.complain(f'invalid label value "{value}"', key)
    return Requirement(key, "In", frozenset({str(value)}))


def _expression(fields: Fields) -> Requirement:
    fields.only(("key", "operator", "values"))
    key = fields.string("key", required=True)
    if key:
        _check_key(fields, key, "key")
    operator = fields.choice("operator", _OPERATORS, "Exists", required=True)
    values = fields.strings("values")
    if operator in ("In", "NotIn") and not values:
        fields.complain("values must be specified when `operator` is 'In' or 'NotIn'", "values")
    if operator in ("Exists", "DoesNotExist") and values:
        fields.complain("values may not be specified when `operator` is 'Exists' or 'DoesNotExist'", "values")
    return Requirement(key, operator, frozenset(values))


def _check_key(fields: Fields, key: str, *below: str) -> None:
    if not _KEY.match(key) or len(key.rpartition("/")[2]) > 63:
        fields.complain(f'invalid label key "{key}"', *below)


def matches(selector: Selector, labels: Labels) -> bool:
    """Whether the labels meet every requirement. Raises Undecided where that depends on labels that are not known."""
    unknown = ""
    for one in selector:
        if one.key not in labels.known and not labels.complete:
            unknown = unknown or one.key
        elif not _meets(one, labels.known):
            return False
    if unknown:
        raise Undecided(f"the label {unknown} of {labels.of} is known to the cluster only")
    return True


def _meets(one: Requirement, labels: Mapping[str, object]) -> bool:
    if one.operator == "Exists":
        return one.key in labels
    if one.operator == "DoesNotExist":
        return one.key not in labels
    if one.operator == "In":
        return labels.get(one.key) in one.values
    return one.key not in labels or labels[one.key] not in one.values
