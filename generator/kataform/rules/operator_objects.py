"""operator-object-in-git: an object that the operator makes itself, among what Git applies.

Which they are, the operator's controllers say: github.com/openshift/sandboxed-containers-operator, controllers/. Where
nothing installs the operator, such an object belongs to whoever runs Kata Containers there, and is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kataform import catalogue, resource
from kataform.finding import Finding, Severity, pointer
from kataform.rule import Rule
from kataform.subject import Subject

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
_WRITTEN = {
    ("apps", "DaemonSet"): ("openshift-sandboxed-containers-monitor", "osc-caa-ds", "peerpodconfig-ctrl-caa-daemon"),
    ("confidentialcontainers.org", "PeerPodConfig"): ("peerpodconfig-openshift",),
    ("machineconfiguration.openshift.io", "ContainerRuntimeConfig"): ("kata-crio-config",),
    ("machineconfiguration.openshift.io", "MachineConfig"): (
        "40-worker-kata-remote-config",
        "50-enable-sandboxed-containers-extension",
        "50-enable-sandboxed-containers-image",
        "50-kata-remote",
        "50-kata-remote-cc",
    ),
    ("machineconfiguration.openshift.io", "MachineConfigPool"): ("kata-oc",),
    ("security.openshift.io", "SecurityContextConstraints"): ("sandboxed-containers-operator-scc",),
}
_PATH = ("metadata", "name")
_REMEDY = "take it out of Git: the operator creates it"


def check(subjects: Iterable[Subject], generated: Collection[str]) -> Iterator[Finding]:
    """A finding for each such object, where the operator or a KataConfig is among the objects, too.

    In the `generated` roots a RuntimeClass is what their spec says: a copy to compare with, or Git's own on purpose.
    """
    everything = list(subjects)
    if not any(_installs(subject.body) for subject in everything):
        return
    for subject in everything:
        why = _why(subject.body)
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


def _installs(body: dict[str, Any]) -> bool:
    kind = resource.key(body).kind
    return kind == "KataConfig" or (
        kind == "Subscription" and resource.get(body, ("spec", "name")) == catalogue.load().package
    )


def _why(body: dict[str, Any]) -> str:
    """What comes of it; an empty text for an object that is nobody else's."""
    key = resource.key(body)
    if (key.group, key.kind) == _CLASS and key.name in {known.name for known in catalogue.load().classes}:
        return "it leaves one that is there as it is, so this one follows no upgrade and goes with no KataConfig"
    if key.name in _WRITTEN.get((key.group, key.kind), ()):
        return "Git and the operator take turns in writing it"
    return ""
