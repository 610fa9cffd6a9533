"""The release catalogue: channels, versions and what each version of the operator does, with source and confidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from kataform import data, version
from kataform.version import Version
from kubecel.records import dataclass

SITE = "site"
SITE_CONFIDENCE = "documentation"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts were read: a public repository's path at a commit, or a document."""

    name: str
    ref: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A value, where it is known from and how sure that is; the value of an unknown fact is None."""

    value: Any
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the package. `state` is recommended, deprecated, development or available."""

    name: str
    state: str
    entries: tuple[Version, ...]
    message: str
    fact: Fact

    @property
    def head(self) -> Version | None:
        """The version that a cluster ends at under Automatic approval; None where the entries are not known."""
        return self.entries[-1] if self.entries else None

    @property
    def deprecated(self) -> bool:
        return self.state == "deprecated"


@dataclass(frozen=True, slots=True)
class Release:
    """One version. `published` is whether a current catalog has it; `deprecated` is the catalog's message, or empty."""

    version: Version
    csv: str
    replaces: Fact
    date: Fact
    min_openshift: Fact
    max_openshift: Fact
    min_kubernetes: Fact
    published: bool
    deprecated: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Span:
    """The versions something exists in: from `since` until before `before`, or until now."""

    since: Version
    before: Version | None

    def __contains__(self, found: object) -> bool:
        return isinstance(found, Version) and self.since <= found and (self.before is None or found < self.before)

    def __str__(self) -> str:
        return f"since {self.since}" + (f", gone in {self.before}" if self.before else "")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of KataConfig by its path, as `spec.logLevel`; `values` are the ones that make sense, if not all do."""

    path: str
    type: str
    default: Any
    values: tuple[str, ...]
    summary: str
    span: Span
    fact: Fact


@dataclass(frozen=True, slots=True)
class Gate:
    """A key of the ConfigMap osc-feature-gates."""

    name: str
    values: tuple[str, ...]
    default: str
    summary: str
    span: Span
    fact: Fact


@dataclass(frozen=True, slots=True)
class RuntimeClass:
    """A RuntimeClass that the operator creates.

    `handler` is empty where it depends on the nodes. `when` names the fields of KataConfig.spec that must be true;
    `certain` is False where it needs more than a KataConfig can tell.
    """

    name: str
    handler: str
    overhead: Mapping[str, str]
    node_selector: Mapping[str, str]
    when: tuple[str, ...]
    platforms: tuple[str, ...]
    certain: bool
    span: Span
    fact: Fact


@dataclass(frozen=True, slots=True)
class OwnedObject:
    """An object that the operator creates and keeps as it wants it. `namespace` is empty where it is the operator's."""

    group: str
    kind: str
    name: str
    namespace: str
    span: Span
    fact: Fact


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table over versions: the fact that holds from `since` until the next line."""

    since: Version
    fact: Fact


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of the operator's releases. Versions are given as text or as Version."""

    sources: Mapping[str, Source]
    constants: Mapping[str, Fact]
    channels: Mapping[str, Channel]
    releases: dict[Version, Release]
    tables: Mapping[str, tuple[Row, ...]]
    fields: Mapping[str, Field]
    gates: Mapping[str, Gate]
    classes: tuple[RuntimeClass, ...]
    owned: tuple[OwnedObject, ...]
    labels: Mapping[str, Mapping[str, str]]
    openshifts: Mapping[str, str]

    @property
    def package(self) -> str:
        return str(self.constants["package"].value)

    @property
    def namespace(self) -> str:
        """The one namespace in which the operator works."""
        return str(self.constants["namespace"].value)

    @property
    def default_channel(self) -> str:
        return str(self.constants["defaultChannel"].value)

    @property
    def source(self) -> str:
        """The name of the CatalogSource."""
        return str(self.constants["catalogSource"].value["name"])

    @property
    def source_namespace(self) -> str:
        return str(self.constants["catalogSource"].value["namespace"])

    @property
    def log_levels(self) -> tuple[str, ...]:
        return tuple(self.constants["logLevels"].value)

    # --- channels and versions

    def channel(self, name: str) -> Channel | None:
        return self.channels.get(name)

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version the catalogue knows, oldest first."""
        return tuple(self.releases)

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    def version(self, found: str | Version) -> Release | None:
        return self.releases.get(Version.parse(found))

    def newer(self, found: str | Version) -> bool:
        """Whether a version is newer than all that are known: then the newest one's facts stand in for its own."""
        return Version.parse(found) > self.newest

    def channels_of(self, found: str | Version) -> tuple[Channel, ...]:
        """The channels that offer a version."""
        wanted = Version.parse(found)
        return tuple(channel for channel in self.channels.values() if wanted in channel.entries)

    def versions_between(self, start: str | Version, channel: str) -> tuple[Version, ...]:
        """What a cluster that starts at a version may run under Automatic approval: it and all above in the channel."""
        first = Version.parse(start)
        known = self.channels.get(channel)
        return (first, *(entry for entry in known.entries if entry > first)) if known else (first,)

    def csv(self, found: str | Version) -> str:
        """The name of the ClusterServiceVersion."""
        wanted = Version.parse(found)
        release = self.releases.get(wanted)
        return release.csv if release else self.constants["csv"].value.replace("{version}", str(wanted))

    def nearest(self, name: str, among: Iterable[str] | None = None) -> str | None:
        """What was probably meant by an unknown name, of the channels and versions or of the names given."""
        import difflib

        names = [*self.channels, *map(str, self.versions)] if among is None else list(among)
        parts = name.removeprefix("v").split(".")
        siblings = [known for known in names if known.split(".")[:2] == parts[:2] and parts[0].isdigit()]
        close = siblings[-1:] or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        return close[0] if close else None

    # --- what a version does

    def at(self, table: str, found: str | Version) -> Fact:
        """What a table over versions says of one."""
        wanted = Version.parse(found)
        rows = self.tables[table]
        return next((row.fact for row in reversed(rows) if row.since <= wanted), rows[0].fact)

    def deployment(self, found: str | Version) -> str:
        """The name of the operator's Deployment."""
        return str(self.at("deployment", found).value)

    def namespace_labels(self, found: str | Version) -> dict[str, str]:
        """The labels that the operator itself writes to its namespace."""
        return dict(self.at("namespaceLabels", found).value)

    def install_modes(self, found: str | Version) -> tuple[str, ...]:
        return tuple(self.at("installModes", found).value)

    def fields_of(self, found: str | Version) -> tuple[Field, ...]:
        """The fields of KataConfig that a version has."""
        wanted = Version.parse(found)
        return tuple(field for field in self.fields.values() if wanted in field.span)

    def field(self, path: str) -> Field | None:
        """A field of KataConfig by `spec.logLevel` or `KataConfig.spec.logLevel`."""
        return self.fields.get(path.removeprefix("KataConfig."))

    def unhandled(self, found: str | Version, selector: Mapping[str, Any] | None) -> tuple[int, ...]:
        """The indexes of the matchExpressions that a version's operator cannot follow."""
        operators = self.at("selectorOperators", found).value
        expressions = (selector or {}).get("matchExpressions") or []
        return tuple(index for index, found in enumerate(expressions) if not _followed(operators, found))

    def runtime_classes(
        self, found: str | Version, kata_config: Mapping[str, Any] | None, platform: str | None = None
    ) -> tuple[RuntimeClass, ...]:
        """The RuntimeClasses that are sure to exist for a KataConfig.spec, each with its node selector resolved.

        None where the operator cannot follow the selector: it then logs that and creates nothing. On a single-node or
        compact cluster, which a spec does not tell, the operator selects node-role.kubernetes.io/master instead.
        """
        wanted, spec = Version.parse(found), kata_config or {}
        if self.unhandled(wanted, spec.get("kataConfigPoolSelector")):
            return ()
        labels = self._class_labels(wanted, spec)
        return tuple(
            replace(known, node_selector=labels)
            for known in self.possible_runtime_classes(wanted, platform)
            if known.certain and all(spec.get(field) is True for field in known.when)
        )

    def possible_runtime_classes(self, found: str | Version, platform: str | None = None) -> tuple[RuntimeClass, ...]:
        """Every RuntimeClass that a version's operator may create, whatever the KataConfig, gates and nodes say."""
        wanted = Version.parse(found)
        return tuple(
            known
            for known in self.classes
            if wanted in known.span and (platform is None or not known.platforms or platform in known.platforms)
        )

    def owned_objects(self, found: str | Version) -> tuple[OwnedObject, ...]:
        """The objects, beside RuntimeClasses, that a version's operator may create and then keeps as it wants them."""
        wanted = Version.parse(found)
        return tuple(known for known in self.owned if wanted in known.span)

    def _class_labels(self, found: Version, spec: Mapping[str, Any]) -> dict[str, str]:
        selected = _selected_labels(spec.get("kataConfigPoolSelector"))
        wanted = {
            "selector": selected,
            "worker": {} if selected else self.labels["worker"],
            "pool": self.labels["pool"],
            "eligibility": self.labels["eligibility"] if spec.get("checkNodeEligibility") is True else {},
        }
        parts = self.at("runtimeClassNodeSelector", found).value
        return {key: value for part in parts for key, value in wanted[part].items()}

    # --- OpenShift and Kubernetes

    def kubernetes_of(self, openshift: str) -> str | None:
        """The Kubernetes minor that an OpenShift version is built on; None where the catalogue does not know it."""
        major, minor = version.minor(openshift)
        return self.openshifts.get(f"{major}.{minor}")

    def openshift_of(self, kubernetes: str) -> str | None:
        """The OpenShift minor that is built on a Kubernetes version; None where the catalogue does not know it."""
        major, minor = version.minor(kubernetes)
        return next((name for name, built_on in self.openshifts.items() if built_on == f"{major}.{minor}"), None)

    def minors(self, text: str) -> tuple[str, ...]:
        """The known OpenShift minors in a version or a range like `>=4.16 <4.19`; InputError if it is neither."""
        return version.select(text, self.openshifts)

    def min_openshift(self, found: str | Version) -> Fact:
        """The oldest OpenShift a version runs on: as stated, else what its oldest Kubernetes means."""
        release = self.version(found)
        if release is None:
            return Fact(None, "", UNKNOWN)
        stated, kubernetes = release.min_openshift, release.min_kubernetes
        if stated.value is not None or kubernetes.value is None:
            return stated
        means = self.openshift_of(kubernetes.value)
        return Fact(means, kubernetes.source, "inference", f"From its oldest Kubernetes, {kubernetes.value}.")

    # --- a site's own entries

    def with_site(self, site: Mapping[str, Any] | None) -> Catalogue:
        """This catalogue with a site's own entries (`releases:` of a spec) over it.

        A catalog with one channel has that for its default, whatever the channel is called.
        """
        if not site:
            return self
        channels = {
            name: _site_channel(self.channels.get(name), name, row or {})
            for name, row in (site.get("channels") or {}).items()
        }
        only = bool(site.get("onlyTheseChannels"))
        default = site.get("defaultChannel") or (next(iter(channels)) if only and len(channels) == 1 else None)
        constants = {
            "catalogSource": _stated_source(site.get("catalogSource") or {}, self.constants["catalogSource"]),
            "defaultChannel": _stated({"defaultChannel": default}, "defaultChannel", self.constants["defaultChannel"]),
        }
        rows = {Version.parse(name): row or {} for name, row in (site.get("versions") or {}).items()}
        for entry in {entry for channel in channels.values() for entry in channel.entries} - self.releases.keys():
            rows.setdefault(entry, {})
        releases = self.releases | {found: _site_release(self, found, row) for found, row in rows.items()}
        return replace(
            self,
            constants={**self.constants, **constants},
            channels=channels if only else {**self.channels, **channels},
            releases=dict(sorted(releases.items())),
            openshifts={**self.openshifts, **(site.get("openshift") or {})},
            sources={**self.sources, SITE: Source(SITE, "the spec's own `releases:`", SITE_CONFIDENCE)},
        )


@cache
def load(path: Path | None = None) -> Catalogue:
    """Read a catalogue, by default the one that travels with kataform; each once, since nothing changes it.

    Beside the file that people edit is the same as JSON (`as_json`), which is read in a tenth of the time.
    """
    where = path or data.directory() / "schemas" / "releases.json"
    return _Reading(_body(where)).catalogue()


def as_json(path: Path) -> str:
    """A catalogue in YAML as JSON."""
    return json.dumps(_body(path), indent=1, ensure_ascii=False) + "\n"


def of_site(site: Mapping[str, Any] | None) -> Catalogue:
    """Our catalogue with what a spec says under `releases:` over it; for equal entries it is the same object."""
    return _of_site(json.dumps(site)) if site else load()


@cache
def _of_site(site: str) -> Catalogue:
    return load().with_site(json.loads(site))


def policy_params(catalogue: Catalogue, versions: Iterable[str | Version] = ()) -> dict[str, Any]:
    """The ConfigMap that admission policies take as their parameter: lists are joined by commas.

    Gates and labels are those of any of the `versions` of the operator; where none are given, those of all and of the
    newest.
    """
    deprecated = [channel.name for channel in catalogue.channels.values() if channel.deprecated]
    installed = [Version.parse(found) for found in versions]
    gates = [g.name for g in catalogue.gates.values() if not installed or any(v in g.span for v in installed)]
    labels = {k: v for found in installed or [catalogue.newest] for k, v in catalogue.namespace_labels(found).items()}
    values: dict[str, Iterable[str]] = {
        **{f"csvs.{name}": map(catalogue.csv, channel.entries) for name, channel in catalogue.channels.items()},
        **{f"gate.{name}": gate.values for name, gate in catalogue.gates.items()},
        "channels": catalogue.channels,
        "csvs": (release.csv for release in catalogue.releases.values()),
        "defaultChannel": [catalogue.default_channel],
        "deprecatedChannels": deprecated,
        "featureGates": gates,
        "labelOnlyChannels": (found.name for found in catalogue.channels.values() if _labels_only(catalogue, found)),
        "logLevels": catalogue.log_levels,
        "namespace": [catalogue.namespace],
        "namespaceLabels": (f"{name}={value}" for name, value in labels.items()),
        "package": [catalogue.package],
        "runtimeClasses": dict.fromkeys(known.name for known in catalogue.classes),
        "versions": map(str, catalogue.versions),
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kataform-releases", "namespace": catalogue.namespace},
        "data": {name: ",".join(value) for name, value in sorted(values.items())},
    }


def _labels_only(catalogue: Catalogue, channel: Channel) -> bool:
    """Whether no version of a channel follows more in a selector than labels and In with one value."""
    return bool(channel.entries) and catalogue.at("selectorOperators", channel.entries[-1]).value == ["In"]


# --- reading


class _Reading:
    """The parsed YAML, and the confidence that each source lends its facts."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.sources = {name: Source(name, row["ref"], row["confidence"]) for name, row in body["sources"].items()}

    def catalogue(self) -> Catalogue:
        body = self.body
        names = ("package", "csv", "defaultChannel", "catalogSource", "namespace", "logLevels")
        releases = {Version.parse(name): self.release(name, row) for name, row in body["versions"].items()}
        levels = tuple(body["logLevels"]["value"])
        kata_config = body["kataConfig"]
        fields = {f"{part}.{name}": row for part in ("spec", "status") for name, row in kata_config[part].items()}
        tables = {**body["operator"], "runtimeClassNodeSelector": body["runtimeClassNodeSelector"]}
        labels = body["nodeLabels"]
        return Catalogue(
            sources=self.sources,
            constants={name: self.fact(body[name], {}) for name in names},
            channels={name: self.channel(name, row) for name, row in body["channels"].items()},
            releases=dict(sorted(releases.items())),
            tables={name: self.table(rows) for name, rows in tables.items()},
            fields={path: self.field(path, row, levels) for path, row in fields.items()},
            gates={name: self.gate(name, row) for name, row in body["featureGates"].items()},
            classes=tuple(
                known for name, rows in body["runtimeClasses"].items() for known in self.runtime_classes(name, rows)
            ),
            owned=tuple(map(self.owned, body["operatorObjects"])),
            labels={name: labels[name] for name in ("worker", "pool", "eligibility")},
            openshifts=_openshifts(body["openshift"]),
        )

    def fact(self, stated: Any, row: Mapping[str, Any]) -> Fact:
        """A fact written {value, source}, or the bare value where the row it stands in names the source."""
        own = stated if isinstance(stated, dict) and "value" in stated else {"value": stated}
        source = own.get("source") or row.get("source") or ""
        lent = self.sources[source].confidence if source in self.sources else UNKNOWN
        return Fact(own["value"], source, own.get("confidence") or row.get("confidence") or lent, own.get("note", ""))

    def row(self, row: Mapping[str, Any]) -> Fact:
        """That a row holds at all, with the note it carries."""
        return replace(self.fact(None, row), note=row.get("note", ""))

    def table(self, rows: list[dict[str, Any]]) -> tuple[Row, ...]:
        return tuple(Row(Version.parse(row["since"]), self.fact(row, row)) for row in rows)

    def channel(self, name: str, row: Mapping[str, Any]) -> Channel:
        entries = tuple(map(Version.parse, row["entries"]))
        return Channel(name, row["state"], entries, row.get("message", ""), self.row(row))

    def release(self, name: str, row: Mapping[str, Any]) -> Release:
        return Release(
            version=Version.parse(name),
            csv=row.get("csv") or self.body["csv"]["value"].replace("{version}", name),
            replaces=self.fact(row.get("replaces"), row),
            date=self.fact(row.get("date"), row),
            min_openshift=self.fact(row.get("minOpenShift"), row),
            max_openshift=self.fact(row.get("maxOpenShift"), row),
            min_kubernetes=self.fact(row.get("minKubernetes"), row),
            published=row.get("published", True),
            deprecated=row.get("deprecated", ""),
            fact=self.row(row),
        )

    def field(self, path: str, row: Mapping[str, Any], levels: tuple[str, ...]) -> Field:
        values = levels if row.get("values") == "logLevels" else tuple(row.get("values") or ())
        summary = row.get("summary", "")
        return Field(path, row.get("type", ""), row.get("default"), values, summary, _span(row), self.row(row))

    def gate(self, name: str, row: Mapping[str, Any]) -> Gate:
        return Gate(name, tuple(row["values"]), row.get("default", ""), row["summary"], _span(row), self.row(row))

    def owned(self, row: Mapping[str, Any]) -> OwnedObject:
        namespace = row.get("namespace", "")
        return OwnedObject(row["group"], row["kind"], row["name"], namespace, _span(row), self.row(row))

    def runtime_classes(self, name: str, rows: list[dict[str, Any]]) -> Iterable[RuntimeClass]:
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            yield RuntimeClass(
                name=name,
                handler=row["handler"] or "",
                overhead=row["overhead"],
                node_selector={},
                when=tuple(row.get("when") or ()),
                platforms=tuple(row.get("platforms") or ()),
                certain=row.get("certain", True),
                span=_span({"before": following["since"], **row} if following else row),
                fact=self.row(row),
            )


def _body(path: Path) -> dict[str, Any]:
    if path.suffix == ".json":
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    import yaml

    body: dict[str, Any] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return body


def _span(row: Mapping[str, Any]) -> Span:
    before = row.get("before")
    return Span(Version.parse(row["since"]), Version.parse(before) if before else None)


def _openshifts(row: Mapping[str, Any]) -> dict[str, str]:
    major, offset = row["major"], row["kubernetesOffset"]
    return {f"{major}.{minor}": f"1.{minor + offset}" for minor in range(row["first"], row["last"] + 1)}


def _followed(operators: list[str], expression: Mapping[str, Any]) -> bool:
    """Whether an operator that knows these selector operators follows an expression; In alone takes one value."""
    one_value = operators != ["In"] or len(expression.get("values") or []) == 1
    return expression.get("operator") in operators and one_value


def _selected_labels(selector: Mapping[str, Any] | None) -> dict[str, str]:
    """A selector as a map of labels, as LabelSelectorAsMap makes it; expressions that it refuses are left out."""
    labels = dict((selector or {}).get("matchLabels") or {})
    for expression in (selector or {}).get("matchExpressions") or []:
        if _followed(["In"], expression):
            labels[expression["key"]] = expression["values"][0]
    return labels


def _stated(row: Mapping[str, Any], name: str, known: Fact) -> Fact:
    """What a site states, or else what was known."""
    return Fact(row[name], SITE, SITE_CONFIDENCE) if row.get(name) else known


def _stated_source(row: Mapping[str, Any], known: Fact) -> Fact:
    """A site's CatalogSource; what it leaves out is as in ours."""
    stated = {name: text for name, text in row.items() if text}
    return Fact({**known.value, **stated}, SITE, SITE_CONFIDENCE) if stated else known


def _site_channel(known: Channel | None, name: str, row: Mapping[str, Any]) -> Channel:
    """A site's channel; what it leaves out is as in ours of the same name."""
    entries = known.entries if known else ()
    if row.get("entries") is not None:
        entries = tuple(sorted(map(Version.parse, row["entries"])))
    state = row.get("state") or (known.state if known else "available")
    message = row.get("message") or (known.message if known and state == known.state else "")
    return Channel(name, state, entries, message, Fact(None, SITE, SITE_CONFIDENCE, row.get("note", "")))


def _site_release(catalogue: Catalogue, found: Version, row: Mapping[str, Any]) -> Release:
    """A site's version; what it leaves out is as in ours of the same version, or unknown."""
    nothing = Fact(None, "", UNKNOWN)
    known = catalogue.releases.get(found) or Release(
        found, catalogue.csv(found), nothing, nothing, nothing, nothing, nothing, True, "", nothing
    )
    return Release(
        version=found,
        csv=row.get("csv") or known.csv,
        replaces=_stated(row, "replaces", known.replaces),
        date=_stated(row, "date", known.date),
        min_openshift=_stated(row, "minOpenShift", known.min_openshift),
        max_openshift=_stated(row, "maxOpenShift", known.max_openshift),
        min_kubernetes=_stated(row, "minKubernetes", known.min_kubernetes),
        published=True,
        deprecated=row.get("deprecated") or known.deprecated,
        fact=Fact(None, SITE, SITE_CONFIDENCE, row.get("note") or known.fact.note),
    )
