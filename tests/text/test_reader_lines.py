"""One slip in a sound manifest, at any line and of any kind, is reported at that line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kataform.text import reader

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: example
  labels:
    app.kubernetes.io/name: net-tools
    kata: 'true'
  annotations:
    note: "a, b"
    # how many
    count: '2'
spec:
  runtimeClassName: kata
  containers:
  - name: main
    image: quay.io/example/net-tools:latest
    command: [sh, -c, "sleep 99"]
    ports:
    - containerPort: 8080
      protocol: TCP
    env:
    - name: HOST
      value: node
    resources: {limits: {cpu: 100m}}
  restartPolicy: Never
  nodeSelector:
    disk: ssd
"""
LINES = MANIFEST.splitlines()
VALUE = re.compile(r"^( *(?:- )?[\w./-]+): ([^'\"\[{ ].*)$")
KEY = re.compile(r"^( *(?:- )?[\w./-]+):$")


def slips(line: str) -> Iterator[tuple[str, str]]:
    """What can go wrong in a line, with the rules that may name it."""
    if line.lstrip().startswith("#"):
        return
    found = VALUE.match(line)
    if found:
        key, value = found.groups()
        yield f"{key}: '{value}", "unclosed-quote"
        yield f'{key}: "{value}', "unclosed-quote"
        yield f"{key}: [{value}", "unclosed-bracket"
        yield f"{key}: {{a: {value}", "unclosed-bracket"
        yield f"{key}: 'a'{value}", "text-after-quote"
        yield f"{key}: [a]{value}", "text-after-bracket"
        yield f"{key}: {value}: x", "unquoted-colon"
        yield f"{key}: @{value}", "unquoted-special"
        yield f"{key}: *{value}", "undefined-alias unquoted-special"
        yield f"{key}: - {value}", "list-on-key-line"
        yield f'{key}: "\\d{value}"', "invalid-escape"
        yield f"{key}: {{{{ .x }}}}-{value}", "unrendered-template"
        yield f"{key}: {value}\x07", "control-character"
    if line.endswith(("'", '"')):
        yield line[:-1], "unclosed-quote"
    if line.endswith(("]", "}")):
        yield line[:-1], "unclosed-bracket"
        yield line + line[-1], "unopened-bracket"
    if line.startswith("  "):
        yield "\t" + line.lstrip(), "tab-indentation"


CASES = [(number, slip, rules) for number, line in enumerate(LINES, 1) for slip, rules in slips(line)]


@pytest.mark.parametrize(("number", "slip", "rules"), CASES)
def test_a_slip_is_reported_at_its_line(number: int, slip: str, rules: str) -> None:
    text = "\n".join((*LINES[: number - 1], slip, *LINES[number:], ""))

    problem = reader.read(text.encode(), "a.yaml").problems[0]

    assert (problem.location.line, problem.rule in rules.split()) == (number, True), problem


def reindented(line: str) -> list[str]:
    return [" " + line, *([line[1:]] if line.startswith(" ") else [])]


def unspaced(line: str) -> list[str]:
    """The line without the space behind its colon, and without the colon."""
    return [line.replace(": ", ":", 1), line.replace(": ", " ", 1)] if VALUE.match(line) else []


def unfinished(line: str) -> list[str]:
    return [line[:-1]] if KEY.match(line) else []


AMBIGUOUS = [
    (number, slip)
    for number, line in enumerate(LINES, 1)
    for slip in (*reindented(line), *unspaced(line), *unfinished(line))
    if not line.lstrip().startswith("#")
]


@pytest.mark.parametrize(("number", "slip"), AMBIGUOUS)
def test_a_slip_that_may_still_be_yaml_is_reported_at_its_line_where_it_is_not(number: int, slip: str) -> None:
    text = "\n".join((*LINES[: number - 1], slip, *LINES[number:], ""))

    problems = reader.read(text.encode(), "a.yaml").problems

    assert {problem.location.line for problem in problems[:1]} <= {number}, problems[0]
    assert {problem.rule for problem in problems[:1]} <= {"bad-indentation", "missing-colon", "mixed-list-and-map"}
