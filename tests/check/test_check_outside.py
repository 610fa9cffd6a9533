"""Paths and links out of the repository are said at their line and never followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kataform import cli
from kataform.kustomize import Kustomize

SECRET = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: far\ndata:\n  word: hunter2\n  wrong: true\n"
NEAR = SECRET.replace("far", "near").replace("  wrong: true\n", "")


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, beside a folder that is none of its business."""
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "far.yaml").write_text(SECRET, encoding="utf-8")
    (tmp_path / "away" / "kustomization.yaml").write_text("resources: [far.yaml]\n", encoding="utf-8")
    (tmp_path / "here" / ".git").mkdir(parents=True)
    (tmp_path / "here" / "near.yaml").write_text(NEAR, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def found(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    cli.main(["check", "-o", "json", "--no-cache"])
    text = capsys.readouterr().out
    assert "hunter2" not in text
    places = [(one["rule"], one["location"]) for one in json.loads(text)["findings"]]
    return [(rule, f"{place['path']}:{place['line']}:{place['column']}") for rule, place in places]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("resources: [near.yaml, ../away]\n", "1:24"),
        ("resources: [near.yaml]\ncomponents: [../away]\n", "2:14"),
        ("resources: [near.yaml]\npatches: [{path: ../away/far.yaml}]\n", "2:18"),
        ("resources: [near.yaml, sub/../../away/far.yaml]\n", "1:24"),
        ("resources: [near.yaml, linked]\n", "1:24"),
        ("resources: [near.yaml, linked/far.yaml]\n", "1:24"),
    ],
)
def test_an_entry_that_leads_out_is_found_at_its_line(
    top: Path, kustomize: Kustomize, capsys: pytest.CaptureFixture[str], text: str, place: str
) -> None:
    (top / "linked").symlink_to(top.parent / "away")
    (top / "kustomization.yaml").write_text(text, encoding="utf-8")

    assert found(capsys) == [("outside-repository", f"kustomization.yaml:{place}")]


@pytest.mark.parametrize("name", ["far.yaml", "kustomization.yaml"])
def test_a_file_that_is_a_link_out_is_not_read(
    top: Path, kustomize: Kustomize, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (top / name).symlink_to(top.parent / "away" / name)

    assert found(capsys) == [("outside-repository", f"{name}:1:1")]


def test_links_within_the_repository_are_followed(
    top: Path, kustomize: Kustomize, capsys: pytest.CaptureFixture[str]
) -> None:
    (top / "base").mkdir()
    (top / "base" / "kustomization.yaml").write_text("resources: [all.yaml]\n", encoding="utf-8")
    (top / "base" / "all.yaml").write_text(NEAR, encoding="utf-8")
    (top / "near.yaml").unlink()
    (top / "linked").symlink_to("base")
    (top / "kustomization.yaml").write_text("resources: [linked]\n", encoding="utf-8")

    assert found(capsys) == []


def test_without_a_repository_nothing_is_outside(
    top: Path, kustomize: Kustomize, capsys: pytest.CaptureFixture[str]
) -> None:
    (top / ".git").rmdir()
    (top / "kustomization.yaml").write_text("resources: [near.yaml, ../away]\n", encoding="utf-8")
    (top.parent / "away" / "far.yaml").write_text(NEAR.replace("near", "far"), encoding="utf-8")

    cli.main(["check", "-o", "json", "--no-cache"])

    report = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
