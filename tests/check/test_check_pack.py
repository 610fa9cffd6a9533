"""The whole pack on an installation as it should be, and on one that is full of mistakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from command_line import Run

PACK = Path(__file__).parent / "pack"
WRONG = [
    (7, "warning", "namespace-label-overwritten"),
    (13, "warning", "operator-group-missing"),
    (15, "warning", "starting-csv-does-not-pin"),
    (16, "warning", "channel-deprecated"),
    (20, "warning", "starting-csv-not-in-channel"),
    (25, "warning", "kataconfig-second"),
    (26, "warning", "kataconfig-with-namespace"),
    (27, "warning", "dry-run-without-crd"),
    (27, "warning", "kataconfig-not-fenced"),
    (27, "warning", "kataconfig-not-fenced"),
    (27, "warning", "sync-wave-out-of-order"),
    (29, "info", "eligibility-without-nfd"),
    (33, "error", "selector-not-followed"),
    (34, "warning", "selector-selects-other-role"),
    (40, "warning", "argo-cd-prunes-kataconfig"),
    (40, "warning", "dry-run-without-crd"),
    (40, "warning", "sync-wave-out-of-order"),
    (58, "error", "hypervisor-annotation-dangerous"),
    (59, "warning", "hypervisor-annotation-malformed"),
    (60, "warning", "hypervisor-annotation-unknown"),
    (61, "warning", "kata-pod-host-device"),
    (65, "warning", "overhead-set-by-hand"),
    (66, "warning", "node-selector-outside-pool"),
    (71, "warning", "kata-pod-selinux-level"),
    (73, "warning", "kata-pod-host-device"),
    (75, "error", "kata-pod-mount-under-proc"),
    (75, "warning", "kata-pod-sub-path"),
    (84, "warning", "operator-config-wrong-namespace"),
    (86, "warning", "feature-gate-ignored"),
    (91, "warning", "operator-object-in-git"),
]


def test_nothing_is_found_in_an_installation_as_it_should_be(check: Run, tmp_path: Path) -> None:
    shutil.copy(PACK / "right.yaml", tmp_path)

    assert check("right.yaml", "--target", "openshift=4.18").stdout == "checked 7 of 7 objects in 1 file\n"


def test_each_mistake_is_found_at_its_line(check: Run, tmp_path: Path) -> None:
    shutil.copy(PACK / "wrong.yaml", tmp_path)

    report = json.loads(check("wrong.yaml", "-o", "json").stdout)

    assert [(found["location"]["line"], found["severity"], found["rule"]) for found in report["findings"]] == WRONG
