"""kubeconform, given our schemas, says the same as we do; where it does not, that is a finding."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mutants import accepted, mutants

from kataform import kubeconform as second
from kataform import process, schemas, tools
from kataform.errors import ToolError
from kataform.finding import Location, Severity
from kataform.report.result import Counts
from kataform.subject import Subject, Target

TARGET = Target(operator=("1.9.0",), kubernetes=("1.32",))
KATACONFIG: dict[str, Any] = {
    "apiVersion": "kataconfiguration.openshift.io/v1",
    "kind": "KataConfig",
    "metadata": {"name": "cluster-kataconfig"},
    "spec": {"logLevel": "info", "kataConfigPoolSelector": {"matchLabels": {"kata": "true"}}},
}
THING: dict[str, Any] = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "data": {"token": "hidden value"},
}


def subject(body: dict[str, Any], target: Target = TARGET) -> Subject:
    return Subject(body, "overlays/test", lambda path, key: Location("overlays/test/kustomization.yaml", 3, 1), target)


@pytest.mark.parametrize("minor", ["1.25", "1.32", "1.37"])
def test_it_agrees_on_every_kind_of_mutant(minor: str, kubeconform: tools.Tool) -> None:
    target = Target(operator=("1.9.0",), kubernetes=(minor,))
    bodies = [mutant.body for body in accepted() for mutant in list(mutants(body))[len(minor) :: 23]]
    known = [body for body in [*bodies, *accepted()] if schemas.kind_schema(
        body["apiVersion"], body["kind"], kubernetes=minor, operator="1.9.0"
    )]  # fmt: skip

    counts, findings = second.second_opinion(subject(body, target) for body in known)

    assert findings == []
    assert counts.objects == len(known) > 500
    assert counts.skipped == 0
    assert counts.valid > 100
    assert counts.invalid > 300


def test_the_verdicts_are_counted(kubeconform: tools.Tool) -> None:
    wrong = {**KATACONFIG, "spec": {"kataConfigPoolSelecter": {}}}

    counts, findings = second.second_opinion([subject(KATACONFIG), subject(wrong), subject(THING), subject(SECRET)])

    assert counts == Counts(objects=4, valid=1, invalid=2, skipped=1)
    assert findings == []


def test_an_object_is_asked_for_every_version_it_is_meant_for(kubeconform: tools.Tool) -> None:
    both = Target(operator=("1.1.0", "1.9.0"), kubernetes=("1.32",))

    assert second.second_opinion([subject(KATACONFIG, both)])[0] == Counts(1, valid=0, invalid=1, skipped=0)
    assert second.second_opinion([subject(KATACONFIG)])[0] == Counts(1, valid=1, invalid=0, skipped=0)


def test_nothing_to_ask_is_no_process(monkeypatch: pytest.MonkeyPatch, kubeconform: tools.Tool) -> None:
    monkeypatch.setattr(process, "run", lambda *args, **more: pytest.fail("kubeconform was run"))

    assert second.second_opinion([]) == (Counts(0, 0, 0, 0), [])


def test_a_disagreement_is_an_error_without_any_value(monkeypatch: pytest.MonkeyPatch, kubeconform: tools.Tool) -> None:
    monkeypatch.setattr(schemas, "validate", lambda schema, body, **more: [])

    counts, (finding,) = second.second_opinion([subject(SECRET)])

    assert counts.invalid == 1
    assert (finding.rule, finding.severity) == ("kubeconform-disagrees", Severity.ERROR)
    assert finding.message == "kubeconform says invalid at /data/token, kataform says valid (Kubernetes 1.32)"
    assert str(finding.location) == "overlays/test/kustomization.yaml:3:1"
    assert finding.resource == "Secret/s"
    assert "hidden" not in repr(finding)


def test_bodies_are_readable_by_nobody_else_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kubeconform: tools.Tool
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    seen: list[int] = []
    run = process.run

    def spy(command: list[str], **more: Any) -> process.Outcome:
        objects = Path(more["folder"]) / "objects"
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in objects.iterdir())
        seen.append(stat.S_IMODE(objects.parent.stat().st_mode))
        return run(command, **more)

    monkeypatch.setattr(process, "run", spy)
    second.second_opinion([subject(SECRET)])

    assert seen == [0o600, 0o700]
    assert list(tmp_path.iterdir()) == []


def test_without_kubeconform_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(
        ToolError, match=r"kubeconform is not on this machine; run `kataform tools install kubeconform`"
    ):
        second.second_opinion([subject(KATACONFIG)])


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'flag provided but not defined' >&2; exit 1", "kubeconform failed (exit code 1): flag provided"),
        ("exit 1", "kubeconform failed (exit code 1): it said nothing"),
        ("echo '{\"resources\": []}'", "kubeconform judged 0 of 1 objects"),
    ],
)
def test_a_failing_kubeconform_is_an_error(
    script: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "kubeconform"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(tools, "require", lambda name: tools.Tool(name, fake, "0.8.0"))

    with pytest.raises(ToolError) as raised:
        second.second_opinion([subject(KATACONFIG)])

    assert str(raised.value).startswith(message)


def test_the_exported_schemas_are_what_kubeconform_reads(tmp_path: Path, kubeconform: tools.Tool) -> None:
    kinds = [("v1", "Pod"), ("apps/v1", "Deployment"), ("node.k8s.io/v1", "RuntimeClass")]
    found = {kind: schemas.kind_schema(*kind, kubernetes="1.32", operator=None) for kind in kinds}
    body = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "a"}, "handler": "a"}

    schemas.export(tmp_path, {kind: schema for kind, schema in found.items() if schema})
    done = subprocess.run(
        [kubeconform.path, "-summary", "-output", "json", "-schema-location", f"{tmp_path}/{schemas.FILES}", "-"],
        input=json.dumps(body),
        capture_output=True,
        text=True,
        env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9"},
    )

    assert json.loads(done.stdout)["summary"] == {"valid": 1, "invalid": 0, "errors": 0, "skipped": 0}
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")) == [
        "apps/deployment_v1.json",
        "node.k8s.io/runtimeclass_v1.json",
        "v1/pod_v1.json",
    ]
