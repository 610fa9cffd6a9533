"""The rules on kustomizations, in words."""

from __future__ import annotations

from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "build-failed",
        "kustomize cannot build the root; the finding stands at the file that it means.",
        why=(
            "Nothing of a root that does not build reaches the cluster, and Argo CD shows its last "
            "state as if nothing had happened."
        ),
        remedy="mend the file that the finding stands in",
        failing={"kustomization.yaml": ("resources:\n- missing.yaml\n")},
        passing={
            "kustomization.yaml": ("resources:\n- settings.yaml\n"),
            "settings.yaml": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"),
        },
    ),
    Rule(
        "root-not-built",
        (
            "A root was not built, so its objects were not checked: kustomize is missing, a file "
            "cannot be read, or a part is on the network."
        ),
        why="An object that was not checked is never counted as one that passed.",
        remedy=("run `kataform tools install`, make the files readable, or copy the remote part into the repository"),
    ),
)
