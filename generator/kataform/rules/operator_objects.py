"""operator-object-in-git: an object that the operator makes itself, among what Git applies.

Which they are in each version, the release catalogue says. Where nothing installs the operator, such an object belongs
to whoever runs Kata Containers there, and is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kataform import catalogue, resource
from kataform.catalogue import Catalogue, OwnedObject, Span
from kataform.finding import Finding, Severity, pointer
from kataform.rule import Rule
from kataform.subject import Subject
from kataform.version import Version

_KATA_CONFIG = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: 'true'
"""
_EXAMPLE = f"""\
{_KATA_CONFIG}---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata:
  name: kata
handler: kata
"""
RULE = Rule(
    "operator-object-in-git",
    "An object that the operator makes itself, such as the RuntimeClass `kata` or the pool `kata-oc`, beside the "
    "operator or a KataConfig.",
    Severity.WARNING,
    why="Two owners write one object, and the operator's clean-up removes what Git wants to keep.",
    remedy="leave it to the operator",
    failing=_EXAMPLE,
    passing=_KATA_CONFIG,
)
_CLASS = ("node.k8s.io", "RuntimeClass")
_PATH = ("metadata", "name")
_REMEDY = "take it out of Git: the operator creates it"


def check(subjects: Iterable[Subject], generated: Collection[str]) -> Iterator[Finding]:
    """A finding for each such object, where the operator or a KataConfig is among the objects, too.

    In the `generated` roots a RuntimeClass is what their spec says: a copy to compare with, or Git's own on purpose.
    """
    everything = list(subjects)
    known = catalogue.load()
    if not any(_installs(subject.body, known) for subject in everything):
        return
    for subject in everything:
        why = _why(subject, known)
        if why and not (subject.root in generated and subject.kind == _CLASS[1]):
            message = f"the operator makes {subject.kind} {resource.key(subject.body).name} itself: {why}"
            yield Finding(
                RULE.name,
                Severity.WARNING,
                message,
                subject.locate(_PATH, False),
                _REMEDY,
                subject.title,
                pointer(_PATH),
                overlays=(subject.root,),
            )


def _installs(body: dict[str, Any], known: Catalogue) -> bool:
    kind = resource.key(body).kind
    return kind == "KataConfig" or (kind == "Subscription" and resource.get(body, ("spec", "name")) == known.package)


def _why(subject: Subject, known: Catalogue) -> str:
    """What comes of it; an empty text for an object that is nobody else's."""
    key = resource.key(subject.body)
    versions = subject.target.operator
    if (key.group, key.kind) == _CLASS and any(
        key.name == made.name and _made_by(versions, made.span) for made in known.classes
    ):
        return "it leaves one that is there as it is, so this one follows no upgrade and goes with no KataConfig"
    if any(_same(key, made) and _made_by(versions, made.span) for made in known.owned):
        return "Git and the operator take turns in writing it"
    return ""


def _same(key: resource.Key, made: OwnedObject) -> bool:
    here = not made.namespace or made.namespace == key.namespace
    return (key.group, key.kind, key.name) == (made.group, made.kind, made.name) and here


def _made_by(versions: tuple[str, ...], span: Span) -> bool:
    """Whether the operator of one of the versions may make it; where none is known, that of any may."""
    return not versions or any(Version.parse(version) in span for version in versions)
