"""What we refuse although a Go reader takes it: readers disagree there, and the finding says on what."""

from __future__ import annotations

import pytest
from readings import is_stricter

from kataform.text import reader
from oracle_fixture import Oracle

CASES = [
    ("a: 1\n\ufeffb: 2\n", "control-character", {"a": 1, "\ufeffb": 2}),
    ("a: 1\x85\ufeffb: 2\n", "control-character", {"a": 1, "\ufeffb": 2}),
    ("---\n\ufeffb: 2\n", "control-character", {"\ufeffb": 2}),
    ("\ufeff---\n\ufeffb: 2\n", "control-character", {"\ufeffb": 2}),
    ("a: [b:]\n", "unquoted-colon", {"a": ["b:"]}),
    ("a: [http://x:, c]\n", "unquoted-colon", {"a": ["http://x:", "c"]}),
    ("a: {b: x:}\n", "unquoted-colon", {"a": {"b": "x:"}}),
    ("a: {b:, c: d}\n", "unquoted-colon", {"a": {"b:": None, "c": "d"}}),
    ("a: [!b, c]\n", "unquoted-special", {"a": ["c"]}),
    ("a: [b, !!, c]\n", "unquoted-special", {"a": ["b", "c"]}),
    ("a: ![ x\n", "unquoted-special", {"a": "x"}),
    ("a: !b[c] x\n", "unquoted-special", {"a": "x"}),
]


@pytest.mark.parametrize(("text", "rule", "reading"), CASES, ids=[repr(text) for text, _, _ in CASES])
def test_what_kubectl_reads_in_its_own_way_is_a_finding(
    oracle: Oracle, text: str, rule: str, reading: dict[str, object]
) -> None:
    assert oracle.ask("yaml-kubectl", text=text) == reading
    assert [problem.rule for problem in reader.read(text.encode(), "a.yaml").problems] == [rule]
    assert is_stricter(text)


HARMLESS = ["\ufeffa: 1\n", "a: 1\n---\n\ufeffb: 1\n", "a: 1\n---\r\n\ufeffb: 1\n", "a: 1\n--- # c\n\ufeffb: 1\n"]
HARMLESS += ["a: '\n\ufeffb'\n", "a: b\n \ufeffc\n", "# c\ufeff\na: 1\n", "a:\n- |\n  \ufeffb\n"]


@pytest.mark.parametrize("text", HARMLESS, ids=map(repr, HARMLESS))
def test_a_byte_order_mark_that_does_no_harm_is_none(oracle: Oracle, text: str) -> None:
    (reply,) = oracle.ask("yaml-both", texts=[text])

    assert "error" not in str(reply)
    assert reader.read(text.encode(), "a.yaml").problems == ()


def test_a_comment_behind_a_byte_order_mark_is_none_to_the_go_readers(oracle: Oracle) -> None:
    text = "# c\n\ufeff# d\na: 1\n"
    (reply,) = oracle.ask("yaml-both", texts=[text])

    (problem,) = reader.read(text.encode(), "a.yaml").problems
    assert str(reply).count("mapping values are not allowed") == 2
    assert (problem.rule, str(problem.location)) == ("control-character", "a.yaml:2:1")
