"""What the release catalogue knows, as Markdown: the text of `explain` and of the page docs/releases.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kataform.catalogue import UNKNOWN, Catalogue, Channel, Fact, Field, Release, RuntimeClass
from kataform.errors import InputError
from kataform.version import Version

_STATES = {
    "recommended": "recommended",
    "deprecated": "deprecated",
    "development": "for developers, not for clusters in use",
    "available": "available",
}
_NEWER = (
    "Newer than this catalogue, which ends at {}: what follows holds for that one, or was seen in development after it."
)
_CONFIDENCE = {
    "code": "read in code, a CRD, a bundle or a catalog",
    "documentation": "documentation says so",
    "test": "somebody ran it and recorded what happened",
    "verified": "we ran it ourselves",
    "inference": "it follows from other facts; nobody says so",
    "unknown": "nothing firm is known",
}
_TABLES = {
    "deployment": "Deployment of the operator",
    "namespaceLabels": "Labels it writes to its namespace",
    "installModes": "Install modes",
    "architectures": "Architectures",
    "selectorOperators": "Selector operators it follows",
    "singletonWebhook": "Refuses a second KataConfig",
    "machineConfigPool": "Machine config pool",
    "crioDropIn": "CRI-O drop-in on the nodes",
    "peerPodsCrioDropIn": "CRI-O drop-in for peer pods",
}


def explain_channel(catalogue: Catalogue, name: str) -> str:
    """A channel: its state, versions and head. Raises InputError for a name that the catalogue does not know."""
    channel = catalogue.channel(name)
    if channel is None:
        raise InputError(f"unknown channel {name!r}{_meant(catalogue.nearest(name, catalogue.channels))}")
    lines = [
        (f"State: {_STATES[channel.state]}.", channel.fact),
        (f"Versions, oldest first: {_versions(channel.entries) or 'not known'}.", channel.fact),
    ]
    if channel.message:
        lines.insert(1, (f"The catalog says: {channel.message}", channel.fact))
    if channel.head:
        head = f"Head: {channel.head}, which is what a cluster comes to run under Automatic approval."
        lines.append((head, channel.fact))
    if channel.fact.note:
        lines.append((channel.fact.note, channel.fact))
    return _text(catalogue, f"Channel {name}", "", lines)


def explain_version(catalogue: Catalogue, name: str) -> str:
    """A version: where it is offered and what its operator does. One newer than the catalogue is told as the newest.

    Raises InputError for an older one that the catalogue does not know.
    """
    found = Version.parse(name)
    release = catalogue.version(found)
    if release is None and not catalogue.newer(found):
        among = map(str, catalogue.versions)
        raise InputError(f"unknown version {name!r}{_meant(catalogue.nearest(str(found), among))}")
    intro = "" if release else _NEWER.format(catalogue.newest)
    lines = [*(_release_lines(catalogue, release) if release else ()), *_behaviour_lines(catalogue, found)]
    return _text(catalogue, f"Version {found}", intro, lines)


def explain_field(catalogue: Catalogue, path: str) -> str:
    """A field of KataConfig, as `KataConfig.spec.logLevel`; a part of a field is told as the field.

    Raises InputError for a field that no version has.
    """
    known = _known_field(catalogue, path)
    if known is None:
        among = [f"KataConfig.{field}" for field in catalogue.fields]
        raise InputError(f"no version of the operator has {path!r}{_meant(catalogue.nearest(path, among))}")
    lines = [(f"Versions: {_range(catalogue, known)}.", known.fact)]
    if known.type:
        default = f", default `{_plain(known.default)}`" if known.default is not None else ""
        lines.insert(0, (f"Type: {known.type}{default}.", known.fact))
    if known.values:
        lines.insert(1, (f"Values: {_names(known.values)}.", catalogue.constants["logLevels"]))
    if known.fact.note:
        lines.append((known.fact.note, known.fact))
    return _text(catalogue, f"KataConfig.{known.path}", known.summary, lines)


def page(catalogue: Catalogue) -> str:
    """The whole catalogue as one page, docs/releases.md."""
    parts = (
        _page_head(catalogue),
        _page_channels(catalogue),
        _page_versions(catalogue),
        _page_operator(catalogue),
        _page_fields(catalogue),
        _page_classes(catalogue),
        _page_owned(catalogue),
        _page_gates(catalogue),
        _page_openshift(catalogue),
        _page_sources(catalogue),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


# --- explain


def _text(catalogue: Catalogue, title: str, intro: str, lines: Iterable[tuple[str, Fact]]) -> str:
    """A title, a paragraph, a list of sentences with their source, and the sources named."""
    stated = list(lines)
    used = sorted({fact.source for _, fact in stated} & catalogue.sources.keys())
    body = [f"# {title}", ""]
    body += [intro, ""] if intro else []
    body += [f"- {text}{_cited(fact)}" for text, fact in stated]
    body += ["", "Sources:", "", *(f"- {name}: {catalogue.sources[name].ref}" for name in used)]
    return "\n".join(body) + "\n"


def _cited(fact: Fact) -> str:
    return f" [{fact.source}: {fact.confidence}]" if fact.source and fact.confidence != UNKNOWN else ""


def _release_lines(catalogue: Catalogue, release: Release) -> Iterator[tuple[str, Fact]]:
    channels = catalogue.channels_of(release.version)
    offered = ", ".join(f"{channel.name} ({_STATES[channel.state]})" for channel in channels)
    yield (f"Channels: {offered}." if offered else "In no channel of a current catalog."), release.fact
    if release.deprecated:
        yield f"The catalog says: {release.deprecated}", release.fact
    yield f"ClusterServiceVersion: `{release.csv}`.", catalogue.constants["csv"]
    facts = {
        "Replaces": release.replaces,
        "Date": release.date,
        "Oldest OpenShift": catalogue.min_openshift(release.version),
        "Newest OpenShift": release.max_openshift,
        "Oldest Kubernetes": release.min_kubernetes,
    }
    for label, fact in facts.items():
        if fact.value is not None or (label.startswith("Oldest") and fact.confidence == UNKNOWN):
            yield f"{label}: {_value(fact)}.{_note(fact)}", fact
    if release.fact.note:
        yield release.fact.note, release.fact


def _behaviour_lines(catalogue: Catalogue, found: Version) -> Iterator[tuple[str, Fact]]:
    for table, label in _TABLES.items():
        fact = catalogue.at(table, found)
        if table != "peerPodsCrioDropIn" or catalogue.tables[table][0].since <= found:
            yield f"{label}: {_value(fact)}.{_note(fact)}", fact
    for field in catalogue.fields_of(found):
        if field.path.startswith("spec."):
            yield f"KataConfig.{field.path}: {field.summary}", field.fact
    for known in catalogue.possible_runtime_classes(found):
        yield f"RuntimeClass {known.name}: {_class(known)}.{_note(known.fact)}", known.fact
    for owned in catalogue.owned_objects(found):
        yield f"{owned.kind} {owned.name}: written by the operator alone.{_note(owned.fact)}", owned.fact
    for gate in catalogue.gates.values():
        if found in gate.span:
            yield f"Feature gate {gate.name}: {gate.summary} {_names(gate.values)}.{_note(gate.fact)}", gate.fact


def _known_field(catalogue: Catalogue, path: str) -> Field | None:
    """The field at a path, or the one that the path leads into."""
    parts = path.removeprefix("KataConfig.").split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((known for prefix in prefixes if (known := catalogue.field(prefix)) is not None), None)


def _meant(suggestion: str | None) -> str:
    return f"; did you mean {suggestion!r}?" if suggestion else ""


# --- words


def _value(fact: Fact) -> str:
    if fact.value is None:
        return "unknown" if fact.confidence == UNKNOWN else "none stated"
    return _plain(fact.value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"`{key}={text}`" for key, text in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _note(fact: Fact) -> str:
    return f" {fact.note}" if fact.note else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _versions(found: Iterable[Version]) -> str:
    return ", ".join(map(str, found))


def _range(catalogue: Catalogue, known: Field) -> str:
    having = [found for found in catalogue.versions if found in known.span]
    listed = f"{having[0]} to {having[-1]}" if len(having) > 1 else _versions(having) or "none released"
    return f"{known.span} ({listed})"


def _class(known: RuntimeClass) -> str:
    handler = f"handler `{known.handler}`" if known.handler else "handler not known"
    overhead = _plain(known.overhead)
    when = "".join(f", where {field} is true" for field in known.when)
    return f"{handler}, overhead {overhead}{when}" + ("" if known.certain else ", not told by a KataConfig alone")


# --- the page


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(columns)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _where(catalogue: Catalogue, fact: Fact, row: str = "") -> str:
    """What to put behind a value: the source if it is not the row's, the confidence if it is not the source's."""
    source = catalogue.sources.get(fact.source)
    said = [fact.source] if fact.source and fact.source != row else []
    said += [fact.confidence] if source and fact.confidence not in (source.confidence, UNKNOWN) else []
    return f" ({', '.join(said)})" if said else ""


def _cell(catalogue: Catalogue, fact: Fact, row: str) -> str:
    if fact.value is None:
        return "unknown" if fact.confidence == UNKNOWN else ""
    return _value(fact) + _where(catalogue, fact, row)


def _page_head(catalogue: Catalogue) -> Iterator[str]:
    csv = catalogue.constants["csv"].value.replace("{version}", "<version>")
    yield "<!-- Generated from schemas/releases.yaml by schemas/generate/releases.py; do not edit. -->"
    yield ""
    yield "# Releases"
    yield ""
    yield "What each version of the OpenShift sandboxed containers operator is, from the release catalogue"
    yield "(`schemas/releases.yaml`). Every row names its [source](#sources); a value from elsewhere names its own, and"
    yield "its confidence where that is not the source's."
    yield ""
    yield f"- Package: `{catalogue.package}`, from `{catalogue.source}` in `{catalogue.source_namespace}`."
    yield f"- Namespace: `{catalogue.namespace}`, and no other."
    yield f"- ClusterServiceVersion: `{csv}`."
    yield f"- Log levels: {_names(catalogue.log_levels)}."


def _page_channels(catalogue: Catalogue) -> Iterator[str]:
    yield "## Channels"
    yield ""
    channels = catalogue.channels.values()
    yield from _table(("Channel", "State", "Versions", "Remarks", "Source"), map(_channel_row, channels))


def _channel_row(channel: Channel) -> tuple[str, ...]:
    remarks = " ".join(filter(None, (channel.message, channel.fact.note)))
    return f"`{channel.name}`", _STATES[channel.state], _versions(channel.entries), remarks, channel.fact.source


def _page_versions(catalogue: Catalogue) -> Iterator[str]:
    yield "## Versions"
    yield ""
    yield "OpenShift and Kubernetes are the oldest that the version runs on; empty means that none is stated."
    yield ""
    columns = ("Version", "Date", "Replaces", "OpenShift", "Kubernetes", "Channels", "Remarks", "Source")
    releases = catalogue.releases.values()
    yield from _table(columns, (_version_row(catalogue, release) for release in releases))


def _version_row(catalogue: Catalogue, release: Release) -> tuple[str, ...]:
    oldest, newest, row = catalogue.min_openshift(release.version), release.max_openshift, release.fact.source
    openshift = _cell(catalogue, oldest, row)
    if newest.value is not None:
        openshift += f", no newer than {_cell(catalogue, newest, row)}"
    notes = (release.deprecated, release.fact.note, release.date.note, release.min_openshift.note, newest.note)
    return (
        str(release.version),
        _cell(catalogue, release.date, row),
        _cell(catalogue, release.replaces, row),
        openshift,
        _cell(catalogue, release.min_kubernetes, row),
        ", ".join(f"`{channel.name}`" for channel in catalogue.channels_of(release.version)),
        " ".join(filter(None, notes)),
        row,
    )


def _page_operator(catalogue: Catalogue) -> Iterator[str]:
    yield "## What the operator does"
    yield ""
    rows = (
        (
            label,
            str(row.since),
            _value(row.fact),
            row.fact.note,
            row.fact.source + _where(catalogue, row.fact, row.fact.source),
        )
        for table, label in _TABLES.items()
        for row in catalogue.tables[table]
    )
    yield from _table(("What", "Since", "Value", "Remarks", "Source"), rows)


def _page_fields(catalogue: Catalogue) -> Iterator[str]:
    yield "## KataConfig"
    yield ""
    rows = (
        (
            f"`{field.path}`",
            field.type,
            f"`{_plain(field.default)}`" if field.default is not None else "",
            str(field.span),
            " ".join(filter(None, (field.summary, field.fact.note))),
            field.fact.source,
        )
        for field in catalogue.fields.values()
    )
    yield from _table(("Field", "Type", "Default", "Versions", "Meaning", "Source"), rows)


def _page_classes(catalogue: Catalogue) -> Iterator[str]:
    yield "## RuntimeClasses"
    yield ""
    yield "The operator creates them if they are absent and never updates them. Their node selector:"
    yield ""
    words = {
        "selector": "the KataConfig's labels",
        "worker": f"else {_plain(catalogue.labels['worker'])}",
        "pool": _plain(catalogue.labels["pool"]),
        "eligibility": f"{_plain(catalogue.labels['eligibility'])} where checkNodeEligibility is true",
    }
    for row in catalogue.tables["runtimeClassNodeSelector"]:
        yield f"- since {row.since}: {', '.join(words[part] for part in row.fact.value)}"
    yield ""
    rows = (
        (
            f"`{known.name}`",
            str(known.span),
            _class(known),
            known.fact.note,
            known.fact.source + _where(catalogue, known.fact, known.fact.source),
        )
        for known in catalogue.classes
    )
    yield from _table(("RuntimeClass", "Versions", "What", "Remarks", "Source"), rows)


def _page_owned(catalogue: Catalogue) -> Iterator[str]:
    yield "## What the operator alone writes"
    yield ""
    yield "It creates these objects and keeps them as it wants them, so Git must leave them to it."
    yield ""
    rows = (
        (
            f"{known.kind} `{known.name}`",
            str(known.span),
            " ".join(filter(None, (f"In `{known.namespace}`." if known.namespace else "", known.fact.note))),
            known.fact.source + _where(catalogue, known.fact, known.fact.source),
        )
        for known in catalogue.owned
    )
    yield from _table(("Object", "Versions", "Remarks", "Source"), rows)


def _page_gates(catalogue: Catalogue) -> Iterator[str]:
    yield "## Feature gates"
    yield ""
    yield "Keys of the ConfigMap `osc-feature-gates`. A value that the operator does not know is only logged."
    yield ""
    rows = (
        (
            f"`{gate.name}`",
            str(gate.span),
            _names(gate.values),
            f"`{gate.default}`" if gate.default else "",
            " ".join(filter(None, (gate.summary, gate.fact.note))),
            gate.fact.source + _where(catalogue, gate.fact, gate.fact.source),
        )
        for gate in catalogue.gates.values()
    )
    yield from _table(("Gate", "Versions", "Values", "Default", "Meaning", "Source"), rows)


def _page_openshift(catalogue: Catalogue) -> Iterator[str]:
    yield "## OpenShift and Kubernetes"
    yield ""
    yield from _table(("OpenShift", "Kubernetes"), catalogue.openshifts.items())


def _page_sources(catalogue: Catalogue) -> Iterator[str]:
    yield "## Sources"
    yield ""
    rows = ((source.name, source.confidence, source.ref) for source in catalogue.sources.values())
    yield from _table(("Source", "Confidence", "Where"), rows)
    yield ""
    yield "Confidence:"
    yield ""
    yield from (f"- {name}: {meaning}" for name, meaning in _CONFIDENCE.items())
