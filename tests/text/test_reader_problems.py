"""Every defect of a text gets its name, and the line that a person must mend."""

from __future__ import annotations

import pytest

from kataform.text import reader

CASES = [
    ("a: 1\nb\nc: 2\n", "missing-colon", "2:1-2:2"),
    ("metadata:\n  name:foo\n  labels: {}\n", "missing-colon", "2:3-2:11"),
    ("name:foo\nb: 1\n", "missing-colon", "1:1-1:9"),
    ("a: b: c\n", "unquoted-colon", "1:4-1:8"),
    ("a: 1\n  b: 2\n", "bad-indentation", "2:1-2:3"),
    ("a:\n    b: 1\n  c: 2\n", "bad-indentation", "3:1-3:3"),
    ("a:\n  - b\n - c\n", "bad-indentation", "3:1-3:2"),
    ("kata: 'true'x\n", "text-after-quote", "1:13-1:14"),
    ("a: 'it's'\n", "text-after-quote", "1:8-1:10"),
    ("a: 'x\nb: 1\n", "unclosed-quote", "1:4-1:6"),
    ("a: 'x\nb: 'y'\n", "unclosed-quote", "1:4-1:6"),
    ('a: "x\nb: "y"\n', "unclosed-quote", "1:4-1:6"),
    ("a: 'x\nb: 1\n---\nc: 1\n", "unclosed-quote", "1:4-1:6"),
    ("a: [1, 2\nb: 3\n", "unclosed-bracket", "1:4-1:9"),
    ("a: {b: 1\nc: 2\n", "unclosed-bracket", "1:4-1:9"),
    ("a: [\n\n", "unclosed-bracket", "1:4-1:5"),
    ("a: ]\n", "unopened-bracket", "1:4-1:5"),
    ("a:\n\tb: 1\n", "tab-indentation", "2:1-2:2"),
    ("a:\n  b: 1\n\tc: 2\n", "tab-indentation", "3:1-3:2"),
    ("a: @x\n", "unquoted-special", "1:4-1:6"),
    ("host: *.example.com # all\n", "unquoted-special", "1:7-1:20"),
    ("a: *x\n", "undefined-alias", "1:4-1:6"),
    ('a: "\\d"\n', "invalid-escape", "1:5-1:7"),
    ("a: [x/?y=1]\n", "unquoted-special", "1:5-1:11"),
    ("a: ,b\n", "unquoted-special", "1:4-1:6"),
    ("- : a\n", "invalid-key", "1:3-1:4"),
    ("a: 1\n\ufeffb: 2\n", "control-character", "2:1-2:2"),
    ("a: - b\n", "list-on-key-line", "1:4-1:7"),
    ("a: 1\n- b\n", "mixed-list-and-map", "2:1-2:4"),
    ("{{- if .x }}\na: 1\n{{- end }}\n", "unrendered-template", "1:1-1:13"),
    ("a: \x01\n", "control-character", "1:4-1:5"),
    ("&a [*a]\n", "alias-cycle", "1:1-1:2"),
    ("[" * 200 + "]" * 200, "nesting-too-deep", "1:129-1:130"),
    ("a: 1\n'a': 2\n", "duplicate-key", "2:1-2:4"),
    ("yes: 1\ntrue: 2\n", "duplicate-key", "2:1-2:5"),
    ("~: 1\n", "invalid-key", "1:1-1:2"),
    ("9223372036854775808: 1\n", "invalid-key", "1:1-1:20"),
    (": 1\n", "invalid-key", "1:1-1:2"),
    ("? [a]\n: b\n", "invalid-key", "1:3-1:6"),
    ("a: .inf\n", "not-a-json-number", "1:4-1:8"),
    ("a: !!int x\n", "tag-mismatch", "1:10-1:11"),
    ("<<: 1\n", "invalid-merge", "1:5-1:6"),
    ("\ufeffa: 'b'x\n", "text-after-quote", "1:8-1:9"),
    ("é: 1\r\n\U0001f600: 'a'b\r\n", "text-after-quote", "2:7-2:8"),
]


@pytest.mark.parametrize(("text", "rule", "span"), CASES)
def test_a_defect_is_named_at_the_line_to_mend(text: str, rule: str, span: str) -> None:
    problems = reader.read(text.encode(), "a.yaml").problems

    places = [p.location for p in problems]
    assert [p.rule for p in problems] == [rule]
    assert [f"{at.line}:{at.column}-{at.end_line}:{at.end_column}" for at in places] == [span]
    assert all(p.message and p.remedy for p in problems)


def test_a_repeated_key_shows_the_first_one() -> None:
    (problem,) = reader.read(b"a: 1\nb: 2\na: 3\n", "a.yaml").problems

    (first,) = problem.related
    assert (first.location.line, first.location.column) == (1, 1)


def test_documents_before_an_error_are_kept() -> None:
    source = reader.read(b"a: 1\n---\nb: 2\n---\nc: [\n", "a.yaml")

    assert len(source.documents) == 2
    assert [p.rule for p in source.problems] == ["unclosed-bracket"]


def test_aliases_that_multiply_are_refused_in_no_time() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60))]

    source = reader.read("\n".join(lines).encode(), "a.yaml")

    assert source.documents == ()
    assert [p.rule for p in source.problems] == ["alias-bomb"]


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 50_000, "{a: " * 50_000, "? " * 50_000])
def test_nesting_without_end_is_a_problem_and_no_crash(text: str) -> None:
    source = reader.read(text.encode(), "a.yaml")

    assert source.documents == ()
    assert [p.rule for p in source.problems] == ["nesting-too-deep"]


@pytest.mark.parametrize(
    ("raw", "rule", "place"),
    [
        (b"a: 1\nb: \xe4\n", "not-utf8", (2, 4)),
        (b"\xe4", "not-utf8", (1, 1)),
        ("a: 1\n".encode("utf-16"), "not-utf8", (1, 1)),
        ("a: 1\n".encode("utf-16-le"), "not-utf8", (1, 1)),
        (b"a: 1\nb: \x00\n", "control-character", (2, 4)),
    ],
)
def test_bytes_that_are_not_utf8_text_are_a_problem(raw: bytes, rule: str, place: tuple[int, int]) -> None:
    (problem,) = reader.read(raw, "a.yaml").problems

    assert problem.rule == rule
    assert (problem.location.line, problem.location.column) == place


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", ["UTF-16", "UTF-32"])
@pytest.mark.parametrize("order", ["LE", "BE"])
def test_an_encoding_other_than_utf8_is_named(name: str, order: str, mark: str) -> None:
    raw = f"{mark}a: 1\n".encode(f"{name}-{order}")

    (problem,) = reader.read(raw, "a.yaml").problems

    assert problem.message == f"the file is {name}, and kubectl and Git read UTF-8"


SECRET = "h8nter2"


@pytest.mark.parametrize("template", [text for text, _, _ in CASES])
def test_no_message_quotes_a_value(template: str) -> None:
    text = template.replace("x", SECRET).replace("true", SECRET).replace("foo", SECRET)

    for problem in reader.read(text.encode(), "a.yaml").problems:
        assert SECRET not in problem.message + problem.remedy
