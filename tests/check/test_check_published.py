"""The repository whose walk began this project, as its author published it: what is wrong there, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from command_line import Run
from kataform.kustomize import Kustomize

OVERLAYS = "operator/overlays"


def test_every_finding_is_true_and_each_cause_is_told_once(
    check: Run, shared: Path, tmp_path: Path, kustomize: Kustomize
) -> None:
    shutil.copytree(shared / "upstream/rcarrata-sandbox-containers", tmp_path / "tree")

    report = json.loads(check("tree", "-o", "json").stdout)

    found = [
        (f["severity"], f["rule"], f["location"]["path"].removeprefix("tree/"), f["location"]["line"])
        for f in report["findings"]
    ]
    assert found == [
        ("warning", "kata-pod-without-limits", "examples/example-fedora-kata.yaml", 7),
        ("warning", "image-tag-not-fixed", "examples/example-fedora-kata.yaml", 8),
        ("warning", "image-tag-not-fixed", "examples/example-fedora-regular.yaml", 8),
        ("warning", "kata-pod-without-limits", "examples/example-net-kata.yaml", 9),
        ("warning", "image-tag-not-fixed", "examples/example-net-kata.yaml", 10),
        ("warning", "image-tag-not-fixed", "examples/example-net-regular.yaml", 10),
        ("info", "deprecated-field", "instance/overlays/default/kustomization.yaml", 4),
        ("info", "deprecated-field", f"{OVERLAYS}/preview-1.0/kustomization.yaml", 4),
        ("info", "deprecated-field", f"{OVERLAYS}/preview-1.0/kustomization.yaml", 7),
        ("error", "patch-matches-nothing", f"{OVERLAYS}/preview-1.0/kustomization.yaml", 12),
        ("info", "deprecated-field", f"{OVERLAYS}/preview-1.1/kustomization.yaml", 4),
        ("info", "deprecated-field", f"{OVERLAYS}/preview-1.1/kustomization.yaml", 7),
        ("warning", "channel-deprecated", f"{OVERLAYS}/preview-1.1/patch-channel.yaml", 3),
    ]
    (patch,) = [f for f in report["findings"] if f["rule"] == "patch-matches-nothing"]
    assert [text.partition(": ")[2][:50] for text in patch["consequences"]] == [
        "spec.channel is 'patch-me-see-overlays-dir'; sandb",
        "spec.startingCSV is 'patch-me-see-overlays-dir'; a",
    ]
    assert report["summary"]["coverage"] == "checked 11 of 11 objects in 3 overlays and 4 files"
