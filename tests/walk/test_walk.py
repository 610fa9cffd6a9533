"""A hand-written tree of the shape that a first installation has, and mistakes that people make in it, line by line.

Each mistake must be found at its own line, with what follows from it folded into it, and nothing at any other line.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from command_line import run_in
from kataform.kustomize import Kustomize

TREE = Path(__file__).parent / "tree"


@dataclass(frozen=True)
class Mistake:
    """`old` becomes `new` in a file; the finding must stand at the line of the file that then holds `at`."""

    name: str
    file: str
    old: str
    new: str
    rule: str
    at: str
    column: int | None = None


KATACONFIG = "instance/base/kataconfig.yaml"
POD = "examples/example-net-kata.yaml"
CHANNEL = "operator/overlays/preview-1.1/patch-channel.yaml"
OPERATOR = "operator/overlays/preview-1.1/kustomization.yaml"
ACCEPTED = "value: preview-1.1  # kataform: ignore[channel-deprecated] the newest channel that OpenShift 4.9 has"
SELECTOR = "  kataConfigPoolSelector:\n    matchLabels:\n      kata: 'true'\n"

MISTAKES = [
    Mistake("boolean-in-the-base", KATACONFIG, "kata: 'true'", "kata: true", "unquoted-boolean", "kata: true", 13),
    Mistake(
        "boolean-in-a-merge-patch",
        "instance/overlays/metal/patch-selector.yaml",
        "kata: 'true'",
        "kata: true",
        "unquoted-boolean",
        "kata: true",
        13,
    ),
    Mistake("boolean-in-a-node-selector", POD, "kata: 'true'", "kata: true", "unquoted-boolean", "kata: true", 11),
    Mistake("yes-in-a-json-patch", OPERATOR, "value: 'true'", "value: yes", "unquoted-boolean", "value: yes", 14),
    Mistake("channel-that-is-a-number", CHANNEL, ACCEPTED, "value: 1.10", "lossy-number", "value: 1.10", 10),
    Mistake(
        "misspelt-field",
        KATACONFIG,
        "kataConfigPoolSelector",
        "kataConfigPoolSelecter",
        "unknown-field",
        "kataConfigPoolSelecter",
        3,
    ),
    Mistake(
        "field-of-a-later-version", KATACONFIG, "spec:\n", "spec:\n  logLevel: info\n", "unknown-field", "logLevel", 3
    ),
    Mistake("misspelt-runtime-class", POD, "runtimeClassName", "runtimeClass", "unknown-field", "runtimeClass", 3),
    Mistake("quantity-in-lower-case", POD, "memory: 256Mi", "memory: 350mb", "invalid-quantity", "350mb", 17),
    Mistake(
        "duplicate-key",
        KATACONFIG,
        "      kata: 'true'\n",
        "      kata: 'true'\n      kata: 'false'\n",
        "duplicate-key",
        "kata: 'false'",
        7,
    ),
    Mistake("unclosed-quote", KATACONFIG, "kata: 'true'", "kata: 'true", "unclosed-quote", "kata: 'true", 13),
    Mistake(
        "unclosed-quote-in-a-json-patch",
        CHANNEL,
        ACCEPTED,
        "value: 'preview-1.1",
        "unclosed-quote",
        "value: 'preview-1.1",
        10,
    ),
    Mistake(
        "unclosed-quote-inside-a-kustomization",
        OPERATOR,
        "value: 'true'",
        "value: 'true",
        "unclosed-quote",
        "value: 'true",
        14,
    ),
    Mistake(
        "approval-in-lower-case",
        "operator/base/subscription.yaml",
        "installPlanApproval: Automatic",
        "installPlanApproval: automatic",
        "install-plan-approval-unknown",
        "automatic",
        24,
    ),
    Mistake(
        "placeholder-channel",
        CHANNEL,
        ACCEPTED,
        "value: patch-me-see-overlays-dir",
        "channel-unknown",
        "patch-me-see-overlays-dir",
        10,
    ),
    Mistake(
        "no-selector", KATACONFIG, f"spec:\n{SELECTOR}", "spec: {}\n", "kataconfig-without-selector", "spec: {}", 1
    ),
    Mistake(
        "host-network", POD, "spec:\n", "spec:\n  hostNetwork: true\n", "kata-pod-host-access", "hostNetwork: true", 16
    ),
    Mistake(
        "patch-for-nothing",
        OPERATOR,
        "    name: sandboxed-containers-operator",
        "    name: openshift-sandboxed-containers-operator",
        "patch-matches-nothing",
        "name: openshift-sandboxed",
        11,
    ),
    Mistake(
        "patch-for-a-kind-that-is-not-there",
        OPERATOR,
        "    kind: Subscription",
        "    kind: Subscriptions",
        "patch-matches-nothing",
        "kind: Subscriptions",
        11,
    ),
    Mistake(
        "misspelt-path-of-a-json-patch",
        CHANNEL,
        "path: /spec/channel",
        "path: /spec/chanel",
        "unknown-field",
        ACCEPTED,
        10,
    ),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(TREE, tmp_path / "tree"))


def make(folder: Path, mistake: Mistake) -> int:
    """Put a mistake into a tree; the line (1-based) at which it must be found."""
    path = folder / mistake.file
    before = path.read_text(encoding="utf-8")
    assert before.count(mistake.old) == 1
    after = before.replace(mistake.old, mistake.new)
    path.write_text(after, encoding="utf-8")
    return after[: after.index(mistake.at)].count("\n") + 1


def found_by(folder: Path, *arguments: str) -> tuple[int, list[tuple[str, str, str, int, int]]]:
    result = run_in(folder, "check", "-o", "json", *arguments)
    assert result.returncode in (0, 1), result.stderr
    findings = json.loads(result.stdout)["findings"]
    return result.returncode, [
        (f["severity"], f["rule"], f["location"]["path"], f["location"]["line"], f["location"]["column"])
        for f in findings
    ]


def expected(mistake: Mistake, line: int) -> list[tuple[str, str, str, int, int]]:
    column = mistake.column
    assert column is not None
    return [("error", mistake.rule, mistake.file, line, column)]


def test_the_tree_is_clean_and_covered(tree: Path, kustomize: Kustomize) -> None:
    result = run_in(tree, "check")

    assert (result.stdout, result.returncode) == ("checked 10 of 10 objects in 4 overlays\n", 0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_at_its_line_and_nowhere_else(tree: Path, kustomize: Kustomize, mistake: Mistake) -> None:
    line = make(tree, mistake)

    assert found_by(tree) == (1, expected(mistake, line))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_hook_finds_it_from_the_changed_file_alone(tree: Path, kustomize: Kustomize, mistake: Mistake) -> None:
    line = make(tree, mistake)

    assert found_by(tree, "--hook", mistake.file) == (1, expected(mistake, line))
