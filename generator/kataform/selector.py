"""Decide what the texts of a target select: patterns of names, `web-.*`, and labels, `app in (web, api),!gone`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_KEY = r"(?:[\w.-]+/)?[\w.-]+"
_VALUE = r"[\w.-]*"
_REQUIREMENT = re.compile(
    rf"\s*(?:(?P<gone>!)\s*(?P<absent>{_KEY})"
    rf"|(?P<among>{_KEY})\s+(?P<not>not)?in\s*\((?P<values>[^()]*)\)"
    rf"|(?P<key>{_KEY})\s*(?:(?P<op>==|=|!=|<|>)\s*(?P<value>{_VALUE}))?)\s*(?:,|\Z)",
    re.ASCII,
)


def fits(wanted: Any, values: Iterable[str]) -> bool:
    """kustomize takes each field of a target for an anchored regular expression of Go; an empty one selects all."""
    if not isinstance(wanted, str) or not wanted:
        return True
    if re.fullmatch(r"[\w.-]+", wanted):
        return any(re.fullmatch(wanted, value) for value in values)
    from kubecel import regex  # with Go's syntax, and never slow; most targets are plain names
    from kubecel.errors import EvalError

    try:
        return any(regex.search(f"^(?:{wanted})$", value) is not None for value in values)
    except EvalError:
        return wanted in values


def selects(text: str, labels: Mapping[str, str]) -> bool | None:
    """Whether it selects what has these labels; None for a text that is no selector.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    position, selected = 0, True
    while position < len(text.rstrip()):
        found = _REQUIREMENT.match(text, position)
        if found is None:
            return None
        selected = selected and _holds(found, labels)
        position = found.end()
    return None if text.rstrip().endswith(",") else selected


def _holds(found: re.Match[str], labels: Mapping[str, str]) -> bool:
    if found["gone"]:
        return found["absent"] not in labels
    if found["among"]:
        inside = labels.get(found["among"]) in {value.strip() for value in found["values"].split(",")}
        return inside != bool(found["not"])
    has, wanted = labels.get(found["key"]), found["value"]
    match found["op"]:
        case "=" | "==":
            return has == wanted
        case "!=":
            return has != wanted
        case "<" | ">" as op:
            left, right = _number(has), _number(wanted)
            return left is not None and right is not None and (left < right if op == "<" else left > right)
        case _:
            return has is not None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None
