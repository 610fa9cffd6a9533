"""Accepted findings, as people write them in odd places: each is followed, or it is said why it is not."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from command_line import Run
from kataform.kustomize import Kustomize

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
NOTE = "# kataform: ignore[unquoted-number]"
TODAY = dt.datetime.now(tz=dt.UTC).date()


def found(check: Run, text: str) -> list[str]:
    """The rules of the findings, by line."""
    result = check("-", "-o", "json", stdin=text)
    assert result.stderr == ""
    return [f"{one['location']['line']} {one['rule']}" for one in json.loads(result.stdout)["findings"]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (f"data:\n  port: 9000  {NOTE} as it is\n", []),
        (f"data:\n  {NOTE} as it is\n\n  # another comment\n  port: 9000\n", []),
        (f"data: {{port: 9000, {NOTE} as it is\n  other: 9001}}\n", ["6 unquoted-number"]),
        (f"data: {{\n  {NOTE} as it is\n  port: 9000}}\n", []),
        (f"data:\n  text: |\n    {NOTE} no comment\n  port: 9000\n", ["8 unquoted-number"]),
        (f"data:\n  text: '{NOTE} no comment'\n  port: 9000\n", ["7 unquoted-number"]),
        (f"data:\n  port: 9000  {NOTE}\n", ["6 unquoted-number", "6 ignore-without-reason"]),
        ("data:\n  port: 9000  # kataform: ignore all of it\n", ["6 unquoted-number", "6 ignore-unused"]),
        ("data:\n  port: 9000  # kataform: ignore[] all of it\n", ["6 unquoted-number", "6 ignore-unused"]),
        ("data:\n  port: 9000  # kataform: ignore[unqouted-number] why\n", ["6 unquoted-number", "6 ignore-unused"]),
        (f"data:\n  port: 9000  {NOTE} until: {TODAY} the move\n", []),
        (
            f"data:\n  port: 9000  {NOTE} until: {TODAY - dt.timedelta(1)} the move\n",
            ["6 unquoted-number", "6 ignore-expired"],
        ),
        (f"data:\n  port: 9000  {NOTE} until: 2999-02-30 the move\n", ["6 unquoted-number", "6 ignore-expired"]),
        (f"data:\n  port: 9000  {NOTE} until: tomorrow the move\n", ["6 unquoted-number", "6 ignore-expired"]),
        (f"data:\n  port: '9000'  {NOTE} as it is\n", ["6 ignore-unused"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_ignore_is_followed_or_it_is_said_why_not(check: Run, data: str, expected: list[str], end: str) -> None:
    assert sorted(found(check, (HEAD + data).replace("\n", end))) == sorted(expected)


def test_one_in_a_base_holds_for_every_overlay(tmp_path: Path, check: Run, kustomize: Kustomize) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/kustomization.yaml").write_text("resources: [settings.yaml]\n", encoding="utf-8")
    text = f"{HEAD}data:\n  port: 9000  {NOTE} as it is\n"
    (tmp_path / "base/settings.yaml").write_text(text, encoding="utf-8")
    for number in range(3):
        (tmp_path / f"over{number}").mkdir()
        (tmp_path / f"over{number}/kustomization.yaml").write_text("resources: [../base]\n", encoding="utf-8")

    accepted = check("--no-cache", ".")
    (tmp_path / "base/settings.yaml").write_text(text.replace(f"  {NOTE} as it is", ""), encoding="utf-8")
    open_ = check("--no-cache", ".")

    assert accepted.returncode == 0, accepted.stdout
    assert open_.stdout.count("error[unquoted-number]") == 1


def test_a_name_that_no_rule_has_is_said_with_the_finding(check: Run) -> None:
    done = check("-", stdin=f"{HEAD}data:\n  port: 9000  # kataform: ignore[unqouted-number] why\n")

    assert "no rule is named 'unqouted-number'; `kataform rules` lists them" in done.stdout
