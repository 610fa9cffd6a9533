"""Say what a rule, a policy, a field, a channel or a version is, and list them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from kataform import data, policies, policy_pages, project, releases, rulebook, settings
from kataform.catalogue import Catalogue
from kataform.errors import InputError
from kataform.finding import Severity
from kataform.overlays import catalogue_at
from kataform.policies import Pack
from kataform.version import Version

_RELEASES: dict[str, Callable[[Catalogue, str], str]] = {
    "channel": releases.explain_channel,
    "version": releases.explain_version,
}
_SHOWN = 3


def run(topic: tuple[str, ...]) -> int:
    """Without a topic, what there is to explain. InputError for a topic that is none."""
    click.echo(_text(topic) if topic else _contents(), nl=False)
    return 0


def run_rules(*, output: str) -> int:
    """Every rule and policy: its name, its severity here, `off` for one that is not asked, and what it finds."""
    chosen = settings.read(Path.cwd())
    settings.verify(chosen, rule_names(), rulebook.OPTIONS)
    listed = [(name, _here(chosen, name, severity), finds) for name, severity, finds in _listed()]
    if output == "json":
        rows = [{"name": name, "severity": severity, "finds": finds} for name, severity, finds in listed]
        click.echo(json.dumps({"rules": rows}, ensure_ascii=False, indent=2))
        return 0
    width = max(len(name) for name, _, _ in listed)
    for name, severity, finds in listed:
        click.echo(f"{name.ljust(width)}  {severity.ljust(7)}  {finds}")
    return 0


def _here(chosen: settings.Settings, name: str, severity: Severity) -> str:
    return chosen.graded(name, severity).label if chosen.wants(name) else "off"


def rule_names() -> list[str]:
    """The names of every rule and policy."""
    return sorted({*rulebook.ALL, *(rule.name for rule in _pack().rules)})


def topics(begun: tuple[str, ...] = ()) -> list[str]:
    """The words that may stand behind those that are there."""
    known = catalogue_at(Path())
    if begun:
        return {"channel": [*known.channels], "version": [*map(str, reversed(known.versions))]}.get(begun[0], [])
    return [*_RELEASES, *_fields(known), *rule_names()]


def _text(topic: tuple[str, ...]) -> str:
    known = catalogue_at(Path())
    if len(topic) == 2 and topic[0] in _RELEASES:
        return _RELEASES[topic[0]](known, topic[1])
    if topic[0] in _RELEASES and len(topic) == 1:
        raise InputError(f"name the {topic[0]}: {', '.join(topics(topic))}")
    if len(topic) > 1:
        raise InputError(f"unknown topic {' '.join(topic)!r}; `kataform explain` lists what there is")
    (name,) = topic
    found = [rulebook.explain(name)] if name in rulebook.ALL else []
    if (pack := _pack()).rule(name) is not None:
        found.append(policy_pages.explain(pack, name))
    if found:
        return "\n".join(found)
    if name in known.channels:
        return releases.explain_channel(known, name)
    if _is_version(name):
        return releases.explain_version(known, name)
    if name.partition(".")[0] in ("KataConfig", "spec", "status") and "." in name:
        return releases.explain_field(known, name)
    raise InputError(f"unknown topic {name!r}{_meant(name, [*topics(), *known.channels])}")


def _is_version(name: str) -> bool:
    try:
        Version.parse(name)
    except InputError:
        return False
    return True


def _meant(name: str, among: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(among), n=_SHOWN)
    if not near:
        return "; `kataform explain` lists what there is"
    return f"; did you mean {' or '.join(map(repr, near))}?"


def _fields(known: Catalogue) -> list[str]:
    return [f"KataConfig.{path}" for path in known.fields]


def _pack() -> Pack:
    """The policies that travel with the tool, and those of the project here, which win where both have a name."""
    shipped = data.directory() / "policies"
    known = policies.load((shipped,))
    found = project.find(Path())
    own = found.root / "policies" if found is not None else shipped
    if own == shipped or not own.is_dir():
        return known
    mine = policies.load((own,))
    return Pack((*mine.rules, *(rule for rule in known.rules if mine.rule(rule.name) is None)))


def _listed() -> list[tuple[str, Severity, str]]:
    listed = {each.name: (each.name, each.severity, policy_pages.finds(each)) for each in _pack().rules}
    listed |= {each.name: (each.name, each.severity, each.sentence) for each in rulebook.ALL.values()}
    return sorted(listed.values())


def _contents() -> str:
    known = catalogue_at(Path())
    parts = {
        "channel": known.channels,
        "version": [*map(str, known.versions)],
        "fields": _fields(known),
        **{f"rules: {title}": sorted(rules) for title, rules in rulebook.RULES.items()},
        "policies": [rule.name for rule in _pack().rules],
    }
    return "\n".join(f"{title}\n" + "".join(f"  {name}\n" for name in names) for title, names in parts.items())
