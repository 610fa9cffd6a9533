"""Known and accepted findings: comments in hand-written files, `ignore:` in a spec. Every one needs a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kataform.finding import Finding, Location, Severity
from kataform.text import reader

_COMMENT = re.compile(r"#\s*kataform:\s*ignore\[([\w, -]*)\][ \t]*([^\n]*)")
_UNTIL = re.compile(r"\buntil[:=]\s*(\d{4}-\d{2}-\d{2})\s*")


@dataclass(slots=True)
class Ignore:
    """One accepted rule at one place; `line` is the line whose findings it takes away (0: any line of the path)."""

    rules: tuple[str, ...]
    reason: str
    until: str
    place: Location
    line: int = 0
    resource: str = ""
    used: set[str] = field(default_factory=set)
    taken: list[Finding] = field(default_factory=list)

    def covers(self, finding: Finding) -> bool:
        if finding.rule not in self.rules:
            return False
        if self.line:
            return (finding.location.path, finding.location.line) == (self.place.path, self.line)
        return not self.resource or finding.resource == self.resource


def in_source(source: reader.Source) -> list[Ignore]:
    """The comments of a file: at the end of a line for that line, on one of their own for the next that is not."""
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
        rules = tuple(rule.strip() for rule in match.group(1).split(",") if rule.strip())
        place = Location(source.path, index + 1, match.start() + 1, index + 1, len(text.rstrip()) + 1)
        found.append(Ignore(rules, reason.strip(), until, place, line))
    return found


def _next_lines(lines: list[str]) -> list[int]:
    """For each line the number of the next one that is neither empty nor a comment; its own where none is."""
    after: list[int] = []
    below = 0
    for index in range(len(lines) - 1, -1, -1):
        after.append(below or index + 1)
        if lines[index].strip() and not lines[index].lstrip().startswith("#"):
            below = index + 1
    return after[::-1]


def apply(findings: Iterable[Finding], ignores: list[Ignore], today: str, *, complete: bool) -> list[Finding]:
    """The findings that remain, and what is wrong with the ignores themselves: no reason, past its day, not needed.

    Whether one is needed can only be told where nothing was left out (`complete`) and no error remains, which might
    hide the very finding that it is for.
    """
    kept = []
    active = [ignore for ignore in ignores if ignore.reason and not (ignore.until and ignore.until < today)]
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
        kept += _problems(ignore, today, telling)
    return sorted(kept, key=lambda finding: finding.sort_key)


def _problems(ignore: Ignore, today: str, telling: bool) -> list[Finding]:
    if not ignore.reason:
        message = "an ignore without a reason is not followed"
        return [Finding("ignore-without-reason", Severity.WARNING, message, ignore.place, "say why after the bracket")]
    if ignore.until and ignore.until < today:
        message = f"this ignore ended on {ignore.until}"
        return [
            Finding("ignore-expired", Severity.WARNING, message, ignore.place, "mend the finding, or set a new day")
        ]
    unused = [rule for rule in ignore.rules if rule not in ignore.used]
    if (unused and telling) or not ignore.rules:
        message = f"nothing here breaks {', '.join(unused)}" if unused else "this ignore names no rule"
        return [Finding("ignore-unused", Severity.WARNING, message, ignore.place, "delete it")]
    return []
