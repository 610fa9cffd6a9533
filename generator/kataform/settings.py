"""Which rules a repository wants, and how grave it takes them: `.kataform.yaml` and the command line."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kataform.errors import InputError
from kataform.finding import Finding, Severity
from kataform.project import shown
from kataform.rule import Option, Rule
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

FILE = ".kataform.yaml"
_FIELDS = ("select", "ignore", "severity", "options")


@dataclass(frozen=True, slots=True)
class Named:
    """Rules as somebody named them, by name or by pattern (`labels-*`), and where."""

    pattern: str
    place: str

    def covers(self, rule: str) -> bool:
        return fnmatch.fnmatchcase(rule, self.pattern)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value that somebody gave an option of a rule; `name` and `value` stand at the places beside them."""

    rule: Named
    name: str
    value: Any
    name_place: str
    value_place: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules to ask (all where `select` is empty), those not to, and severities, of which the last one counts.

    `options` are not known to be right before `verify` has seen them.
    """

    select: tuple[Named, ...] = ()
    ignore: tuple[Named, ...] = ()
    severity: tuple[tuple[Named, Severity], ...] = ()
    options: tuple[Chosen, ...] = ()

    def wants(self, rule: str) -> bool:
        """Whether findings of a rule are told."""
        selected = not self.select or any(named.covers(rule) for named in self.select)
        return selected and not any(named.covers(rule) for named in self.ignore)

    def graded(self, rule: str, severity: Severity) -> Severity:
        """How grave a finding of a rule is here."""
        return next((own for named, own in reversed(self.severity) if named.covers(rule)), severity)

    def option(self, rule: Rule, name: str) -> int:
        """What an option of a rule is here."""
        own = [one.value for one in self.options if (one.rule.pattern, one.name) == (rule.name, name)]
        return int(own[0]) if own else next(option.default for option in rule.options if option.name == name)

    def only(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings of rules that are wanted."""
        return [finding for finding in findings if self.wants(finding.rule)]

    def told(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that are wanted, as grave as they are taken here."""
        return [replace(one, severity=self.graded(one.rule, one.severity)) for one in self.only(findings)]


def read(start: Path, *, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Settings:
    """What the nearest `.kataform.yaml` says, from `start` up to the top of its repository, and the command line.

    The command line's `select` takes the place of the file's, its `ignore` comes to it; each may list several rules,
    separated by commas. InputError, with the line, for a file that is not as it should be.
    """
    path = next((path for path in places(start) if os.path.lexists(path)), None)
    known = _of_file(path) if path is not None else Settings()
    selected, ignored = tuple(_listed("--select", select)), tuple(_listed("--ignore", ignore))
    return replace(known, select=selected or known.select, ignore=(*known.ignore, *ignored))


def places(start: Path) -> list[Path]:
    """Where the settings for a folder may stand, the nearest first."""
    here = start.resolve()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return [folder / FILE for folder in (here, *here.parents) if folder.is_relative_to(top)]


def verify(settings: Settings, rules: Collection[str], options: Mapping[str, Collection[Option]]) -> None:
    """InputError for a name that no rule has, an option that its rule has not, and where no rule is left to ask."""
    for one in settings.options:
        if one.rule.pattern not in rules:
            raise _unnamed(one.rule, rules)
        _verify_option(one, options.get(one.rule.pattern, ()))
    for named in (*settings.select, *settings.ignore, *(named for named, _ in settings.severity)):
        if not any(named.covers(rule) for rule in rules):
            raise _unnamed(named, rules)
    if not any(map(settings.wants, rules)):
        raise InputError("no rule is left to ask, so nothing would be checked")


def _unnamed(named: Named, rules: Collection[str]) -> InputError:
    hint = _meant(named.pattern, rules) or "`kataform rules` lists them"
    return InputError(f"{named.place}: no rule is named {named.pattern!r}; {hint}")


def _verify_option(one: Chosen, known: Collection[Option]) -> None:
    rule, names = one.rule.pattern, [option.name for option in known]
    if not names:
        raise InputError(f"{one.rule.place}: {rule} has no options")
    if one.name not in names:
        hint = _meant(one.name, names) or f"it has {', '.join(names)}"
        raise InputError(f"{one.name_place}: {rule} has no option {one.name!r}; {hint}")
    least = next(option.least for option in known if option.name == one.name)
    if not isinstance(one.value, int) or isinstance(one.value, bool) or one.value < least:
        raise InputError(f"{one.value_place}: `{one.name}` is a whole number, at least {least}")


def left_out(settings: Settings, rules: Collection[str], most: int = 5) -> str:
    """What a report says of the rules that were not asked; '' where all were."""
    asked = sorted(rule for rule in rules if settings.wants(rule))
    others = sorted(set(rules) - set(asked))
    if not others:
        return ""
    if len(asked) <= most:
        return f"of {len(rules)} rules only {_number(len(asked))} asked: {', '.join(asked)}"
    more = f" and {len(others) - most} more" if len(others) > most else ""
    return f"{_number(len(others), 'rule')} not asked: {', '.join(others[:most])}{more}"


def _number(count: int, noun: str = "") -> str:
    return " ".join(
        part for part in (str(count), noun + "s" * bool(noun and count > 1), "was" if count == 1 else "were") if part
    )


def _meant(name: str, known: Iterable[str]) -> str:
    import difflib  # only for who made a slip

    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _listed(option: str, texts: Iterable[str]) -> Iterator[Named]:
    for text in texts:
        for name in text.split(","):
            if not name.strip():
                raise InputError(f"{option}: a rule's name is empty")
            yield Named(name.strip(), option)


# --- the file ------------------------------------------------------------------------------------------------------


def _of_file(path: Path) -> Settings:
    if not path.is_file():
        raise InputError(f"{shown(path)}: is not a file; put the settings there, or take it away")
    try:
        source = reader.read(path.read_bytes(), shown(path))
    except OSError as error:
        raise InputError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    if source.problems:
        finding = source.problems[0].finding
        raise InputError(f"{finding.location}: {finding.message}")
    top = source.documents[0].node if source.documents else None
    if top is None:
        return Settings()
    for key, value in _map(source.path, top, ("rules",)):
        if key == "rules":
            return _rules(source.path, value)
    return Settings()


def _rules(label: str, node: reader.Node) -> Settings:
    found = Settings()
    for key, value in _map(label, node, _FIELDS):
        if key == "severity":
            found = replace(found, severity=tuple(_severities(label, value)))
        elif key == "select":
            found = replace(found, select=tuple(_names(label, key, value)))
        elif key == "options":
            found = replace(found, options=tuple(_options(label, value)))
        else:
            found = replace(found, ignore=tuple(_names(label, key, value)))
    return found


def _names(label: str, key: str, node: reader.Node) -> Iterator[Named]:
    if not isinstance(node, reader.Sequence):
        raise _wrong(label, node, f"`{key}` is a list of rules")
    for entry in node.value:
        yield _named(label, entry)


def _severities(label: str, node: reader.Node) -> Iterator[tuple[Named, Severity]]:
    if not isinstance(node, reader.Mapping):
        raise _wrong(label, node, "`severity` is a map from rules to severities")
    for key, value in node.value:
        text = _text(value)
        known = {severity.label: severity for severity in Severity}
        if not isinstance(text, str) or text not in known:
            raise _wrong(label, value, f"a severity is one of {', '.join(known)}")
        yield _named(label, key), known[text]


def _options(label: str, node: reader.Node) -> Iterator[Chosen]:
    if not isinstance(node, reader.Mapping):
        raise _wrong(label, node, "`options` is a map from rules to their options")
    for key, values in node.value:
        rule = _named(label, key)
        if not isinstance(values, reader.Mapping):
            raise _wrong(label, values, f"the options of {rule.pattern} are a map from names to values")
        for name, value in values.value:
            places = str(reader.location(label, name)), str(reader.location(label, value))
            yield Chosen(rule, str(_text(name)), _text(value), *places)


def _named(label: str, node: reader.Node) -> Named:
    text = _text(node)
    if not isinstance(text, str) or not text:
        raise _wrong(label, node, "a rule is named by a string")
    return Named(text, str(reader.location(label, node)))


def _map(label: str, node: reader.Node, fields: tuple[str, ...]) -> Iterator[tuple[str, reader.Node]]:
    if not isinstance(node, reader.Mapping):
        raise _wrong(label, node, f"this is a map with {' and '.join(map(repr, fields))}")
    for key, value in node.value:
        name = _text(key)
        if name not in fields:
            hint = _meant(str(name), fields) or f"known here: {', '.join(fields)}"
            raise _wrong(label, key, f"unknown field {name!r}; {hint}")
        yield str(name), value


def _text(node: reader.Node) -> Any:
    return reader.value(node, Dialect.KUSTOMIZE)


def _wrong(label: str, node: reader.Node, what: str) -> InputError:
    return InputError(f"{reader.location(label, node)}: {what}")
