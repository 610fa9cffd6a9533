"""The rules on specs, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

_WITH_CRDS = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
extends: null
operator:
  version: 1.9.0
  subscription:
    channel: stable
kataConfig:
  spec:
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
crds: [{}]
"""
_CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Cluster
  names:
    kind: Widget
    plural: widgets
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
"""

RULES = by_name(
    Rule(
        "spec-invalid",
        "The file is no spec: it is empty, holds several documents, or is not a map.",
        remedy="write one map, beginning with `apiVersion:`",
        failing={"overlays/prod/kataform.yaml": "- a\n"},
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "spec-unreadable",
        "The file cannot be read.",
        remedy="make the file readable",
    ),
    Rule(
        "crds-missing",
        "A path under `crds:` is not there, or holds no CustomResourceDefinition.",
        why="The objects that it should define are not checked.",
        remedy="name a file or a folder that holds CRDs, seen from the spec that names it",
        failing={"overlays/prod/kataform.yaml": _WITH_CRDS.format("../../missing.yaml")},
        passing={
            "overlays/prod/kataform.yaml": _WITH_CRDS.format("../../widgets.yaml"),
            "widgets.yaml": _CRD,
        },
    ),
    Rule(
        "extends-missing",
        "The spec that this one extends does not exist.",
        remedy="name the folder of the spec that is meant, relative to this file",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: ../../profiles/big\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "policies-missing",
        "A spec names policies where there are none.",
        remedy="name a file or a folder that exists, relative to the folder of this file",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "policies: [../../our-policies]\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "policies: []\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "extends-cycle",
        "The chain of specs comes back to where it began.",
        remedy="end the chain at a spec that extends nothing",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: .\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "releases-inconsistent",
        "What `releases:` says of the site's own catalogue does not fit together.",
        why="A default channel that the catalog does not have, or a version that no OpenShift can run.",
        remedy="name a channel of the site's catalog as `defaultChannel`, or an order of versions that can be",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "releases:\n"
                "  defaultChannel: testing\n"
                "  channels:\n"
                "    tested:\n"
                "      entries: [1.9.0]\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "releases:\n"
                "  defaultChannel: tested\n"
                "  channels:\n"
                "    tested:\n"
                "      entries: [1.9.0]\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "version-unknown",
        "An operator version that neither kataform nor the site's own catalogue knows.",
        why="Under Manual approval OLM waits for a version that never comes.",
        remedy="write one of the versions that `kataform explain` lists, or describe it under `releases:`",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.8.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "version-newer",
        ("An operator version newer than the release catalogue; the newest known one stands in for it."),
        Severity.WARNING,
        why="What is new in it is not known here: a field of it would be called unknown.",
        remedy="update kataform, or describe the version under `releases:`",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.99.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "version-not-in-channel",
        "The channel does not offer the version.",
        why="Under Manual approval OLM asks the channel for the version by name, and waits for ever.",
        remedy="take a channel that offers it",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable-1.3\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "version-not-published",
        "No channel of a current catalog offers the version.",
        Severity.WARNING,
        why="A catalog of today cannot install it. One that was mirrored while it was there can.",
        remedy="take a version that is published, or describe the mirrored channel under `releases:`",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.4.1\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "starting-csv-mismatch",
        "Under manual approval, `startingCSV` installs another version than the spec is for.",
        why=("The cluster would run another version than the one whose schema everything was checked against."),
        remedy="delete it",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "    startingCSV: sandboxed-containers-operator.v1.8.1\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "openshift-unknown",
        "No known OpenShift version is in the range.",
        remedy="write a version or a range such as '>=4.16 <4.19'",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.99'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.16'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "openshift-unsupported",
        "The operator does not run on an OpenShift version that the overlay is for.",
        why="The operator's pods do not run there, or the catalog there does not offer it.",
        remedy="narrow the range, or take a version that runs on all of it",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.9'\n"
                "operator:\n"
                "  version: 1.2.2\n"
                "  subscription:\n"
                "    channel: stable-1.2\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.10'\n"
                "operator:\n"
                "  version: 1.2.2\n"
                "  subscription:\n"
                "    channel: stable-1.2\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "kubernetes-mismatch",
        "`openshift` and `kubernetes` contradict each other.",
        why="Each OpenShift release is built on one Kubernetes minor.",
        remedy="delete one of the two",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.16'\n"
                "kubernetes: '1.21'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "openshift: '4.16'\n"
                "kubernetes: '1.29'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        source="[releases.md](releases.md)",
    ),
    Rule(
        "kubernetes-unknown",
        "No schemas for that Kubernetes version; those of the nearest known one stand in.",
        Severity.WARNING,
        remedy="write a version that there are schemas for",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "kubernetes: '1.99'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "kubernetes: '1.32'\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "additions-dropped",
        "A spec below adds something of its own to a part that this overlay does not build on.",
        Severity.WARNING,
        why="Additions travel with the part of the base that they were added to.",
        remedy="say it in this overlay, too",
    ),
    Rule(
        "selector-not-followed",
        "Operators before 1.4 cannot follow the selector: they log that and install nothing.",
        why=(
            "The operator turns the selector into a map of labels, and cannot where an expression is "
            "more than one value of `In`."
        ),
        remedy="use matchLabels, or In with exactly one value",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.3.3\n"
                "  subscription:\n"
                "    channel: stable-1.3\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchExpressions:\n"
                "      - key: kata\n"
                "        operator: Exists\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.3.3\n"
                "  subscription:\n"
                "    channel: stable-1.3\n"
                "kataConfig:\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "annotation-key-unreadable",
        "An annotation's key that kustomize reads as a number or boolean, even if quoted.",
        why="kustomize reads keys of annotations as YAML again after it has taken the quotes away.",
        remedy="choose another key",
        failing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  annotations:\n"
                "    '1.10': a\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
        passing={
            "overlays/prod/kataform.yaml": (
                "apiVersion: kataform.dev/v1alpha1\n"
                "kind: Overlay\n"
                "extends: null\n"
                "operator:\n"
                "  version: 1.9.0\n"
                "  subscription:\n"
                "    channel: stable\n"
                "kataConfig:\n"
                "  annotations:\n"
                "    version: a\n"
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
)
