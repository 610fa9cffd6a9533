"""What is told of a rule: its sentence, why it matters, how to mend it, and examples that fail and that pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kataform.finding import Severity
from kubecel.records import dataclass

EXAMPLE = "object.yaml"
_SUFFIX = {"yaml": "yaml", "yml": "yaml", "md": "markdown"}


@dataclass(frozen=True, slots=True)
class Option:
    """A number that a rule goes by, which a repository may set: its name, what it is otherwise, and what it means."""

    name: str
    default: int
    sentence: str
    least: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words. An example is the text of one manifest, or files by path; tests hold each to its word.

    `severity` is the gravest that the rule's findings have. A rule about what no file tells (a permission, a file
    that is out of date, a version of a tool) has no examples. `since` is the first kataform that has it, `engines` what
    each reader makes of the scalar that it is about. `options` are what `.kataform.yaml` may set for it.
    """

    name: str
    sentence: str
    severity: Severity = Severity.ERROR
    why: str = ""
    remedy: str = ""
    failing: str | Mapping[str, str] = ""
    passing: str | Mapping[str, str] = ""
    source: str = ""
    since: str = "0.1.0"
    engines: str = ""
    options: tuple[Option, ...] = ()


def by_name(*rules: Rule) -> dict[str, Rule]:
    """Rules by their names, sorted."""
    return {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}


def files(example: str | Mapping[str, str]) -> dict[str, str]:
    """The files of an example by their paths."""
    return {EXAMPLE: example} if isinstance(example, str) else dict(example)


def section(rule: Rule) -> Iterator[str]:
    """The lines, as Markdown, that follow the rule's name."""
    yield from (rule.sentence, "")
    if rule.why:
        yield from (rule.why, "")
    yield f"- Severity: {rule.severity.label}."
    if rule.remedy:
        yield f"- Remedy: {rule.remedy}."
    if rule.engines:
        yield f"- Readers: {rule.engines}."
    for option in rule.options:
        yield f"- Option: `{option.name}`, {option.sentence}; {option.default} where `.kataform.yaml` sets no other."
    yield f"- Since: kataform {rule.since}."
    if rule.source:
        yield f"- Source: {rule.source}"
    for title, example in (("Fails:", rule.failing), ("Passes:", rule.passing)):
        if example:
            yield from ("", title, *_blocks(files(example).items()))


def _blocks(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for path, text in texts:
        if path != EXAMPLE:
            yield from ("", f"`{path}`")
        yield from ("", f"```{_SUFFIX.get(path.rpartition('.')[2], 'text')}", text.rstrip("\n"), "```")
