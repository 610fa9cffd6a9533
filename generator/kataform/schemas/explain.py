"""Put into this project's own words why the API server refuses a field: never the engine's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kataform.schemas import names, quantity, spelling
from kataform.schemas.engine import Failure, python_pattern
from kataform.schemas.schema import Path, Schema, Sub, at, facets, fields, types
from kataform.schemas.violation import Violation

__all__ = ["explain"]

_NOUNS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
_LONGEST = 60


def explain(schema: Schema, body: object, failures: Iterable[Failure], *, secret: bool) -> list[Violation]:
    """The violations behind some failures, one for each cause, sorted by path."""
    words = _Words(schema, body, secret)
    places: dict[Path, list[Failure]] = {}
    for failure in failures:
        places.setdefault(failure.path, []).append(failure)
    found = [violation for path, group in places.items() for violation in words.told(path, group)]
    found = list({(violation.pointer, violation.rule): violation for violation in sorted(found, key=_stable)}.values())
    return sorted(_causes(found), key=_order)


def _causes(violations: list[Violation]) -> Iterator[Violation]:
    """Without the consequences: a field missing because it is misspelt, or refused anyway."""
    refused = {violation.pointer for violation in violations if violation.rule != "missing-field"}
    unknown = [violation for violation in violations if violation.rule == "unknown-field"]
    explained = refused | {(*found.pointer[:-1], found.suggestion or "") for found in unknown}
    explained |= {found.pointer[:-1] for found in unknown}
    for violation in violations:
        if violation.rule != "missing-field" or violation.pointer not in explained:
            yield violation


def _order(violation: Violation) -> tuple[Any, ...]:
    return tuple((isinstance(token, str), token) for token in violation.pointer), violation.rule


def _stable(violation: Violation) -> tuple[Any, ...]:
    return _order(violation), violation.message, violation.remedy


class _Words:
    """What is said about the failures of one object."""

    def __init__(self, schema: Schema, body: object, secret: bool) -> None:
        self.schema, self.body, self.secret = schema, body, secret

    def told(self, path: Path, failures: list[Failure]) -> Iterator[Violation]:
        """The violations of one field: never none, or what a schema refuses would pass for want of words."""
        found = list(self.place(path, failures))
        yield from found or [Violation(path, "invalid-value", f"{_name(path)} has none of the allowed forms", "")]

    def place(self, path: Path, failures: list[Failure]) -> Iterator[Violation]:
        """The violations of one field: those of its keys, and the first reason to refuse its own value."""
        value = _get(self.body, path)
        subs: dict[str, list[Sub]] = {}
        for failure in failures:
            subs.setdefault(failure.keyword, []).append(failure.sub)
        if "type" in subs:
            yield self._wrong_type(path, value, subs["type"])
            return
        if isinstance(value, dict):
            yield from self._keys(path, value, subs)
        yield from self._value(path, value, subs)

    # --- keys -----------------------------------------------------------------------------------------------------

    def _keys(self, path: Path, value: dict[str, Any], subs: dict[str, list[Sub]]) -> Iterator[Violation]:
        for sub in subs.pop("additionalProperties", ()):
            unknown = sorted(value.keys() - sub.get("properties", {}).keys())
            yield from (self._unknown_field((*path, name), value) for name in unknown)
        for sub in subs.pop("required", ()):
            missing = [name for name in sub["required"] if name not in value]
            yield from (self._missing((*path, name)) for name in missing)
        if names := subs.pop("propertyNames", None):
            yield from self._names(path, value, names)
        for sub in subs.pop("anyOf", ()):
            if sub.get("x-kataform") == "named":
                yield self._missing((*path, "name"))
            else:
                yield self._none_of(path, sub)

    def _unknown_field(self, path: Path, siblings: dict[str, Any]) -> Violation:
        name = str(path[-1])
        sub = at(self.schema, path[:-1])
        known = fields(self.schema, sub) if sub is not None else frozenset()
        meant = spelling.nearest(name, sorted(known - siblings.keys())) or spelling.nearest(name, sorted(known))
        remedy = f"did you mean '{meant}'?" if meant else self._known(known)
        return Violation(path, "unknown-field", f"unknown field '{_short(name)}'", remedy, meant)

    def _known(self, known: frozenset[str]) -> str:
        if not known:
            return "remove it"
        few = len(known) <= 8
        return f"known here: {', '.join(sorted(known))}" if few else "remove it, or move it where it belongs"

    def _missing(self, path: Path) -> Violation:
        sub = at(self.schema, path)
        wanted = self._wanted(sub) if sub is not None else ""
        remedy = f"add {path[-1]}" + (f", {wanted}" if wanted else "")
        return Violation(path, "missing-field", f"{_name(path)} is missing", remedy)

    def _none_of(self, path: Path, sub: Sub) -> Violation:
        """None of several forms fits; where each is one field that must be there, they are named."""
        choices = [name for form in sub["anyOf"] for name in form.get("required", ())]
        if sub.get("x-kataform") != "one-of":
            return Violation(path, "invalid-value", f"{_name(path)} has none of the allowed forms", "")
        known = fields(self.schema, at(self.schema, path) or sub)
        listed = _joined([name for name in choices if name in known])
        return Violation(path, "missing-field", f"{_name(path)} needs {listed}", "add one of them")

    def _names(self, path: Path, value: dict[str, Any], refused: list[Sub]) -> Iterator[Violation]:
        """The names that are not allowed: by what always holds there, and what holds where other fields say so."""
        sub = at(self.schema, path) or {}
        always = [facet["propertyNames"] for facet in facets(self.schema, sub) if "propertyNames" in facet]
        wanted = {"allOf": [*always, *refused]}
        for name in value:
            refusing = list(self._refusing(wanted, name))
            if refusing:
                yield self._text((*path, name), name, refusing, wanted, key=True)

    def _refusing(self, sub: Sub, text: str) -> Iterator[Sub]:
        """The facets of a string's schema that refuse a text."""
        for facet in facets(self.schema, sub):
            too_long = len(text) > facet.get("maxLength", len(text))
            unlike = "pattern" in facet and not python_pattern(facet["pattern"]).search(text)
            if too_long or unlike or len(text) < facet.get("minLength", 0) or text not in facet.get("enum", (text,)):
                yield facet

    # --- values ---------------------------------------------------------------------------------------------------

    def _wrong_type(self, path: Path, value: object, subs: list[Sub]) -> Violation:
        sub = at(self.schema, path) or subs[0]
        message = f"{_name(path)} must be {self._wanted(sub) or _listed(subs[0])}, not {_NOUNS[_type(value)]}"
        return Violation(path, "wrong-type", message, self._retyped(path, value, sub))

    def _retyped(self, path: Path, value: object, sub: Sub) -> str:
        """How a value of the wrong type is mended, where that is plain to see."""
        allowed = _allowed(self.schema, sub)
        if value is None:
            return "remove it, or give it a value" if path and isinstance(path[-1], int) else "give it a value"
        if isinstance(value, bool | int | float) and "string" in allowed and "number" not in allowed:
            return "quote it" if self.secret else f"write '{json.dumps(value)}', with the quotes"
        if isinstance(value, str) and _type(_read(value)) in allowed | ({"number"} if "integer" in allowed else set()):
            return "remove the quotes" if self.secret else f"write {_short(value)}, without quotes"
        if "array" in allowed and not isinstance(value, list):
            return "make it a list: begin with a '-'"
        return ""

    def _wanted(self, sub: Sub) -> str:
        """What a field is, with its article: 'a string', 'a list', 'a quantity such as 350Mi'."""
        formats = {facet.get("format") for facet in facets(self.schema, sub)}
        if "quantity" in formats:
            return "a quantity such as 350Mi"
        allowed = _allowed(self.schema, sub)
        return " or ".join(_NOUNS[name] for name in sorted(allowed - {"null"}, key=list(_NOUNS).index))

    def _value(self, path: Path, value: object, subs: dict[str, list[Sub]]) -> Iterator[Violation]:
        every = [sub for group in subs.values() for sub in group]
        if isinstance(value, str) and any("x-kataform" in sub for sub in every):
            yield self._text(path, value, every, at(self.schema, path) or {"allOf": every})
        elif "enum" in subs or "const" in subs:
            yield self._unknown_value(path, value, subs.get("enum", []) + subs.get("const", []))
        elif subs:
            keyword = min(subs)
            yield self._other(path, value, keyword, subs[keyword][0])

    def _text(self, path: Path, text: str, subs: list[Sub], wanted: Sub, *, key: bool = False) -> Violation:
        """A text that a rule of names, labels or quantities refuses, by the strictest rule that does.

        `subs` refuse it; `wanted` is all that must hold of it.
        """
        rules = [sub["x-kataform"] for sub in subs if "x-kataform" in sub]
        if not rules:
            return self._other(path, text, "pattern", subs[0])
        rule = min(rules, key=lambda name: (name.startswith("path-segment"), name))
        if rule.endswith("quantity"):
            return self._quantity(path, text)
        known = names.named(rule)
        noun, finding = (known.noun, known.finding) if known else ("value", "invalid-value")
        place = "" if key else f"{_name(path)}: "
        if self.secret and not key:
            return Violation(
                path, finding, f"{place}this is no {noun}" + (f"; allowed are {known.words}" if known else ""), ""
            )
        what = f"'{_short(text)}'" if text else "an empty text"
        return Violation(
            path, finding, f"{place}{what} is no {noun}: {names.refusal(rule, text)}", self._mended(rule, text, wanted)
        )

    def _mended(self, rule: str, text: str, wanted: Sub) -> str:
        if text.isdecimal() and rule.endswith(("port-reference", "percentage")):
            return f"write {text}, without quotes"
        if names.has_variable(text):
            return "put in what the variable stands for"
        right = (better for better in names.mended(rule, text) if better and not any(self._refusing(wanted, better)))
        return next((f"write {better}" for better in right), "")

    def _quantity(self, path: Path, text: str) -> Violation:
        reason, remedy = quantity.refusal(text)
        if self.secret:
            return Violation(path, "invalid-quantity", f"{_name(path)} is no quantity", "")
        if not reason:
            return Violation(path, "invalid-quantity", f"{_name(path)}: {_short(text)} is negative", "")
        return Violation(path, "invalid-quantity", f"{_name(path)}: '{_short(text)}' is no quantity: {reason}", remedy)

    def _unknown_value(self, path: Path, value: object, subs: list[Sub]) -> Violation:
        choices = min((sub.get("enum", [sub.get("const")]) for sub in subs), key=len)
        offered = [choice for choice in choices if choice not in ("", None)]
        listed = _joined([str(choice) for choice in offered])
        if self.secret or not isinstance(value, str | int | float | None):
            return Violation(path, "unknown-value", f"{_name(path)} must be {listed}", "")
        shown = json.dumps(value) if not isinstance(value, str) else f"'{_short(value)}'"
        meant = spelling.nearest(str(value), [str(choice) for choice in offered])
        remedy = f"did you mean '{meant}'?" if meant else ""
        return Violation(path, "unknown-value", f"{_name(path)} must be {listed}, not {shown}", remedy, meant)

    def _other(self, path: Path, value: object, keyword: str, sub: Sub) -> Violation:
        shown = "" if self.secret or not isinstance(value, str | int | float) else f", not {_shown(value)}"
        limit = _LIMITS.get(keyword)
        message = limit(sub) if limit else "has none of the allowed forms"
        remedy = str(sub.get("description", "")) if keyword == "pattern" and "examples" not in sub else ""
        return Violation(path, "invalid-value", f"{_name(path)} {message}{shown if keyword in _SHOWN else ''}", remedy)


# --- small words --------------------------------------------------------------------------------------------------


def _name(path: Path) -> str:
    """A field as people say it, with what it stands in: `matchLabels.kata`, `containers[0].name`."""
    text, words = "", 0
    for token in reversed(path):
        if isinstance(token, int):
            text = f"[{token}]{'.' if text and not text.startswith('[') else ''}{text}"
            continue
        text = f"{_short(token)}{'.' if text and not text.startswith('[') else ''}{text}"
        words += 1
        if words == 2:
            break
    return text or "the object"


def _get(body: object, path: Path) -> object:
    for token in path:
        body = body[token]  # type: ignore[index]  # the engine has just been there
    return body


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "object" if isinstance(value, dict) else "array"


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _allowed(schema: Schema, sub: Sub) -> set[str]:
    return types(schema, sub) or set()


def _listed(sub: Sub) -> str:
    named = [sub["type"]] if isinstance(sub["type"], str) else sub["type"]
    return " or ".join(_NOUNS[name] for name in named if name != "null")


def _short(text: str) -> str:
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _shown(value: str | float) -> str:
    return f"'{_short(value)}'" if isinstance(value, str) else json.dumps(value)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _form(sub: Sub) -> str:
    """What a text must look like: JSON Schema's own `examples` show it."""
    examples = [f"'{example}'" for example in sub.get("examples", ())]
    return f"must look like {_joined(examples)}" if examples else "must be written in another way"


def _least(sub: Sub) -> str:
    least = sub["minLength"]
    return f"must have at least {least} characters" if least > 1 else "must not be empty"


def _entries(sub: Sub) -> str:
    most = sub["maxItems"]
    return f"must have at most {_counted(most, 'entry', 'entries')}" if most else "must be left out or empty"


def _range(sub: Sub) -> str:
    if "minimum" in sub and "maximum" in sub:
        return f"must be between {sub['minimum']} and {sub['maximum']}"
    return f"must be at least {sub['minimum']}" if "minimum" in sub else f"must be at most {sub['maximum']}"


_LIMITS: Mapping[str, Callable[[Sub], str]] = {
    "minLength": _least,
    "maxLength": lambda sub: f"must have at most {_counted(sub['maxLength'], 'character', 'characters')}",
    "minItems": lambda sub: f"must have at least {_counted(sub['minItems'], 'entry', 'entries')}",
    "maxItems": _entries,
    "uniqueItems": lambda _: "has an entry twice",
    "pattern": _form,
    "minimum": _range,
    "maximum": _range,
    "exclusiveMinimum": lambda sub: f"must be above {sub['exclusiveMinimum']}",
    "exclusiveMaximum": lambda sub: f"must be below {sub['exclusiveMaximum']}",
    "multipleOf": lambda sub: f"must be a multiple of {sub['multipleOf']}",
    "minProperties": lambda sub: f"must have at least {_counted(sub['minProperties'], 'entry', 'entries')}",
    "maxProperties": lambda sub: f"must have at most {_counted(sub['maxProperties'], 'entry', 'entries')}",
    "format": lambda sub: f"must be of the format {sub['format']}",
    "oneOf": lambda _: "must have exactly one of the allowed forms",
    "not": lambda _: "has a form that is not allowed",
}
_SHOWN = ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format")
