"""The rules on generated files, in words."""

from __future__ import annotations

from kataform.finding import Severity
from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "generated-files-stale",
        "The files are not what the spec renders to; `kataform generate` brings them up to date.",
        why="What is synced is what the files say, not what the spec says.",
        remedy="run `kataform generate`",
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
                "  spec:\n"
                "    kataConfigPoolSelector:\n"
                "      matchLabels:\n"
                "        kata: 'true'\n"
            )
        },
    ),
    Rule(
        "generated-file-changed",
        "A person changed a generated file; it is never overwritten.",
        why=("The next change of the spec would have to take the person's change away, or keep it for ever."),
        remedy=(
            "move the change into the spec, under `kustomize:` where it has no field, then delete the"
            " file and run `kataform generate`"
        ),
    ),
    Rule(
        "generated-files-differ",
        "kustomize builds something else than was rendered: a bug in kataform.",
        remedy="report it, with the spec",
    ),
    Rule(
        "file-in-the-way",
        "A person's file stands where a generated one belongs; it is never overwritten.",
        remedy="move the file away, or rename the overlay",
    ),
    Rule(
        "file-left-behind",
        "A person's file stands in a folder that is no longer generated; it is kept.",
        Severity.INFO,
        remedy="move or delete it",
    ),
    Rule(
        "lock-unreadable",
        "The lock is damaged, so nothing in its folder is touched.",
        why="Without the lock nobody knows which files are generated and may be overwritten.",
        remedy=(
            "restore the lock from Git, or delete it and run `kataform generate`: what is as it would be generated"
            " is taken over, what is not is named"
        ),
    ),
)
