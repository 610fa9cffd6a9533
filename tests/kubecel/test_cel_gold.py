"""kubecel against the frozen answers of kube-apiserver, and how `python -m kubecel.conformance` tells it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from kubecel import conformance

POLICY = {"spec": {"matchConstraints": {"resourceRules": [{
    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"],
}]}, "validations": [{"expression": "has(object.spec.nodeName)", "message": "no node"}]}}  # fmt: skip
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": []}}
DENIED = {"vap": POLICY, "object": POD, "operation": "CREATE", "apiserver": "deny", "messages": ["no node"]}


@pytest.mark.parametrize(
    ("name", "cases"),
    [("cel_features", 356), ("cel_fuzz", 2466), ("vap_cases", 5195), ("defaulting", 2324), ("typecheck", 334)],
)
def test_every_frozen_answer_is_the_servers(
    shared: Path, capsys: pytest.CaptureFixture[str], name: str, cases: int
) -> None:
    status = conformance.main([str(shared / "gold" / f"{name}.jsonl.gz")])

    assert capsys.readouterr().out == f"{cases} cases, {cases} same verdict, {cases} same messages\n"
    assert status == 0


def written(folder: Path, *rows: Any, name: str = "cases.jsonl") -> str:
    path = folder / name
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


def test_a_case_of_each_form_is_known_by_its_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(
        tmp_path,
        {"expr": "1 + a", "vars": {"a": 1}, "value": "2", "type": "int", "unknown": True},
        {"expr": "1 + a", "vars": {"a": "x"}, "compileError": None, "evalError": "no such overload"},
        DENIED,
        {**DENIED, "operation": "DELETE", "apiserver": "nomatch", "apiserver_defaulted": "nomatch", "messages": []},
        {
            "object": {"apiVersion": "v1", "kind": "ConfigMap", "extra": 1},
            "defaulted": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}},
        },
        {"policy": POLICY, "warnings": []},
        name="cases.jsonl.gz",
    )

    assert conformance.main([path]) == 0
    assert capsys.readouterr().out == "6 cases, 6 same verdict, 6 same messages\n"


def test_what_differs_is_told_with_both_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, {**DENIED, "id": "one", "apiserver": "allow"}, {**DENIED, "messages": ["other"]})

    assert conformance.main([path]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:1: one",
        '  server:  "allow"',
        '  kubecel: "deny"',
        f"{path}:2: Pod web",
        '  server:  "deny" ["other"]',
        '  kubecel: "deny" ["no node"]',
        "2 cases, 1 same verdict, 0 same messages",
    ]


def test_a_line_that_is_no_case_is_told_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "{", "[]", {"expr": 5, "vars": {}}, {"vap": POLICY, "object": POD}, "", DENIED)

    assert conformance.main([path]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": not a case")[0] for line in lines[:4]] == [f"{path}:{number}" for number in (1, 2, 3, 4)]
    assert lines[4:] == ["1 cases, 1 same verdict, 1 same messages"]


def test_an_expression_that_does_not_compile_fails_where_it_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"name": "elsewhere", "expression": "image.Get('x')"}
    rule = {"expression": "has(object.spec.nodeName) || variables.elsewhere", "message": "no node"}
    policy = {"spec": {**POLICY["spec"], "variables": [unknown], "validations": [rule]}}
    placed = {**POD, "spec": {"nodeName": "a"}}
    path = written(
        tmp_path,
        {**DENIED, "vap": policy, "apiserver": "compile", "messages": []},
        {**DENIED, "vap": policy, "object": placed, "apiserver": "allow", "messages": []},
    )

    assert conformance.main([path]) == 0
    assert capsys.readouterr().out == "2 cases, 2 same verdict, 2 same messages\n"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main([str(tmp_path / "none.jsonl")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none.jsonl'}: No such file or directory\n"
