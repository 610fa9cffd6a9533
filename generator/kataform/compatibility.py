"""Hold a merged spec against the release catalogue: does the version exist, does the channel offer it, does it fit.

Also which versions an overlay is for, so that everything rendered from it can be checked against each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kataform import judge, resource, schemas, version
from kataform.catalogue import Catalogue, Fact
from kataform.errors import InputError
from kataform.finding import Finding, Location, Related, Severity
from kataform.resource import Path as Pointer
from kataform.subject import Subject, Target
from kataform.text import resolve
from kataform.version import Version

if TYPE_CHECKING:
    from kataform.spec import Spec

_VERSION = ("operator", "version")
_CHANNEL = ("operator", "subscription", "channel")
_APPROVAL = ("operator", "subscription", "installPlanApproval")
_STARTING = ("operator", "subscription", "startingCSV")
_ANNOTATIONS = ("kataConfig", "annotations")
_SELECTOR = ("kataConfig", "spec", "kataConfigPoolSelector")
_KEYS = ("openshift", "operator", "kubernetes")


# --- is it possible ------------------------------------------------------------------------------------------------


def check(spec: Spec, catalogue: Catalogue) -> list[Finding]:
    """What is wrong with the spec as a whole; an error means that nothing can be rendered from it."""
    missing = list(_missing(spec, catalogue))
    if missing:
        return missing
    findings = [*_releases(spec, catalogue), *_version(spec, catalogue), *_channel(spec, catalogue)]
    findings += _cluster(spec, catalogue)
    if not any(finding.severity >= Severity.ERROR for finding in findings):
        findings += [*_fits(spec, catalogue), *_starting_csv(spec, catalogue), *_kata_config(spec, catalogue)]
    return findings


def _at(spec: Spec, rule: str, severity: Severity, message: str, path: tuple[str | int, ...], remedy: str) -> Finding:
    origin = spec.origin(path)
    location = origin.location if origin.node is not None else Location.start(spec.label)
    return Finding(rule, severity, message, location, remedy, related=_related(spec, path))


def _related(spec: Spec, path: Pointer) -> tuple[Related, ...]:
    from kataform.spec import related_chain

    return related_chain(spec, path)


def _missing(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """A spec says which operator it is for; the catalogue's newest is a suggestion, never a default that moves."""
    wanted = {_VERSION: str(catalogue.newest), _CHANNEL: catalogue.default_channel}
    for path, suggestion in wanted.items():
        if spec.get(*path) is None:
            name = ".".join(path)
            place = Location.start(spec.label)
            message = f"{name} is missing, here and in everything this spec extends"
            yield Finding("missing-field", Severity.ERROR, message, place, f"set it, for example to {suggestion}")


def _releases(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether a site's own entries fit together."""
    site = spec.get("releases") or {}
    if site and catalogue.channel(catalogue.default_channel) is None:
        stated = site.get("defaultChannel")
        path = ("releases", "defaultChannel" if stated else "onlyTheseChannels")
        message = f"the site's catalog has no channel '{catalogue.default_channel}' to be the default one"
        near = catalogue.nearest(stated, catalogue.channels) if stated else None
        known = ", ".join(catalogue.channels) or "none"
        remedy = f"did you mean '{near}'?" if near else f"name one of its channels as defaultChannel: {known}"
        yield _at(spec, "releases-inconsistent", Severity.ERROR, message, path, remedy)
    for name, row in (site.get("versions") or {}).items():
        low, high = row.get("minOpenShift"), row.get("maxOpenShift")
        if low and high and version.minor(low) > version.minor(high):
            message = f"operator {name} cannot need OpenShift {low} and not be offered after {high}"
            place = ("releases", "versions", name, "maxOpenShift")
            yield _at(spec, "releases-inconsistent", Severity.ERROR, message, place, "say which of the two holds")


def _version(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    stated = spec.get(*_VERSION)
    if catalogue.version(stated) is not None:
        return
    if catalogue.newer(stated):
        message = (
            f"operator {stated} is newer than {catalogue.newest}, the newest one known, whose schema stands in for it"
        )
        yield _at(
            spec,
            "version-newer",
            Severity.WARNING,
            message,
            _VERSION,
            "update kataform, or say under releases.versions what you know",
        )
        return
    near = catalogue.nearest(stated, map(str, catalogue.versions))
    remedy = f"did you mean {near}?" if near else f"known are {', '.join(map(str, catalogue.versions))}"
    yield _at(spec, "version-unknown", Severity.ERROR, f"no operator {stated} is known", _VERSION, remedy)


def _channel(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    stated = spec.get(*_CHANNEL)
    if catalogue.channel(stated) is None:
        near = catalogue.nearest(stated, catalogue.channels)
        remedy = f"did you mean '{near}'?" if near else f"the channels are {', '.join(catalogue.channels)}"
        yield _at(spec, "channel-unknown", Severity.ERROR, f"unknown channel '{stated}'", _CHANNEL, remedy)


def _fits(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether the channel offers the version: under Manual approval it is asked for by name and never found."""
    stated, channel = spec.get(*_VERSION), catalogue.channel(spec.get(*_CHANNEL))
    if channel is None or not channel.entries or catalogue.version(stated) is None:
        return
    if Version.parse(stated) in channel.entries:
        return
    offering = [other.name for other in catalogue.channels_of(stated)]
    has = ", ".join(map(str, channel.entries[-3:]))
    message = f"channel {channel.name} does not offer operator {stated}"
    if not offering:
        note = f"{message}, nor does any channel of a current catalog; a catalog that was mirrored then may"
        yield _at(spec, "version-not-published", Severity.WARNING, note, _VERSION, f"the channel ends with {has}")
        return
    remedy = f"take the channel {' or '.join(offering)}, or one of its versions (it ends with {has})"
    yield _at(spec, "version-not-in-channel", Severity.ERROR, message, _VERSION, remedy)


def _starting_csv(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    stated, meant = spec.get(*_STARTING), catalogue.csv(spec.get(*_VERSION))
    if stated is not None and spec.get(*_APPROVAL) == "Manual" and stated != meant:
        message = f"startingCSV installs {stated}, but operator.version is {spec.get(*_VERSION)}"
        remedy = f"delete it: under Manual approval {meant} is written for you"
        yield _at(spec, "starting-csv-mismatch", Severity.ERROR, message, _STARTING, remedy)


def _cluster(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether the operator runs on every OpenShift version that the spec names."""
    stated = spec.get("openshift")
    if stated is None:
        yield from _kubernetes(spec)
        return
    try:
        minors = catalogue.minors(stated)
    except InputError as error:
        yield _at(spec, "invalid-value", Severity.ERROR, str(error), ("openshift",), "write it like '>=4.16 <4.19'")
        return
    if not minors:
        known = list(catalogue.openshifts)
        message = f"no OpenShift version is known that is '{stated}'"
        yield _at(
            spec, "openshift-unknown", Severity.ERROR, message, ("openshift",), f"known are {known[0]} to {known[-1]}"
        )
        return
    kubernetes = spec.get("kubernetes")
    built_on = [catalogue.kubernetes_of(name) for name in minors]
    for minor in built_on:
        if minor is not None and minor not in schemas.KUBERNETES_MINORS:
            yield _stood_in_for(spec, minor, ("openshift",))
    if kubernetes is not None and not {*_kubernetes_minors(kubernetes)}.intersection(built_on):
        message = f"OpenShift {stated} is built on Kubernetes {', '.join(filter(None, built_on))}, not on {kubernetes}"
        yield _at(spec, "kubernetes-mismatch", Severity.ERROR, message, ("kubernetes",), "delete one of the two")
    release = catalogue.version(spec.get(*_VERSION))
    if release is None:
        return
    yield from _bound(spec, minors[0], catalogue.min_openshift(release.version), "needs OpenShift {} or newer", -1)
    yield from _bound(spec, minors[-1], release.max_openshift, "is not offered after OpenShift {}", 1)


def _bound(spec: Spec, minor: str, bound: Fact, message: str, side: int) -> Iterator[Finding]:
    if bound.value is None:
        return
    here, there = version.minor(minor), version.minor(str(bound.value))
    if (here > there) - (here < there) != side:
        return
    text = f"operator {spec.get(*_VERSION)} {message.format(bound.value)}, and this overlay is for {minor}, too"
    severity = Severity.WARNING if bound.confidence == "inference" else Severity.ERROR
    remedy = f"the source is {bound.source} ({bound.confidence})"
    yield _at(spec, "openshift-unsupported", severity, text, ("openshift",), remedy)


def _kubernetes(spec: Spec) -> Iterator[Finding]:
    """Whether there are schemas for the Kubernetes versions that the spec names."""
    stated, known = spec.get("kubernetes"), schemas.KUBERNETES_MINORS
    minors = _kubernetes_minors(stated) if stated is not None else ()
    if all(minor in known for minor in minors) and (minors or stated is None):
        return
    remedy = f"known are {known[0]} to {known[-1]}"
    if not minors:
        message = f"no Kubernetes version is known that is '{stated}'"
        yield _at(spec, "invalid-value", Severity.ERROR, message, ("kubernetes",), remedy)
        return
    yield _stood_in_for(spec, stated, ("kubernetes",))


def _stood_in_for(spec: Spec, minor: str, path: Pointer) -> Finding:
    known = schemas.KUBERNETES_MINORS
    message = f"no schemas for Kubernetes {minor}, so those of the nearest known version stand in"
    return _at(spec, "kubernetes-unknown", Severity.WARNING, message, path, f"known are {known[0]} to {known[-1]}")


def _kata_config(spec: Spec, catalogue: Catalogue) -> Iterator[Finding]:
    """The KataConfig against the schema of every version that may run it, and what old operators cannot follow."""
    from kataform.resources import kataconfig

    (made,) = kataconfig.build(spec, catalogue)

    def locate(path: resource.Path, key: bool) -> Location:
        return spec.place(made.derivations, path, key=key)

    subject = Subject(made.body, "", locate, targets_of(spec, catalogue))
    for seen in judge.check(subject):
        path = ("kataConfig", *(str(token) for token in seen.path))
        yield replace(seen.finding, overlays=(), related=_related(spec, path))
    for name in spec.get(*_ANNOTATIONS) or {}:
        if not isinstance(resolve.resolve(name, resolve.Dialect.KUSTOMIZE), str):
            message = f"kustomize cannot build an annotation whose key is {name}, not even a quoted one"
            yield _at(
                spec, "annotation-key-unreadable", Severity.ERROR, message, (*_ANNOTATIONS, name), "choose another key"
            )
    selector = spec.get(*_SELECTOR)
    for index in catalogue.unhandled(spec.get(*_VERSION), selector):
        wanted = selector["matchExpressions"][index]["operator"]
        message = (
            f"operator {spec.get(*_VERSION)} cannot follow this selector ({wanted}): it logs that and installs nothing"
        )
        remedy = "before 1.4, use matchLabels, or In with exactly one value"
        yield _at(
            spec, "selector-not-followed", Severity.ERROR, message, (*_SELECTOR, "matchExpressions", index), remedy
        )


# --- what it is for ------------------------------------------------------------------------------------------------


def targets_of(spec: Spec, catalogue: Catalogue) -> Target:
    """The versions an overlay is for: under Automatic approval from its version to the channel's head."""
    stated = spec.get(*_VERSION)
    operator: tuple[str, ...] = (stated,)
    if spec.get(*_APPROVAL) == "Automatic":
        operator = tuple(map(str, catalogue.versions_between(stated, spec.get(*_CHANNEL))))
    return Target(operator, _minors(spec.get("openshift"), spec.get("kubernetes"), catalogue))


def _minors(openshift: str | None, kubernetes: str | None, catalogue: Catalogue) -> tuple[str, ...]:
    if openshift is not None:
        found = (catalogue.kubernetes_of(minor) for minor in catalogue.minors(openshift))
        return tuple(minor for minor in found if minor is not None)
    return _kubernetes_minors(kubernetes) if kubernetes is not None else (schemas.NEWEST_KUBERNETES,)


def _kubernetes_minors(stated: str) -> tuple[str, ...]:
    """The one version that is stated, known or not, or all known ones in a range. Raises InputError for neither."""
    if stated[0] in "<>=":
        return version.select(stated, schemas.KUBERNETES_MINORS)
    return (".".join(map(str, version.minor(stated))),)


def targets_of_subscriptions(bodies: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> Target:
    """The operator versions that the Subscriptions among some objects install; none where they do not tell."""
    found: dict[Version, None] = {}
    for body in bodies:
        if body.get("kind") == "Subscription" and resource.get(body, ("spec", "name")) == catalogue.package:
            found |= dict.fromkeys(_installed(body, catalogue))
    return Target(tuple(map(str, sorted(found))), (schemas.NEWEST_KUBERNETES,))


def together(targets: Iterable[Target]) -> Target:
    """What several targets are for together; Kubernetes as where nothing tells."""
    found = {Version.parse(text) for target in targets for text in target.operator}
    return Target(tuple(map(str, sorted(found))), (schemas.NEWEST_KUBERNETES,))


def _installed(body: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Version]:
    name, starting = resource.get(body, ("spec", "channel")), resource.get(body, ("spec", "startingCSV"))
    channel = catalogue.channel(name) if isinstance(name, str) else None
    first = _parsed(starting) if isinstance(starting, str) else None
    if first is None and channel is not None:
        first = channel.head
    if first is None:
        return
    if resource.get(body, ("spec", "installPlanApproval")) == "Manual" or channel is None:
        yield first
    else:
        yield from catalogue.versions_between(first, channel.name)


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except InputError:
        return None


def stated_target(texts: tuple[str, ...], catalogue: Catalogue) -> Target:
    """What `--target KEY=VALUE` options say; a part that none of them states is empty. Raises InputError."""
    operator: dict[str, None] = {}
    kubernetes: dict[str, None] = {}
    for text in texts:
        key, given, value = text.partition("=")
        if key not in _KEYS or not given or not value:
            raise InputError(f"--target {text}: write KEY=VALUE, KEY being one of {', '.join(_KEYS)}")
        if key == "operator":
            operator[_released(text, str(Version.parse(value)), catalogue)] = None
        elif key == "kubernetes":
            kubernetes |= dict.fromkeys(
                _asked(text, _kubernetes_minors(value), "Kubernetes", schemas.KUBERNETES_MINORS)
            )
        else:
            minors = _minors(value, None, catalogue)
            kubernetes |= dict.fromkeys(_asked(text, minors, "OpenShift", catalogue.openshifts))
    return Target(tuple(operator), tuple(kubernetes))


def _asked(text: str, minors: tuple[str, ...], what: str, known: Iterable[str]) -> tuple[str, ...]:
    if not minors:
        raise InputError(f"--target {text}: known are {what} {', '.join(known)}")
    return minors


def _released(text: str, stated: str, catalogue: Catalogue) -> str:
    if catalogue.version(stated) is None and not catalogue.newer(stated):
        near = catalogue.nearest(stated, map(str, catalogue.versions))
        hint = f"did you mean {near}?" if near else f"known are {', '.join(map(str, catalogue.versions))}"
        raise InputError(f"--target {text}: no operator {stated} is known; {hint}")
    return stated


def stand_ins(target: Target, catalogue: Catalogue) -> list[str]:
    """What a stated target is checked against instead, where nothing is known of the version itself."""
    newer = [stated for stated in target.operator if catalogue.newer(stated)]
    unknown = [minor for minor in target.kubernetes if minor not in schemas.KUBERNETES_MINORS]
    known = schemas.KUBERNETES_MINORS[0], schemas.KUBERNETES_MINORS[-1]
    return [
        *(f"operator {each} is newer than {catalogue.newest}, whose schema stands in for it" for each in newer),
        *(
            f"no schemas for Kubernetes {each} (known are {' to '.join(known)}); the nearest stand in"
            for each in unknown
        ),
    ]
