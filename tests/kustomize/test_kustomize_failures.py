"""What kustomize cannot build is said in one sentence, at the file it is about, on every version, without a body."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import CASES, TELLTALES, Case, root, write

from kataform import kustomize, kustomize_messages
from kataform.kustomize import BuildFailure, Built, Kustomize


@pytest.mark.parametrize("name", CASES)
def test_a_failure_is_explained_at_its_file(name: str, each_kustomize: Kustomize, tmp_path: Path) -> None:
    case = CASES[name]

    result = kustomize.build(each_kustomize, write(case.files, tmp_path))

    if each_kustomize.version in case.builds_with:
        assert isinstance(result, Built)
    else:
        assert isinstance(result, BuildFailure)
        assert said(result, tmp_path) == expected(case, each_kustomize.version)


def said(failure: BuildFailure, folder: Path) -> tuple[str, str | None, str, int | None]:
    path = failure.path.relative_to(folder).as_posix() if failure.path else None
    return failure.message, path, failure.mention, failure.line


def expected(case: Case, version: str) -> tuple[str, str | None, str, int | None]:
    if case.old and version == "5.0.1":
        return (*case.old, None)
    return case.message, case.path, case.mention, case.line


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.mention and case.path])
def test_what_is_mentioned_stands_in_that_file(name: str) -> None:
    """So that a finding can be placed at it."""
    case = CASES[name]

    assert case.mention in (case.files[case.path or ""] + case.files.get("r/p.yaml", ""))


@pytest.mark.parametrize("name", TELLTALES)
def test_no_failure_tells_a_secret(name: str, each_kustomize: Kustomize, tmp_path: Path) -> None:
    result = kustomize.build(each_kustomize, write(TELLTALES[name], tmp_path))

    assert isinstance(result, BuildFailure)
    assert "hunter2" in "".join(TELLTALES[name].values())
    assert "hunter2" not in repr(result)


def test_an_alias_that_contains_itself_is_explained_without_the_addresses_go_prints(
    kustomizes: dict[str, Kustomize], tmp_path: Path
) -> None:
    data = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &d\n  x: *d\n"
    folder = write(root("resources: [a.yaml]\n", a=data), tmp_path)

    result = kustomize.build(kustomizes["5.8.1"], folder)

    assert isinstance(result, BuildFailure)
    assert result.message == "kustomize ran out of memory; does a YAML alias multiply or contain itself?"
    assert result.path == folder / "kustomization.yaml"
    assert "0x" not in result.stderr


def test_a_failure_says_the_same_each_time(each_kustomize: Kustomize, tmp_path: Path) -> None:
    """kustomize prints the address of a generator in memory."""
    folder = write(CASES["a generator that changes nothing"].files, tmp_path)

    first, second = kustomize.build(each_kustomize, folder), kustomize.build(each_kustomize, folder)

    assert first == second


def test_an_error_that_nobody_has_met_yet_is_quoted_shortened_and_without_bodies() -> None:
    stderr = 'Error: the frobnicator failed: {"kind": "Secret", "data": {"p": "hunter2"}}\n'

    found = kustomize_messages.explain(stderr, Path("/nowhere"))

    assert found.message == "kustomize cannot build this: the frobnicator failed: …"
    assert len(kustomize_messages.redact("word " * 500)) == 300


@pytest.mark.parametrize(
    "stderr",
    [
        "Error: lstat /r/gone.yaml: no such file or directory\n",
        "error: lstat /r/gone.yaml: no such file or directory\n",
        "# Warning: 'bases' is deprecated.\nError: lstat /r/gone.yaml: no such file or directory\n",
        'E1124 1 run.go:72] "command failed" err="lstat /r/gone.yaml: no such file or directory"\n',
        'E1124 1 run.go:72] "command failed" err=<\n\tlstat /r/gone.yaml: no such file or directory\n >\n',
    ],
)
def test_the_error_is_found_in_what_kustomize_kubectl_and_oc_print_around_it(stderr: str) -> None:
    found = kustomize_messages.explain(stderr, Path("/r"))

    assert (found.message, found.mention) == ("'gone.yaml' does not exist", "gone.yaml")
