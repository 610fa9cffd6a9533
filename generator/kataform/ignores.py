"""Known and accepted findings: comments in hand-written files, `ignore:` in a spec. Every one needs a reason."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import field, replace

from kataform.finding import Finding, Location, Severity
from kataform.text import reader
from kubecel.records import dataclass

_COMMENT = re.compile(r"#\s*kataform:\s*ignore\b[ \t]*(?:\[([^\]\n]*)\])?[ \t]*([^\n]*)")
_UNTIL = re.compile(r"\buntil[:=][ \t]*(\S*)\s*")


@dataclass(slots=True)
class Ignore:
    """One accepted rule at one place; `line` is the line whose findings it takes away (0: any line of the path).

    One that is `lasting` stays where nothing needs it.
    """

    rules: tuple[str, ...]
    reason: str
    until: str
    place: Location
    line: int = 0
    resource: str = ""
    lasting: bool = False
    used: set[str] = field(default_factory=set)
    taken: list[Finding] = field(default_factory=list)

    def covers(self, finding: Finding) -> bool:
        if finding.rule not in self.rules:
            return False
        if self.line:
            return (finding.location.path, finding.location.line) == (self.place.path, self.line)
        return not self.resource or finding.resource == self.resource


def in_source(source: reader.Source, moved: Callable[[Location], Location] | None = None) -> list[Ignore]:
    """The comments of a text: at the end of a line for that line, on one of their own for the next that is not.

    `moved` gives the place in the file of a place in a text that stands inside of it.
    """
    if "kataform:" not in source.text:
        return []
    found = []
    lines = source.text.splitlines()
    matches = {index: match for index, text in enumerate(lines) if (match := _COMMENT.search(text))}
    comments = reader.comments(source, {index + 1 for index in matches})
    below = _next_lines(lines)
    for index, match in matches.items():
        if "kataform:" not in comments.get(index + 1, ""):
            continue
        text = lines[index]
        line = below[index] if text.lstrip().startswith("#") else index + 1
        reason, until = match.group(2), ""
        stated = _UNTIL.search(reason)
        if stated:
            until, reason = stated.group(1), reason.replace(stated.group(0), "")
        rules = tuple(rule.strip() for rule in (match.group(1) or "").split(",") if rule.strip())
        place = Location(source.path, index + 1, match.start() + 1, index + 1, len(text.rstrip()) + 1)
        found.append(Ignore(rules, reason.strip(), until, place, line))
    return [_moved(one, moved) for one in found] if moved is not None else found


def _moved(ignore: Ignore, moved: Callable[[Location], Location]) -> Ignore:
    covered = moved(Location(ignore.place.path, ignore.line, 1, ignore.line, 1))
    return replace(ignore, place=moved(ignore.place), line=covered.line)


def _next_lines(lines: list[str]) -> list[int]:
    """For each line the number of the next one that is neither empty nor a comment; its own where none is."""
    after: list[int] = []
    below = 0
    for index in range(len(lines) - 1, -1, -1):
        after.append(below or index + 1)
        if lines[index].strip() and not lines[index].lstrip().startswith("#"):
            below = index + 1
    return after[::-1]


def apply(
    findings: Iterable[Finding],
    ignores: list[Ignore],
    today: str,
    *,
    complete: bool,
    names: Callable[[], Collection[str]] = tuple,
) -> list[Finding]:
    """The findings that remain, and what is wrong with the ignores themselves: no reason, past its day, not needed.

    Whether one is needed can only be told where nothing was left out (`complete`) and no error remains, which might
    hide the very finding that it is for; that it names no rule can always be told, by the `names` of all rules.
    """
    kept = []
    active = [ignore for ignore in ignores if ignore.reason and not _is_over(ignore.until, today)]
    on_a_line: dict[tuple[str, int], list[Ignore]] = {}
    for ignore in active:
        on_a_line.setdefault((ignore.place.path if ignore.line else "", ignore.line), []).append(ignore)
    for finding in findings:
        near = on_a_line.get((finding.location.path, finding.location.line), ())
        covering = next((one for one in (*near, *on_a_line.get(("", 0), ())) if one.covers(finding)), None)
        if covering is None:
            kept.append(finding)
        else:
            covering.used.add(finding.rule)
            covering.taken.append(finding)
    telling = complete and not any(finding.severity >= Severity.ERROR for finding in kept)
    for ignore in ignores:
        kept += _problems(ignore, today, telling, names)
    return sorted(kept, key=lambda finding: finding.sort_key)


def _is_over(until: str, today: str) -> bool:
    """Whether the day is past; what is no day is, as nobody can say that it is to come."""
    return bool(until) and (not _is_day(until) or until < today)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _problems(ignore: Ignore, today: str, telling: bool, names: Callable[[], Collection[str]]) -> list[Finding]:
    if not ignore.reason:
        message = "an ignore without a reason is not followed"
        return [_problem("ignore-without-reason", ignore, message, "say why after the bracket")]
    if ignore.until and not _is_day(ignore.until):
        message = f"{ignore.until!r} is no day, so this ignore is not followed"
        return [_problem("ignore-expired", ignore, message, "write the day as in 2026-12-31")]
    if _is_over(ignore.until, today):
        message = f"this ignore ended on {ignore.until}"
        return [_problem("ignore-expired", ignore, message, "mend the finding, or set a new day")]
    if not ignore.rules:
        return [_problem("ignore-unused", ignore, "this ignore names no rule", "write ignore[RULE] and the reason")]
    unused = [rule for rule in ignore.rules if rule not in ignore.used]
    known = names() if unused and not telling else ()
    if known and (unknown := [rule for rule in unused if rule not in known]):
        message = f"no rule is named {', '.join(map(repr, unknown))}"
        return [_problem("ignore-unused", ignore, message, "`kataform rules` lists them")]
    if unused and telling and not ignore.lasting:
        return [_problem("ignore-unused", ignore, f"nothing here breaks {', '.join(unused)}", "delete it")]
    return []


def _problem(rule: str, ignore: Ignore, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARNING, message, ignore.place, remedy)
